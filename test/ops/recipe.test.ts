import { readFileSync } from "node:fs";
import { tensor } from "gradus";
import { expect, test } from "vitest";
import { availableBackends } from "../../src/tensor/interpret/backend.ts";
import { blocksOf } from "../docs/pages.ts";
import { apply, drawInputs } from "../gradcheck/draw.ts";
import { differenceOf, doubleOutputs, onBackend } from "../gradcheck/kernels.ts";
import { checkOperation } from "../gradcheck/operations.ts";
import type { Samples } from "../samples/support/sample.ts";
import { cube } from "./recipe/cube.ts";
import { cubeSamples } from "./recipe/cubeSamples.ts";

test.each([
  ["src/ops/elementwise/powers.ts", "cube.ts", "/** y = x³. */"],
  ["test/samples/powers.ts", "cubeSamples.ts", "export const cubeSamples"],
])("CONTRIBUTING shows the operation that is compiled and tested here: %s", (marker, file, begin) => {
  const fixture = readFileSync(new URL(`./recipe/${file}`, import.meta.url), "utf8");
  const shown = blocksOf("CONTRIBUTING.md").filter((block) => block.marker.includes(marker));
  expect(shown.map(({ code }) => code)).toEqual([fixture.slice(fixture.indexOf(begin))]);
});

const samples = cubeSamples as Samples<unknown>;

test.each(availableBackends())("the operation of the recipe computes its samples on %s", (backend) => {
  expect(onBackend(backend, () => cube(tensor([2, -1])).toArray())).toEqual([8, -1]);
  for (const sample of samples.cases) {
    const actual = onBackend(backend, () => apply(samples, sample, drawInputs(sample, "float32", 1)));
    expect(differenceOf(actual, doubleOutputs(samples, sample, 1))).toBeLessThanOrEqual(1e-6);
  }
  const [refusal] = samples.refused;
  expect(() => onBackend(backend, () => apply(samples, refusal, drawInputs(refusal)))).toThrow(
    refusal.error.replace("DTypeError: ", ""),
  );
});

test("the derivative of the recipe passes the gradient check", () => {
  expect(checkOperation(samples).failures).toEqual([]);
});
