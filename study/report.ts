import type { Claim, Experiment, Results, Unit } from "./experiment.ts";
import { type Interval, intervalOf, type Verdict, verdictOf } from "./verdict.ts";

/** A claim and its verdict. */
export interface Row extends Interval {
  readonly quote: string;
  readonly question: string;
  readonly unit: Unit;
  /** The estimate of each seed. */
  readonly values: readonly number[];
  readonly region: readonly [from: number, to: number];
  readonly verdict: Verdict;
}

/** The result of an experiment. */
export interface ExperimentReport {
  readonly name: string;
  readonly setting: string;
  readonly choices: Readonly<Record<string, number>>;
  readonly variants: Results;
  readonly rows: readonly Row[];
}

const rowOf = ({ quote, question, estimate, region, unit }: Claim, results: Results): Row => {
  const values = estimate(results);
  const interval = intervalOf(values);
  return { quote, question, unit, values, region, ...interval, verdict: verdictOf(interval, region) };
};

/** Computes the verdicts on the claims of an experiment. */
export const reportOf = (
  { name, setting, claims }: Experiment,
  variants: Results,
  choices: Readonly<Record<string, number>>,
): ExperimentReport => ({ name, setting, choices, variants, rows: claims.map((claim) => rowOf(claim, variants)) });
