import { erf as exactErf } from "../../base/math.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { longUnaryKernel } from "../../wasm/elementwise/elementwiseKernel.ts";
import * as pointwise from "../../wasm/elementwise/pointwise.ts";
import {
  erf as vectorErf,
  sigmoid as vectorSigmoid,
  softplus as vectorSoftplus,
  tanh as vectorTanh,
} from "../../wasm/math/vectorMath.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { add, mul, neg, sub } from "./arithmetic.ts";
import { type SmoothDefinition, smoothGradient, smoothPrimitive } from "./fusedGradient.ts";
import { exp, square } from "./powers.ts";

const applyTo = (primitive: Primitive, x: Operand): Tensor =>
  bindOne(primitive, [floatOperand(primitive.name, x)], undefined);

/** 1/(1 + e⁻ˣ) for one number; the exponential never overflows. */
export const logistic = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** s(1 − s), the derivative of the logistic function from its value. */
export const logisticDerivative = (s: Tensor): Tensor => mul(s, sub(1, s));

const sigmoidDefinition: SmoothDefinition = {
  name: "sigmoid",
  apply: logistic,
  kernel: /* @__PURE__ */ longUnaryKernel("sigmoid", vectorSigmoid),
  from: "y",
  derivative: (y) => y * (1 - y),
  gradientKernel: pointwise.sigmoidGradient,
  secondDerivative: (y) => sub(1, mul(y, 2)),
};

/** dx = dy·dy/dx of sigmoid. */
export const sigmoidGradientPrimitive: Primitive = /* @__PURE__ */ smoothGradient(sigmoidDefinition);

/** y = 1/(1 + e⁻ˣ), dy/dx = y(1 − y). */
export const sigmoidPrimitive: Primitive = /* @__PURE__ */ smoothPrimitive(sigmoidDefinition, sigmoidGradientPrimitive);

const tanhDefinition: SmoothDefinition = {
  name: "tanh",
  apply: Math.tanh,
  kernel: /* @__PURE__ */ longUnaryKernel("tanh", vectorTanh),
  from: "y",
  derivative: (y) => (1 - y) * (1 + y),
  gradientKernel: pointwise.tanhGradient,
  secondDerivative: (y) => mul(y, -2),
};

/** dx = dy·dy/dx of tanh. */
export const tanhGradientPrimitive: Primitive = /* @__PURE__ */ smoothGradient(tanhDefinition);

/** y = tanh x, dy/dx = 1 − y². */
export const tanhPrimitive: Primitive = /* @__PURE__ */ smoothPrimitive(tanhDefinition, tanhGradientPrimitive);

const softplusDefinition: SmoothDefinition = {
  name: "softplus",
  apply: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  kernel: /* @__PURE__ */ longUnaryKernel("softplus", vectorSoftplus),
  from: "x",
  derivative: logistic,
  gradientKernel: pointwise.softplusGradient,
  secondDerivative: (x) => logisticDerivative(sigmoid(x)),
};

/** dx = dy·dy/dx of softplus. */
export const softplusGradientPrimitive: Primitive = /* @__PURE__ */ smoothGradient(softplusDefinition);

/** y = ln(1 + eˣ), dy/dx = 1/(1 + e⁻ˣ). */
export const softplusPrimitive: Primitive = /* @__PURE__ */ smoothPrimitive(
  softplusDefinition,
  softplusGradientPrimitive,
);

const erfDefinition: SmoothDefinition = {
  name: "erf",
  apply: exactErf,
  kernel: /* @__PURE__ */ longUnaryKernel("erf", vectorErf),
  from: "x",
  derivative: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  gradientKernel: pointwise.erfGradient,
  secondDerivative: (x) => mul(mul(x, -4 / Math.sqrt(Math.PI)), exp(neg(square(x)))),
};

/** dx = dy·dy/dx of erf. */
export const erfGradientPrimitive: Primitive = /* @__PURE__ */ smoothGradient(erfDefinition);

/** y = erf x = 2/√π ∫₀ˣ e^(−t²) dt, dy/dx = 2/√π e^(−x²). */
export const erfPrimitive: Primitive = /* @__PURE__ */ smoothPrimitive(erfDefinition, erfGradientPrimitive);

const siluDefinition: SmoothDefinition = {
  name: "silu",
  apply: (x) => (x === Number.NEGATIVE_INFINITY ? -0 : x * logistic(x)),
  kernel: pointwise.silu,
  from: "x",
  derivative: (x) => {
    const s = logistic(x);
    return Number.isFinite(x) ? s + x * s * (1 - s) : s;
  },
  gradientKernel: pointwise.siluGradient,
  secondDerivative: (x) => {
    const s = sigmoid(x);
    return mul(logisticDerivative(s), add(mul(x, sub(1, mul(s, 2))), 2));
  },
};

/** dx = dy·dy/dx of silu. */
export const siluGradientPrimitive: Primitive = /* @__PURE__ */ smoothGradient(siluDefinition);

/** y = x·s with s = 1/(1 + e⁻ˣ), dy/dx = s + x·s(1 − s). */
export const siluPrimitive: Primitive = /* @__PURE__ */ smoothPrimitive(siluDefinition, siluGradientPrimitive);

/**
 * The logistic function, 1/(1 + e⁻ˣ).
 * @throws DTypeError when x is not a float.
 * @example
 * sigmoid(tensor([0, 2])).toArray(); // [0.5, 0.8807971]
 */
export const sigmoid = (x: Operand): Tensor => applyTo(sigmoidPrimitive, x);

/**
 * The hyperbolic tangent.
 * @throws DTypeError when x is not a float.
 * @example
 * tanh(tensor([0, 1])).toArray(); // [0, 0.7615942]
 */
export const tanh = (x: Operand): Tensor => applyTo(tanhPrimitive, x);

/**
 * ln(1 + eˣ), a smooth relu, without overflow.
 * @throws DTypeError when x is not a float.
 * @example
 * softplus(tensor([0, 100])).toArray(); // [0.6931472, 100]
 */
export const softplus = (x: Operand): Tensor => applyTo(softplusPrimitive, x);

/**
 * The error function, 2/√π ∫₀ˣ e^(−t²) dt.
 * @throws DTypeError when x is not a float.
 * @example
 * erf(tensor([0, 1])).toArray(); // [0, 0.8427008]
 */
export const erf = (x: Operand): Tensor => applyTo(erfPrimitive, x);

/**
 * x·sigmoid(x), also called swish (Hendrycks and Gimpel 2016; Ramachandran, Zoph and Le 2017).
 * @throws DTypeError when x is not a float.
 * @example
 * silu(tensor([0, 1])).toArray(); // [0, 0.7310586]
 */
export const silu = (x: Operand): Tensor => applyTo(siluPrimitive, x);
