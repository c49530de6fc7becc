import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "./checkTensor.ts";

/** y = x, another tensor object of the same elements. */
export const identityPrimitive: Primitive = {
  name: "identity",
  infer: ([x]) => [x!],
  alias: true,
  vjp: ({ dy }) => [() => dy],
};

/** The same tensor as a new object; gradients pass. */
export const identity = (x: Tensor): Tensor => bindOne(identityPrimitive, [x], undefined);

/** y = x, with a derivative of zero. */
export const stopGradientPrimitive: Primitive = {
  name: "stopGradient",
  infer: ([x]) => [x!],
  alias: true,
};

/**
 * The same tensor, as a constant for gradients: d stopGradient(x)/dx = 0.
 * @example
 * grad((x: Tensor) => sum(mul(x, stopGradient(x))))(tensor([3])).toArray(); // [3], not [6]
 */
export const stopGradient = (x: Tensor): Tensor =>
  bindOne(stopGradientPrimitive, [checkTensor("stopGradient", x)], undefined);
