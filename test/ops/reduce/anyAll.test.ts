import { expect, test } from "vitest";
import {
  add,
  all,
  any,
  compile,
  greater,
  isFinite as isFiniteTensor,
  isNaN as isNaNTensor,
  less,
  logicalAnd,
  logicalNot,
  type Tensor,
  tensor,
  zeros,
} from "../../../src/index.ts";

const bools = (values: readonly (readonly number[])[]): Tensor => tensor(values as number[][], { dtype: "bool" });

test("any and all reduce axes, also negative ones and several", () => {
  const x = bools([
    [0, 1, 0],
    [0, 1, 1],
  ]);
  expect(any(x, { axis: -1 }).toArray()).toEqual([1, 1]);
  expect(any(x, { axis: 0, keepDims: true }).toArray()).toEqual([[0, 1, 1]]);
  expect(all(x, { axis: 0 }).toArray()).toEqual([0, 1, 0]);
  expect([any(x).item(), all(x).item(), all(x, { axis: [0, 1] }).dtype]).toEqual([1, 0, "bool"]);
});

test("any of nothing is false, all of nothing is true", () => {
  const empty = zeros([2, 0], { dtype: "bool" });
  expect([any(empty).item(), all(empty).item()]).toEqual([0, 1]);
  expect([any(empty, { axis: 1 }).toArray(), all(empty, { axis: 1 }).toArray()]).toEqual([
    [0, 0],
    [1, 1],
  ]);
});

test("all sees one false among more elements than float32 counts", () => {
  const many = new Uint8Array(2 ** 24 + 2).fill(1);
  many[5] = 0;
  expect(all(tensor(many, { dtype: "bool" })).item()).toBe(0);
});

test("any, all, isFinite, isNaN and logicalNot name themselves in errors", () => {
  expect(() => any(tensor([1]))).toThrow("any: an operand must have dtype bool, got float32. Compare first");
  expect(() => all(bools([[1]]), { axis: 2 })).toThrow("all: axis must be one of 2 axes");
  expect(() => any(bools([[1]]), { keepDims: 1 as unknown as boolean })).toThrow("any: keepDims must be true or false");
  expect(() => logicalNot(1 as unknown as Tensor)).toThrow("logicalNot: x must be a tensor");
  const int = tensor([1], { dtype: "int32" });
  expect(() => isNaNTensor(int)).toThrow("isNaN: operands must all be float32");
  expect(() => isFiniteTensor(int)).toThrow("isFinite: operands must all be float32");
});

test("isFinite and isNaN take numbers, float64 and stored bytes", () => {
  expect([isNaNTensor(Number.NaN).item(), isFiniteTensor(-Infinity).item()]).toEqual([1, 0]);
  expect(isFiniteTensor(tensor(new Float64Array([1e300, Number.NaN]))).toArray()).toEqual([1, 0]);
  expect(isNaNTensor(tensor(new Uint8Array([1, 2]))).toArray()).toEqual([0, 0]);
});

test("logic broadcasts, and works in a recorded step", () => {
  const inside = compile((x: Tensor) => logicalAnd(greater(x, 0), less(x, tensor([[1], [3]]))));
  for (const shift of [0, 0.5, 1]) {
    const x = add(tensor([-1, 0.5, 2]), shift);
    const expected = [1, 3].map((end) => Array.from(x.data, (value) => Number(value > 0 && value < end)));
    expect(inside(x).toArray()).toEqual(expected);
  }
});
