import * as f32x4 from "../assembler/instructions/f32x4.ts";
import type { Kernel } from "../assembler/kernel.ts";
import { exp, sigmoid, siluDerivative, silu as vectorSilu } from "../math/vectorMath.ts";
import {
  geluDerivative,
  geluTanhDerivative,
  gelu as vectorGelu,
  geluTanh as vectorGeluTanh,
} from "../math/vectorNormal.ts";
import { longUnaryKernel, type NaryBody, naryKernel } from "./elementwiseKernel.ts";

/**
 * Fused kernels of activations and their derivatives: whole formulas in one pass over memory. Kernels of one instruction
 * are beside their operation. A derivative's kernel is `run(dy, x or y, dx, count)`, and dx may be either input.
 */

/** x / (1 + e^-x) */
export const silu: Kernel<"run"> = /* @__PURE__ */ longUnaryKernel("silu", vectorSilu);

/** x Phi(x), with the distribution function of the standard normal */
export const gelu: Kernel<"run"> = /* @__PURE__ */ longUnaryKernel("gelu", vectorGelu);

/** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) */
export const geluTanh: Kernel<"run"> = /* @__PURE__ */ longUnaryKernel("geluTanh", vectorGeluTanh);

/** dy y (1 - y), from the result y of sigmoid */
export const sigmoidGradient: Kernel<"run"> = /* @__PURE__ */ naryKernel("sigmoidGradient", 2, 1, 0, (_, [dy, y]) => [
  f32x4.mul(dy, f32x4.mul(y, f32x4.sub(1, y))),
]);

/** dy (1 - y^2) = dy (1 - y) (1 + y), from the result y of tanh; the product form loses nothing where y is close to 1 */
export const tanhGradient: Kernel<"run"> = /* @__PURE__ */ naryKernel("tanhGradient", 2, 1, 0, (_, [dy, y]) => [
  f32x4.mul(dy, f32x4.mul(f32x4.sub(1, y), f32x4.add(1, y))),
]);

/** A derivative with a long body. */
const longGradient = (name: string, body: NaryBody): Kernel<"run"> => naryKernel(name, 2, 1, 0, body, 1);

/** dy / (1 + e^-x) */
export const softplusGradient: Kernel<"run"> = /* @__PURE__ */ longGradient("softplusGradient", (f, [dy, x]) => [
  f32x4.mul(dy, sigmoid(f, x)),
]);

/** dy 2 / sqrt(pi) e^(-x^2) */
export const erfGradient: Kernel<"run"> = /* @__PURE__ */ longGradient("erfGradient", (f, [dy, x]) => {
  const density = exp(f, f32x4.neg(f32x4.mul(x, x)));
  return [f32x4.mul(dy, f32x4.mul(density, 2 / Math.sqrt(Math.PI)))];
});

/** dy (s + x s (1 - s)), s = 1 / (1 + e^-x) */
export const siluGradient: Kernel<"run"> = /* @__PURE__ */ longGradient("siluGradient", (f, [dy, x]) => [
  f32x4.mul(dy, siluDerivative(f, x)),
]);

/** dy (Phi(x) + x phi(x)) */
export const geluGradient: Kernel<"run"> = /* @__PURE__ */ longGradient("geluGradient", (f, [dy, x]) => [
  f32x4.mul(dy, geluDerivative(f, x)),
]);

/** dy times the derivative of geluTanh at x */
export const geluTanhGradient: Kernel<"run"> = /* @__PURE__ */ longGradient("geluTanhGradient", (f, [dy, x]) => [
  f32x4.mul(dy, geluTanhDerivative(f, x)),
]);
