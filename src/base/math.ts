import { centralQuantile, ln2High, ln2Low, logTerms, nearQuantile, type Ratio } from "./normalQuantile.ts";

/**
 * Elementary functions in double precision from + − × ÷, square roots and bit patterns alone, so that they give the same
 * bits everywhere: the language leaves the last bits of Math.exp and its kin to each engine. For random numbers, schedules
 * and reference kernels. Errors are below 1 ulp for exp and log, below 1.5 for pow and erf, and a few ulp for the rest.
 *
 * Sources: argument reduction after W. J. Cody and W. Waite, Software Manual for the Elementary Functions (1980); Taylor
 * series; double-double arithmetic after T. J. Dekker, A floating-point technique for extending the available precision
 * (1971). The two polynomials of the error function are our own fits (Remez exchange in 40 digits, rounded to double).
 */

/** Σ coefficients[i] xⁱ (Horner). */
const polynomial = (x: number, coefficients: readonly number[]): number => {
  let sum = 0;
  for (let index = coefficients.length - 1; index >= 0; index--) sum = sum * x + coefficients[index]!;
  return sum;
};

/** numerator / d for each denominator d. */
const fractions = (numerator: number, denominators: readonly number[]): readonly number[] =>
  denominators.map((denominator) => numerator / denominator);

const bits: DataView = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** 2ⁿ for n from −1022 to 1023. */
const powerOfTwo = (n: number): number => {
  bits.setInt32(0, (n + 1023) << 20);
  bits.setInt32(4, 0);
  return bits.getFloat64(0);
};

/** 1 / 2!, 1 / 3!, ... 1 / 14! */
const inverseFactorials: readonly number[] = /* @__PURE__ */ fractions(
  1,
  [2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600, 6227020800, 87178291200],
);

/** e^(x + tail) for a tail far below x. */
const expSum = (x: number, tail: number): number => {
  if (x > 709.8) return Number.POSITIVE_INFINITY;
  if (x < -745.2) return 0;
  const n = Math.round(x * Math.LOG2E);
  const high = x - n * ln2High;
  const low = tail - n * ln2Low;
  const r = high + low;
  const rest = high - r + low;
  const result = 1 + (r + (rest + r * r * polynomial(r, inverseFactorials)));
  // In two steps, since 2ⁿ alone may overflow or be denormal: only the second one rounds.
  const half = n >> 1;
  return result * powerOfTwo(half) * powerOfTwo(n - half);
};

/** eˣ */
export const exp = (x: number): number => (Number.isNaN(x) ? x : expSum(x, 0));

/** x = 2^exponent · (1 + fraction) with 1 + fraction from √½ to √2, for finite positive x. */
const splitExponent = (x: number): { exponent: number; fraction: number } => {
  const isDenormal = x < 2 ** -1022;
  bits.setFloat64(0, isDenormal ? x * 2 ** 54 : x);
  const high = bits.getInt32(0);
  // The upper bits of √½: what is at least that far above a power of two counts to the next one.
  const exponent = (high - 0x3fe6a09e) >> 20;
  bits.setInt32(0, high - (exponent << 20));
  return { exponent: isDenormal ? exponent - 54 : exponent, fraction: bits.getFloat64(0) - 1 };
};

/** log x; −Infinity at 0, NaN below. */
export const log = (x: number): number => {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN;
  const { exponent, fraction: f } = splitExponent(x);
  const s = f / (2 + f);
  const z = s * s;
  const series = z * (2 / 3 + z * polynomial(z, logTerms));
  // 2s = f − f²/2 + s f²/2: f is exact, so that only small terms carry rounding errors.
  const half = 0.5 * f * f;
  return exponent * ln2High - (half - (s * (half + series) + exponent * ln2Low) - f);
};

/** −1/2!, 1/4!, ... 1/16! of cos y = 1 + y²(−1/2! + y²(1/4! − ...)), and −1/3!, 1/5!, ... 1/17! of sin y / y. */
const cosTerms: readonly number[] = /* @__PURE__ */ fractions(
  1,
  [-2, 24, -720, 40320, -3628800, 479001600, -87178291200, 20922789888000],
);
const sinTerms: readonly number[] = /* @__PURE__ */ fractions(
  1,
  [-6, 120, -5040, 362880, -39916800, 6227020800, -1307674368000, 355687428096000],
);

/** cos(πx): 1 at 0, 0 at ½, −1 at 1, exactly. The argument is reduced before it meets π, so that no digit is lost. */
export const cosPi = (x: number): number => {
  const turned = Math.abs(x) % 2;
  const half = turned > 1 ? 2 - turned : turned;
  const isSine = half > 0.25 && half < 0.75;
  const y = Math.PI * (isSine ? 0.5 - half : half <= 0.25 ? half : 1 - half);
  const z = y * y;
  if (isSine) return y + y * z * polynomial(z, sinTerms);
  const cosine = 1 + z * polynomial(z, cosTerms);
  return half <= 0.25 ? cosine : -cosine;
};

/** A number as the unevaluated sum of two. */
type Double = readonly [high: number, low: number];

const sumOf = (a: number, b: number): Double => {
  const sum = a + b;
  const part = sum - a;
  return [sum, a - (sum - part) + (b - part)];
};

const productOf = (a: number, b: number): Double => {
  const product = a * b;
  const [aHigh, aLow] = halves(a);
  const [bHigh, bLow] = halves(b);
  return [product, aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow];
};

/** The upper 26 bits of a, and the rest (Veltkamp's splitting). */
const halves = (a: number): Double => {
  const scaled = a * 134217729;
  const high = scaled - (scaled - a);
  return [high, a - high];
};

const addDouble = (a: Double, b: Double): Double => {
  const [sum, error] = sumOf(a[0], b[0]);
  return sumOf(sum, error + a[1] + b[1]);
};

const multiplyDouble = (a: Double, b: Double): Double => {
  const [product, error] = productOf(a[0], b[0]);
  return sumOf(product, error + (a[0] * b[1] + a[1] * b[0]));
};

/** log x with about 65 bits, for finite positive x. */
const logDouble = (x: number): Double => {
  const { exponent, fraction: f } = splitExponent(x);
  const divisor = sumOf(2, f);
  const quotient = f / divisor[0];
  const [product, error] = productOf(quotient, divisor[0]);
  const s: Double = [quotient, (f - product - error - quotient * divisor[1]) / divisor[0]];
  const z = multiplyDouble(s, s);
  const twoThirds: Double = [2 / 3, 3.700743415417188e-17];
  const factor = addDouble(twoThirds, [z[0] * polynomial(z[0], logTerms), 0]);
  const series = addDouble([2 * s[0], 2 * s[1]], multiplyDouble(s, multiplyDouble(z, factor)));
  return addDouble([exponent * ln2High, exponent * ln2Low], series);
};

/**
 * xʸ with the special cases of C and NumPy (ISO C, F.10.4.4): x⁰ = 1 and 1ʸ = 1 even for NaN, (−1)^±Infinity = 1; a
 * negative base with a fraction in the exponent gives NaN.
 */
export const pow = (x: number, y: number): number => {
  if (y === 0 || x === 1) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const base = Math.abs(x);
  const isOdd = Number.isInteger(y) && y % 2 !== 0;
  const sign = isOdd && (x < 0 || Object.is(x, -0)) ? -1 : 1;
  if (base === 0 || base === Number.POSITIVE_INFINITY)
    return (base === 0) === y > 0 ? sign * 0 : sign * Number.POSITIVE_INFINITY;
  if (Math.abs(y) === Number.POSITIVE_INFINITY)
    return base === 1 ? 1 : base > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  if (x < 0 && !Number.isInteger(y)) return Number.NaN;
  const logarithm = logDouble(base);
  const estimate = y * logarithm[0];
  // Far outside first: the exact product would overflow.
  if (Math.abs(estimate) > 750) return estimate > 0 ? sign * Number.POSITIVE_INFINITY : sign * 0;
  const [product, error] = multiplyDouble(logarithm, [y, 0]);
  return sign * expSum(product, error);
};

/** erf(x) / x as a polynomial of x² for |x| <= 1: 2^-55. */
const erfTerms: readonly number[] = [
  1.1283791670955126, -0.3761263890318352, 0.11283791670944185, -0.026866170643111406, 0.00522397760611805,
  -0.0008548325929296943, 0.0001205529357643939, -1.4924712294120899e-5, 1.6447131483639736e-6, -1.620631314823167e-7,
  1.3710977977081528e-8, -7.779464312633214e-10,
];

/** (x + 4) e^(x²) erfc x as a polynomial of (x − 4) / (x + 4) for 0.9 <= x <= 28: 2^-53.8. */
const erfcTerms: readonly number[] = [
  1.095995661000491, -0.976548729080882, 0.7732087022652372, -0.5408538313132373, 0.3308515878780013,
  -0.17401093723982536, 0.07638151490968709, -0.026370053342741107, 0.0061120556495514195, -0.00028095883605754155,
  -0.00045505263017782876, 0.00017681260083120926, -3.635444561237478e-6, -1.8859862922833395e-5, 4.695226979943527e-6,
  1.4211001633548074e-6, -8.47498597169808e-7, -6.97020870031547e-8, 1.2482361339523225e-7, -5.362118912222373e-9,
  -1.4617576085693363e-8, 3.019776987083604e-9,
];

/** e^(x²) erfc x for x from 0.9 to 28. */
const scaledErfc = (x: number): number => polynomial((x - 4) / (x + 4), erfcTerms) / (x + 4);

/** e^(−scale · x²) without the rounding error of x², which the exponential would multiply by x². */
const expOfSquare = (x: number, scale: number): number => {
  const high = Math.fround(x);
  return expSum(-scale * high * high, -scale * (x - high) * (x + high));
};

/** erf(x) for |x| <= 1. */
const erfOfSmall = (x: number): number => x * polynomial(x * x, erfTerms);

/** The error function, 2/√π ∫₀ˣ e^(−t²) dt, to about 2e-16. */
export const erf = (x: number): number => {
  const a = Math.abs(x);
  if (!(a > 1)) return erfOfSmall(x);
  const result = a > 6 ? 1 : 1 - scaledErfc(a) * expOfSquare(a, 1);
  return x < 0 ? -result : result;
};

/** The distribution function of the standard normal, Φ(x) = ½ erfc(−x/√2), accurate in the tail too. */
export const normalCdf = (x: number): number => {
  const a = Math.abs(x);
  if (!(a > 1.28)) return 0.5 + 0.5 * erfOfSmall(x * Math.SQRT1_2);
  const tail = a > 39 ? 0 : 0.5 * scaledErfc(a * Math.SQRT1_2) * expOfSquare(a, 0.5);
  return x < 0 ? tail : 1 - tail;
};

/**
 * The quantile of the standard normal, the inverse of {@link normalCdf}, for min(p, 1 − p) from e^-25 on: random numbers are
 * drawn in 32 bits. M. J. Wichura, Algorithm AS 241: the percentage points of the normal distribution, Applied Statistics 37
 * (1988), PPND16.
 */
export const inverseNormal = (p: number): number => {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(0.180625 - q * q, centralQuantile);
  const quantile = ratio(Math.sqrt(-log(q < 0 ? p : 1 - p)) - 1.6, nearQuantile);
  return q < 0 ? -quantile : quantile;
};

const ratio = (x: number, [numerator, denominator]: Ratio): number =>
  polynomial(x, numerator) / polynomial(x, denominator);
