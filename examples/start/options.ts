import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { availableBackends, type Backend, setBackend } from "gradus";

/** The options of the command line; defaults depend on the program and on the data. */
export interface StartOptions {
  readonly program: "mnist" | "batch-norm" | "cnn";
  readonly epochs: number | undefined;
  readonly batchSize: number | undefined;
  readonly learningRate: number | undefined;
  readonly seed: number;
  readonly data: string | undefined;
  readonly mirrors: readonly string[] | undefined;
  readonly backend: Backend | undefined;
  readonly save: string;
  readonly report: string;
}

/** A wrong command line: the program prints one line, and exits with code 2. */
export class UsageError extends Error {}

export const help = `Trains a network on handwritten digits, and shows its results.

npm start -- [options]

  --program NAME        mnist: 784-300-100-10 with ReLU and SGD (default)
                        batch-norm: the same layers with batch norm, ELU and clipped gradients
                        cnn: two convolutions with pooling, and Adam
  --epochs N            passes over the data (20, cnn 12; 30 and 20 on the built-in digits)
  --batch-size N        examples in a step (mnist 50, batch-norm 200, cnn 100; 10, 25 and 25 on the built-in digits)
  --learning-rate RATE  learning rate of SGD (0.01; 0.05 on the built-in digits), largest one of cnn (0.004)
  --seed N              seed of weights and order: the same seed gives the same run (42)
  --data FOLDER         the four files of MNIST, gzipped or not; by default the folder that the environment variable
                        GRADUS_DATA names, else the cache, else a download into the cache, else, when there is no
                        network, the built-in digits of 8 x 8 pixels
  --mirror URL          a folder to download MNIST from, instead of the usual ones; may be repeated
  --backend NAME        reference, simd or relaxed-simd; by default the fastest available
  --save FILE           file for the trained network (my_model_final.safetensors)
  --report FILE         file for a page about the run, written while it trains and at the end (report.html)
  --help                this text

Ctrl-C ends training, and saves the network.`;

const names = {
  program: { type: "string", default: "mnist" },
  epochs: { type: "string" },
  "batch-size": { type: "string" },
  "learning-rate": { type: "string" },
  seed: { type: "string", default: "42" },
  data: { type: "string" },
  mirror: { type: "string", multiple: true },
  backend: { type: "string" },
  save: { type: "string", default: "my_model_final.safetensors" },
  report: { type: "string", default: "report.html" },
  help: { type: "boolean", default: false },
} as const;

/**
 * Reads the command line; undefined with --help.
 * @throws UsageError for an unknown option or a bad value.
 */
export const readOptions = (args: readonly string[]): StartOptions | undefined => {
  const values = parse(args);
  if (values.help) return undefined;
  return {
    program: oneOf("program", values.program, ["mnist", "batch-norm", "cnn"]),
    epochs: wholeNumber("epochs", values.epochs, 1, 1e6),
    batchSize: wholeNumber("batch-size", values["batch-size"], 1, 1e6),
    learningRate: learningRate(values["learning-rate"]),
    seed: wholeNumber("seed", values.seed, 0, Number.MAX_SAFE_INTEGER) ?? 0,
    data: nonEmpty("data", values.data),
    mirrors: values.mirror?.map(mirror),
    backend: backend(values.backend),
    save: writableFile("save", values.save),
    report: writableFile("report", values.report),
  };
};

const parse = (args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof names }>>["values"] => {
  try {
    return parseArgs({ args: [...args], options: names, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // The other sentences explain how to pass such a text as a value, which does not help here.
    const [reason] = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/);
    throw new UsageError(reason);
  }
};

const oneOf = <Name extends string>(option: string, value: string, allowed: readonly Name[]): Name => {
  const choice = allowed.find((name) => name === value);
  if (choice === undefined) throw new UsageError(`--${option} must be ${allowed.join(" or ")}, got "${value}"`);
  return choice;
};

const wholeNumber = (option: string, value: string | undefined, from: number, to: number): number | undefined => {
  if (value === undefined) return undefined;
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= from && number <= to) return number;
  throw new UsageError(`--${option} must be a whole number from ${from} to ${to}, got "${value}"`);
};

const learningRate = (value: string | undefined): number | undefined => {
  if (value === undefined) return undefined;
  const number = value.trim() === "" ? Number.NaN : Number(value);
  if (number > 0 && number < Number.POSITIVE_INFINITY) return number;
  throw new UsageError(`--learning-rate must be a number above 0, got "${value}"`);
};

const nonEmpty = (option: string, value: string | undefined): string | undefined => {
  if (value === "") throw new UsageError(`--${option} must not be empty`);
  return value;
};

const mirror = (value: string): string => {
  if (URL.canParse(value) && /^https?:/.test(value)) return value;
  throw new UsageError(`--mirror must be an address with http or https, got "${value}"`);
};

const backend = (value: string | undefined): Backend | undefined => {
  if (value === undefined) return undefined;
  const name = oneOf<Backend>("backend", value, ["reference", "simd", "relaxed-simd"]);
  try {
    setBackend(name);
    return name;
  } catch {
    const available = availableBackends().join(", ");
    throw new UsageError(`--backend must be one that this machine has (${available}), got "${value}"`);
  }
};

/** Checks a path before the training, not after it. */
const writableFile = (option: string, value: string): string => {
  const path = resolve(nonEmpty(option, value) ?? value);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch {
    throw new UsageError(`--${option} must name a file in a folder that can be written to, got "${value}"`);
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`--${option} must name a file, got the folder "${value}"`);
  }
  return path;
};
