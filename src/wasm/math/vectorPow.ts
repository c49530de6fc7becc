import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as f64x2 from "../assembler/instructions/f64x2.ts";
import { shuffle32 } from "../assembler/instructions/i8x16.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as i64x2 from "../assembler/instructions/i64x2.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { splitPositive } from "./rangeReduction.ts";

/** 2 atanh(s) / (s ln 2) as a polynomial of s^2 for |s| <= 3 - sqrt(8), absolute: 2^-43.5 (fit as in vectorMath.ts). */
const log2Terms: readonly number[] = [
  2.8853900817778495, 0.9617966941143733, 0.5770779420681348, 0.41220928218841213, 0.3199044776662362,
  0.2829175708449177,
];
/** 2^g for |g| <= 1/2, absolute: 2^-34.3. */
const exp2Terms: readonly number[] = [
  1, 0.6931471805416123, 0.24022651076304027, 0.05550410962723015, 0.00961803683759422, 0.0013333430657891663,
  0.0001546713567185911, 1.531497773423585e-5,
];
/** 1.5 * 2^52: adding it rounds to an integer, which is then in the low bits. */
const roundingShift = 1.5 * 2 ** 52;

const polynomial = (x: Local, coefficients: readonly number[]): Expression =>
  coefficients
    .slice(0, -1)
    .reduceRight<Expression>(
      (sum, coefficient) => f64x2.add(f64x2.mul(sum, x), coefficient),
      f64x2.const(coefficients.at(-1)!),
    );

/** (2^exponent * mantissa)^y of the two low lanes, in double. */
const powOfPair = (f: FunctionBuilder, exponent: Expression, mantissa: Expression, y: Expression): Local => {
  const m = f.local("v128", f64x2.promoteLowF32x4(mantissa));
  const s = f.local("v128", f64x2.div(f64x2.sub(m, 1), f64x2.add(m, 1)));
  const z = f.local("v128", f64x2.mul(s, s));
  const log2 = f64x2.add(f64x2.convertLowI32x4S(exponent), f64x2.mul(s, polynomial(z, log2Terms)));
  const product = f64x2.mul(f64x2.promoteLowF32x4(y), log2);
  const power = f.local("v128", f64x2.pmax(f64x2.pmin(product, 160), -160));
  const shifted = f.local("v128", f64x2.add(power, roundingShift));
  const g = f.local("v128", f64x2.sub(power, f64x2.sub(shifted, roundingShift)));
  return f.local("v128", i64x2.add(polynomial(g, exp2Terms), i64x2.shl(shifted, 52)));
};

/**
 * x^y, largest error 0.51 ulp: base-2 logarithm and exponential in double, one rounding to float32 at the end (gradual
 * underflow and overflow included). Special cases are those of C and NumPy (ISO C, F.10.4.4): x^0 = 1 and 1^y = 1 even
 * for NaN, (-1)^±Infinity = 1, a negative base with a fraction in the exponent gives NaN.
 */
export const pow = (f: FunctionBuilder, x: Local, y: Local): Expression => {
  const zero = v128.zero;
  const one = f32x4.const(1);
  const absolute = f.local("v128", f32x4.abs(x));
  const { exponent, mantissa } = splitPositive(f, absolute);
  const upper = (v: Expression): Expression => shuffle32(v, v, [2, 3, 2, 3]);
  const low = powOfPair(f, exponent, mantissa, y);
  const high = powOfPair(f, upper(exponent), upper(mantissa), upper(y));
  const result = f.local("v128", shuffle32(f32x4.demoteF64x2Zero(low), f32x4.demoteF64x2Zero(high), [0, 1, 4, 5]));
  const choose = (value: Expression, mask: Expression): void => f.set(result, v128.bitselect(value, result, mask));

  // |x| is 0 or Infinity: 0 or Infinity, as the exponent's sign says.
  const isZero = f.local("v128", f32x4.eq(absolute, zero));
  const isEdge = v128.or(isZero, f32x4.eq(absolute, Number.POSITIVE_INFINITY));
  choose(v128.andnot(f32x4.const(Number.POSITIVE_INFINITY), i32x4.eq(isZero, f32x4.gt(y, zero))), isEdge);
  choose(one, f32x4.eq(absolute, one));

  const isInteger = f32x4.eq(f32x4.trunc(y), y);
  const half = f.local("v128", f32x4.mul(y, 0.5));
  const isOdd = v128.and(isInteger, f32x4.ne(f32x4.trunc(half), half));
  f.set(result, v128.or(result, v128.and(v128.and(x, i32x4.const(-0x80000000)), isOdd)));
  const isNegative = v128.and(f32x4.lt(x, zero), f32x4.ne(absolute, Number.POSITIVE_INFINITY));
  choose(f32x4.const(Number.NaN), v128.andnot(isNegative, f32x4.eq(f32x4.trunc(y), y)));
  const sum = f.local("v128", f32x4.add(absolute, f32x4.abs(y)));
  choose(sum, f32x4.ne(sum, sum));
  choose(one, v128.or(f32x4.eq(y, zero), f32x4.eq(x, one)));
  return result;
};
