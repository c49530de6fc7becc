import { expect, test } from "vitest";
import {
  cumsum,
  diag,
  expandDims,
  flip,
  grad,
  norm,
  ones,
  prod,
  squeeze,
  type Tensor,
  tensor,
  tensorSplit,
  tile,
  zeros,
} from "../../../src/index.ts";

test("expandDims, squeeze, flip, tile, tensorSplit and diag keep the dtype", () => {
  const x = tensor([[1, 2, 3]], { dtype: "int32" });
  const results = [expandDims(x), squeeze(x), flip(x), tile(x, 2), ...tensorSplit(x, 2, { axis: 1 }), diag(squeeze(x))];
  expect(results.map(({ dtype }) => dtype)).toEqual(results.map(() => "int32"));
  expect(flip(tensor([1, 0, 0], { dtype: "bool" })).toArray()).toEqual([0, 0, 1]);
});

test("moves of axes take tensors without elements, and scalars", () => {
  expect(flip(zeros([0, 2])).shape).toEqual([0, 2]);
  expect(tile(zeros([2, 0]), [2, 3]).shape).toEqual([4, 0]);
  expect(tile(tensor(3), [2, 2]).toArray()).toEqual([
    [3, 3],
    [3, 3],
  ]);
  expect(tensorSplit(zeros([0, 2]), 2).map(({ shape }) => shape)).toEqual([
    [0, 2],
    [0, 2],
  ]);
  expect(squeeze(zeros([1, 1])).shape).toEqual([]);
  expect([diag(zeros([0])).shape, diag(zeros([3, 0])).shape]).toEqual([[0, 0], [0]]);
  expect(diag(zeros([0]), { offset: -2 }).toArray()).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

test("tile repeats each axis of a tensor with six of them", () => {
  const y = tile(ones([1, 2, 1, 2, 1, 2]), [2, 1, 2, 1, 2, 2]);
  expect([y.shape, y.data.every((value) => value === 1)]).toEqual([[2, 2, 2, 2, 2, 4], true]);
});

test("prod and norm take empty axes", () => {
  expect(prod(zeros([2, 0]), { axis: 1 }).toArray()).toEqual([1, 1]);
  expect(prod(zeros([0, 2]), { keepDims: true }).toArray()).toEqual([[1]]);
  expect(prod(zeros([0, 2]), { axis: 1 }).shape).toEqual([0]);
  for (const ord of [1, 2, Infinity]) expect(norm(zeros([2, 0]), { ord, axis: 1 }).toArray()).toEqual([0, 0]);
});

test("the gradient of prod beside zeros is the product of the others", () => {
  const slope = grad((x: Tensor) => prod(x));
  expect(slope(tensor([2, 0, 3, 5])).toArray()).toEqual([0, 30, 0, 0]);
  expect(slope(tensor([2, 0, 3, 0])).toArray()).toEqual([0, 0, 0, 0]);
});

test("norm has a gradient of 0 at 0, and does not overflow", () => {
  expect(grad((x: Tensor) => norm(x))(tensor([0, 0])).toArray()).toEqual([0, 0]);
  expect(grad((x: Tensor) => norm(x))(tensor([3, 4])).toArray()).toEqual([Math.fround(0.6), Math.fround(0.8)]);
  for (const size of [1e30, 1e-30]) expect(norm(tensor([3 * size, 4 * size])).item() / size).toBeCloseTo(5, 5);
  expect(norm(tensor([Infinity, 1])).item()).toBe(Infinity);
  expect(norm(tensor([Number.NaN, 1])).item()).toBeNaN();
});

test("cumsum keeps its sums in double", () => {
  const total = cumsum(tensor(new Float32Array(100_000).fill(0.1))).data.at(-1);
  expect(total).toBe(Math.fround(100_000 * Math.fround(0.1)));
});

test("moves of axes, cumsum, prod and norm name themselves in errors", () => {
  const x = tensor([1, 2]);
  expect(() => expandDims(x, { axis: 3 })).toThrow("expandDims: axis must be one of 2 axes");
  expect(() => expandDims(x, { axis: [0, 0] })).toThrow("expandDims: each axis may be named once, got axis=[0, 0]");
  expect(() => squeeze(x, { axis: 0 })).toThrow(
    "squeeze: an axis must have length 1, got length 2 for axis=0 of shape [2].",
  );
  expect(() => flip(x, { axis: 1 })).toThrow("flip: axis must be one of 1 axes");
  expect(() => tile(x, [-1])).toThrow(
    "tile: repeats must be a whole number from 0 for each axis, got [-1] for shape [2].",
  );
  expect(() => tensorSplit(x, [2, 1])).toThrow(
    "tensorSplit: parts must be a whole number from 1, or ascending indices of the axis, got [2, 1] for axis=0 of shape [2].",
  );
  expect(() => tensorSplit(x, 0)).toThrow("got 0 for axis=0");
  expect(() => diag(tensor(1))).toThrow(
    "diag: x must be a matrix or a vector, got shape []. Slice or reshape it first.",
  );
  expect(() => norm(x, { ord: 3 as 1 })).toThrow("norm: ord must be 1, 2 or Infinity, got 3.");
  expect(() => cumsum(x, { axis: 1 })).toThrow("cumsum: axis must be one of 1 axes");
  expect(() => prod(tensor([1], { dtype: "int32" }))).toThrow("prod: operands must all be float32");
});
