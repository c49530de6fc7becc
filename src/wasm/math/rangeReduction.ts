import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import { add, const as c, mul, pmax, sub } from "../assembler/instructions/f32x4.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";

/**
 * Shared by the vector functions: splitting an argument into a power of two and a small rest, and polynomials. See
 * vectorMath.ts for the rules and the sources.
 */

/** ln 2 = ln2High + ln2Low; the high part has 15 bits, so that its product with an exponent is exact. */
export const ln2High: number = 22713 / 32768;
export const ln2Low: number = Math.LN2 - ln2High;
/** 1.5 * 2^23: adding it rounds a small number to an integer, which is then in the low bits. */
const roundingShift = 12582912;
const roundingBits = 0x4b400000;
const signBit = -0x80000000;

/** (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2, weight r: 2^-26.1. */
const expTerms: readonly number[] = [
  0.5, 0.1666654348373413, 0.04166635498404503, 0.00836658664047718, 0.0013946563703939319,
];

/** The polynomial of x with these coefficients, lowest first (Horner). */
export const polynomial = (x: Local, coefficients: readonly number[]): Expression =>
  coefficients
    .slice(0, -1)
    .reduceRight<Expression>((sum, coefficient) => add(mul(sum, x), c(coefficient)), c(coefficients.at(-1)!));

/** A local variable with this value. */
export const value = (f: FunctionBuilder, expression: Expression): Local => f.local("v128", expression);

/** The sign bit of x alone. */
export const signOf = (x: Expression): Expression => v128.and(x, i32x4.const(signBit));

/** 2^exponent for integer lanes from -126 to 127. */
export const powerOfTwo = (exponent: Expression): Expression => i32x4.shl(i32x4.add(exponent, 127), 23);

/** x = exponent * ln 2 + r with |r| <= ln 2 / 2, and e^r - 1 by the polynomial. */
export const reduceExp = (f: FunctionBuilder, x: Local, tail?: Expression): { exponent: Local; expm1: Local } => {
  const shifted = value(f, add(mul(x, c(Math.LOG2E)), c(roundingShift)));
  const n = value(f, sub(shifted, c(roundingShift)));
  const low = mul(n, c(ln2Low));
  const r = value(f, sub(sub(x, mul(n, c(ln2High))), tail ? sub(low, tail) : low));
  const expm1 = value(f, add(r, mul(mul(r, r), polynomial(r, expTerms))));
  return { exponent: value(f, i32x4.sub(shifted, roundingBits)), expm1 };
};

/** Where results below every denormal begin, with room for a factor of up to 120 in front. */
export const expFloor = -120;

/**
 * e^(x + tail) = scaled * scale for x <= 89. The power of two comes in two halves: the first product is exact, the second
 * overflows or rounds a denormal once, after whatever else is multiplied in between.
 */
export const expFactors = (f: FunctionBuilder, x: Expression, tail?: Expression): { scaled: Local; scale: Local } => {
  const { exponent, expm1 } = reduceExp(f, value(f, pmax(x, c(expFloor))), tail);
  const half = value(f, i32x4.shrS(exponent, 1));
  const scaled = value(f, mul(add(expm1, c(1)), powerOfTwo(half)));
  return { scaled, scale: value(f, powerOfTwo(i32x4.sub(exponent, half))) };
};

/** x = 2^exponent * (1 + fraction) with 1 + fraction from sqrt(1/2) to sqrt(2), for positive normal x. */
export const splitExponent = (f: FunctionBuilder, x: Local): { exponent: Local; mantissa: Local } => {
  // The bits of sqrt(1/2): a number at least that far above a power of two belongs to the next power.
  const exponent = value(f, i32x4.shrS(i32x4.sub(x, 0x3f3504f3), 23));
  return { exponent, mantissa: value(f, i32x4.sub(x, i32x4.shl(exponent, 23))) };
};

/** x = 2^exponent * mantissa like splitExponent, for positive x that may be denormal. */
export const splitPositive = (f: FunctionBuilder, x: Local): { exponent: Local; mantissa: Local } => {
  const denormal = value(f, f32x4.lt(x, c(2 ** -126)));
  const normal = value(f, v128.bitselect(mul(x, c(2 ** 24)), x, denormal));
  const { exponent, mantissa } = splitExponent(f, normal);
  f.set(exponent, i32x4.sub(exponent, v128.and(denormal, i32x4.const(24))));
  return { exponent, mantissa };
};
