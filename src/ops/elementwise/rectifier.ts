import { checkOptions, number, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as f32x4 from "../../wasm/assembler/instructions/f32x4.ts";
import * as v128 from "../../wasm/assembler/instructions/v128.ts";
import { binaryKernel } from "../../wasm/elementwise/binary.ts";
import { type NaryBody, naryKernel, unaryKernel } from "../../wasm/elementwise/elementwiseKernel.ts";
import { expm1Negative } from "../../wasm/math/vectorMath.ts";
import { binaryPrimitive, flatBinding, unaryBinding, unaryPrimitive } from "../support/elementwise.ts";
import { floatOperand, type Operand } from "../support/operands.ts";
import { mul, sub } from "./arithmetic.ts";
import { gradientPrimitive } from "./fusedGradient.ts";

/** y = max(x, 0); the derivative at 0 is 0. */
export const reluPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "relu",
  apply: (x) => (x < 0 ? 0 : x),
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("relu", (_, x) => f32x4.pmax(x, v128.zero))),
  vjp: ({ inputs: [x], dy }) => [() => bindOne(reluGradientPrimitive, [dy, x], undefined)],
});

/** dx = dy where x > 0, else 0. */
export const reluGradientPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "reluGradient",
  apply: (dy, x) => (x > 0 ? dy : 0),
  kernel: /* @__PURE__ */ binaryKernel("reluGradient", (_, dy, x) => v128.and(dy, f32x4.gt(x, v128.zero))),
  vjp: ({ inputs: [, x], dy }) => [() => bindOne(reluGradientPrimitive, [dy, x], undefined), undefined],
});

/**
 * Rectified linear unit, max(x, 0); its derivative at 0 is 0.
 * @throws DTypeError when x is not a float.
 * @example
 * relu(tensor([-1, 2])).toArray(); // [0, 2]
 */
export const relu = (x: Operand): Tensor => bindOne(reluPrimitive, [floatOperand("relu", x)], undefined);

export interface Slope {
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

/** The rules of the options of `leakyRelu`. */
export const slopeOptions: OptionRules<Partial<Slope>> = { slope: /* @__PURE__ */ number() };

/**
 * Leaky rectified linear unit: x above 0, slope·x below (Maas et al. 2013).
 * @param options.slope Default 0.01, as in the book (TensorFlow's `tf.nn.leaky_relu` has 0.2).
 * @throws DTypeError when x is not a float.
 * @example
 * leakyRelu(tensor([-1, 2]), { slope: 0.25 }).toArray(); // [-0.25, 2]
 */
export const leakyRelu = (x: Operand, options: { readonly slope?: number } = noOptions): Tensor => {
  checkOptions("leakyRelu", options, slopeOptions);
  return bindOne(leakyReluPrimitive, [floatOperand("leakyRelu", x)], { slope: options.slope ?? 0.01 });
};

export interface Alpha {
  readonly alpha: number;
}

const eluBody: NaryBody = (f, [x], [alpha]) => [
  v128.bitselect(x, f32x4.mul(alpha, expm1Negative(f, x)), f32x4.gt(x, v128.zero)),
];

const eluKernel = /* @__PURE__ */ naryKernel("elu", 1, 1, 1, eluBody, 1);

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
    () => {
      const all = mul(dy, dx);
      // Above 0 the slope does not depend on y.
      return sub(all, bindOne(reluGradientPrimitive, [all, x], undefined));
    },
  ],
});

/** The rules of the options of `elu`. */
export const alphaOptions: OptionRules<Partial<Alpha>> = { alpha: /* @__PURE__ */ number() };

/**
 * Exponential linear unit: x above 0, α(eˣ − 1) below (Clevert, Unterthiner, Hochreiter 2015).
 * @param options.alpha Default 1.
 * @throws DTypeError when x is not a float.
 * @example
 * elu(tensor([-1, 2])).toArray(); // [-0.6321206, 2]
 */
export const elu = (x: Operand, options: { readonly alpha?: number } = noOptions): Tensor => {
  checkOptions("elu", options, alphaOptions);
  return bindOne(eluPrimitive, [floatOperand("elu", x)], { alpha: options.alpha ?? 1 });
};

/** Constants of self-normalizing networks (Klambauer et al. 2017, equation 14). */
const seluScale = 1.0507009873554805;

const seluAlpha = 1.6732632423543772;

/**
 * Scaled exponential linear unit, λ·elu(x, α) with λ = 1.0507, α = 1.6733 (Klambauer et al. 2017).
 * @throws DTypeError.
 * @example
 * selu(tensor([-1, 2])).toArray(); // [-1.1113307, 2.1014020]
 */
export const selu = (x: Operand): Tensor => mul(elu(x, { alpha: seluAlpha }), seluScale);
