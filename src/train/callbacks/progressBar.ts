import { environment } from "#platform";
import { checkOptions, flag } from "../../base/options.ts";
import type { Callback } from "./callback.ts";
import { epochLine, liveLine, StepClock } from "./progressText.ts";

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
  /** Whether a bar moves between the lines. Default: on a terminal, unless CI is set in the environment, or TERM is "dumb". */
  readonly live?: boolean;
}

/**
 * Shows how training goes: a line for every epoch, and on a terminal a bar with the steps per second and the time that
 * remains. In pipes, on a terminal that calls itself dumb, and where the environment variable CI is set, it writes plain lines. Of a source that does not say how
 * many batches it has, it counts them. `progressElement` shows the same in a page.
 * @example
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })] });
 * await fit(model, train, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2, callbacks: [progressBar()] });
 */
export const progressBar = (options: ProgressBarOptions = {}): Callback => {
  checkOptions("progressBar", options, {
    output: {
      words: "an object with a method write",
      holds: (value) => typeof (value as Partial<ProgressOutput> | null)?.write === "function",
    },
    live: flag,
  });
  const output = options.output ?? standardOutput();
  const live =
    options.live ?? (output.isTTY === true && environment("CI") === undefined && environment("TERM") !== "dumb");
  const clock = new StepClock();
  const clear = (): void => {
    if (live && clock.hasDrawn) output.write("\r\u001b[2K");
  };
  return {
    onTrainBegin: () => clock.start(),
    onStep: (run) => {
      if (!clock.step() || !live) return;
      const text = liveLine(run, clock.stepsPerSecond);
      output.write(`\r\u001b[2K${text.slice(0, (output.columns ?? 80) - 1)}`);
    },
    onEpochEnd: (run, record) => {
      clear();
      output.write(`${epochLine(run, record)}\n`);
    },
    onTrainEnd: clear,
  };
};

/** Standard output where there is a process, else the console, which writes whole lines. */
const standardOutput = (): ProgressOutput => {
  const { process } = globalThis as { process?: { stdout?: ProgressOutput } };
  if (typeof process?.stdout?.write === "function") return process.stdout;
  return { write: (text) => console.log(text.replace(/\n$/, "")) };
};
