import type { FunctionBuilder } from "./assembler.ts";
import { type Expression, f64x2, i32, i64x2, v128 } from "./instructions.ts";

/**
 * The inverse of the normal distribution function: Wichura, "Algorithm AS 241: the percentage points of the normal
 * distribution" (1988), PPND16, relative error about 1e-16. Numbers that are drawn in 32 bits need its centre
 * (|p - 1/2| <= 0.425) and its near tail; the far tail (min(p, 1 - p) < e^-25) is never reached.
 * Only + - * / and square roots, in the order that `src/tensor/randomKernels.ts` computes in: both give the same bits.
 */
export const inverseNormalCoefficients: {
  readonly centre: RationalFunction;
  readonly tail: RationalFunction;
} = {
  centre: {
    numerator: [
      3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
      67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
    ],
    denominator: [
      1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
      39307.89580009271061, 28729.085735721942674, 5226.495278852854561,
    ],
  },
  tail: {
    numerator: [
      1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
      1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
    ],
    denominator: [
      1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
      0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
    ],
  },
};

/** Coefficients of two polynomials, of the constant first. */
export interface RationalFunction {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

/**
 * The logarithm of FreeBSD's msun (e_log.c): x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), then a polynomial in
 * s = f / (2 + f); error below 1 ulp. For positive normal numbers.
 */
export const logCoefficients: {
  readonly ln2High: number;
  readonly ln2Low: number;
  readonly polynomial: readonly number[];
} = {
  ln2High: 6.9314718036912381649e-1,
  ln2Low: 1.90821492927058770002e-10,
  polynomial: [
    6.66666666666673513e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1,
    1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1,
  ],
};

const splat = (value: number): Expression => f64x2.const(value);

/** Horner's rule, from the highest coefficient. */
const polynomial = (coefficients: readonly number[], x: Expression): Expression =>
  coefficients.reduceRight<Expression | undefined>(
    (sum, coefficient) => (sum ? f64x2.add(f64x2.mul(sum, x), splat(coefficient)) : splat(coefficient)),
    undefined,
  )!;

const rational = (f: FunctionBuilder, { numerator, denominator }: RationalFunction, x: Expression): Expression => {
  const r = f.local("v128", x);
  return f64x2.div(polynomial(numerator, r), polynomial(denominator, r));
};

const highWord = (word: number): bigint => BigInt(word) << 32n;

/** log of two positive normal doubles. */
const log = (f: FunctionBuilder, x: Expression): Expression => {
  const [l1, l2, l3, l4, l5, l6, l7] = logCoefficients.polynomial.map(splat);
  const shifted = f.local("v128", i64x2.add(x, i64x2.const(highWord(0x3ff00000 - 0x3fe6a09e))));
  // The exponent becomes a double as the low bits of 2^52 + k.
  const biased = v128.or(i64x2.shrU(shifted, i32.const(52)), i64x2.const(highWord(0x43300000)));
  const k = f.local("v128", f64x2.sub(biased, splat(2 ** 52 + 0x3ff)));
  const mantissa = i64x2.add(v128.and(shifted, i64x2.const(0x000fffffffffffffn)), i64x2.const(highWord(0x3fe6a09e)));
  const u = f.local("v128", f64x2.sub(mantissa, splat(1)));
  const halfSquare = f.local("v128", f64x2.mul(f64x2.mul(splat(0.5), u), u));
  const s = f.local("v128", f64x2.div(u, f64x2.add(splat(2), u)));
  const z = f.local("v128", f64x2.mul(s, s));
  const w = f.local("v128", f64x2.mul(z, z));
  const even = f64x2.mul(w, f64x2.add(l2, f64x2.mul(w, f64x2.add(l4, f64x2.mul(w, l6)))));
  const odd = f64x2.mul(z, f64x2.add(l1, f64x2.mul(w, f64x2.add(l3, f64x2.mul(w, f64x2.add(l5, f64x2.mul(w, l7)))))));
  const r = f64x2.add(odd, even);
  const low = f64x2.add(f64x2.mul(s, f64x2.add(halfSquare, r)), f64x2.mul(k, splat(logCoefficients.ln2Low)));
  return f64x2.add(f64x2.add(f64x2.sub(low, halfSquare), u), f64x2.mul(k, splat(logCoefficients.ln2High)));
};

/** Two normal numbers of mean 0 and deviation 1 from two probabilities in [2^-33, 1 - 2^-33]. */
export const inverseNormal = (f: FunctionBuilder, p: Expression): Expression => {
  const { centre, tail } = inverseNormalCoefficients;
  const probability = f.local("v128", p);
  const q = f.local("v128", f64x2.sub(probability, splat(0.5)));
  const central = f64x2.sub(splat(0.180625), f64x2.mul(q, q));
  const z = f.local("v128", f64x2.mul(q, rational(f, centre, central)));
  const isTail = f.local("v128", f64x2.gt(f64x2.abs(q), splat(0.425)));
  f.if(v128.anyTrue(isTail), () => {
    const outside = f64x2.min(probability, f64x2.sub(splat(1), probability));
    const r = f64x2.sub(f64x2.sqrt(f64x2.neg(log(f, outside))), splat(1.6));
    const value = f.local("v128", rational(f, tail, r));
    const sign = v128.and(q, i64x2.const(-(2n ** 63n)));
    f.set(z, v128.bitselect(v128.or(value, sign), z, isTail));
  });
  return z;
};
