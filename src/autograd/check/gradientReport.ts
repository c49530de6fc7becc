import { GradientError } from "../../base/errors.ts";
import { formatShape } from "../../tensor/shape.ts";

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
  /** |analytic − numeric| / max(|analytic|, |numeric|, 1e-3·max|numeric|). */
  readonly error: number;
}

/** What a gradient check found. */
export interface GradientReport {
  /** The largest difference of all. */
  readonly worst: GradientDifference;
  /** The worst of each input and variable that has elements, in their order. */
  readonly sources: readonly GradientDifference[];
}

/** A derivative that is to be judged. */
export interface Slope {
  readonly source: string;
  readonly place: readonly number[];
  readonly analytic: number;
  readonly numeric: number;
  /** The numeric derivative with another distance between the points of the stencil. */
  readonly numericAt: (step: number) => number;
}

export interface Rules {
  readonly step: number;
  readonly tolerance: number;
  /** What a numeric derivative must exceed to count as different from zero. */
  readonly noise: number;
  readonly everyInput: boolean;
  readonly directional: boolean;
}

/**
 * Compares the slopes of each source.
 * @throws GradientError when one is wrong, or all are zero.
 */
export const judge = (slopes: readonly (readonly Slope[])[], rules: Rules): GradientReport => {
  const { step, tolerance, directional } = rules;
  const varied = slopes.filter((own) => own.length > 0);
  const largest = checkVanishing(varied, rules);
  const sources = varied.map((own) =>
    own
      .map((slope) => {
        const first = difference(slope, slope.numeric, largest);
        if (first.error <= tolerance) return first;
        const others = [step / 16, step * 8].map((other) => difference(slope, slope.numericAt(other), largest));
        return [first, ...others].reduce((best, next) => (next.error < best.error ? next : best));
      })
      .reduce(worse),
  );
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

const difference = ({ source, place, analytic }: Slope, numeric: number, largest: number): GradientDifference => {
  const error = Math.abs(analytic - numeric) / Math.max(Math.abs(analytic), Math.abs(numeric), 1e-3 * largest);
  // An analytic gradient of NaN or Infinity is as wrong as can be.
  return { source, index: place, analytic, numeric, error: Number.isNaN(error) ? Infinity : error };
};

/** The largest numeric derivative; throws when all of them vanish. */
const checkVanishing = (slopes: readonly (readonly Slope[])[], { noise, everyInput }: Rules): number => {
  const largest = slopes.map((own) => Math.max(...own.map(({ numeric }) => Math.abs(numeric))));
  const overall = Math.max(...largest);
  const vanishing = largest.findIndex((slope) => slope <= noise);
  if (overall <= noise || (everyInput && vanishing >= 0)) {
    const where = overall <= noise ? "every element" : `every element of ${slopes[vanishing][0].source}`;
    throw new GradientError(
      `gradientCheck: the numeric gradient must not vanish, got at most ${Math.min(...largest)} for ${where}, which proves nothing. ` +
        "Choose other inputs, or a function that depends on them.",
    );
  }
  return overall;
};
