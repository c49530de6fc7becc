import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import { add, const as c, div, mul, pmax, pmin, sub } from "../assembler/instructions/f32x4.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import {
  expFactors,
  expFloor,
  ln2High,
  ln2Low,
  polynomial,
  powerOfTwo,
  reduceExp,
  signOf,
  splitExponent,
  splitPositive,
  value,
} from "./rangeReduction.ts";

/**
 * Elementary functions of four float32 lanes, written inline into a function. Only additions, multiplications, divisions
 * and bit operations, in one order and never fused, so that every machine computes the same bits (the sign and payload of
 * a NaN excepted, which WebAssembly leaves open). `npm run ulp` checks the bounds below over all 2^32 floats.
 *
 * | function | largest error, ulp | notes |
 * |---|---|---|
 * | exp | 1.2 | overflows to Infinity, underflows gradually |
 * | expm1 | 2 | relative accuracy around 0; keeps -0; overflows to Infinity |
 * | expm1Negative | 1.5 | only for x <= 0; relative accuracy around 0; keeps -0 |
 * | log | 1 | negative: NaN, ±0: -Infinity, denormal arguments too |
 * | log1p | 1.5 | relative accuracy around 0; keeps -0; -1: -Infinity |
 * | tanh | 2.5 | keeps -0 |
 * | sigmoid | 2.5 | underflows gradually |
 * | softplus | 2.5 | underflows gradually |
 * | silu | 3.5 | -Infinity: -0 |
 * | erf | 3 | keeps -0 |
 *
 * An error is counted in ulp of the float32 next to the exact value, 2^-149 below 2^-126. NaN gives NaN everywhere.
 * Sources: argument reduction by a constant in two parts, W. J. Cody and W. Waite, Software Manual for the Elementary
 * Functions (1980). The polynomials are our own minimax fits: Remez exchange in 40 digits with the weight that makes the
 * error of the function relative, then rounded to float32 and improved by a search over neighbouring float32
 * coefficients. The comment of each polynomial has its error.
 */

/** (log(1 + f) - f + f^2 / 2) / f^3 for 1 + f from sqrt(1/2) to sqrt(2), weight f^2: 2^-27.3. */
const logTerms: readonly number[] = [
  0.33333316445350647, -0.25000810623168945, 0.200022891163826, -0.16624537110328674, 0.14181163907051086,
  -0.13128989934921265, 0.1288217306137085, -0.07859744131565094,
];
/** -log(erfc(x)) / x - 1 on 0 <= x <= 4, weighted to the relative error of erf: 2^-28.3. */
const erfTerms: readonly number[] = [
  0.12837916612625122, 0.6366198658943176, 0.10277123004198074, -0.01911771111190319, -0.00025306129828095436,
  0.0017993691144511104, -0.0007406853837892413, 0.000167482256074436, -2.135462455044035e-5, 1.193127559417917e-6,
];

/** e^x */
export const exp = (f: FunctionBuilder, x: Expression): Expression => {
  const { scaled, scale } = expFactors(f, pmin(x, c(89)));
  return mul(scaled, scale);
};

/** e^x - 1 for x <= 0 (or NaN); -0 becomes 0. */
const expm1OfNegative = (f: FunctionBuilder, x: Expression): Expression => {
  // Below -18 the result rounds to -1.
  const { exponent, expm1: small } = reduceExp(f, value(f, pmax(x, c(-18))));
  const scale = value(f, powerOfTwo(exponent));
  return add(mul(small, scale), sub(scale, c(1)));
};

/** e^x - 1 for x <= 0 (or NaN), keeping -0: the negative branch of ELU. */
export const expm1Negative = (f: FunctionBuilder, x: Local): Expression => v128.or(expm1OfNegative(f, x), signOf(x));

/** e^x - 1, accurate around 0 */
export const expm1 = (f: FunctionBuilder, x: Local): Expression => {
  // Below -18 the result rounds to -1, above 89 it overflows.
  const { exponent, expm1: small } = reduceExp(f, value(f, pmin(pmax(x, c(-18)), c(89))));
  // The power of two in two halves, since the whole may overflow before the last sum: (small + 1 - 2^-exponent) * 2^exponent.
  const half = value(f, i32x4.shrS(exponent, 1));
  const rest = value(f, i32x4.sub(exponent, half));
  const first = value(f, powerOfTwo(half));
  const inverse = powerOfTwo(i32x4.sub(v128.zero, rest));
  const sum = add(mul(small, first), sub(first, inverse));
  return v128.or(mul(sum, powerOfTwo(rest)), signOf(x));
};

/** log(1 + f) - f for 1 + f from sqrt(1/2) to sqrt(2). */
const logTail = (f: FunctionBuilder, x: Local): Expression => {
  const square = value(f, mul(x, x));
  return sub(mul(mul(square, x), polynomial(x, logTerms)), mul(square, c(0.5)));
};

/** exponent * ln 2 + (x + tail) from the small part to the large one. */
const assembleLog = (f: FunctionBuilder, exponent: Local, x: Local, correction?: Expression): Expression => {
  const k = value(f, f32x4.convertI32x4S(exponent));
  const low = mul(k, c(ln2Low));
  const small = add(correction ? add(low, correction) : low, logTail(f, x));
  return add(mul(k, c(ln2High)), add(x, small));
};

/** log x */
export const log = (f: FunctionBuilder, x: Local): Expression => {
  const { exponent, mantissa } = splitPositive(f, x);
  const result = value(f, assembleLog(f, exponent, value(f, sub(mantissa, c(1)))));
  const special = v128.bitselect(
    c(Number.NEGATIVE_INFINITY),
    v128.or(x, v128.and(f32x4.lt(x, v128.zero), c(Number.NaN))),
    f32x4.eq(x, v128.zero),
  );
  const regular = v128.and(f32x4.gt(x, v128.zero), f32x4.lt(x, c(Number.POSITIVE_INFINITY)));
  return v128.bitselect(result, special, regular);
};

/** log(1 + x), accurate around 0 */
export const log1p = (f: FunctionBuilder, x: Local): Expression => {
  const sum = value(f, add(x, c(1)));
  // The rounding error of the sum (D. E. Knuth's two-sum): log(sum + lost) = log(sum) + lost / sum + ...
  const part = value(f, sub(sum, c(1)));
  const lost = add(sub(c(1), sub(sum, part)), sub(x, part));
  const { exponent, mantissa } = splitExponent(f, sum);
  const near = value(f, i32x4.eq(exponent, v128.zero));
  const fraction = value(f, v128.bitselect(x, sub(mantissa, c(1)), near));
  const correction = v128.andnot(div(lost, sum), near);
  const result = value(f, assembleLog(f, exponent, fraction, correction));
  const below = v128.or(x, v128.and(f32x4.lt(x, c(-1)), c(Number.NaN)));
  const special = v128.bitselect(c(Number.NEGATIVE_INFINITY), below, f32x4.eq(x, c(-1)));
  const regular = v128.and(
    v128.and(f32x4.gt(x, c(-1)), f32x4.lt(x, c(Number.POSITIVE_INFINITY))),
    f32x4.ne(x, v128.zero),
  );
  return v128.bitselect(result, special, regular);
};

/** tanh x = -t / (t + 2) with t = e^(-2|x|) - 1 */
export const tanh = (f: FunctionBuilder, x: Local): Expression => {
  const t = value(f, expm1OfNegative(f, mul(f32x4.abs(x), c(-2))));
  return v128.or(f32x4.abs(div(t, add(t, c(2)))), signOf(x));
};

/** 1 / (1 + e^-x), as e^x / (1 + e^x) for negative x */
export const sigmoid = (f: FunctionBuilder, x: Local): Expression => {
  const e = value(f, exp(f, f32x4.neg(f32x4.abs(x))));
  return div(v128.bitselect(e, c(1), f32x4.lt(x, v128.zero)), add(e, c(1)));
};

/**
 * factor / (1 + e^-x) where factor * e^x may be far above an e^x that underflows; `factor` must be finite for negative x.
 */
export const timesSigmoid = (f: FunctionBuilder, factor: Local, x: Local): Expression => {
  const { scaled, scale } = expFactors(f, f32x4.neg(f32x4.abs(x)));
  const negative = value(f, f32x4.lt(x, v128.zero));
  const numerator = v128.bitselect(mul(factor, scaled), factor, negative);
  return mul(div(numerator, add(mul(scaled, scale), c(1))), v128.bitselect(scale, c(1), negative));
};

/** x / (1 + e^-x) */
export const silu = (f: FunctionBuilder, x: Local): Expression =>
  // The floor turns -Infinity * 0 into the limit.
  timesSigmoid(f, value(f, pmax(x, c(expFloor))), x);

/** s = 1 / (1 + e^-x) and its derivative s (1 - s), which is the same for x and -x: without the cancellation of 1 - s. */
export const sigmoidAndSlope = (f: FunctionBuilder, x: Local): { sigmoid: Local; slope: Local } => {
  const e = value(f, exp(f, f32x4.neg(f32x4.abs(x))));
  const inverse = value(f, div(c(1), add(e, c(1))));
  const other = value(f, mul(e, inverse));
  return {
    sigmoid: value(f, v128.bitselect(other, inverse, f32x4.lt(x, v128.zero))),
    slope: value(f, mul(other, inverse)),
  };
};

/** s + x s (1 - s), s = 1 / (1 + e^-x): the derivative of silu */
export const siluDerivative = (f: FunctionBuilder, x: Local): Expression => {
  const { sigmoid: s, slope } = sigmoidAndSlope(f, x);
  // Beyond the bounds the slope is 0, and Infinity * 0 would be NaN.
  return add(s, mul(pmin(pmax(x, c(expFloor)), c(-expFloor)), slope));
};

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
export const softplus = (f: FunctionBuilder, x: Local): Expression => {
  const e = value(f, exp(f, f32x4.neg(f32x4.abs(x))));
  // 1 + e is never formed: log(1 + e) = log 2 + log(1 + (e - 1) / 2) where e is large.
  const large = value(f, f32x4.gt(e, c(Math.SQRT2 - 1)));
  const fraction = value(f, v128.bitselect(mul(sub(e, c(1)), c(0.5)), e, large));
  const small = add(v128.and(large, c(ln2Low)), logTail(f, fraction));
  return add(pmax(x, v128.zero), add(v128.and(large, c(ln2High)), add(fraction, small)));
};

/** erf x = 1 - e^(-t), t = -log(erfc |x|) by a polynomial: one branch, accurate around 0 */
export const erf = (f: FunctionBuilder, x: Local): Expression => {
  // From 3.92 on the result rounds to 1.
  const a = value(f, pmin(f32x4.abs(x), c(4)));
  const t = add(a, mul(a, polynomial(a, erfTerms)));
  return v128.or(f32x4.abs(expm1OfNegative(f, f32x4.neg(t))), signOf(x));
};
