import { expect, test } from "vitest";
import {
  argMax,
  argSort,
  compile,
  grad,
  mul,
  randomNormal,
  sort,
  sum,
  type Tensor,
  tensor,
  topK,
  zeros,
} from "../../../src/index.ts";

test("sort and argSort keep equal numbers in their order, among NaN on both sides of a run", () => {
  // Longer than a run that is sorted by insertion, with zeros of both signs, which are equal.
  const values = [3, Number.NaN, 0, -0, 1, 1, 3, Number.NaN, -0, 0, 2, 1, 1, 1, 0, 3, 3, 2, 1, Number.NaN];
  const expected = values
    .map((_, index) => index)
    .sort(
      (a, b) => Number(Number.isNaN(values[a])) - Number(Number.isNaN(values[b])) || values[a] - values[b] || a - b,
    );
  expect(argSort(tensor(values)).toArray()).toEqual(expected);
  expect(sort(tensor(values)).toArray()).toEqual(expected.map((index) => Math.fround(values[index])));
});

test("topK takes NaN first, as argMax, and the lower index of equal numbers", () => {
  const x = tensor([1, 5, Number.NaN, 5, Infinity]);
  expect(topK(x, 4).indices.toArray()).toEqual([2, 4, 1, 3]);
  expect(argMax(x).item()).toBe(2);
});

test("sort, argSort and topK take empty axes, and k of 0", () => {
  expect(sort(zeros([2, 0])).shape).toEqual([2, 0]);
  expect(argSort(zeros([0, 3]), { axis: 0 }).shape).toEqual([0, 3]);
  expect(topK(tensor([[1], [2]]), 0, { axis: 0 }).values.shape).toEqual([0, 1]);
});

test("sort keeps int32, and reads stored bytes as the numbers that they mean", () => {
  expect(sort(tensor([3, -1, 2], { dtype: "int32" })).dtype).toBe("int32");
  expect(sort(tensor(new Uint8Array([200, 100]), { scale: 0.5 })).toArray()).toEqual([50, 100]);
});

test("the gradients of sort and topK go back to where the elements were", () => {
  const weights = tensor([1, 10, 100]);
  expect(grad((x: Tensor) => sum(mul(sort(x), weights)))(tensor([3, 1, 2])).toArray()).toEqual([100, 1, 10]);
  expect(grad((x: Tensor) => sum(topK(x, 2).values))(tensor([3, 1, 2])).toArray()).toEqual([1, 0, 1]);
});

test("sorting works in a recorded step, with other orders each time", () => {
  const largest = compile((x: Tensor) => topK(x, 3, { axis: 1 }).values);
  for (const seed of [1, 2, 3, 4]) {
    const x = randomNormal([4, 20], { seed });
    const rows = (x.toArray() as number[][]).map((row) =>
      row
        .slice()
        .sort((a, b) => b - a)
        .slice(0, 3),
    );
    expect(largest(x).toArray()).toEqual(rows);
  }
});

test("sort, argSort and topK name themselves in errors", () => {
  const x = tensor([1, 2]);
  expect(() => sort(x, { axis: 1 })).toThrow("sort: axis must be one of 1 axes");
  expect(() => argSort(tensor([1], { dtype: "bool" }))).toThrow(
    "argSort: x must be float32, float64 or int32, got bool. Convert with toFloat(...).",
  );
  expect(() => topK(x, 3)).toThrow("topK: k must be at most the length of the axis, got k=3 for axis=-1 of shape [2].");
  expect(() => topK(x, 1.5)).toThrow("topK: k must be a whole number from 0, got 1.5.");
});
