import { bindOne } from "../tensor/bind.ts";
import { ValueError } from "../tensor/errors.ts";
import { erf as exactErf, normalCdf } from "../tensor/math.ts";
import type { Primitive } from "../tensor/primitive.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { unaryKernel } from "../wasm/elementwise.ts";
import type { Kernel } from "../wasm/kernel.ts";
import * as pointwise from "../wasm/pointwise.ts";
import {
  erf as vectorErf,
  sigmoid as vectorSigmoid,
  softplus as vectorSoftplus,
  tanh as vectorTanh,
} from "../wasm/vectorMath.ts";
import { add, exp, mul, neg, square, sub } from "./arithmetic.ts";
import { flatBinding, unaryBinding, unaryCases, unaryPrimitive } from "./elementwise.ts";
import { gradientPrimitive } from "./gradient.ts";
import { floatOperand, type Operand } from "./operands.ts";
import { edgeSizes, refusesIntegers, type SampleInput, type Samples, samples } from "./sample.ts";

/** A smooth function of single numbers, whose derivative is a fused kernel. */
interface SmoothDefinition {
  readonly name: string;
  /** y for one number, in double. */
  readonly apply: (x: number) => number;
  readonly kernel: Kernel<"run">;
  /** What the derivative is computed from: the input, or the output where that is cheaper. */
  readonly from: "x" | "y";
  /** dy/dx of one number, in double. */
  readonly slope: (value: number) => number;
  /** `run(dy, x or y, dx, count)`. */
  readonly gradientKernel: Kernel<"run">;
  /** The derivative of the slope with respect to what it is computed from. */
  readonly bend: (value: Tensor) => Tensor;
}

/** dx = dy·slope(x or y). */
const gradientOf = ({ name, slope, gradientKernel, bend }: SmoothDefinition): Primitive => {
  const gradient: Primitive = gradientPrimitive<void>({
    name: `${name}Gradient`,
    apply: (dy, value) => dy * slope(value),
    simd: flatBinding(gradientKernel),
    vjp: ({ inputs: [dx, value], dy }) => [
      () => bindOne(gradient, [dy, value], undefined),
      () => mul(mul(dy, dx), bend(value)),
    ],
  });
  return gradient;
};

/** y = f(x), with its fused derivative. */
const primitiveOf = ({ name, apply, kernel, from }: SmoothDefinition, gradient: Primitive): Primitive =>
  unaryPrimitive({
    name,
    apply,
    simd: unaryBinding(kernel),
    vjp: ({ inputs: [x], outputs: [y], dy }) => [() => bindOne(gradient, [dy, from === "x" ? x : y], undefined)],
  });

const applyTo = (primitive: Primitive, x: Operand): Tensor =>
  bindOne(primitive, [floatOperand(primitive.name, x)], undefined);

/** 1/(1 + e⁻ˣ) for one number; the exponential never overflows. */
const logistic = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** s(1 − s), the derivative of the logistic function from its value. */
const logisticSlope = (s: Tensor): Tensor => mul(s, sub(1, s));

const sigmoidDefinition: SmoothDefinition = {
  name: "sigmoid",
  apply: logistic,
  kernel: /* @__PURE__ */ unaryKernel("sigmoid", vectorSigmoid),
  from: "y",
  slope: (y) => y * (1 - y),
  gradientKernel: pointwise.sigmoidGradient,
  bend: (y) => sub(1, mul(y, 2)),
};

/** dx = dy·dy/dx of sigmoid. */
export const sigmoidGradientPrimitive: Primitive = /* @__PURE__ */ gradientOf(sigmoidDefinition);

/** y = 1/(1 + e⁻ˣ), dy/dx = y(1 − y). */
export const sigmoidPrimitive: Primitive = /* @__PURE__ */ primitiveOf(sigmoidDefinition, sigmoidGradientPrimitive);

const tanhDefinition: SmoothDefinition = {
  name: "tanh",
  apply: Math.tanh,
  kernel: /* @__PURE__ */ unaryKernel("tanh", vectorTanh),
  from: "y",
  slope: (y) => (1 - y) * (1 + y),
  gradientKernel: pointwise.tanhGradient,
  bend: (y) => mul(y, -2),
};

/** dx = dy·dy/dx of tanh. */
export const tanhGradientPrimitive: Primitive = /* @__PURE__ */ gradientOf(tanhDefinition);

/** y = tanh x, dy/dx = 1 − y². */
export const tanhPrimitive: Primitive = /* @__PURE__ */ primitiveOf(tanhDefinition, tanhGradientPrimitive);

const softplusDefinition: SmoothDefinition = {
  name: "softplus",
  apply: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  kernel: /* @__PURE__ */ unaryKernel("softplus", vectorSoftplus),
  from: "x",
  slope: logistic,
  gradientKernel: pointwise.softplusGradient,
  bend: (x) => logisticSlope(sigmoid(x)),
};

/** dx = dy·dy/dx of softplus. */
export const softplusGradientPrimitive: Primitive = /* @__PURE__ */ gradientOf(softplusDefinition);

/** y = ln(1 + eˣ), dy/dx = 1/(1 + e⁻ˣ). */
export const softplusPrimitive: Primitive = /* @__PURE__ */ primitiveOf(softplusDefinition, softplusGradientPrimitive);

const erfDefinition: SmoothDefinition = {
  name: "erf",
  apply: exactErf,
  kernel: /* @__PURE__ */ unaryKernel("erf", vectorErf),
  from: "x",
  slope: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  gradientKernel: pointwise.erfGradient,
  bend: (x) => mul(mul(x, -4 / Math.sqrt(Math.PI)), exp(neg(square(x)))),
};

/** dx = dy·dy/dx of erf. */
export const erfGradientPrimitive: Primitive = /* @__PURE__ */ gradientOf(erfDefinition);

/** y = erf x = 2/√π ∫₀ˣ e^(−t²) dt, dy/dx = 2/√π e^(−x²). */
export const erfPrimitive: Primitive = /* @__PURE__ */ primitiveOf(erfDefinition, erfGradientPrimitive);

const siluDefinition: SmoothDefinition = {
  name: "silu",
  apply: (x) => (x === Number.NEGATIVE_INFINITY ? -0 : x * logistic(x)),
  kernel: pointwise.silu,
  from: "x",
  slope: (x) => {
    const s = logistic(x);
    return Number.isFinite(x) ? s + x * s * (1 - s) : s;
  },
  gradientKernel: pointwise.siluGradient,
  bend: (x) => {
    const s = sigmoid(x);
    return mul(logisticSlope(s), add(mul(x, sub(1, mul(s, 2))), 2));
  },
};

/** dx = dy·dy/dx of silu. */
export const siluGradientPrimitive: Primitive = /* @__PURE__ */ gradientOf(siluDefinition);

/** y = x·s with s = 1/(1 + e⁻ˣ), dy/dx = s + x·s(1 − s). */
export const siluPrimitive: Primitive = /* @__PURE__ */ primitiveOf(siluDefinition, siluGradientPrimitive);

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

const geluDefinition: SmoothDefinition = {
  name: "gelu",
  apply: (x) => (x === Number.NEGATIVE_INFINITY ? -0 : x * normalCdf(x)),
  kernel: pointwise.gelu,
  from: "x",
  slope: (x) => (Number.isFinite(x) ? normalCdf(x) + x * density(x) : normalCdf(x)),
  gradientKernel: pointwise.geluGradient,
  bend: (x) => {
    const squared = square(x);
    return mul(mul(exp(mul(squared, -0.5)), 1 / Math.sqrt(2 * Math.PI)), sub(2, squared));
  },
};

/** dx = dy·dy/dx of gelu. */
export const geluGradientPrimitive: Primitive = /* @__PURE__ */ gradientOf(geluDefinition);

/** y = x·Φ(x), dy/dx = Φ(x) + x·φ(x). */
export const geluPrimitive: Primitive = /* @__PURE__ */ primitiveOf(geluDefinition, geluGradientPrimitive);

/** 2√(2/π) and the factor of the cube: gelu ≈ x·s(w) with w = slope·(x + cube·x³), s the logistic function. */
const gate = { slope: 2 * Math.sqrt(2 / Math.PI), cube: 0.044715 };

const geluTanhDefinition: SmoothDefinition = {
  name: "geluTanh",
  apply: (x) => (x === Number.NEGATIVE_INFINITY ? -0 : x * logistic(gate.slope * (x + gate.cube * x ** 3))),
  kernel: pointwise.geluTanh,
  from: "x",
  slope: (x) => {
    const s = logistic(gate.slope * (x + gate.cube * x ** 3));
    return Number.isFinite(x) ? s + x * s * (1 - s) * gate.slope * (1 + 3 * gate.cube * x * x) : s;
  },
  gradientKernel: pointwise.geluTanhGradient,
  bend: (x) => {
    const squared = square(x);
    const s = sigmoid(mul(mul(x, add(mul(squared, gate.cube), 1)), gate.slope));
    const ds = logisticSlope(s);
    const dw = mul(add(mul(squared, 3 * gate.cube), 1), gate.slope);
    // y'' = 2s'w' + x(s''w'² + s'w''), with s'' = s'(1 − 2s) and w'' = 6·slope·cube·x.
    const inner = add(mul(mul(ds, sub(1, mul(s, 2))), square(dw)), mul(mul(ds, x), 6 * gate.slope * gate.cube));
    return add(mul(mul(ds, dw), 2), mul(x, inner));
  },
};

/** dx = dy·dy/dx of geluTanh. */
export const geluTanhGradientPrimitive: Primitive = /* @__PURE__ */ gradientOf(geluTanhDefinition);

/** y = x/2·(1 + tanh(√(2/π)(x + 0.044715x³))) = x·s(w), dy/dx = s + x·s(1 − s)·w'. */
export const geluTanhPrimitive: Primitive = /* @__PURE__ */ primitiveOf(geluTanhDefinition, geluTanhGradientPrimitive);

/**
 * The logistic function, 1/(1 + e⁻ˣ).
 * @throws DTypeError when x is no float.
 * @example
 * sigmoid(tensor([0, 2])).toArray(); // [0.5, 0.8807971]
 */
export const sigmoid = (x: Operand): Tensor => applyTo(sigmoidPrimitive, x);

/**
 * The hyperbolic tangent.
 * @throws DTypeError when x is no float.
 * @example
 * tanh(tensor([0, 1])).toArray(); // [0, 0.7615942]
 */
export const tanh = (x: Operand): Tensor => applyTo(tanhPrimitive, x);

/**
 * ln(1 + eˣ), a smooth relu, without overflow.
 * @throws DTypeError when x is no float.
 * @example
 * softplus(tensor([0, 100])).toArray(); // [0.6931472, 100]
 */
export const softplus = (x: Operand): Tensor => applyTo(softplusPrimitive, x);

/**
 * The error function, 2/√π ∫₀ˣ e^(−t²) dt.
 * @throws DTypeError when x is no float.
 * @example
 * erf(tensor([0, 1])).toArray(); // [0, 0.8427008]
 */
export const erf = (x: Operand): Tensor => applyTo(erfPrimitive, x);

/**
 * x·sigmoid(x), also called swish (Hendrycks and Gimpel 2016; Ramachandran, Zoph and Le 2017).
 * @throws DTypeError when x is no float.
 * @example
 * silu(tensor([0, 1])).toArray(); // [0, 0.7310586]
 */
export const silu = (x: Operand): Tensor => applyTo(siluPrimitive, x);

/** Options of `gelu`. */
export interface GeluOptions {
  /** "tanh": x/2·(1 + tanh(√(2/π)(x + 0.044715x³))). Default: "none". */
  readonly approximate?: "none" | "tanh";
}

/**
 * Gaussian error linear unit, x·Φ(x) = x/2·(1 + erf(x/√2)) (Hendrycks and Gimpel 2016).
 * @throws DTypeError when x is no float; ValueError for another approximation.
 * @example
 * gelu(tensor([0, 1])).toArray(); // [0, 0.8413447]
 */
export const gelu = (x: Operand, { approximate = "none" }: GeluOptions = {}): Tensor => {
  if (approximate !== "none" && approximate !== "tanh") {
    throw new ValueError(
      `gelu: approximate must be "none" or "tanh", got "${String(approximate)}". Choose one of these.`,
    );
  }
  return applyTo(approximate === "tanh" ? geluTanhPrimitive : geluPrimitive, x);
};

/** Cases of a derivative: dy and what it is computed from, in a range. */
const gradientSamples = (primitive: Primitive, range: Pick<SampleInput, "low" | "high">): Samples =>
  samples({
    primitive,
    cases: [...edgeSizes.map((size) => [size]), [2, 3, 4]].map((shape) => ({
      inputs: [{ shape }, { ...range, shape }],
      attributes: undefined,
    })),
    refused: [
      refusesIntegers(primitive.name, 2, undefined),
      {
        inputs: [{ shape: [2] }, { shape: [3] }],
        attributes: undefined,
        error: `ShapeError: ${primitive.name}: operands must have one shape, got [2], [3]. Broadcast them first.`,
      },
    ],
  });

const functionSamples = (primitive: Primitive, range: Pick<SampleInput, "low" | "high">): Samples =>
  samples({
    primitive,
    cases: unaryCases(undefined, range),
    refused: [refusesIntegers(primitive.name, 1, undefined)],
  });

const wide = { low: -4, high: 4 };
const narrow = { low: -2, high: 2 };

export const sigmoidSamples: Samples = /* @__PURE__ */ functionSamples(sigmoidPrimitive, wide);
export const sigmoidGradientSamples: Samples = /* @__PURE__ */ gradientSamples(sigmoidGradientPrimitive, {
  low: 0,
  high: 1,
});
export const tanhSamples: Samples = /* @__PURE__ */ functionSamples(tanhPrimitive, narrow);
export const tanhGradientSamples: Samples = /* @__PURE__ */ gradientSamples(tanhGradientPrimitive, {});
export const softplusSamples: Samples = /* @__PURE__ */ functionSamples(softplusPrimitive, wide);
export const softplusGradientSamples: Samples = /* @__PURE__ */ gradientSamples(softplusGradientPrimitive, wide);
export const erfSamples: Samples = /* @__PURE__ */ functionSamples(erfPrimitive, narrow);
export const erfGradientSamples: Samples = /* @__PURE__ */ gradientSamples(erfGradientPrimitive, narrow);
export const siluSamples: Samples = /* @__PURE__ */ functionSamples(siluPrimitive, wide);
export const siluGradientSamples: Samples = /* @__PURE__ */ gradientSamples(siluGradientPrimitive, wide);
export const geluSamples: Samples = /* @__PURE__ */ functionSamples(geluPrimitive, narrow);
export const geluGradientSamples: Samples = /* @__PURE__ */ gradientSamples(geluGradientPrimitive, narrow);
export const geluTanhSamples: Samples = /* @__PURE__ */ functionSamples(geluTanhPrimitive, narrow);
export const geluTanhGradientSamples: Samples = /* @__PURE__ */ gradientSamples(geluTanhGradientPrimitive, narrow);
