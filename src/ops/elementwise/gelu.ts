import { normalCdf } from "../../base/math.ts";
import { checkOptions, type OptionRules, oneOf } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as pointwise from "../../wasm/elementwise/pointwise.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { type SmoothDefinition, smoothGradient, smoothPrimitive } from "./fusedGradient.ts";
import { exp } from "./powers.ts";
import { logistic, logisticDerivative, sigmoid } from "./smooth.ts";

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

const geluDefinition: SmoothDefinition = {
  name: "gelu",
  apply: (x) => (x === Number.NEGATIVE_INFINITY ? -0 : x * normalCdf(x)),
  kernel: pointwise.gelu,
  from: "x",
  derivative: (x) => (Number.isFinite(x) ? normalCdf(x) + x * density(x) : normalCdf(x)),
  gradientKernel: pointwise.geluGradient,
  secondDerivative: (x) => {
    const squared = mul(x, x);
    return mul(mul(exp(mul(squared, -0.5)), 1 / Math.sqrt(2 * Math.PI)), sub(2, squared));
  },
};

/** dx = dy·dy/dx of gelu. */
export const geluGradientPrimitive: Primitive = /* @__PURE__ */ smoothGradient(geluDefinition);

/** y = x·Φ(x), dy/dx = Φ(x) + x·φ(x). */
export const geluPrimitive: Primitive = /* @__PURE__ */ smoothPrimitive(geluDefinition, geluGradientPrimitive);

/** 2√(2/π) and the factor of the cube: gelu ≈ x·s(w) with w = slope·(x + cube·x³), s the logistic function. */
const gate = { slope: 1.5957691216057308, cube: 0.044715 };

const geluTanhDefinition: SmoothDefinition = {
  name: "geluTanh",
  apply: (x) => (x === Number.NEGATIVE_INFINITY ? -0 : x * logistic(gate.slope * (x + gate.cube * x ** 3))),
  kernel: pointwise.geluTanh,
  from: "x",
  derivative: (x) => {
    const s = logistic(gate.slope * (x + gate.cube * x ** 3));
    return Number.isFinite(x) ? s + x * s * (1 - s) * gate.slope * (1 + 3 * gate.cube * x * x) : s;
  },
  gradientKernel: pointwise.geluTanhGradient,
  secondDerivative: (x) => {
    const squared = mul(x, x);
    const s = sigmoid(mul(mul(x, add(mul(squared, gate.cube), 1)), gate.slope));
    const ds = logisticDerivative(s);
    const dw = mul(add(mul(squared, 3 * gate.cube), 1), gate.slope);
    // y'' = 2s'w' + x(s''w'² + s'w''), with s'' = s'(1 − 2s) and w'' = 6·slope·cube·x.
    const inner = add(mul(mul(ds, sub(1, mul(s, 2))), mul(dw, dw)), mul(mul(ds, x), 6 * gate.slope * gate.cube));
    return add(mul(mul(ds, dw), 2), mul(x, inner));
  },
};

/** dx = dy·dy/dx of geluTanh. */
export const geluTanhGradientPrimitive: Primitive = /* @__PURE__ */ smoothGradient(geluTanhDefinition);

/** y = x/2·(1 + tanh(√(2/π)(x + 0.044715x³))) = x·s(w), dy/dx = s + x·s(1 − s)·w'. */
export const geluTanhPrimitive: Primitive = /* @__PURE__ */ smoothPrimitive(
  geluTanhDefinition,
  geluTanhGradientPrimitive,
);

/** Options of `gelu`. */
export interface GeluOptions {
  /** "tanh": x/2·(1 + tanh(√(2/π)(x + 0.044715x³))). Default: "none". */
  readonly approximate?: "none" | "tanh";
}

/** The rules of the options of `gelu`. */
export const geluOptions: OptionRules<GeluOptions> = { approximate: /* @__PURE__ */ oneOf("none", "tanh") };

/**
 * Gaussian error linear unit, x·Φ(x) = x/2·(1 + erf(x/√2)) (Hendrycks and Gimpel 2016).
 * @throws DTypeError when x is not a float; ValueError for another approximation.
 * @example
 * gelu(tensor([0, 1])).toArray(); // [0, 0.8413447]
 */
export const gelu = (x: Operand, options: GeluOptions = noOptions): Tensor => {
  checkOptions("gelu", options, geluOptions);
  const { approximate = "none" } = options;
  return bindOne(approximate === "tanh" ? geluTanhPrimitive : geluPrimitive, [floatOperand("gelu", x)], undefined);
};
