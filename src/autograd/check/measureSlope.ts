import type { Estimate } from "./stencil.ts";

/** A numeric derivative, and what is known about it. */
export interface Measurement {
  readonly slope: number;
  /** How far an analytic derivative may be away from it because the numeric one is not known better. */
  readonly uncertainty: number;
  /** Whether it is known well enough to differ from zero. */
  readonly differsFromZero: boolean;
}

export interface MeasureOptions {
  readonly step: number;
  readonly tolerance: number;
  /** How much larger than what is varied the other numbers are, at least 1: a function may change at their scale only. */
  readonly reach: number;
  /** The size of the function: of its value, Σ |terms|, or of its largest derivative. */
  readonly size: number;
  /** What rounding can do to an analytic derivative of zero. */
  readonly noise: number;
}

/** Neighbouring steps differ by this factor. */
const factor = 8;
/** A derivative that is known to this relative precision differs from one that is wrong by 5 %. */
const discerning = 0.01;
/** What changes the value of a function by less than this part of it may be rounding alone. */
const negligible = 1e-8;

/** Estimates with two neighbouring steps. */
interface Pair {
  /** The smaller of the steps. */
  readonly step: number;
  readonly slope: number;
  /** Their difference, which bounds the error of the formula, and what rounding of the terms that change adds. */
  readonly precision: number;
  /** The same with the rounding of all terms. */
  readonly safePrecision: number;
  /** The size of the function's value next to the point. */
  readonly size: number;
  /** Whether rounding explains the difference: then a larger step is better, else a smaller one. */
  readonly isNoise: boolean;
}

/**
 * Chooses the step by what the estimates tell about themselves, so that a wrong analytic derivative cannot choose one that
 * suits it. The first step is enough where the estimate and the analytic derivative agree. Otherwise larger steps are
 * tried while rounding dominates, and smaller ones while the formula's error does (near a kink, for example), until two
 * neighbours agree.
 * @param estimate The numeric derivative with a step; undefined where the function is not finite.
 * @returns undefined where it is not finite with any step.
 */
export const measureSlope = (
  estimate: (step: number) => Estimate | undefined,
  analytic: number,
  { step, tolerance, reach, size, noise }: MeasureOptions,
): Measurement | undefined => {
  const levels = new Map<number, Estimate | undefined>();
  const at = (level: number): Estimate | undefined => {
    if (!levels.has(level)) levels.set(level, estimate(step * factor ** level));
    return levels.get(level);
  };
  const first = at(0);
  const reachLevels = Math.ceil(Math.log(reach) / Math.log(factor));
  if (first && first.slope !== 0 && first.noise <= discerning * Math.abs(first.slope)) {
    const agrees = Math.abs(analytic - first.slope) <= tolerance * Math.max(Math.abs(analytic), Math.abs(first.slope));
    if (agrees) return { slope: first.slope, uncertainty: 0, differsFromZero: true };
  } else if (first?.slope === 0 && analytic === 0) {
    // The change may be lost in a large number: a step of the size of the other numbers would show it.
    const isZero = [reachLevels, reachLevels + 2].every((level) => level === 0 || at(level)?.slope === 0);
    if (isZero) return { slope: 0, uncertainty: 0, differsFromZero: false };
  }

  const pairs: Pair[] = [];
  const pairAt = (level: number): Pair | undefined => {
    const pair = pairOf(at(level), at(level + 1), () => at(level + 2));
    if (pair) pairs.push(pair);
    return pair;
  };
  const isExact = (pair: Pair): boolean => isKnownTo(tolerance / 4, pair);
  /** Tries pairs in one direction, as long as they can get better. */
  const search = (start: number, end: number, until: (pair: Pair, level: number) => boolean): Pair | undefined => {
    const direction = Math.sign(end - start);
    for (let level = start; level !== end; level += direction) {
      const pair = pairAt(level);
      if (pair && isExact(pair)) return pair;
      if (pair ? until(pair, level) : direction > 0) return undefined;
    }
    return undefined;
  };
  const upwards = (): Pair | undefined =>
    search(1, reachLevels + 14, ({ isNoise }, level) => !isNoise && level > reachLevels);
  const downwards = (): Pair | undefined => search(-1, -13, ({ isNoise }, level) => isNoise && level <= -2);

  const start = pairAt(0);
  const exact =
    start && isExact(start) ? start : start?.isNoise ? (upwards() ?? downwards()) : (downwards() ?? upwards());
  if (!exact) return pairs.length === 0 ? undefined : closest(pairs, size, noise);
  const isNear = ({ slope }: Pair, distance: number): boolean => Math.abs(analytic - slope) <= distance;
  if (!isNear(exact, tolerance * Math.max(Math.abs(analytic), Math.abs(exact.slope)))) {
    // A step over a kink can measure the mean of two slopes exactly; a smaller one tells that the point is beside it.
    downwards();
    const beside = pairs.find(
      (pair) => pair.step < exact.step && isKnownTo(discerning, pair) && isNear(pair, 2 * pair.precision),
    );
    if (beside) return { slope: beside.slope, uncertainty: 2 * beside.precision, differsFromZero: true };
  }
  return { slope: exact.slope, uncertainty: 0, differsFromZero: true };
};

/** Estimates with two neighbouring steps as one; `next` is the third. */
const pairOf = (
  small: Estimate | undefined,
  large: Estimate | undefined,
  next: () => Estimate | undefined,
): Pair | undefined => {
  if (!small || !large) return undefined;
  const { slope, noise, fullNoise, changed } = small;
  let difference = Math.abs(slope - large.slope);
  // Rounding inside the function can be larger than that of its value. Two such numbers agree by chance, three do not.
  if (difference > 0 && Math.abs(slope) <= negligible * changed) {
    const third = next();
    if (third) difference = Math.max(difference, Math.abs(slope - third.slope));
  }
  return {
    step: small.step,
    slope,
    precision: difference + noise,
    safePrecision: Math.max(difference, 4 * fullNoise),
    size: small.all,
    isNoise: difference <= 16 * fullNoise,
  };
};

const isKnownTo = (precision: number, pair: Pair): boolean =>
  pair.slope !== 0 && pair.precision <= precision * Math.abs(pair.slope);

/** The best of pairs that do not agree to the tolerance. */
const closest = (pairs: readonly Pair[], size: number, noise: number): Measurement => {
  const discerned = pairs
    .filter((pair) => isKnownTo(discerning, pair))
    .reduce<Pair | undefined>((best, pair) => (best && best.precision <= pair.precision ? best : pair), undefined);
  const safest = pairs.reduce((best, pair) => (best.safePrecision <= pair.safePrecision ? best : pair));
  if (discerned && discerned.precision <= safest.safePrecision) {
    return { slope: discerned.slope, uncertainty: 2 * discerned.precision, differsFromZero: true };
  }
  // Not measurable in float64, and no difference to the function, or else a kink.
  const isRounding = safest.safePrecision <= negligible * Math.max(size, safest.size);
  return {
    slope: safest.slope,
    uncertainty: isRounding ? Math.max(safest.safePrecision, noise) : 0,
    differsFromZero: !isRounding,
  };
};
