// The constants of the quantile of the normal distribution, which `math.ts` and a kernel compute with the same bits.

/** The coefficients of two polynomials, of the constant first. */
export type Ratio = readonly [numerator: readonly number[], denominator: readonly number[]];

/** In the centre, of 0.180625 - (p - 1/2)^2. */
export const centralQuantile: Ratio = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
];

/** In the near tail, of r - 1.6 with r = sqrt(-log(min(p, 1 - p))). */
export const nearQuantile: Ratio = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
];

/** ln 2 = ln2High + ln2Low; the high part has 32 bits, so that its product with an exponent is exact. */
export const ln2High = 0.6931471803691238;
export const ln2Low = 1.9082149292705877e-10;

/** 2/5, 2/7, ... 2/27: log(1 + f) = 2s + s (2/3 s² + 2/5 s⁴ + ...), s = f / (2 + f). */
export const logTerms: readonly number[] = /* @__PURE__ */ [5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27].map(
  (denominator) => 2 / denominator,
);
