import type { Experiment, Lab, Measures } from "./experiment.ts";
import type { Progress } from "./progress.ts";
import { type ExperimentReport, reportOf } from "./report.ts";

/**
 * Runs all variants of an experiment, seed by seed, so that compared variants run one after the other: the machine may be
 * slower a minute later.
 */
export const runExperiment = async (
  experiment: Experiment,
  labs: readonly Lab[],
  progress: Progress,
): Promise<ExperimentReport> => {
  progress.begin(experiment.name);
  const choices = (await experiment.prepare?.(labs[0])) ?? {};
  const results: Record<string, Record<string, number[]>> = {};
  for (const lab of labs) {
    for (const [name, variant] of Object.entries(experiment.variants)) {
      const measures: Measures = await variant({ ...lab, choices });
      results[name] ??= {};
      for (const [measure, value] of Object.entries(measures)) {
        results[name][measure] ??= [];
        results[name][measure].push(value);
      }
      progress.done(`${name}, seed ${lab.seed}`, measures.accuracy ?? Number.NaN);
    }
  }
  return reportOf(experiment, results, choices);
};
