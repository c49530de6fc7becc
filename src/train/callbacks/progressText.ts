import type { EpochRecord } from "../history/epochRecord.ts";
import { formatMilliseconds, formatPercent, formatSeconds, shortNumber } from "../history/numberText.ts";
import type { TrainingRun } from "./callback.ts";

/** With it a line of 20 epochs of 1,100 batches fits into 80 columns. */
const barWidth = 16;

/** What is going on, as lines and elements tell it. */
export interface Progress {
  /** `epoch  3/20` */
  readonly label: string;
  /** `612/1100`, or `612 batches` when their number is unknown. */
  readonly count: string;
  /** `loss 0.2345  812 steps/s  14.2 s left` */
  readonly numbers: readonly string[];
  /** How much of the run is done, from 0 to 1; undefined if unknown. */
  readonly done: number | undefined;
}

/** @param stepsPerSecond How fast it goes. */
export const progressOf = (run: TrainingRun, stepsPerSecond: number): Progress => {
  const { epoch, epochs, batch, batches, loss } = run;
  const numbers = [`loss ${shortNumber(loss)}`, `${shortNumber(stepsPerSecond)} steps/s`];
  if (batches === undefined) {
    return {
      label: epochLabel(epoch, epochs),
      count: `${batch} batch${batch === 1 ? "" : "es"}`,
      numbers,
      done: undefined,
    };
  }
  const remaining = (epochs - epoch) * batches - batch;
  return {
    label: epochLabel(epoch, epochs),
    count: `${batch}/${batches}`,
    numbers: [...numbers, `${formatSeconds(remaining / stepsPerSecond)} left`],
    done: (epoch * batches + batch) / (epochs * batches),
  };
};

/** `epoch  3/20 ━━━━━━────── 612/1100  loss 0.2345  812 steps/s  14.2 s left` */
export const liveLine = (run: TrainingRun, stepsPerSecond: number): string => {
  const { label, count, numbers } = progressOf(run, stepsPerSecond);
  const full = run.batches === undefined ? undefined : Math.round((run.batch / run.batches) * barWidth);
  const bar = full === undefined ? "" : `${"━".repeat(full)}${"─".repeat(barWidth - full)} `;
  return [`${label} ${bar}${count}`, ...numbers].join("  ");
};

/**
 * `epoch  3/20  loss 0.2345   accuracy  93.20 %  validation loss 0.2101   accuracy  94.02 %  1.02 s, 0.930 ms/step`, with the
 * metrics behind the accuracies, the learning rate where it changes, and the warning of the epoch at the end.
 */
export const epochLine = ({ epochs, optimizer }: TrainingRun, record: EpochRecord): string => {
  const { loss, accuracy, validationLoss, validationAccuracy, learningRate, steps, seconds } = record;
  // Padded, so that the epochs are in columns.
  const number = (name: string, value: number): string => `${name} ${shortNumber(value).padEnd(7)}`;
  const percent = (fraction: number): string => `accuracy ${formatPercent(fraction).padStart(8)}`;
  const metrics = (values: Readonly<Record<string, number>> = {}): readonly string[] =>
    Object.entries(values).map(([name, value]) => number(name, value));
  const parts = [epochLabel(record.epoch, epochs), number("loss", loss)];
  if (accuracy !== undefined) parts.push(percent(accuracy));
  parts.push(...metrics(record.metrics));
  if (validationLoss !== undefined) parts.push(number("validation loss", validationLoss));
  if (validationAccuracy !== undefined) parts.push(percent(validationAccuracy));
  parts.push(...metrics(record.validationMetrics));
  if (learningRate !== undefined && optimizer?.schedule) parts.push(number("learning rate", learningRate));
  parts.push(`${formatSeconds(seconds)}, ${formatMilliseconds((1000 * seconds) / steps)}/step`);
  if (record.warning) parts.push(record.warning);
  return parts.join("  ");
};

const epochLabel = (epoch: number, epochs: number): string =>
  `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;

/** Drawn more often than this, the numbers could not be read. */
const redrawAfterMs = 100;

/** Counts the steps of a run, and limits how often its progress is drawn. */
export class StepClock {
  #start = 0;
  #steps = 0;
  #lastDrawn = -Infinity;

  start(): void {
    this.#start = performance.now();
    this.#steps = 0;
    this.#lastDrawn = -Infinity;
  }

  /** Counts a step. @returns Whether progress is to be drawn now. */
  step(): boolean {
    this.#steps++;
    const now = performance.now();
    if (now - this.#lastDrawn < redrawAfterMs) return false;
    this.#lastDrawn = now;
    return true;
  }

  /** Whether some step of this run was to be drawn. */
  get hasDrawn(): boolean {
    return this.#lastDrawn > -Infinity;
  }

  get stepsPerSecond(): number {
    return this.#steps / ((performance.now() - this.#start) / 1000);
  }
}
