import { bindOne } from "../tensor/bind.ts";
import { erf as exactErf } from "../tensor/math.ts";
import type { Primitive } from "../tensor/primitive.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { binaryKernel, naryKernel, unaryKernel } from "../wasm/elementwise.ts";
import { f32x4, v128 } from "../wasm/instructions.ts";
import {
  erf as vectorErf,
  expm1 as vectorExpm1,
  sigmoid as vectorSigmoid,
  softplus as vectorSoftplus,
  tanh as vectorTanh,
} from "../wasm/vectorMath.ts";
import { add, exp, mul, square, sub } from "./arithmetic.ts";
import { greater, where } from "./compare.ts";
import { binaryCases, binaryPrimitive, flatBinding, unaryBinding, unaryCases, unaryPrimitive } from "./elementwise.ts";
import { gradientPrimitive } from "./gradient.ts";
import { floatOperand, type Operand } from "./operands.ts";
import { edgeSizes, refusesIntegers, type SampleCase, type SampleInput, type Samples, samples } from "./sample.ts";

/** y = max(x, 0); the derivative at 0 is 0. */
export const reluPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "relu",
  apply: (x) => Math.max(x, 0),
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("relu", (_, x) => f32x4.max(x, v128.zero))),
  vjp: ({ inputs: [x], dy }) => [() => bindOne(reluGradientPrimitive, [dy, x], undefined)],
});

/** dx = dy where x > 0, else 0. */
export const reluGradientPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "reluGradient",
  apply: (dy, x) => (x > 0 ? dy : 0),
  kernel: /* @__PURE__ */ binaryKernel("reluGradient", (_, dy, x) => v128.and(dy, f32x4.gt(x, v128.zero))),
  vjp: ({ inputs: [, x], dy }) => [() => bindOne(reluGradientPrimitive, [dy, x], undefined), undefined],
});

/** Rectified linear unit, max(x, 0); its derivative at 0 is 0. @throws DTypeError when x is no float. */
export const relu = (x: Operand): Tensor => bindOne(reluPrimitive, [floatOperand("relu", x)], undefined);

interface Slope {
  readonly slope: number;
}

const leakyKernel = /* @__PURE__ */ naryKernel("leakyRelu", 1, 1, 1, (_, [x], [slope]) => [
  v128.bitselect(x, f32x4.mul(x, slope), f32x4.gt(x, v128.zero)),
]);

/** y = x where x > 0, else slope·x; the derivative at 0 is the slope. */
export const leakyReluPrimitive: Primitive<Slope> = /* @__PURE__ */ unaryPrimitive({
  name: "leakyRelu",
  apply: (x: number, { slope }: Slope) => (x > 0 ? x : slope * x),
  simd: /* @__PURE__ */ flatBinding(leakyKernel, ({ slope }: Slope) => [slope]),
  vjp: ({ inputs: [x], attributes, dy }) => [() => bindOne(leakyReluGradientPrimitive, [dy, x], attributes)],
});

const leakyGradientKernel = /* @__PURE__ */ naryKernel("leakyReluGradient", 2, 1, 1, (_, [dy, x], [slope]) => [
  v128.bitselect(dy, f32x4.mul(dy, slope), f32x4.gt(x, v128.zero)),
]);

/** dx = dy where x > 0, else slope·dy. */
export const leakyReluGradientPrimitive: Primitive<Slope> = /* @__PURE__ */ gradientPrimitive({
  name: "leakyReluGradient",
  apply: (dy: number, x: number, { slope }: Slope) => (x > 0 ? dy : slope * dy),
  simd: /* @__PURE__ */ flatBinding(leakyGradientKernel, ({ slope }: Slope) => [slope]),
  vjp: ({ inputs: [, x], attributes, dy }) => [
    () => bindOne(leakyReluGradientPrimitive, [dy, x], attributes),
    undefined,
  ],
});

/**
 * Leaky rectified linear unit: x above 0, slope·x below (Maas et al. 2013).
 * @param options.slope Default 0.01, as in the book (TensorFlow's `tf.nn.leaky_relu` has 0.2).
 * @throws DTypeError when x is no float.
 */
export const leakyRelu = (x: Operand, { slope = 0.01 }: { readonly slope?: number } = {}): Tensor =>
  bindOne(leakyReluPrimitive, [floatOperand("leakyRelu", x)], { slope });

interface Alpha {
  readonly alpha: number;
}

const eluKernel = /* @__PURE__ */ naryKernel("elu", 1, 1, 1, (f, [x], [alpha]) => [
  v128.bitselect(x, f32x4.mul(alpha, vectorExpm1(f, x)), f32x4.gt(x, v128.zero)),
]);

/** y = x where x > 0, else α(eˣ − 1); the derivative at 0 is α. */
export const eluPrimitive: Primitive<Alpha> = /* @__PURE__ */ unaryPrimitive({
  name: "elu",
  apply: (x: number, { alpha }: Alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  simd: /* @__PURE__ */ flatBinding(eluKernel, ({ alpha }: Alpha) => [alpha]),
  vjp: ({ inputs: [x], outputs: [y], attributes, dy }) => [() => bindOne(eluGradientPrimitive, [dy, x, y], attributes)],
});

const eluGradientKernel = /* @__PURE__ */ naryKernel("eluGradient", 3, 1, 1, (_, [dy, x, y], [alpha]) => [
  v128.bitselect(dy, f32x4.mul(dy, f32x4.add(y, alpha)), f32x4.gt(x, v128.zero)),
]);

/** dx = dy where x > 0, else dy·(y + α), since αeˣ = y + α. */
export const eluGradientPrimitive: Primitive<Alpha> = /* @__PURE__ */ gradientPrimitive({
  name: "eluGradient",
  apply: (dy: number, x: number, { alpha }: Alpha, y: number) => (x > 0 ? dy : dy * (y + alpha)),
  simd: /* @__PURE__ */ flatBinding(eluGradientKernel, ({ alpha }: Alpha) => [alpha]),
  vjp: ({ inputs: [dx, x, y], attributes, dy }) => [
    () => bindOne(eluGradientPrimitive, [dy, x, y], attributes),
    undefined,
    () => where(greater(x, 0), 0, mul(dy, dx)),
  ],
});

/**
 * Exponential linear unit: x above 0, α(eˣ − 1) below (Clevert, Unterthiner, Hochreiter 2015).
 * @param options.alpha Default 1.
 * @throws DTypeError when x is no float.
 */
export const elu = (x: Operand, { alpha = 1 }: { readonly alpha?: number } = {}): Tensor =>
  bindOne(eluPrimitive, [floatOperand("elu", x)], { alpha });

/** Constants of self-normalizing networks (Klambauer et al. 2017, equation 14). */
const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

/** Scaled exponential linear unit, λ·elu(x, α) with λ = 1.0507, α = 1.6733 (Klambauer et al. 2017). @throws DTypeError. */
export const selu = (x: Operand): Tensor => mul(elu(x, { alpha: seluAlpha }), seluScale);

/** y = 1 / (1 + e⁻ˣ). */
export const sigmoidPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "sigmoid",
  // The exponential never overflows: both forms are equal.
  apply: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("sigmoid", vectorSigmoid)),
  vjp: ({ outputs: [y], dy }) => [() => mul(dy, mul(y, sub(1, y)))],
});

/** The logistic function, 1 / (1 + e⁻ˣ). @throws DTypeError when x is no float. */
export const sigmoid = (x: Operand): Tensor => bindOne(sigmoidPrimitive, [floatOperand("sigmoid", x)], undefined);

/** y = tanh x. */
export const tanhPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "tanh",
  apply: Math.tanh,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("tanh", vectorTanh)),
  vjp: ({ outputs: [y], dy }) => [() => mul(dy, sub(1, square(y)))],
});

/** The hyperbolic tangent. @throws DTypeError when x is no float. */
export const tanh = (x: Operand): Tensor => bindOne(tanhPrimitive, [floatOperand("tanh", x)], undefined);

/** y = ln(1 + eˣ). */
export const softplusPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "softplus",
  apply: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("softplus", vectorSoftplus)),
  vjp: ({ inputs: [x], dy }) => [() => mul(dy, sigmoid(x))],
});

/** ln(1 + eˣ), a smooth relu, without overflow. @throws DTypeError when x is no float. */
export const softplus = (x: Operand): Tensor => bindOne(softplusPrimitive, [floatOperand("softplus", x)], undefined);

/** x·sigmoid(x), also called swish (Hendrycks and Gimpel 2016; Ramachandran et al. 2017). @throws DTypeError. */
export const silu = (x: Operand): Tensor => {
  const value = floatOperand("silu", x);
  return mul(value, sigmoid(value));
};

/** y = erf x = 2/√π ∫₀ˣ e^(−t²) dt. */
export const erfPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "erf",
  apply: exactErf,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("erf", vectorErf)),
  vjp: ({ inputs: [x], dy }) => [() => mul(dy, mul(exp(mul(square(x), -1)), 2 / Math.sqrt(Math.PI)))],
});

/** The error function, 2/√π ∫₀ˣ e^(−t²) dt. @throws DTypeError when x is no float. */
export const erf = (x: Operand): Tensor => bindOne(erfPrimitive, [floatOperand("erf", x)], undefined);

/**
 * Gaussian error linear unit, x·Φ(x) = x/2·(1 + erf(x/√2)) (Hendrycks and Gimpel 2016).
 * @param options.approximate "tanh": x/2·(1 + tanh(√(2/π)(x + 0.044715x³))). Default: "none".
 * @throws DTypeError when x is no float.
 */
export const gelu = (x: Operand, { approximate = "none" }: { readonly approximate?: "none" | "tanh" } = {}): Tensor => {
  const value = floatOperand("gelu", x);
  const gate =
    approximate === "tanh"
      ? tanh(mul(add(value, mul(mul(square(value), value), 0.044715)), Math.sqrt(2 / Math.PI)))
      : erf(mul(value, Math.SQRT1_2));
  return mul(mul(value, 0.5), add(gate, 1));
};

const wide = { low: -4, high: 4 };
const kinked = { ...wide, kinks: [0] };

/** Cases of a fused derivative: `count` inputs of one shape, the second of which is x. */
const gradientCases = <Attributes>(count: number, attributes: Attributes): SampleCase<Attributes>[] =>
  [...edgeSizes.map((size) => [size]), [2, 3, 4]].map((shape) => ({
    inputs: Array.from({ length: count }, (_, index): SampleInput => ({ ...(index === 1 ? kinked : {}), shape })),
    attributes,
  }));

const mismatch = (
  name: string,
  count: number,
  attributes: unknown,
): { inputs: SampleInput[]; attributes: never; error: string } => ({
  inputs: Array.from({ length: count }, (_, index) => ({ shape: [index === 0 ? 2 : 3] })),
  attributes: attributes as never,
  error: `ShapeError: ${name}: operands must have one shape, got ${Array.from({ length: count }, (_, index) => (index === 0 ? "[2]" : "[3]")).join(", ")}. Broadcast them first.`,
});

export const reluSamples: Samples = /* @__PURE__ */ samples({
  primitive: reluPrimitive,
  cases: unaryCases(undefined, kinked),
  refused: [refusesIntegers("relu", 1, undefined)],
});
export const reluGradientSamples: Samples = /* @__PURE__ */ samples({
  primitive: reluGradientPrimitive,
  cases: binaryCases(undefined, {}, kinked),
  refused: [refusesIntegers("reluGradient", 2, undefined)],
});
export const leakyReluSamples: Samples = /* @__PURE__ */ samples({
  primitive: leakyReluPrimitive,
  cases: [...unaryCases({ slope: 0.01 }, kinked), ...unaryCases({ slope: 0.2 }, kinked)],
  refused: [refusesIntegers("leakyRelu", 1, { slope: 0.01 })],
});
export const leakyReluGradientSamples: Samples = /* @__PURE__ */ samples({
  primitive: leakyReluGradientPrimitive,
  cases: gradientCases(2, { slope: 0.01 }),
  refused: [
    refusesIntegers("leakyReluGradient", 2, { slope: 0.01 }),
    mismatch("leakyReluGradient", 2, { slope: 0.01 }),
  ],
});
export const eluSamples: Samples = /* @__PURE__ */ samples({
  primitive: eluPrimitive,
  cases: [...unaryCases({ alpha: 1 }, kinked), ...unaryCases({ alpha: 0.5 }, kinked)],
  refused: [refusesIntegers("elu", 1, { alpha: 1 })],
});
export const eluGradientSamples: Samples = /* @__PURE__ */ samples({
  primitive: eluGradientPrimitive,
  cases: gradientCases(3, { alpha: 0.5 }),
  refused: [refusesIntegers("eluGradient", 3, { alpha: 1 }), mismatch("eluGradient", 3, { alpha: 1 })],
});
export const sigmoidSamples: Samples = /* @__PURE__ */ samples({
  primitive: sigmoidPrimitive,
  cases: unaryCases(undefined, wide),
  refused: [refusesIntegers("sigmoid", 1, undefined)],
});
export const tanhSamples: Samples = /* @__PURE__ */ samples({
  primitive: tanhPrimitive,
  cases: unaryCases(undefined, { low: -2, high: 2 }),
  refused: [refusesIntegers("tanh", 1, undefined)],
});
export const softplusSamples: Samples = /* @__PURE__ */ samples({
  primitive: softplusPrimitive,
  cases: unaryCases(undefined, wide),
  refused: [refusesIntegers("softplus", 1, undefined)],
});
export const erfSamples: Samples = /* @__PURE__ */ samples({
  primitive: erfPrimitive,
  cases: unaryCases(undefined, { low: -2, high: 2 }),
  refused: [refusesIntegers("erf", 1, undefined)],
});
