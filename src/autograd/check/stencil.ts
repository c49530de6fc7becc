import type { Evaluation } from "./terms.ts";

/** Varies elements of one input together: element `positions[i]` by `amounts[i]`. */
export interface Direction {
  readonly positions: readonly number[];
  readonly amounts: readonly number[];
}

/** A generator for directions and weights (mulberry32), uniform in [0, 1): nothing here needs a long period. */
export const uniformGenerator = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Numbers of random sign with sizes from 0.5 to 1.5: none of them hides what it is multiplied with. */
export const randomWeights = (uniform: () => number, count: number): Float64Array =>
  Float64Array.from({ length: count }, () => (uniform() < 0.5 ? -1 : 1) * (0.5 + uniform()));

/** How far each element is varied, before the step: |x|; for 0 the mean size of the others, or 1. */
export const elementSizes = (values: Float64Array): Float64Array => {
  const nonZero = values.filter((value) => value !== 0);
  const mean = nonZero.reduce((sum, value) => sum + Math.abs(value) / nonZero.length, 0);
  return values.map((value) => Math.abs(value) || mean || 1);
};

/** Each element by itself. */
export const elementDirections = (sizes: Float64Array): Direction[] =>
  Array.from(sizes, (size, position) => ({ positions: [position], amounts: [size] }));

/** Elements that are smaller than others by more than this are varied in directions of their own. */
const band = 1e-4;

/**
 * Many elements at once, each up or down by its size. The large ones would hide the small ones, so they are varied apart.
 * @param count How many directions; fewer where fewer elements are.
 */
export const randomDirections = (uniform: () => number, sizes: Float64Array, count: number): Direction[] => {
  const descending = Array.from(sizes.keys()).sort((a, b) => sizes[b] - sizes[a]);
  const directions: Direction[] = [];
  for (let from = 0, to = 0; from < descending.length; from = to) {
    while (to < descending.length && sizes[descending[to]] >= band * sizes[descending[from]]) to++;
    const positions = descending.slice(from, to);
    for (let number = 0; number < Math.min(count, positions.length); number++) {
      directions.push({
        positions,
        amounts: positions.map((position) => (uniform() < 0.5 ? -1 : 1) * sizes[position]),
      });
    }
  }
  return directions;
};

/** The derivative along a direction, of a function whose gradient is given. */
export const slopeOf = (gradient: ArrayLike<number>, { positions, amounts }: Direction): number => {
  let slope = 0;
  for (let index = 0; index < positions.length; index++) slope += gradient[positions[index]] * amounts[index];
  return slope;
};

/** A numeric derivative along a direction. */
export interface Estimate {
  /** The distance between the points, in amounts of the direction. */
  readonly step: number;
  readonly slope: number;
  /** What rounding of the terms that change can do to it. */
  readonly noise: number;
  /** What rounding of all terms can do to it, if a change was lost in a large number. */
  readonly fullNoise: number;
  /** Σ |weight·value| of the terms that change. */
  readonly changed: number;
  /** Σ |weight·value| of all terms. */
  readonly all: number;
}

/**
 * The numeric derivative along a direction: (8(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h, with an error of order h⁴.
 * Differences are taken term by term, before the sum, so that large terms that do not change add no rounding.
 * @param f Gives the terms at a point that it must not hold on to.
 * @param h The distance between the points, in amounts of the direction.
 * @returns undefined where a value is not finite.
 */
export const estimateSlope = (
  f: (point: Float64Array) => Evaluation,
  x: Float64Array,
  { positions, amounts }: Direction,
  h: number,
): Estimate | undefined => {
  const at = (distance: number): Evaluation => {
    const point = x.slice();
    for (let index = 0; index < positions.length; index++) point[positions[index]] += distance * h * amounts[index];
    return f(point);
  };
  const points = [at(1), at(-1), at(2), at(-2)];
  // Weights that differ are not constants: then only the whole result can be compared.
  const alike = points.every(({ terms: { weights } }) => sameNumbers(weights, points[0].terms.weights));
  const [right, left, farRight, farLeft] = points.map(({ terms, result }) => (alike ? terms : result).values);
  const { weights } = alike ? points[0].terms : points[0].result;
  let sum = 0;
  let changed = 0;
  let all = 0;
  for (let index = 0; index < weights.length; index++) {
    const difference = 8 * (right[index] - left[index]) - (farRight[index] - farLeft[index]);
    const size = Math.abs(weights[index] * right[index]);
    sum += weights[index] * difference;
    all += size;
    if (difference !== 0 || farRight[index] !== right[index]) changed += size;
  }
  if (!Number.isFinite(sum)) return undefined;
  const slope = sum / (12 * h);
  // Eight roundings of the values, and that of the points.
  const rounding = (8 * Number.EPSILON) / h;
  const ratio = positions.reduce((most, position, index) => Math.max(most, Math.abs(x[position] / amounts[index])), 0);
  const moved = ratio * Math.abs(slope);
  return { step: h, slope, noise: rounding * (changed + moved), fullNoise: rounding * (all + moved), changed, all };
};

const sameNumbers = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);
