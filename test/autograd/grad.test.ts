import { describe, expect, expectTypeOf, test } from "vitest";
import { grad, valueAndGrad } from "../../src/autograd/grad.ts";
import { add, mul, sub } from "../../src/ops/elementwise/arithmetic.ts";
import { exp, square } from "../../src/ops/elementwise/powers.ts";
import { matmul } from "../../src/ops/matmul/matmul.ts";
import { batchNormTraining } from "../../src/ops/network/batchNormTraining.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { identity, stopGradient } from "../../src/ops/support/stopGradient.ts";
import { ones, type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { textOf } from "./textOf.ts";

describe("grad and valueAndGrad", () => {
  test("grad and valueAndGrad return one tensor for one argument", () => {
    const [value, slope] = valueAndGrad((x: Tensor) => sum(square(x)))(tensor([1, 2, 3]));
    expect(value.item()).toBe(14);
    expect(slope.toArray()).toEqual([2, 4, 6]);
    expectTypeOf(slope).toEqualTypeOf<Tensor>();
  });

  test("grad and valueAndGrad return a typed tuple for several arguments", () => {
    const f = (a: Tensor, b: Tensor): Tensor => sum(mul(a, square(b)));
    const [value, gradients] = valueAndGrad(f)(tensor([1, 2]), tensor([3, 4]));
    expectTypeOf(gradients).toEqualTypeOf<[a: Tensor, b: Tensor]>();
    expect(value.item()).toBe(41);
    expect(gradients.map((gradient) => gradient.toArray())).toEqual([
      [9, 16],
      [6, 16],
    ]);
    const [da, db] = grad(f)(tensor([1, 2]), tensor([3, 4]));
    expectTypeOf(da).toEqualTypeOf<Tensor>();
    expect([da.toArray(), db.toArray()]).toEqual([
      [9, 16],
      [6, 16],
    ]);
    // @ts-expect-error f takes two tensors
    expect(() => grad(f)(tensor(1))).toThrow();
  });

  test("grad and valueAndGrad return gradients of the shapes of the arguments, whatever was broadcast", () => {
    const f = (a: Tensor, b: Tensor, c: Tensor): Tensor => sum(mul(add(a, b), c));
    const [da, db, dc] = grad(f)(ones([2, 1, 3]), ones([4, 1]), tensor(2));
    expect([da.shape, db.shape, dc.shape]).toEqual([[2, 1, 3], [4, 1], []]);
    expect(da.data.every((value) => value === 8)).toBe(true);
    expect(db.data.every((value) => value === 12)).toBe(true);
    expect(dc.item()).toBe(48);
  });

  test("grad and valueAndGrad return zeros for an argument that does not influence the result", () => {
    const [da, db] = grad((a: Tensor, _: Tensor) => sum(a))(ones([2]), ones([3, 2]));
    expect(da.toArray()).toEqual([1, 1]);
    expect(db.toArray()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(grad((_: Tensor) => tensor(1))(ones([2])).toArray()).toEqual([0, 0]);
  });

  test("grad and valueAndGrad differentiate a result that is the argument, and an argument that is used many times", () => {
    expect(grad((x: Tensor) => x)(tensor(3)).item()).toBe(1);
    expect(grad((x: Tensor) => identity(x))(tensor(3)).item()).toBe(1);
    expect(grad((x: Tensor) => add(add(x, x), mul(x, x)))(tensor(3)).item()).toBe(8);
  });

  test("grad and valueAndGrad treat the same tensor in two places as two arguments", () => {
    const x = tensor(3);
    const [da, db] = grad((a: Tensor, b: Tensor) => mul(square(a), b))(x, x);
    expect([da.item(), db.item()]).toEqual([18, 9]);
  });

  test("grad and valueAndGrad treat a captured tensor as a constant, also if it is the argument", () => {
    const x = tensor(3);
    expect(grad((y: Tensor) => mul(x, y))(x).item()).toBe(3);
  });

  test("grad and valueAndGrad take a result of one number at any rank", () => {
    expect(grad((x: Tensor) => matmul(x, x))(tensor([[3]])).toArray()).toEqual([[6]]);
  });

  test("grad and valueAndGrad keep float64", () => {
    const x = tensor(0.1, { dtype: "float64" });
    const [value, slope] = valueAndGrad((y: Tensor) => exp(y))(x);
    expect([value.dtype, slope.dtype]).toEqual(["float64", "float64"]);
    expect(slope.item()).toBe(Math.exp(0.1));
  });
});

describe("gradients of gradients", () => {
  test("gradients of gradients are right to the fourth order", () => {
    const f = (x: Tensor): Tensor => mul(square(x), square(x));
    const orders = [f, grad(f), grad(grad(f)), grad(grad(grad(f))), grad(grad(grad(grad(f))))];
    expect(orders.map((order) => order(tensor(2)).item())).toEqual([16, 32, 48, 48, 24]);
  });

  test("gradients of gradients do not confuse perturbations", () => {
    // d/dx (x · d/dy (x + y)) = 1, and 2 for who takes the inner derivative for one of x.
    const f = (x: Tensor): Tensor => mul(x, grad((y: Tensor) => add(x, y))(tensor(1)));
    expect(grad(f)(tensor(1)).item()).toBe(1);
    // With x itself as the inner point: d/dx (x · d/dy (x·y) at y = x) = d/dx x² = 2x.
    const g = (x: Tensor): Tensor => mul(x, grad((y: Tensor) => mul(x, y))(x));
    expect(grad(g)(tensor(3)).item()).toBe(6);
    // d/dx of (d/dy (x·y²) at y = x) = d/dx 2x² = 4x.
    const h = (x: Tensor): Tensor => grad((y: Tensor) => mul(x, square(y)))(x);
    expect(grad(h)(tensor(3)).item()).toBe(12);
    // Three deep: d/dx (x · d/dy (y · d/dz (x·y·z) at z = y) at y = x) = d/dx (x · 2x²) ... = d/dx (x·2·x·x).
    const k = (x: Tensor): Tensor => mul(x, grad((y: Tensor) => mul(y, grad((z: Tensor) => mul(mul(x, y), z))(y)))(x));
    expect(grad(k)(tensor(2)).item()).toBe(24);
  });

  test("gradients of gradients make a Hessian, row by row", () => {
    const f = (x: Tensor): Tensor => sum(mul(square(x), exp(x)));
    const row = (index: number): Tensor => {
      const unit = tensor([0, 1].map((at) => (at === index ? 1 : 0)));
      return grad((x: Tensor) => sum(mul(grad(f)(x), unit)))(tensor([0, 1]));
    };
    expect(row(0).toArray()).toEqual([2, 0]);
    const [zero, second] = row(1).data;
    expect(zero).toBe(0);
    expect(second).toBeCloseTo(7 * Math.E, 4);
  });

  test("gradients of gradients of a matrix product are right", () => {
    const a = tensor([
      [1, 2],
      [3, 4],
    ]);
    const first = (x: Tensor): Tensor => sum(mul(matmul(x, x), matmul(x, x)));
    const second = grad((x: Tensor) => sum(square(grad(first)(x))))(a);
    expect(second.shape).toEqual([2, 2]);
    expect(second.data.every(Number.isFinite)).toBe(true);
  });
});

describe("stopGradient", () => {
  test("stopGradient is a constant to gradients", () => {
    expect(grad((x: Tensor) => sum(mul(x, stopGradient(x))))(tensor([3])).toArray()).toEqual([3]);
    expect(grad((x: Tensor) => sum(stopGradient(square(x))))(tensor([3])).toArray()).toEqual([0]);
  });

  test("stopGradient is a constant to gradients of gradients", () => {
    const inner = (x: Tensor): Tensor => grad((y: Tensor) => mul(square(y), stopGradient(y)))(x);
    // d/dy (y²·c) = 2yc with c = y: 2y², whose derivative counts c as a constant only inside.
    expect(inner(tensor(3)).item()).toBe(18);
    expect(grad((x: Tensor) => stopGradient(inner(x)))(tensor(3)).item()).toBe(0);
  });
});

describe("grad and valueAndGrad throw for", () => {
  test.each([
    [
      "a promise",
      () => grad((async (x: Tensor) => x) as unknown as (x: Tensor) => Tensor)(tensor(1)),
      "ValueError: grad: the function must be synchronous, got a promise. Await what it needs before the call.",
    ],
    [
      "a promise that fails later",
      () => grad((() => Promise.reject(new Error("late"))) as unknown as (x: Tensor) => Tensor)(tensor(1)),
      "ValueError: grad: the function must be synchronous, got a promise. Await what it needs before the call.",
    ],
    [
      "a result of several numbers",
      () => valueAndGrad((x: Tensor) => x)(tensor([1, 2])),
      "ShapeError: valueAndGrad: the result must hold one number, got shape [2]. Take its sum or mean.",
    ],
    [
      "a result without a number",
      () => grad((x: Tensor) => x)(ones([0])),
      "ShapeError: grad: the result must hold one number, got shape [0]. Take its sum or mean.",
    ],
    [
      "no tensor",
      () => grad((() => 3) as unknown as (x: Tensor) => Tensor)(tensor(1)),
      "ValueError: grad: the function must return a tensor, got 3. Return the loss.",
    ],
    [
      "nothing",
      () => grad((() => undefined) as unknown as (x: Tensor) => Tensor)(tensor(1)),
      "ValueError: grad: the function must return a tensor, got undefined. Return the loss.",
    ],
    [
      "a result that is not a float",
      () => grad((_: Tensor) => tensor(1, { dtype: "int32" }))(tensor(1)),
      "DTypeError: grad: the result must be a float tensor, got int32. Return the loss.",
    ],
    [
      "an argument that is not a float",
      () => grad((x: Tensor, _: Tensor) => sum(x))(tensor(1), tensor([1], { dtype: "int32" })),
      "DTypeError: grad: arguments must be float tensors, got int32 as argument 1. Capture what is not to be differentiated.",
    ],
    [
      "an argument that is not a tensor",
      () => grad((x: Tensor) => sum(x))(3 as unknown as Tensor),
      "DTypeError: grad: arguments must be float tensors, got 3 as argument 0. Capture what is not to be differentiated.",
    ],
  ])("grad and valueAndGrad throw for %s", (_, call, text) => {
    expect(textOf(call)).toBe(text);
    expect(grad((x: Tensor) => sub(x, 1))(tensor(1)).item(), "the next step works").toBe(1);
  });
});

test("an operation with several outputs has the right gradient for each output alone", () => {
  const x = tensor([[1], [3], [8]]);
  const gradientOf = (pick: "y" | "mean" | "variance"): number[] => [
    ...grad((input: Tensor) => sum(mul(batchNormTraining(input, undefined, undefined)[pick], 3)))(x).data,
  ];
  expect(gradientOf("mean")).toEqual([1, 1, 1]);
  expect(gradientOf("variance")).toEqual([-6, -2, 8]);
});
