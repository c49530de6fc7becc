import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import type { Optimizer } from "../../optim/optimizer/optimizer.ts";
import type { BatchIterator } from "../batches/batchIterator.ts";
import type { EpochCut, EpochProgress } from "../batches/position.ts";
import type { Metric } from "../metrics/metric.ts";

const anew = "Pass the same, or { history: new History(history.epochs) } to begin the epoch anew.";

/**
 * Refuses to go on within an epoch with other data, options, metrics or another optimizer than it began with.
 * @throws ValueError that says what differs.
 */
export const checkProgress = (
  progress: EpochProgress,
  now: EpochCut,
  optimizer: Optimizer,
  metrics: readonly Metric[],
): EpochProgress => {
  for (const what of ["examples", "batchSize", "remainder", "stepsPerEpoch", "order"] as const) {
    if (String(progress[what]) === String(now[what])) continue;
    const isOther = (progress.examples === undefined) !== (now.examples === undefined);
    const got = isOther
      ? "a data set in place of a source of batches, or the other way round"
      : what === "order"
        ? "another order of the examples (shuffle or seed)"
        : `${what}=${showValue(now[what])} where it was ${showValue(progress[what])}`;
    throw new ValueError(
      `fit: an epoch that was interrupted must go on with the data and the options that it began with, got ${got}. ${anew}`,
    );
  }
  const [measured, asked] = [Object.keys(progress.metrics ?? {}), metrics.map(({ name }) => name)];
  if (String([...measured].sort()) !== String([...asked].sort())) {
    throw new ValueError(
      "fit: an epoch that was interrupted must go on with the metrics that it began with, got " +
        `${asked.join(", ") || "none"} where it was ${measured.join(", ") || "none"}. ${anew}`,
    );
  }
  const { step } = optimizer;
  if (step < progress.step + progress.batch) {
    throw new ValueError(
      `fit: an epoch that was interrupted must go on with its optimizer, got one after step ${step} where ` +
        `${progress.step + progress.batch} were done. Pass the optimizer that was saved with the history.`,
    );
  }
  return progress;
};

/** Refuses a source that does not repeat the batches of an interrupted epoch. @throws ValueError. */
export const checkSame = (batches: BatchIterator, checksum: number): void => {
  if (batches.checksum() === checksum) return;
  throw new ValueError(
    "fit: the source must give the batches of an epoch that was interrupted again, in their order, got another last batch " +
      `than the one that was done. ${anew} For sources that are shuffled: let the order follow from the number of the epoch.`,
  );
};
