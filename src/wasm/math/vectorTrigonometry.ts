import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as f64x2 from "../assembler/instructions/f64x2.ts";
import { shuffle32, swizzle } from "../assembler/instructions/i8x16.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as i64x2 from "../assembler/instructions/i64x2.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { constVector, type Expression } from "../assembler/instructions.ts";
import { signOf, value } from "./rangeReduction.ts";

/**
 * Sine and cosine of four float32 lanes, computed in double precision, two lanes at a time; see vectorMath.ts for the rules.
 *
 * | function | largest error, ulp | notes |
 * |---|---|---|
 * | sin | 0.51 | keeps -0; ±Infinity: NaN |
 * | cos | 0.51 | ±Infinity: NaN |
 *
 * |x| = quadrant * π/2 + r with |r| <= π/4. Up to 2^20 the product with the upper part of π/2 is exact. Beyond it x is a
 * whole number times a power of two, which is multiplied by those bits of 2/π that matter: the bits above give multiples of
 * four quadrants.
 *
 * Sources: W. J. Cody and W. Waite (1980) for the first; M. Payne and R. Hanek, Radian reduction for trigonometric functions,
 * SIGNUM 18 (1983) for the second. The polynomials are our own minimax fits (Remez exchange in 50 digits).
 */

/** (sin r / r - 1) / r^2 in r^2 for |r| <= π/4, relative to the sine: 2^-37.5. */
const sinTerms: readonly number[] = [
  -0.16666666640797007, 0.008333329304839612, -0.00019839312268774042, 2.7181216225155192e-6,
];
/** (cos r - 1) / r^2 in r^2 for |r| <= π/4, relative to the cosine: 2^-43.6. */
const cosTerms: readonly number[] = [
  -0.4999999999948938, 0.041666666553427406, -0.0013888880659430154, 2.4798960734474782e-5, -2.7174789883628355e-7,
];

/** π/2 = halfPiHigh + halfPiLow; the high part has 31 bits, so that its product with a quadrant below 2^20 is exact. */
const halfPiHigh = 6746518852 / 2 ** 32;
const halfPiLow = 6.077100506506192e-11;

/** Above this, quadrants are computed from the bits of 2/π. */
const farFrom = 2 ** 20;

/** A zero, then the bytes of 2/π behind the point, highest first, in two vectors. */
const twoOverPi: readonly (readonly number[])[] = [
  [0, 162, 249, 131, 110, 78, 68, 21, 41, 252, 39, 87, 209, 245, 52, 221],
  [192, 219, 98, 149, 153, 60, 67, 144, 65, 254, 81, 99, 171, 222, 187, 197],
];

const bits = (word: number): Expression => i64x2.const(BigInt(word) << 32n);

const polynomial = (x: Local, coefficients: readonly number[]): Expression =>
  coefficients
    .slice(0, -1)
    .reduceRight<Expression>(
      (sum, coefficient) => f64x2.add(f64x2.mul(sum, x), coefficient),
      f64x2.const(coefficients.at(-1)!),
    );

/** Two arguments in quadrants. */
interface Reduced {
  /** The number of the quadrant, in the low two bits of each 64-bit lane. */
  readonly quadrant: Local;
  /** The distance from the nearest multiple of π/2, in double. */
  readonly r: Local;
}

/** For numbers up to 2^20. Adding 1.5 * 2^52 rounds to a whole number, which is then in the low bits. */
const reduceNear = (f: FunctionBuilder, x: Local): Reduced => {
  const quadrant = value(f, f64x2.add(f64x2.mul(x, 2 / Math.PI), 1.5 * 2 ** 52));
  const n = value(f, f64x2.sub(quadrant, 1.5 * 2 ** 52));
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(n, halfPiHigh)), f64x2.mul(n, halfPiLow));
  return { quadrant, r: value(f, r) };
};

/** Multiplies a mantissa by three words of 2/π and takes the fraction of four quadrants, in 64 bits. */
const reduceFar = (
  f: FunctionBuilder,
  mantissa: Local,
  words: readonly Local[],
  multiply: (a: Expression, b: Expression) => Expression,
  { quadrant, r }: Reduced,
  far: Local,
): void => {
  const [high, middle, low] = words.map((word) => multiply(mantissa, word));
  const lower = i64x2.add(middle, i64x2.shrU(low, 32));
  const fraction = value(f, i64x2.add(i64x2.shl(high, 32), lower));
  // A quadrant is 2^62; half a quadrant is added to round.
  const nearest = value(f, i64x2.shrU(i64x2.add(fraction, bits(0x20000000)), 62));
  const rest = value(f, i64x2.sub(fraction, i64x2.shl(nearest, 62)));
  // Both halves become doubles as the low bits of 1.5 * 2^52 and of 2^52.
  const upper = f64x2.sub(i64x2.add(i64x2.shrS(rest, 32), bits(0x43380000)), 1.5 * 2 ** 52);
  const lowBits = v128.and(rest, i64x2.const(0xffffffffn));
  const rounded = f64x2.add(f64x2.mul(upper, 2 ** 32), f64x2.sub(v128.or(lowBits, bits(0x43300000)), 2 ** 52));
  f.set(r, v128.bitselect(f64x2.mul(rounded, (Math.PI / 2) * 2 ** -62), r, far));
  f.set(quadrant, v128.bitselect(nearest, quadrant, far));
};

/** sin(quadrant * π/2 + r), rounded to float32 in the lower two lanes. */
const sinOf = (f: FunctionBuilder, { quadrant, r }: Reduced): Expression => {
  const z = value(f, f64x2.mul(r, r));
  const sine = f64x2.add(r, f64x2.mul(f64x2.mul(r, z), polynomial(z, sinTerms)));
  const cosine = f64x2.add(f64x2.mul(z, polynomial(z, cosTerms)), 1);
  // The lowest bit of the quadrant, spread over the lane, chooses the cosine; the next one is the sign.
  const isOdd = i64x2.shrS(i64x2.shl(quadrant, 63), 63);
  const sign = i64x2.shl(i64x2.shrU(quadrant, 1), 63);
  return f32x4.demoteF64x2Zero(v128.xor(v128.bitselect(cosine, sine, isOdd), sign));
};

/** sin(|x| + phase * π/2) */
const shiftedSin = (f: FunctionBuilder, x: Local, phase: number): Expression => {
  const size = value(f, f32x4.abs(x));
  const wide = [size, shuffle32(size, size, [2, 3, 2, 3])].map((pair) => value(f, f64x2.promoteLowF32x4(pair)));
  const reduced = wide.map((pair) => reduceNear(f, pair));
  f.if(v128.anyTrue(f32x4.gt(size, farFrom)), () => {
    // |x| = mantissa * 2^(8 byte + 2 - 8) once the mantissa is shifted by less than a byte.
    const exponent = value(f, i32x4.sub(i32x4.shrU(size, 23), 144));
    const byte = value(f, i32x4.shrS(exponent, 3));
    const significand = value(f, v128.or(v128.and(size, i32x4.const(0x7fffff)), i32x4.const(0x800000)));
    const mantissa = value(f, significand);
    // There is no shift by lanes: three choices.
    for (const shift of [1, 2, 4]) {
      const isSet = i32x4.eq(v128.and(exponent, i32x4.const(shift)), shift);
      f.set(mantissa, v128.bitselect(i32x4.shl(mantissa, shift), mantissa, isSet));
    }
    const first = value(f, i32x4.mul(byte, 0x01010101));
    const words = [0x00010203, 0x04050607, 0x08090a0b].map((offsets) => {
      const at = value(f, i32x4.add(first, offsets));
      const [lower, upper] = twoOverPi.map((bytes) => constVector(new Uint8Array(bytes)));
      return value(f, v128.or(swizzle(lower, at), swizzle(upper, v128.xor(at, i32x4.const(0x10101010)))));
    });
    const multiply = [i64x2.extmulLowI32x4U, i64x2.extmulHighI32x4U];
    for (const [half, parts] of reduced.entries()) {
      // Infinity and NaN stay on the other way, whose r is NaN.
      const far = v128.and(f64x2.gt(wide[half], farFrom), f64x2.gt(Number.POSITIVE_INFINITY, wide[half]));
      reduceFar(f, mantissa, words, multiply[half], parts, value(f, far));
    }
  });
  const [low, high] = reduced.map((parts) => {
    if (phase > 0) f.set(parts.quadrant, i64x2.add(parts.quadrant, i64x2.const(BigInt(phase))));
    return sinOf(f, parts);
  });
  return shuffle32(low, high, [0, 1, 4, 5]);
};

/** sin x */
export const sin = (f: FunctionBuilder, x: Local): Expression => v128.xor(shiftedSin(f, x, 0), signOf(x));

/** cos x */
export const cos = (f: FunctionBuilder, x: Local): Expression => shiftedSin(f, x, 1);
