import {
  concat,
  dataset,
  gather,
  grad,
  keep,
  logSumExp,
  matmul,
  max,
  mean,
  minibatches,
  oneHot,
  reshape,
  softmaxCrossEntropy,
  split,
  stack,
  sum,
  tensor,
  Variable,
  valueAndGrad,
  variance,
} from "gradus";
import { describe, expect, test } from "vitest";
import { textOf } from "../autograd/textOf.ts";

const x = tensor([1, 2]);
const w = new Variable(x);
const matrix = tensor([
  [1, 2],
  [3, 4],
]);
/** A value that only plain JavaScript passes. */
const wrong = (value: unknown): never => value as never;

describe("a flag that is neither true nor false is an error", () => {
  const data = dataset({ x: matrix, y: x });
  test.each([
    ["matmul", "transposeA", "no", () => matmul(matrix, matrix, { transposeA: wrong("no") })],
    ["matmul", "transposeB", "false", () => matmul(matrix, matrix, { transposeB: wrong("false") })],
    ["sum", "keepDims", "false", () => sum(x, { keepDims: wrong("false") })],
    ["mean", "keepDims", "false", () => mean(x, { keepDims: wrong("false") })],
    ["max", "keepDims", "no", () => max(x, { keepDims: wrong("no") })],
    ["variance", "keepDims", "no", () => variance(x, { keepDims: wrong("no") })],
    ["logSumExp", "keepDims", "no", () => logSumExp(x, { keepDims: wrong("no") })],
  ])("%s throws if %s is neither true nor false", (operation, flag, value, call) => {
    expect(textOf(call)).toBe(`ValueError: ${operation}: ${flag} must be true or false, got "${value}".`);
  });

  test.each([
    ["split", "shuffle", "no", () => split(data, { parts: { train: 1 }, shuffle: wrong("no") })],
    ["minibatches", "shuffle", "no", () => minibatches(data, { batchSize: 1, shuffle: wrong("no") })],
  ])("%s throws if %s is neither true nor false", (operation, flag, value, call) => {
    expect(textOf(call)).toBe(`ValueError: ${operation}: ${flag} must be true or false, got "${value}".`);
  });
});

describe("an error shows the wrong value", () => {
  test.each([
    ["[-1, -1]", () => reshape(x, [-1, -1])],
    ["[-1, -1, -1]", () => reshape(x, [-1, -1, -1])],
    ["[-1, -3]", () => reshape(x, [-1, -3])],
    ["[2, -3]", () => reshape(x, [2, -3])],
  ])("reshape shows the shape %s in its error", (shape, call) => {
    expect(textOf(call)).toBe(`ShapeError: reshape: a shape is at most 6 whole numbers from 0, got ${shape}.`);
  });

  test.each([
    [() => concat([x, wrong(2)]), "DTypeError: concat: each must be a tensor, got 2. Wrap values with tensor(...)."],
    [
      () => concat([wrong([1]), x]),
      "DTypeError: concat: each must be a tensor, got [1]. Wrap values with tensor(...).",
    ],
    [
      () => stack([x, wrong(null)]),
      "DTypeError: stack: each must be a tensor, got null. Wrap values with tensor(...).",
    ],
    [
      () => sum(wrong(w)),
      "DTypeError: sum: an operand must be a tensor or a number, got variable float32 [2]. Pass its read().",
    ],
    [() => keep(wrong(w)), "DTypeError: keep: the value must be a tensor, got variable float32 [2]. Pass its read()."],
    [
      () => dataset({ x: matrix, y: wrong(w) }),
      "DTypeError: dataset: y must be a tensor, got variable float32 [2]. Pass its read().",
    ],
    [() => stack([]), "ShapeError: stack: there must be at least one tensor, got none. Pass the tensors to stack."],
    [
      () => gather(x, wrong([1])),
      'DTypeError: gather: indices must have dtype int32, got [1]. Make them with tensor(values, { dtype: "int32" }).',
    ],
    [
      () => oneHot(wrong([1]), 2),
      'DTypeError: oneHot: indices must have dtype int32, got [1]. Make them with tensor(values, { dtype: "int32" }).',
    ],
    [
      () => sum(x, { axis: wrong("0") }),
      'ShapeError: sum: axis must be one of 1 axes, 0 the first and -1 the last, got axis="0" for shape [2].',
    ],
    [() => grad(wrong(3))(x), "ValueError: grad: f must be a function, got 3."],
    [() => valueAndGrad(wrong(undefined))(x), "ValueError: valueAndGrad: f must be a function, got undefined."],
  ])("an error shows the wrong value, case %#", (call, text) => {
    expect(textOf(call)).toBe(text);
  });

  test("an error names an array of labels", () => {
    expect(textOf(() => softmaxCrossEntropy(matrix, wrong([0, 1])))).toMatch(/^DTypeError: .* got \[0, 1\]\./);
  });
});
