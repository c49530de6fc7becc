import { describe, expect, test } from "vitest";
import { grad } from "../../../src/autograd/grad.ts";
import { pow } from "../../../src/ops/elementwise/powers.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import type { Operand } from "../../../src/ops/support/operands.ts";
import { type Tensor, tensor } from "../../../src/tensor/tensor.ts";

/** The derivative of pow(x, exponent) of this order. */
const derivative = (x: Tensor, exponent: Operand, order: number): number[] => {
  let f = (value: Tensor): Tensor => sum(pow(value, exponent));
  for (let count = 1; count < order; count++) {
    const below = f;
    f = (value) => sum(grad(below)(value));
  }
  // Zeros of either sign are as good.
  return Array.from(grad(f)(x).data, (value) => value + 0);
};

describe("the derivative of pow at base 0", () => {
  test.each([
    [0, 1, [0, 0]],
    [0, 2, [0, 0]],
    [1, 1, [1, 1]],
    [1, 2, [0, 0]],
    [1, 3, [0, 0]],
    [2, 1, [0, 2]],
    [2, 2, [2, 2]],
    [2, 3, [0, 0]],
    [3, 3, [6, 6]],
    [0.5, 1, [Number.POSITIVE_INFINITY, 0.5]],
    [-1, 1, [Number.NEGATIVE_INFINITY, -1]],
  ])("pow at base 0 and exponent %s has the right derivative of order %s", (exponent, order, expected) => {
    expect(derivative(tensor([0, 1]), exponent, order)).toEqual(expected);
  });

  test("pow at base 0 has the right derivative for exponents that broadcast", () => {
    const exponents = tensor([0, 1, 2]);
    expect(derivative(tensor([[0], [2]]), exponents, 1)).toEqual([1, 5]);
    expect(derivative(tensor([[0], [2]]), exponents, 2)).toEqual([2, 2]);
    expect(derivative(tensor([[0], [2]]), exponents, 3)).toEqual([0, 0]);
  });

  test("pow at exponent 0 has the derivative 0 where 1/a overflows", () => {
    expect(derivative(tensor([1e-40]), 0, 1)).toEqual([0]);
  });

  test("pow has the mixed derivative 1/a of a to the b at b = 0", () => {
    const b = tensor([0]);
    const toBase = (exponent: Tensor): Tensor => sum(grad((base: Tensor) => sum(pow(base, exponent)))(tensor([4])));
    expect(grad(toBase)(b).toArray()).toEqual([0.25]);
  });
});
