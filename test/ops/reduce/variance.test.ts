import { gradientCheck, tensor, variance } from "gradus";
import { expect, test } from "vitest";

const x = tensor([
  [1, 3],
  [2, 6],
]);

test("variance takes a correction of the divisor", () => {
  expect(variance(x).item()).toBe(3.5);
  expect(variance(x, { correction: 1 }).item()).toBeCloseTo(14 / 3, 6);
  expect(variance(x, { axis: 1, correction: 1 }).toArray()).toEqual([2, 8]);
  expect(variance(x, { axis: 0, correction: 1, keepDims: true }).toArray()).toEqual([[0.5, 4.5]]);
  expect(variance(tensor([1]), { correction: 1 }).item()).toBeNaN();
  expect(() => gradientCheck((values) => variance(values, { correction: 1 }), [x])).not.toThrow();
  expect(() => variance(x, { correction: -1 })).toThrow("variance: correction must be a finite number from 0, got -1.");
});
