import { describe, expect, test } from "vitest";
import { isFloat } from "../../src/tensor/dtype.ts";
import { availableBackends } from "../../src/tensor/interpret/backend.ts";
import { apply, describeCase, drawInputs, isEmpty, weightOf } from "../gradcheck/draw.ts";
import {
  differenceOf,
  doubleOutputs,
  kernelOf,
  onBackend,
  specialNumbers,
  thunkError,
  withSpecial,
} from "../gradcheck/kernels.ts";
import { singleTolerance } from "../gradcheck/operations.ts";
import { allSamples } from "../samples/support/all.ts";
import type { SampleCase, Samples } from "../samples/support/sample.ts";

const fast = availableBackends().filter((backend) => backend !== "reference");

/** What a kernel computes, and whether its inputs are still what they were. */
const outputsOf = (of: Samples<unknown>, one: SampleCase<unknown>, seed: number) => {
  const inputs = drawInputs(one, "float32", seed);
  const outputs = apply(of, one, inputs);
  const untouched = drawInputs(one, "float32", seed);
  expect(
    inputs.map(({ data }) => data),
    "inputs must not be modified",
  ).toEqual(untouched.map(({ data }) => data));
  return outputs;
};

describe.each(allSamples.map((of) => [of.primitive.name, of] as const))("%s", (_, of) => {
  const tolerance = of.tolerance ?? 1e-6;

  test("the reference kernel gives in float32 what it gives in float64", () => {
    onBackend("reference", () => {
      for (const one of of.cases) {
        const error = differenceOf(outputsOf(of, one, 1), doubleOutputs(of, one, 1));
        expect(error, describeCase(one)).toBeLessThanOrEqual(tolerance);
      }
    });
  });

  describe.each(fast)("on %s", (backend) => {
    test("gives what the reference kernel gives", () => {
      const kernels = new Set<string>();
      for (const one of of.cases) {
        for (const seed of [1, 2]) {
          const actual = onBackend(backend, () => outputsOf(of, one, seed));
          const single = onBackend("reference", () => outputsOf(of, one, seed));
          expect(differenceOf(actual, single), describeCase(one)).toBeLessThanOrEqual(tolerance);
          expect(differenceOf(actual, doubleOutputs(of, one, seed)), describeCase(one)).toBeLessThanOrEqual(tolerance);
        }
        kernels.add(onBackend(backend, () => kernelOf(of, one)));
      }
      // A comparison of the reference kernel with itself would prove nothing.
      if (of.primitive.simd) expect([...kernels]).toContain(of.primitive.simd.kernel);
    });

    if (of.nonFinite ?? true)
      test("keeps the pattern of NaN, ±Infinity and -0 of the reference kernel", () => {
        for (const one of of.cases) {
          if (isEmpty(one) || weightOf(one) > 300) continue;
          const drawn = drawInputs(one);
          drawn.forEach(({ dtype }, position) => {
            if (!isFloat(dtype)) return;
            for (const value of specialNumbers) {
              const inputs = withSpecial(drawn, position, value);
              const actual = onBackend(backend, () => apply(of, one, inputs));
              const expected = onBackend("reference", () => apply(of, one, inputs));
              const what = `${describeCase(one)}, input ${position} with ${Object.is(value, -0) ? "-0" : value}`;
              expect(differenceOf(actual, expected), what).toBeLessThanOrEqual(tolerance);
            }
          });
        }
      });

    if (of.primitive.vjp)
      test("has the derivatives of the reference kernel", () => {
        for (const one of of.cases) {
          expect(thunkError(of, one, backend), describeCase(one)).toBeLessThanOrEqual(singleTolerance);
        }
      });
  });

  if (of.refused.length > 0)
    test.each(availableBackends())("refuses on %s with the whole text", (backend) => {
      for (const refusal of of.refused) {
        let message = "nothing was thrown";
        try {
          onBackend(backend, () => apply(of, refusal, drawInputs(refusal)));
        } catch (error) {
          message = String(error);
        }
        expect(message, describeCase(refusal)).toBe(refusal.error);
      }
    });
});
