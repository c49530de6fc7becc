import { GradientError } from "../../base/errors.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { Measurement } from "./measureSlope.ts";

/** An analytic and a numeric derivative of the same thing. */
export interface GradientDifference {
  /** `input 0`, or the name of a variable. */
  readonly source: string;
  /** The index of the element; of a random direction, its number. */
  readonly index: readonly number[];
  /** What the library derived. */
  readonly analytic: number;
  /** What the central differences gave. */
  readonly numeric: number;
  /** |analytic − numeric| / max(|analytic|, |numeric|, u / tolerance), where u is the uncertainty of the numeric one. */
  readonly error: number;
}

/** What a gradient check found. */
export interface GradientReport {
  /** The largest difference of all. */
  readonly worst: GradientDifference;
  /** The worst of each input and variable that has elements, in their order. */
  readonly sources: readonly GradientDifference[];
}

/** An analytic and a numeric derivative, before they are compared. */
export interface Slope {
  readonly source: string;
  readonly place: readonly number[];
  readonly analytic: number;
  readonly measured: Measurement;
}

export interface Rules {
  readonly tolerance: number;
  readonly everyInput: boolean;
  readonly directional: boolean;
}

/**
 * Compares the slopes of each source.
 * @throws GradientError when one is wrong, or all are zero.
 */
export const judge = (slopes: readonly (readonly Slope[])[], rules: Rules): GradientReport => {
  const { tolerance, directional } = rules;
  const varied = slopes.filter((own) => own.length > 0);
  checkVanishing(varied, rules);
  const sources = varied.map((own) => own.map((slope) => difference(slope, tolerance)).reduce(worse));
  const worst = sources.reduce(worse);
  if (worst.error <= tolerance) return { worst, sources };
  throw new GradientError(
    `gradientCheck: analytic and numeric gradients must agree to ${tolerance}, got ${worst.analytic} (analytic) and ` +
      `${worst.numeric} (numeric), a relative error of ${worst.error.toPrecision(3)}, for ` +
      `${describePlace(worst.source, worst.index, directional)}. ` +
      "Correct the derivative of an operation that the function uses, or move away from a kink.",
  );
};

/** `input 1 at [0, 2]`. */
export const describePlace = (source: string, place: readonly number[], directional: boolean): string =>
  directional ? `${source} in random direction ${place[0]}` : `${source} at ${formatShape(place)}`;

const worse = (a: GradientDifference, b: GradientDifference): GradientDifference => (b.error > a.error ? b : a);

const difference = ({ source, place, analytic, measured }: Slope, tolerance: number): GradientDifference => {
  const { slope: numeric, uncertainty } = measured;
  const away = Math.abs(analytic - numeric);
  const error = away && away / Math.max(Math.abs(analytic), Math.abs(numeric), uncertainty / tolerance);
  // An analytic gradient of NaN or Infinity is as wrong as can be.
  return { source, index: place, analytic, numeric, error: Number.isNaN(error) ? Infinity : error };
};

/** Throws when no numeric derivative differs from zero. */
const checkVanishing = (slopes: readonly (readonly Slope[])[], { everyInput }: Rules): void => {
  const vanishes = (own: readonly Slope[]): boolean => !own.some(({ measured }) => measured.differsFromZero);
  const vanishing = slopes.filter(vanishes);
  const isOverall = vanishing.length === slopes.length;
  if (!isOverall && !(everyInput && vanishing.length > 0)) return;
  const largest = Math.max(
    ...(isOverall ? vanishing.flat() : vanishing[0]).map(({ measured }) => Math.abs(measured.slope)),
  );
  const where = isOverall ? "every element" : `every element of ${vanishing[0][0].source}`;
  throw new GradientError(
    `gradientCheck: the numeric gradient must not vanish, got at most ${largest} for ${where}, which proves nothing. ` +
      "Choose other inputs, or a function that depends on them.",
  );
};
