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

/** Each element by itself. */
export const elementDirections = (size: number): Direction[] =>
  Array.from({ length: size }, (_, position) => ({ positions: [position], amounts: [1] }));

/** All elements at once, each up or down. */
export const randomDirections = (uniform: () => number, size: number, count: number): Direction[] => {
  const positions = Array.from({ length: size }, (_, position) => position);
  return Array.from({ length: size > 0 ? count : 0 }, () => ({
    positions,
    amounts: positions.map(() => (uniform() < 0.5 ? -1 : 1)),
  }));
};

/** The derivative along a direction, of a function whose gradient is given. */
export const slopeOf = (gradient: ArrayLike<number>, { positions, amounts }: Direction): number => {
  let slope = 0;
  for (let index = 0; index < positions.length; index++) slope += gradient[positions[index]] * amounts[index];
  return slope;
};

/**
 * The numeric derivative along a direction of Σ weights·f: (8(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h, with an
 * error of order h⁴. Differences are taken before the sum, so that results that do not change add no rounding.
 * @param f Gives the values at a point that it must not hold on to.
 */
export const numericSlope = (
  f: (point: Float64Array) => ArrayLike<number>,
  x: Float64Array,
  { positions, amounts }: Direction,
  weights: ArrayLike<number>,
  step: number,
): number => {
  const meanSquare = positions.reduce((sum, position) => sum + x[position] ** 2, 0) / positions.length;
  const h = step * Math.max(1, Math.sqrt(meanSquare));
  const at = (distance: number): ArrayLike<number> => {
    const point = x.slice();
    positions.forEach((position, index) => {
      point[position] += distance * h * amounts[index];
    });
    return f(point);
  };
  const [right, left, farRight, farLeft] = [at(1), at(-1), at(2), at(-2)];
  let sum = 0;
  for (let index = 0; index < weights.length; index++) {
    sum += weights[index] * (8 * (right[index] - left[index]) - (farRight[index] - farLeft[index]));
  }
  return sum / (12 * h);
};
