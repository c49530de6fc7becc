import type { NestedArray } from "gradus";
import { expect, test } from "vitest";
import { onnxOperators } from "../../src/graph/onnx/onnxOperators.ts";
import { activationsCases } from "./cases/activations.ts";
import { arithmeticCases } from "./cases/arithmetic.ts";
import { imageCases } from "./cases/images.ts";
import { indexingCases } from "./cases/indexing.ts";
import { layoutCases } from "./cases/layout.ts";
import { linearCases } from "./cases/linear.ts";
import { logicCases } from "./cases/logic.ts";
import { reductionsCases } from "./cases/reductions.ts";
import { shapesCases } from "./cases/shapes.ts";
import { runNode } from "./node.ts";

/** Each operator in each of its forms. Values are worked out by hand from ONNX's documents. */
const cases = [
  ...arithmeticCases,
  ...logicCases,
  ...activationsCases,
  ...linearCases,
  ...layoutCases,
  ...indexingCases,
  ...shapesCases,
  ...reductionsCases,
  ...imageCases,
];

const flat = (value: unknown): readonly number[] => [value].flat(Infinity as 1) as number[];
const lengths = (value: unknown): unknown => (Array.isArray(value) ? value.map(lengths) : "number");

for (const [index, [op, inputs, expected, options = {}]] of cases.entries()) {
  const { opset = 17, outputs = 1, attributes = {} } = options;
  test(`${op} of opset ${opset} computes what ONNX states: case ${index}, ${Object.keys(attributes).join(", ") || "no attributes"}`, async () => {
    const results = await runNode(op, inputs, options);
    const values = results.map((result) => result.toArray());
    const wanted = outputs === 1 ? [expected] : (expected as readonly NestedArray[]);
    expect(values.map(lengths)).toEqual(wanted.map(lengths));
    const [actual, correct] = [flat(values), flat(wanted)];
    for (const [at, value] of correct.entries()) expect(actual[at]).toBeCloseTo(value, 5);
  });
}

test("every operator has a case", () => {
  const tested = new Set(cases.map(([op]) => op));
  expect(Object.keys(onnxOperators).filter((op) => !tested.has(op))).toEqual([]);
});
