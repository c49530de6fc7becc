import { mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { square } from "../../../src/ops/elementwise/powers.ts";
import { unaryBinding, unaryPrimitive } from "../../../src/ops/support/elementwise.ts";
import { floatOperand, type Operand } from "../../../src/ops/support/operands.ts";
import { bindOne } from "../../../src/tensor/interpret/bind.ts";
import type { Primitive } from "../../../src/tensor/interpret/primitive.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";
import * as f32x4 from "../../../src/wasm/assembler/instructions/f32x4.ts";
import { unaryKernel } from "../../../src/wasm/elementwise/elementwiseKernel.ts";

/** y = x³. */
export const cubePrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "cube",
  // The reference kernel, in double: the meaning of the operation.
  apply: (x) => x * x * x,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("cube", (_, x) => f32x4.mul(f32x4.mul(x, x), x))),
  // A function for each input, in public operations.
  vjp: ({ inputs: [x], dy }) => [() => mul(dy, mul(square(x), 3))],
});

/**
 * x³.
 * @throws DTypeError when x is not a float.
 * @example
 * cube(tensor([2, -1])).toArray(); // [8, -1]
 */
export const cube = (x: Operand): Tensor => bindOne(cubePrimitive, [floatOperand("cube", x)], undefined);
