import { randomBernoulli, randomNormal, randomTruncatedNormal, randomUniform } from "gradus";
import { expect, test } from "vitest";
import { textOf } from "../../autograd/textOf.ts";

/** A value that only plain JavaScript passes. */
const wrong = (value: unknown): never => value as never;

test.each([
  [() => randomUniform([2], { min: wrong("0") }), 'randomUniform: min must be a finite number, got "0".'],
  [() => randomUniform([2], { max: Infinity }), "randomUniform: max must be a finite number, got Infinity."],
  [() => randomUniform([2], { min: 2 }), "randomUniform: min must not be larger than max, got min=2, max=1."],
  [() => randomNormal([2], { mean: Number.NaN }), "randomNormal: mean must be a finite number, got NaN."],
  [() => randomNormal([2], { stddev: -1 }), "randomNormal: stddev must be a finite number from 0, got -1."],
  [
    () => randomTruncatedNormal([2], { deviation: wrong(null) }),
    "randomTruncatedNormal: deviation must be a finite number from 0, got null.",
  ],
  [
    () => randomBernoulli([2], { probability: 1.5 }),
    "randomBernoulli: probability must be a finite number from 0 to 1, got 1.5.",
  ],
  [() => randomBernoulli([2], { value: wrong([]) }), "randomBernoulli: value must be a finite number, got []."],
])("random numbers throw for options that break a rule, case %#", (call, text) => {
  expect(textOf(call)).toBe(`ValueError: ${text}`);
});

test("random numbers: stddev is the factor of standard numbers; its older name deviation comes second", () => {
  for (const draw of [randomNormal, randomTruncatedNormal]) {
    const standard = draw([100], { seed: 1 }).data;
    const expected = [...standard].map((value) => value / 4);
    expect([...draw([100], { seed: 1, stddev: 0.25 }).data]).toEqual(expected);
    expect([...draw([100], { seed: 1, deviation: 0.25 }).data]).toEqual(expected);
    expect([...draw([100], { seed: 1, stddev: 0.25, deviation: 9 }).data]).toEqual(expected);
  }
});
