import { readFileSync } from "node:fs";
import { mul, sum, tensor, Variable } from "gradus";
import { expect, test } from "vitest";
import { availableBackends } from "../../src/tensor/interpret/backend.ts";
import { blocksOf } from "../docs/pages.ts";
import { apply, drawInputs } from "../gradcheck/draw.ts";
import { differenceOf, doubleOutputs, onBackend } from "../gradcheck/kernels.ts";
import type { Samples } from "../samples/support/sample.ts";
import { ranges, updateSamples } from "../samples/support/update.ts";
import { Signum, signumPrimitive } from "./recipe/signum.ts";

test("CONTRIBUTING shows the optimizer that is compiled and tested here", () => {
  const fixture = readFileSync(new URL("./recipe/signum.ts", import.meta.url), "utf8");
  const shown = blocksOf("CONTRIBUTING.md").filter(({ marker }) => marker.includes("src/optim/signum.ts"));
  expect(shown.map(({ code }) => code)).toEqual([fixture.slice(fixture.indexOf("/** Options of"))]);
});

test.each(availableBackends())("the optimizer of the recipe computes on %s", (backend) => {
  const samples = updateSamples(signumPrimitive, { momentum: ranges.buffers }, [
    [{ weight: 0.1 }, { rate: 0.1 }],
  ]) as Samples<unknown>;
  for (const sample of samples.cases) {
    const actual = onBackend(backend, () => apply(samples, sample, drawInputs(sample, "float32", 1)));
    expect(differenceOf(actual, doubleOutputs(samples, sample, 1))).toBeLessThanOrEqual(1e-6);
  }
  onBackend(backend, () => {
    const w = new Variable(tensor([1, 2, 3]), { name: "w" });
    const optimizer = new Signum({ learningRate: 0.5, beta: 0.5 });
    const factors = [tensor([1, -1, 0]), tensor([-8, -1, 1])];
    for (const factor of factors) optimizer.minimize(() => sum(mul(w.read(), factor)));
    // m is [0.5, -0.5, 0], then [-3.75, -0.75, 0.5].
    expect(w.read().toArray()).toEqual([1, 3, 2.5]);
  });
});

test("the optimizer of the recipe checks its options", () => {
  expect(() => new Signum({ learningRate: 0.1, beta: 1 })).toThrow(
    "Signum: beta must be a finite number from 0, below 1, got 1.",
  );
});
