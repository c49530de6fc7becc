import * as gradus from "gradus";
import {
  Add,
  Average,
  Concatenate,
  grad,
  Maximum,
  Minimum,
  Multiply,
  Subtract,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "gradus";
import { describe, expect, test } from "vitest";

const a = tensor([[1, 9, -3]]);
const b = tensor([[4, 2, -6]]);
const c = tensor([[10, 20, 30]]);

describe("layers that join tensors", () => {
  test.each<[string, (inputs: readonly Tensor[]) => Tensor, number[]]>([
    ["Add", (inputs) => new Add().call(inputs), [15, 31, 21]],
    ["Multiply", (inputs) => new Multiply().call(inputs), [40, 360, 540]],
    ["Average", (inputs) => new Average().call(inputs), [5, Math.fround(31 / 3), 7]],
    ["Maximum", (inputs) => new Maximum().call(inputs), [10, 20, 30]],
    ["Minimum", (inputs) => new Minimum().call(inputs), [1, 2, -6]],
    ["Concatenate", (inputs) => new Concatenate().call(inputs), [1, 9, -3, 4, 2, -6, 10, 20, 30]],
  ])("%s joins three", (_, join, expected) => {
    expect(join([a, b, c]).toArray()).toEqual([expected]);
  });

  test.each([Add, Multiply, Average, Maximum, Minimum, Concatenate])("%o gives one input as it is", (Class) => {
    expect(new Class().call(a).toArray()).toEqual(a.toArray());
    expect(new Class().call([a]).toArray()).toEqual(a.toArray());
  });

  test("Subtract takes two inputs", () => {
    expect(new Subtract().call([a, b]).toArray()).toEqual([[-3, 7, 3]]);
    expect(() => new Subtract().call([a])).toThrow(
      "subtract: there must be two inputs, got 1: [1, 3]. Pass a list of two.",
    );
    expect(() => new Subtract().call([a, b, c])).toThrow("got 3");
  });

  test("Concatenate joins along an axis, and refuses that of the rows", () => {
    expect(new Concatenate({ axis: 1 }).call([zeros([2, 1, 4]), zeros([2, 3, 4])]).shape).toEqual([2, 4, 4]);
    expect(() => new Concatenate({ axis: 0 })).toThrow("Concatenate: axis must be a whole number other than 0");
  });

  test("gradients reach every input", () => {
    const [da, db] = grad((x: Tensor, y: Tensor) => sum(new Multiply().call([x, y])))(a, b);
    expect([da.toArray(), db.toArray()]).toEqual([b.toArray(), a.toArray()]);
  });

  test("inputs with other numbers of rows, none, and values that are not tensors are refused", () => {
    expect(() => new Add().call([zeros([2, 1]), zeros([1, 1])])).toThrow(
      "add: all inputs must have the same number of rows, got [2, 1], [1, 1].",
    );
    expect(() => new Add().call([])).toThrow("add: there must be an input, got none.");
    expect(() => new Add().call([a, 3] as never)).toThrow("add: the input must be a tensor, got 3.");
    expect(() => new gradus.Dense({ units: 1 }).call([a] as never)).toThrow("dense: the input must be a tensor");
  });
});
