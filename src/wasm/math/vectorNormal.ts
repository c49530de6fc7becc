import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import { add, const as c, div, mul, pmax, pmin, sub } from "../assembler/instructions/f32x4.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { expFactors, polynomial } from "./rangeReduction.ts";
import { sigmoidAndSlope, timesSigmoid } from "./vectorMath.ts";

/**
 * The normal distribution and the Gaussian error linear units, four float32 lanes at a time; see vectorMath.ts for the
 * rules. D. Hendrycks and K. Gimpel, Gaussian Error Linear Units (2016).
 *
 * | function | largest error, ulp | notes |
 * |---|---|---|
 * | gelu | 7 | relative accuracy in the tail too; -Infinity: -0 |
 * | geluTanh | 4 for x >= -1, 220 below | the rounding of the exponent, up to 100, costs its own size in ulp |
 *
 * The derivatives cross zero, where an error in ulp means nothing: their absolute error is below 4 * 2^-24 (geluTanh: 12 * 2^-24).
 */

/**
 * (z + 4) Phi(-z) e^(z^2 / 2) as a polynomial of q = (z - 4) / (z + 4) for 0 <= z <= 15, relative: 2^-25.4 (our fit, as in
 * vectorMath.ts; the variable is that of M. M. Shepherd and J. G. Laframboise, Chebyshev approximation of
 * (1 + 2x) exp(x^2) erfc x, Mathematics of Computation 36 (1981)).
 */
const tailTerms: readonly number[] = [
  0.7552851438522339, -0.6078965663909912, 0.38713687658309937, -0.1865237057209015, 0.06040342524647713,
  -0.007523972075432539, -0.003510119626298547, 0.0015683668898418546, 0.00017462849791627377, -0.00013420477625913918,
];

interface Tail {
  /** e^(-x^2 / 2) = scaled * scale */
  readonly scaled: Local;
  readonly scale: Local;
  /** Phi(-|x|) = ratio * scaled * scale */
  readonly ratio: Local;
}

const normalTail = (f: FunctionBuilder, x: Local): Tail => {
  // Beyond 15 everything has underflowed.
  const z = f.local("v128", pmin(f32x4.abs(x), c(15)));
  // z^2 / 2 without its rounding error, which the exponential would multiply by z^2 / 2: the upper half of z has 12 bits.
  const high = f.local("v128", v128.and(z, i32x4.const(-4096)));
  const tail = mul(mul(sub(high, z), add(z, high)), c(0.5));
  const { scaled, scale } = expFactors(f, mul(mul(high, high), c(-0.5)), tail);
  const inverse = f.local("v128", div(c(1), add(z, c(4))));
  const q = f.local("v128", mul(sub(z, c(4)), inverse));
  return { scaled, scale, ratio: f.local("v128", mul(polynomial(q, tailTerms), inverse)) };
};

/** x Phi(x) */
export const gelu = (f: FunctionBuilder, x: Local): Expression => {
  const { scaled, scale, ratio } = normalTail(f, x);
  const negative = f.local("v128", f32x4.lt(x, v128.zero));
  // The floor turns -Infinity * 0 into the limit.
  const factor = f.local("v128", pmax(x, c(-15)));
  const tail = f.local("v128", mul(ratio, scaled));
  const body = v128.bitselect(tail, sub(c(1), mul(tail, scale)), negative);
  return mul(mul(factor, body), v128.bitselect(scale, c(1), negative));
};

/** Phi(x) + x phi(x), the derivative of gelu */
export const geluDerivative = (f: FunctionBuilder, x: Local): Expression => {
  const { scaled, scale, ratio } = normalTail(f, x);
  const density = f.local("v128", mul(scaled, scale));
  const tail = f.local("v128", mul(ratio, density));
  const cdf = v128.bitselect(tail, sub(c(1), tail), f32x4.lt(x, v128.zero));
  const bounded = pmin(pmax(x, c(-15)), c(15));
  return add(cdf, mul(mul(bounded, density), c(1 / Math.sqrt(2 * Math.PI))));
};

const slope = 2 * Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) = x / (1 + e^-w), w = 2 sqrt(2 / pi) (x + 0.044715 x^3) */
export const geluTanh = (f: FunctionBuilder, x: Local): Expression => {
  const w = f.local("v128", mul(x, add(mul(mul(x, x), c(slope * cubic)), c(slope))));
  return timesSigmoid(f, f.local("v128", pmax(x, c(-15))), w);
};

/** s + x s (1 - s) w', s = 1 / (1 + e^-w): the derivative of geluTanh */
export const geluTanhDerivative = (f: FunctionBuilder, x: Local): Expression => {
  // Beyond 15 the derivative is 0 or 1, and the products below would reach Infinity * 0.
  const bounded = f.local("v128", pmin(pmax(x, c(-15)), c(15)));
  const square = f.local("v128", mul(bounded, bounded));
  const w = f.local("v128", mul(bounded, add(mul(square, c(slope * cubic)), c(slope))));
  const derivative = add(mul(square, c(3 * slope * cubic)), c(slope));
  const { sigmoid, slope: gateSlope } = sigmoidAndSlope(f, w);
  return add(sigmoid, mul(mul(bounded, gateSlope), derivative));
};
