import { encodeOnnx, type GraphTensor, loadOnnx } from "gradus/graph";
import { describe, expect, it } from "vitest";
import { exactCases, feedsFor, predictionOf } from "./exportCases.ts";

const rows = 5;

/** The largest difference of two lists of outputs, in units of the larger of 1 and the output. */
const differenceOf = (actual: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): number => {
  const differences = expected.flatMap((values, at) =>
    Array.from(values, (value, index) =>
      Object.is(value, actual[at][index]) ? 0 : Math.abs(value - actual[at][index]) / Math.max(1, Math.abs(value)),
    ),
  );
  return Math.max(...differences);
};

describe("files of ONNX that are read back", () => {
  for (const [name, exportCase] of Object.entries(exactCases)) {
    it(`a file predicts the same bits as the model: ${name}`, async () => {
      const model = exportCase.model();
      const net = await loadOnnx(encodeOnnx(model, exportCase.options));
      expect(net.inputs.every(({ shape }: GraphTensor) => shape[0] === undefined)).toBe(true);
      const feeds = feedsFor(net.inputs, rows, exportCase.isCategorical);
      const actual = Object.values(net.run(feeds));
      const expected = Object.values(predictionOf(model, exportCase, feeds));
      expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
      expect(actual.map(({ data }) => data)).toEqual(expected.map(({ data }) => data));
    });

    it.each([13, 20] as const)(`a file of opset %i predicts the same as the model: ${name}`, async (opset) => {
      const model = exportCase.model();
      const net = await loadOnnx(encodeOnnx(model, { ...exportCase.options, opset }));
      const feeds = feedsFor(net.inputs, rows, exportCase.isCategorical);
      const actual = Object.values(net.run(feeds)).map(({ data }) => data);
      const expected = Object.values(predictionOf(model, exportCase, feeds)).map(({ data }) => data);
      expect(differenceOf(actual, expected)).toBeLessThan(1e-6);
    });
  }
});
