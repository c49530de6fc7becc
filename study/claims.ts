import type { Claim, Results, Unit } from "./experiment.ts";

/** Two variants, and the measure that is compared. */
interface Pair {
  readonly quote: string;
  readonly of: string;
  readonly than: string;
  /** Default: "accuracy". */
  readonly measure?: string;
}

const units: Readonly<Record<string, Unit>> = {
  accuracy: "points",
  seconds: "s",
  loss: "loss",
  validationLoss: "loss",
  parameters: "parameters",
};

const names: Readonly<Record<string, string>> = { loss: "training loss", validationLoss: "loss on held-out images" };
const named = ({ measure = "accuracy" }: Pair): string => names[measure] ?? measure;

const valuesOf = (results: Results, variant: string, measure: string): readonly number[] => {
  const values = results[variant]?.[measure];
  if (!values) throw new Error(`the study does not measure ${measure} of ${variant}`);
  return values;
};

const differences = ({ of, than, measure = "accuracy" }: Pair): Pick<Claim, "estimate" | "unit"> => ({
  estimate: (results) => {
    const others = valuesOf(results, than, measure);
    return valuesOf(results, of, measure).map((value, seed) => value - others[seed]);
  },
  unit: units[measure],
});

const ratios = ({ of, than, measure = "accuracy" }: Pair): Pick<Claim, "estimate" | "unit"> => ({
  estimate: (results) => {
    const others = valuesOf(results, than, measure);
    return valuesOf(results, of, measure).map((value, seed) => value / others[seed]);
  },
  unit: "ratio",
});

/** The first has more of the measure than the second. */
export const higher = (pair: Pair): Claim => ({
  ...differences(pair),
  quote: pair.quote,
  question: `${pair.of} above ${pair.than}, ${named(pair)}`,
  region: [0, Infinity],
});

/** The first has less of the measure than the second. */
export const lower = (pair: Pair): Claim => ({
  ...differences(pair),
  quote: pair.quote,
  question: `${pair.of} below ${pair.than}, ${named(pair)}`,
  region: [-Infinity, 0],
});

/** The measure of the first is at most that of the second, apart from a margin that does not matter. */
export const notMuchHigher = (pair: Pair & { readonly margin: number }): Claim => ({
  ...differences(pair),
  quote: pair.quote,
  question: `${pair.of} at most ${100 * pair.margin} points above ${pair.than}, ${named(pair)}`,
  region: [-Infinity, pair.margin],
});

/** The first is as good as the second, apart from a margin that does not matter. */
export const notMuchLower = (pair: Pair & { readonly margin: number }): Claim => ({
  ...differences(pair),
  quote: pair.quote,
  question: `${pair.of} at most ${100 * pair.margin} points below ${pair.than}, ${named(pair)}`,
  region: [-pair.margin, Infinity],
});

/** The first takes less time, as a ratio: times of one seed are measured side by side. */
export const faster = (pair: Omit<Pair, "measure">): Claim => ({
  ...ratios({ ...pair, measure: "seconds" }),
  quote: pair.quote,
  question: `seconds of ${pair.of} / of ${pair.than} below 1`,
  region: [-Infinity, 1],
});

/** Both take about the same time: within a quarter. */
export const equallyFast = (pair: Omit<Pair, "measure">): Claim => ({
  ...ratios({ ...pair, measure: "seconds" }),
  quote: pair.quote,
  question: `seconds of ${pair.of} / of ${pair.than} within 0.8 to 1.25`,
  region: [0.8, 1.25],
});

/** The accuracy is above a threshold. */
export const reaches = (claim: { readonly quote: string; readonly of: string; readonly accuracy: number }): Claim => ({
  quote: claim.quote,
  question: `accuracy of ${claim.of} above ${100 * claim.accuracy} %`,
  estimate: (results) => valuesOf(results, claim.of, "accuracy"),
  region: [claim.accuracy, Infinity],
  unit: "%",
});
