import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundleProgram } from "../train/bundle.ts";

/** A replacement in the text of a program, which must be there exactly so often as it is listed. */
export type Change = readonly [from: string, to: string];

/** What every program changes to run on the built-in digits: their 64 pixels, and their own split. */
export const onDigits: readonly Change[] = [
  ["loadMnist({ validation: 5000 })", "loadDigits()"],
  ["loadMnist", "loadDigits"],
  ["inputShape: [784]", "inputShape: [64]"],
];

/** Gives a model a seed that has none, so that a test of what it learns is the same every time. */
export const seeded: Change = ['name: "dnn",', 'name: "dnn",\n  seed: 1,'];

/**
 * Bundles a program of examples/ as it is but for the changes, each of which must be found.
 * @returns The file that node runs.
 */
export const bundleExample = async (
  name: string,
  folder: string,
  changes: readonly Change[] = onDigits,
): Promise<string> => {
  let text = readFileSync(resolve("examples", `${name}.ts`), "utf8");
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`examples/${name}.ts does not contain ${from}`);
    text = text.replaceAll(from, to);
  }
  const file = join(folder, `${name}.mjs`);
  await bundleProgram(resolve("examples"), file, text);
  return file;
};

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

/** Runs a program with node, in a folder in which it finds and leaves its files. */
export const runProgram = (file: string, folder: string, options: readonly string[] = []): Promise<Ended> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [...options, file], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let [out, error] = ["", ""];
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.stderr.on("data", (text) => {
      error += text;
    });
    child.on("error", fail);
    child.on("close", (code, signal) => done({ code, signal, out, error }));
  });
