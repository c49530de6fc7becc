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

/** The outputs of a kernel, and whether it left its inputs unchanged. */
const outputsOf = (samples: Samples<unknown>, sample: SampleCase<unknown>, seed: number) => {
  const inputs = drawInputs(sample, "float32", seed);
  const outputs = apply(samples, sample, inputs);
  const untouched = drawInputs(sample, "float32", seed);
  expect(
    inputs.map(({ data }) => data),
    "inputs must not be modified",
  ).toEqual(untouched.map(({ data }) => data));
  return outputs;
};

describe.each(allSamples.map((samples) => [samples.primitive.name, samples] as const))("%s", (_, samples) => {
  const tolerance = samples.tolerance ?? 1e-6;

  test("the reference kernel has the same values in float32 and in float64", () => {
    onBackend("reference", () => {
      for (const sample of samples.cases) {
        const error = differenceOf(outputsOf(samples, sample, 1), doubleOutputs(samples, sample, 1));
        expect(error, describeCase(sample)).toBeLessThanOrEqual(tolerance);
      }
    });
  });

  describe.each(fast)("on %s", (backend) => {
    test("the SIMD kernel has the values of the reference kernel", () => {
      const kernels = new Set<string>();
      for (const sample of samples.cases) {
        for (const seed of [1, 2]) {
          const actual = onBackend(backend, () => outputsOf(samples, sample, seed));
          const single = onBackend("reference", () => outputsOf(samples, sample, seed));
          expect(differenceOf(actual, single), describeCase(sample)).toBeLessThanOrEqual(tolerance);
          expect(differenceOf(actual, doubleOutputs(samples, sample, seed)), describeCase(sample)).toBeLessThanOrEqual(
            tolerance,
          );
        }
        kernels.add(onBackend(backend, () => kernelOf(samples, sample)));
      }
      // A comparison of the reference kernel with itself would prove nothing.
      if (samples.primitive.simd) expect([...kernels]).toContain(samples.primitive.simd.kernel);
    });

    if (samples.nonFinite ?? true)
      test("the SIMD kernel keeps the pattern of NaN, ±Infinity and -0 of the reference kernel", () => {
        for (const sample of samples.cases) {
          if (isEmpty(sample) || weightOf(sample) > 300) continue;
          const drawn = drawInputs(sample);
          drawn.forEach(({ dtype }, position) => {
            if (!isFloat(dtype)) return;
            for (const value of specialNumbers) {
              const inputs = withSpecial(drawn, position, value);
              const actual = onBackend(backend, () => apply(samples, sample, inputs));
              const expected = onBackend("reference", () => apply(samples, sample, inputs));
              const what = `${describeCase(sample)}, input ${position} with ${Object.is(value, -0) ? "-0" : value}`;
              expect(differenceOf(actual, expected), what).toBeLessThanOrEqual(tolerance);
            }
          });
        }
      });

    if (samples.primitive.vjp)
      test("the SIMD kernel has the derivatives of the reference kernel", () => {
        for (const sample of samples.cases) {
          expect(thunkError(samples, sample, backend), describeCase(sample)).toBeLessThanOrEqual(singleTolerance);
        }
      });
  });

  if (samples.refused.length > 0)
    test.each(availableBackends())("refused samples throw the full text on %s", (backend) => {
      for (const refusal of samples.refused) {
        let message = "nothing was thrown";
        try {
          onBackend(backend, () => apply(samples, refusal, drawInputs(refusal)));
        } catch (error) {
          message = String(error);
        }
        expect(message, describeCase(refusal)).toBe(refusal.error);
      }
    });
});
