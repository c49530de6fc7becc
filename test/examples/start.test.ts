import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeSafetensors } from "../../src/io/formats/safetensors.ts";
import { refusingMirror } from "../data/loopback.ts";
import { bundleProgram } from "../train/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-start-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
  readonly seconds: number;
}

const script = resolve("examples/start.ts");
/** The script and the library in one file, which starts in an eighth of the time of the sources. */
const bundled = join(folder, "start.mjs");
beforeAll(() => bundleProgram(script, bundled));

/** The arguments of Node in `npm start`. */
const fromSources = ["--import", import.meta.resolve("tsx"), "--conditions=gradus-source", script];

/** Runs the start script in an empty folder, without MNIST unless the arguments name it. */
const start = (
  args: readonly string[],
  watch?: (child: ChildProcess, out: string) => void,
  program: readonly string[] = [bundled],
): Promise<Result> =>
  new Promise((done, fail) => {
    const began = performance.now();
    const command = [...program, ...args];
    const { GRADUS_DATA: _, ...environment } = process.env;
    const child = spawn(process.execPath, command, {
      cwd: folder,
      env: { ...environment, GRADUS_CACHE: join(folder, "cache") },
    });
    let [out, error] = ["", ""];
    child.stdout.on("data", (text) => {
      out += text;
      watch?.(child, out);
    });
    child.stderr.on("data", (text) => {
      error += text;
    });
    child.on("error", fail);
    child.on("close", (code) => done({ code, out, error, seconds: (performance.now() - began) / 1000 }));
  });

const mirror = await refusingMirror();
const saved = (name: string): ReadonlyMap<string, unknown> =>
  decodeSafetensors(readFileSync(join(folder, name))).tensors;

describe("npm start", () => {
  /** Starts before the other tests, because it waits for nearly 10 seconds: when it stopped waiting, and its exit code. */
  let withoutAnswer: Promise<{ readonly decided: number; readonly code: number | null }>;
  beforeAll(async () => {
    let began = Number.NaN;
    // Accepts connections, and never answers.
    const silent = createServer(() => {
      began ||= performance.now();
    });
    await new Promise<void>((ready) => silent.listen(0, "127.0.0.1", ready));
    const { port } = silent.address() as { port: number };
    let decided = Number.POSITIVE_INFINITY;
    const options = ["--mirror", `http://127.0.0.1:${port}/`, "--epochs", "1", "--save", "offline.safetensors"];
    withoutAnswer = start(options, (_, out) => {
      if (out.includes("built-in digits take its place")) decided = Math.min(decided, performance.now() - began);
    }).then(({ code }) => ({ decided, code }));
    withoutAnswer.finally(() => silent.close()).catch(() => undefined);
  });

  it.each(["mnist", "batch-norm"])("npm start trains %s on the built-in digits without a network", async (program) => {
    const file = `${program}.safetensors`;
    const args = ["--program", program, "--mirror", mirror, "--epochs", "8", "--save", file, "--seed", "1"];
    // One of them runs from the sources, like npm start.
    const { code, out, error, seconds } = await start(args, undefined, program === "mnist" ? fromSources : [bundled]);
    expect([code, error]).toEqual([0, ""]);
    expect(seconds).toBeLessThan(30);
    expect(out).toMatch(/^MNIST could not be downloaded: the built-in digits take its place\. .*ECONNREFUSED/m);
    expect(out).toMatch(/^Data: +built-in digits of 8 x 8 pixels, 1257 for training/m);
    expect(out).toMatch(/^Backend: (reference|simd|relaxed-simd)$/m);
    expect(out).toMatch(/^hidden1 +\[\*, 300\] +19,/m);
    expect(out.match(/^epoch \d\/8 {2}loss [\d.]+ +accuracy .*validation loss .* ms\/step$/gm)).toHaveLength(8);
    expect(Number(/Test accuracy: ([\d.]+) %/.exec(out)?.[1])).toBeGreaterThan(93);
    expect(out).toMatch(/Time per step: [\d.]+ ms/);
    expect(out).toMatch(/a \d: right/);
    expect(out).toMatch(/a \d\? WRONG, a \d/);
    expect(out).toContain(`Saved in ${join(folder, file)}: `);
    expect(out).toMatch(/^gradient of hidden1\/kernel +[▁▂▃▄▅▆▇█]+ /m);
    expect(out).toContain(`More of it in a page: ${join(folder, "report.html")}`);
    expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("Confusion matrix");
    expect(saved(file).has("dnn/hidden1/kernel")).toBe(true);
    const beforeEpochs = out.slice(0, out.indexOf("epoch 1/8"));
    const picture = out.slice(out.indexOf("Test accuracy")).split("\n").slice(0, -2);
    for (const line of [...picture, ...beforeEpochs.split("\n").filter((text) => text.startsWith("hidden"))]) {
      expect(line.length).toBeLessThanOrEqual(100);
    }
  });

  it("npm start repeats a run with the same seed", async () => {
    const args = ["--mirror", mirror, "--epochs", "1", "--backend", "reference", "--batch-size", "100"];
    const epochLine = ({ out }: Result): string | undefined => /loss .*validation loss \S+/.exec(out)?.[0];
    const [first, again, other] = await Promise.all([
      start([...args, "--seed", "5", "--save", "a.safetensors"]),
      start([...args, "--seed", "5", "--save", "b.safetensors"]),
      start([...args, "--seed", "6", "--save", "c.safetensors"]),
    ]);
    expect(first.out).toMatch(/^Backend: reference$/m);
    expect(epochLine(again)).toBe(epochLine(first));
    expect(epochLine(other)).not.toBe(epochLine(first));
    expect(readFileSync(join(folder, "b.safetensors")).equals(readFileSync(join(folder, "a.safetensors")))).toBe(true);
  });

  it("npm start saves the model at Ctrl-C, prints its path, and exits with 130", async () => {
    let isInterrupted = false;
    const args = ["--mirror", mirror, "--epochs", "100000", "--save", "interrupted.safetensors"];
    const { code, out, error } = await start(args, (child, text) => {
      if (!isInterrupted && text.includes("epoch      2/")) {
        isInterrupted = true;
        child.kill("SIGINT");
      }
    });
    expect([code, error]).toEqual([130, ""]);
    expect(out).toMatch(/Interrupted in epoch \d+ of 100000\.\nSaved in .*interrupted\.safetensors: 6 variables/);
    expect(saved("interrupted.safetensors").size).toBe(6);
  });

  it("npm start lists its options", async () => {
    const { code, out, error } = await start(["--help"], undefined, fromSources);
    expect([code, error]).toEqual([0, ""]);
    for (const option of [
      "program",
      "epochs",
      "batch-size",
      "learning-rate",
      "seed",
      "data",
      "mirror",
      "backend",
      "save",
    ]) {
      expect(out).toContain(`--${option} `);
    }
  });

  const refusals: [args: string[], message: string][] = [
    [["--epoch", "3"], "Unknown option '--epoch'"],
    [["mnist"], "Unexpected argument 'mnist'"],
    [["--epochs"], "Option '--epochs <value>' argument missing"],
    [["--epochs", "0"], '--epochs must be a whole number from 1 to 1000000, got "0"'],
    [["--batch-size", "many"], '--batch-size must be a whole number from 1 to 1000000, got "many"'],
    [["--learning-rate", "-0.1"], "Option '--learning-rate' argument is ambiguous"],
    [["--learning-rate=-0.1"], '--learning-rate must be a number above 0, got "-0.1"'],
    [["--seed", "1.5"], '--seed must be a whole number from 0 to 9007199254740991, got "1.5"'],
    [["--program", "rnn"], '--program must be mnist or batch-norm or cnn, got "rnn"'],
    [["--backend", "gpu"], '--backend must be reference or simd or relaxed-simd, got "gpu"'],
    [["--mirror", "ftp://x"], '--mirror must be an address with http or https, got "ftp://x"'],
    [["--data", ""], "--data must not be empty"],
    [["--save", "none/model.safetensors"], "--save must name a file in a folder that can be written to"],
    [["--save", "."], '--save must name a file, got the folder "."'],
  ];
  it.each(refusals)("npm start rejects %j in one line, with code 2", async (args, message) => {
    const { code, out, error } = await start(args);
    expect([code, out]).toEqual([2, ""]);
    expect(error).toContain(message);
    expect(error).toMatch(/^.*\. npm start -- --help lists the options\.\n$/);
  });

  it("npm start does not replace the data of a named folder", async () => {
    const damaged = join(folder, "damaged");
    mkdirSync(damaged);
    for (const name of ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]) {
      writeFileSync(join(damaged, `${name}-ubyte`), "these are not digits");
    }
    const { code, out, error } = await start(["--data", damaged, "--mirror", mirror]);
    expect([code, out]).toEqual([1, ""]);
    expect(error).toMatch(
      /^.*t10k-labels-idx1-ubyte: the content must have 10008 bytes .* Replace the damaged file\.\n$/,
    );
    const missing = await start(["--data", join(folder, "nowhere"), "--mirror", mirror]);
    expect([missing.code, missing.out]).toEqual([1, ""]);
    expect(missing.error).toMatch(/^mnist: the folder must hold .* which does not exist\..*\n$/);
  });

  it("npm start stops with one line at a loss that is not finite", async () => {
    const { code, error } = await start(["--mirror", mirror, "--learning-rate", "1e30", "--epochs", "1"]);
    expect(code).toBe(1);
    expect(error).toMatch(/^SGD\.minimize: .* must be finite, got .*\n$/);
  });

  it("npm start stops waiting for a network that does not answer within 10 seconds", async () => {
    const { decided, code } = await withoutAnswer;
    expect(code).toBe(0);
    expect(decided).toBeLessThan(10_000 + 1500);
  });
});
