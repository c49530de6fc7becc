import { centralQuantile, ln2High, ln2Low, logTerms, nearQuantile, type Ratio } from "../../base/normalQuantile.ts";
import type { FunctionBuilder } from "../assembler/assembler.ts";
import * as f64x2 from "../assembler/instructions/f64x2.ts";
import * as i64x2 from "../assembler/instructions/i64x2.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";

/**
 * The quantile of the normal distribution of two doubles: Wichura, "Algorithm AS 241: the percentage points of the normal
 * distribution" (1988), PPND16, relative error about 1e-16. Numbers that are drawn in 32 bits need its centre
 * (|p - 1/2| <= 0.425) and its near tail; the far tail (min(p, 1 - p) < e^-25) is never reached. The operations and their
 * order are those of `log` and `inverseNormal` in `src/base/math.ts`, which give the same bits; a test compares them.
 */

const splat = (value: number): Expression => f64x2.const(value);

/** Horner's rule, from the highest coefficient. */
const polynomial = (coefficients: readonly number[], x: Expression): Expression =>
  coefficients.reduceRight<Expression | undefined>(
    (sum, coefficient) => (sum ? f64x2.add(f64x2.mul(sum, x), splat(coefficient)) : splat(coefficient)),
    undefined,
  )!;

const rational = (f: FunctionBuilder, [numerator, denominator]: Ratio, x: Expression): Expression => {
  const r = f.local("v128", x);
  return f64x2.div(polynomial(numerator, r), polynomial(denominator, r));
};

const highWord = (word: number): bigint => BigInt(word) << 32n;

/** log of two positive normal doubles: x = 2^k (1 + f) with 1 + f from √½ to √2. */
const log = (f: FunctionBuilder, x: Expression): Expression => {
  const shifted = f.local("v128", i64x2.add(x, i64x2.const(highWord(0x3ff00000 - 0x3fe6a09e))));
  // The exponent becomes a double as the low bits of 2^52 + k.
  const biased = v128.or(i64x2.shrU(shifted, 52), i64x2.const(highWord(0x43300000)));
  const k = f.local("v128", f64x2.sub(biased, splat(2 ** 52 + 0x3ff)));
  const mantissa = i64x2.add(v128.and(shifted, i64x2.const(0x000fffffffffffffn)), i64x2.const(highWord(0x3fe6a09e)));
  const u = f.local("v128", f64x2.sub(mantissa, splat(1)));
  const s = f.local("v128", f64x2.div(u, f64x2.add(splat(2), u)));
  const z = f.local("v128", f64x2.mul(s, s));
  const series = f64x2.mul(z, polynomial([2 / 3, ...logTerms], z));
  const halfSquare = f.local("v128", f64x2.mul(f64x2.mul(splat(0.5), u), u));
  const low = f64x2.add(f64x2.mul(s, f64x2.add(halfSquare, series)), f64x2.mul(k, splat(ln2Low)));
  return f64x2.sub(f64x2.mul(k, splat(ln2High)), f64x2.sub(f64x2.sub(halfSquare, low), u));
};

/** Two normal numbers of mean 0 and deviation 1 from two probabilities in [2^-33, 1 - 2^-33]. */
export const inverseNormal = (f: FunctionBuilder, p: Expression): Expression => {
  const probability = f.local("v128", p);
  const q = f.local("v128", f64x2.sub(probability, splat(0.5)));
  const central = f64x2.sub(splat(0.180625), f64x2.mul(q, q));
  const z = f.local("v128", f64x2.mul(q, rational(f, centralQuantile, central)));
  const isTail = f.local("v128", f64x2.gt(f64x2.abs(q), splat(0.425)));
  f.if(v128.anyTrue(isTail), () => {
    const outside = f64x2.min(probability, f64x2.sub(splat(1), probability));
    const r = f64x2.sub(f64x2.sqrt(f64x2.neg(log(f, outside))), splat(1.6));
    const value = f.local("v128", rational(f, nearQuantile, r));
    const sign = v128.and(q, i64x2.const(-(2n ** 63n)));
    f.set(z, v128.bitselect(v128.or(value, sign), z, isTail));
  });
  return z;
};
