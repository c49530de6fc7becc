import { range, slice, tensor } from "gradus";
import { expect, test } from "vitest";
import { textOf } from "../../autograd/textOf.ts";

const v = tensor([1, 2, 3, 4, 5]);
/** A value that only plain JavaScript passes. */
const wrong = (value: unknown): never => value as never;

test.each([
  [[1], [2], [2], [2, 4]],
  [[], [], [2], [1, 3, 5]],
  [[1], [], [2], [2, 4]],
  [[-2], [], [-1], [4, 3, 2, 1]],
  [[], [], [-1], [5, 4, 3, 2, 1]],
  [[], [2], [-3], [5, 2]],
  [[], [-1], [-3], [5, 2]],
  [[5], [], [2], []],
  [[], [], [9], [1]],
])("slice(v, %j, %j, %j) steps as v[begin::stride] of NumPy", (begin, size, strides, expected) => {
  expect(slice(v, begin, size, strides).toArray()).toEqual(expected);
});

test("slice takes a stride for each axis", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(slice(x, [], [], [-1, 2]).toArray()).toEqual([
    [4, 6],
    [1, 3],
  ]);
});

const advice = "Pass slice(x, [0, 1], [2, 2]), for example.";

test.each([
  [
    () => slice(v, wrong(1), wrong(2)),
    `begin must be an array of whole numbers, at most one per axis, got 1 for shape [5]. ${advice}`,
  ],
  [
    () => slice(v, [0], wrong(2)),
    `size must be an array of whole numbers, at most one per axis, got 2 for shape [5]. ${advice}`,
  ],
  [
    () => slice(v, [0, 0, 9]),
    `begin must be an array of whole numbers, at most one per axis, got [0, 0, 9] for shape [5]. ${advice}`,
  ],
  [
    () => slice(v, [0], [1], [1, 2]),
    `strides must be an array of whole numbers, at most one per axis, got [1, 2] for shape [5]. ${advice}`,
  ],
  [
    () => slice(v, [0], [1], [0.5]),
    `strides must be an array of whole numbers, at most one per axis, got [0.5] for shape [5]. ${advice}`,
  ],
  [
    () => slice(v, [0], [1], [0]),
    "the box must lie inside the tensor, got begin=[0], size=[1], strides=[0] for shape [5]. Give a begin and a size for every axis.",
  ],
])("slice throws for arguments that it would ignore, case %#", (call, text) => {
  expect(textOf(call)).toBe(`ShapeError: slice: ${text}`);
});

test.each([
  [0, 10, 2, [0, 2, 4, 6, 8]],
  [0, 9, 4, [0, 4, 8]],
  [3, 0, -1, [3, 2, 1]],
  [3, 0, -2, [3, 1]],
  [3, 0, 1, []],
  [0, 3, -1, []],
  [2 ** 31 - 1, 2 ** 31, 1, [2 ** 31 - 1]],
  [-(2 ** 31), -(2 ** 31) - 1, -1, [-(2 ** 31)]],
])("range(%d, %d, %d) has the right numbers", (from, to, step, expected) => {
  expect(range(from, to, step).toArray()).toEqual(expected);
});

test.each([0, 0.5, Number.NaN, Infinity, wrong("2"), wrong(null), wrong({})])(
  "range throws for the step %s",
  (step) => {
    expect(() => range(0, 4, step)).toThrow(/^range: the step must be a whole number other than 0, got /);
  },
);
