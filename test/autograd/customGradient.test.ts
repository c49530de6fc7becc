import { expect, test } from "vitest";
import { gradientCheck } from "../../src/autograd/check/gradientCheck.ts";
import { customGradient } from "../../src/autograd/customGradient.ts";
import { grad, valueAndGrad } from "../../src/autograd/grad.ts";
import { add, mul } from "../../src/ops/elementwise/arithmetic.ts";
import { square } from "../../src/ops/elementwise/powers.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { withInterpreter } from "../../src/tensor/interpret/bind.ts";
import type { Interpreter, Primitive } from "../../src/tensor/interpret/primitive.ts";
import { type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { textOf } from "./textOf.ts";

/** x³ by way of exp, so that only its own derivative can be meant. */
const cube = customGradient(
  (x: Tensor) => mul(x, square(x)),
  (dy, [x]) => mul(dy, mul(3, square(x))),
);

test("customGradient uses the custom gradient, and the value of the function", () => {
  const clipped = customGradient(
    (x: Tensor) => square(x),
    (dy, [x], y) => mul(dy, add(mul(100, x), y)),
  );
  const [value, slope] = valueAndGrad((x: Tensor) => sum(clipped(x)))(tensor([2, 3]));
  expect(value.item()).toBe(13);
  expect(slope.toArray()).toEqual([204, 309]);
});

test("gradients of gradients go through the backward function of customGradient", () => {
  const third = grad(grad(grad((x: Tensor) => cube(x))));
  expect(grad((x: Tensor) => cube(x))(tensor(2)).item()).toBe(12);
  expect(grad(grad((x: Tensor) => cube(x)))(tensor(2)).item()).toBe(12);
  expect(third(tensor(2)).item()).toBe(6);
  gradientCheck((x: Tensor) => grad((y: Tensor) => sum(cube(y)))(x), [tensor([0.5, -2])]);
});

test("customGradient takes several inputs, also one without a gradient", () => {
  const scaled = customGradient(
    (x: Tensor, factor: Tensor) => mul(x, factor),
    (dy, [, factor]) => [mul(dy, factor), undefined],
  );
  const [dx, dfactor] = grad((x: Tensor, factor: Tensor) => sum(scaled(x, factor)))(tensor([1, 2]), tensor([3, 4]));
  expect([dx.toArray(), dfactor.toArray()]).toEqual([
    [3, 4],
    [0, 0],
  ]);
});

test("customGradient keeps apart the gradients of an input and of a result that is the input", () => {
  const through = customGradient(
    (x: Tensor) => x,
    (dy) => mul(dy, 10),
  );
  expect(grad((x: Tensor) => add(through(x), x))(tensor(1)).item()).toBe(11);
});

test("customGradient treats a captured tensor as a constant", () => {
  const f = (x: Tensor): Tensor =>
    customGradient(
      (y: Tensor) => mul(x, y),
      (dy) => dy,
    )(x);
  expect(grad(f)(tensor(3)).item()).toBe(1);
});

test("interpreters see a custom gradient as one operation with a shape and dtype", () => {
  const seen: string[] = [];
  const types: unknown[] = [];
  const watcher: Interpreter = {
    bind: (primitive, inputs, attributes, below) => {
      seen.push(primitive.name);
      types.push(primitive.infer(inputs, attributes).map(({ shape, dtype }) => ({ shape, dtype })));
      return below(primitive, inputs, attributes);
    },
  };
  const y = withInterpreter(watcher, () => cube(tensor([1, 2])));
  expect(seen).toEqual(["customGradient"]);
  expect(types).toEqual([[{ shape: [2], dtype: "float32" }]]);
  expect(y.toArray()).toEqual([1, 8]);
});

test.each([
  [
    "too few gradients",
    () => [tensor(1)],
    "ValueError: customGradient: backward must return one gradient for each of the 2 inputs, got 1. Return undefined for an input that has none.",
  ],
  [
    "one tensor for two inputs",
    () => tensor(1),
    "ValueError: customGradient: backward must return one gradient for each of the 2 inputs, got 1. Return undefined for an input that has none.",
  ],
  [
    "nothing",
    () => undefined as unknown as Tensor,
    "ValueError: customGradient: backward must return one gradient for each of the 2 inputs, got undefined. Return undefined for an input that has none.",
  ],
  [
    "a number",
    () => [1, 2] as unknown as Tensor[],
    "ValueError: customGradient: a gradient must be a tensor or undefined, got 1 for input 0. Return tensors.",
  ],
  [
    "a wrong shape",
    () => [tensor([1, 2]), tensor([1])],
    "ShapeError: customGradient: a gradient must have the shape of its input, got [1] for input 1 of shape [2]. Sum over the axes that were repeated.",
  ],
])("customGradient throws when backward returns %s", (_, backward: () => Tensor | Tensor[], text) => {
  const f = customGradient((a: Tensor, b: Tensor) => add(a, b), backward);
  expect(textOf(() => grad((a: Tensor, b: Tensor) => sum(f(a, b)))(tensor([1, 2]), tensor([1, 2])))).toBe(text);
});

test("customGradient throws when the function returns a promise", () => {
  const f = customGradient((async (x: Tensor) => x) as unknown as (x: Tensor) => Tensor, (dy) => dy);
  expect(textOf(() => f(tensor(1)))).toBe(
    "ValueError: customGradient: the function must return a tensor, got a Promise. Compute without waiting, and return the tensor.",
  );
});

test("the primitive of customGradient is composite, without a kernel", () => {
  let watched: Primitive<unknown> | undefined;
  const watcher: Interpreter = {
    bind: (primitive, inputs, attributes, below) => {
      watched = primitive as Primitive<unknown>;
      return below(primitive, inputs, attributes);
    },
  };
  withInterpreter(watcher, () => cube(tensor(1)));
  expect(watched?.composite).toBeDefined();
  expect(watched?.reference).toBeUndefined();
});
