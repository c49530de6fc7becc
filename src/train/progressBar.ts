import { environment } from "#platform";
import { checkOptions } from "../tensor/options.ts";
import type { Callback, TrainingRun } from "./callback.ts";
import type { EpochRecord } from "./epochRecord.ts";
import { formatNumber, formatPercent, formatSeconds } from "./format.ts";

/** Where progress is written to: `process.stdout`, or anything like it. */
export interface ProgressOutput {
  /** Writes text as it is, without a line end of its own. */
  write(text: string): unknown;
  /** Whether it is a terminal, on which a line can be written over. */
  readonly isTTY?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
}

/** Options of `progressBar`. */
export interface ProgressBarOptions {
  /** Default: standard output; the console in a browser. */
  readonly output?: ProgressOutput;
  /** Whether a bar moves between the lines. Default: on a terminal, unless the environment variable CI is set. */
  readonly live?: boolean;
}

/** More often than this nobody can read it. */
const redrawAfterMs = 100;
/** With it a line of 20 epochs of 1,100 batches fits into 80 columns. */
const barWidth = 16;

/**
 * Shows how training goes: a line for every epoch, and on a terminal a bar with the steps per second and the time that
 * remains.
 * @example
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })] });
 * await fit(model, train, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2, callbacks: [progressBar()] });
 */
export const progressBar = (options: ProgressBarOptions = {}): Callback => {
  checkOptions("progressBar", options, ["output", "live"]);
  const output = options.output ?? standardOutput();
  const live = options.live ?? (output.isTTY === true && environment("CI") === undefined);
  let start = 0;
  let steps = 0;
  let drawn = 0;
  const clear = (): void => {
    if (live && drawn > 0) output.write("\r\u001b[2K");
  };
  return {
    onTrainBegin: () => {
      start = performance.now();
      steps = 0;
      drawn = 0;
    },
    onStep: (run) => {
      steps++;
      const now = performance.now();
      if (!live || now - drawn < redrawAfterMs) return;
      drawn = now;
      const text = liveLine(run, steps / ((now - start) / 1000));
      output.write(`\r\u001b[2K${text.slice(0, (output.columns ?? 80) - 1)}`);
    },
    onEpochEnd: (run, record) => {
      clear();
      output.write(`${epochLine(run.epochs, record)}\n`);
    },
    onTrainEnd: clear,
  };
};

/** `epoch  3/20 ━━━━━━────── 612/1100  loss 0.2345  812 steps/s  14.2 s left` */
const liveLine = (run: TrainingRun, stepsPerSecond: number): string => {
  const { epoch, epochs, batch, batches, loss } = run;
  const full = Math.round((batch / batches) * barWidth);
  const remaining = (epochs - epoch) * batches - batch;
  return [
    `${epochLabel(epoch, epochs)} ${"━".repeat(full)}${"─".repeat(barWidth - full)} ${batch}/${batches}`,
    `loss ${formatNumber(loss)}`,
    `${formatNumber(stepsPerSecond)} steps/s`,
    `${formatSeconds(remaining / stepsPerSecond)} left`,
  ].join("  ");
};

/** `epoch  3/20  loss 0.2345   accuracy  93.20 %  validation loss 0.2101   accuracy  94.02 %  1.02 s, 0.930 ms/step` */
const epochLine = (epochs: number, record: EpochRecord): string => {
  const { epoch, loss, accuracy, validationLoss, validationAccuracy, steps, seconds } = record;
  // Padded, so that the epochs stand in columns.
  const number = (value: number): string => formatNumber(value).padEnd(7);
  const percent = (fraction: number): string => formatPercent(fraction).padStart(8);
  const parts = [epochLabel(epoch, epochs), `loss ${number(loss)}`];
  if (accuracy !== undefined) parts.push(`accuracy ${percent(accuracy)}`);
  if (validationLoss !== undefined) parts.push(`validation loss ${number(validationLoss)}`);
  if (validationAccuracy !== undefined) parts.push(`accuracy ${percent(validationAccuracy)}`);
  parts.push(`${formatSeconds(seconds)}, ${((1000 * seconds) / steps).toPrecision(3)} ms/step`);
  return parts.join("  ");
};

const epochLabel = (epoch: number, epochs: number): string =>
  `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;

/** Standard output where there is a process, else the console, which writes whole lines. */
const standardOutput = (): ProgressOutput => {
  const { process } = globalThis as { process?: { stdout?: ProgressOutput } };
  if (typeof process?.stdout?.write === "function") return process.stdout;
  return { write: (text) => console.log(text.replace(/\n$/, "")) };
};
