import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundleProgram } from "../train/bundle.ts";

/** A replacement in the text of a program, which must contain `from`. */
export type Change = readonly [from: string, to: string];

/** The changes for the built-in digits: their 64 pixels, and their own split. */
export const onDigits: readonly Change[] = [
  ["loadMnist({ validation: 5000 })", "loadDigits()"],
  ["loadMnist", "loadDigits"],
  ["inputShape: [784]", "inputShape: [64]"],
];

/** Gives a model a seed, so that a test of its accuracy has the same result every time. */
export const seeded: Change = ['name: "dnn",', 'name: "dnn",\n  seed: 1,'];

/**
 * Bundles a program of examples/ with some changes.
 * @returns The path of the bundle, for Node.
 * @throws Error if the program does not contain the text of a change.
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

/** The result of a program. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

/** Runs a program with Node, in the folder of its files. */
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
