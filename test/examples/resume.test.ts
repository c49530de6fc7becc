import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accuracy, type Checkpoint, encodeCheckpoint, loadCheckpoint, loadDigits } from "gradus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample, runProgram } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-resume-"));
let program = "";
beforeAll(async () => {
  program = await bundleExample("resume", folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const place = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
};

/** Options of Node for a process that sends itself a signal when training listens to it and the event loop has run `turns` times. */
const interrupting = (signal: string, turns: number): readonly string[] => [
  "--import",
  `data:text/javascript,${encodeURIComponent(`let turns = 0;
    setInterval(() => {
      if (process.listenerCount("${signal}") > 0 && ++turns === ${turns}) process.kill(process.pid, "${signal}");
    }, 1).unref();`)}`,
];

const digest = ({ model, optimizer }: Checkpoint): Uint8Array => encodeCheckpoint({ model, optimizer });
const epochs = ({ history }: Checkpoint): unknown => history.epochs.map(({ seconds, ...rest }) => rest);

describe("examples/resume.ts on the digits", () => {
  it("examples/resume.ts stops at Ctrl-C and SIGTERM, resumes, and ends with the bits of a run that never stopped", async () => {
    const whole = place("whole");
    expect(await runProgram(program, whole)).toEqual({ code: 0, signal: null, out: "", error: "" });
    const parts = place("parts");
    const steps: number[] = [];
    const file = join(parts, "run.safetensors");
    for (const [signal, turns] of [
      ["SIGINT", 1],
      ["SIGTERM", 2],
      ["SIGINT", 1],
    ] as const) {
      const ended = await runProgram(program, parts, interrupting(signal, turns));
      expect(ended).toEqual({ code: null, signal, out: "", error: "" });
      expect(readdirSync(parts)).toEqual(["run.safetensors"]);
      const { optimizer, history } = await loadCheckpoint(file);
      steps.push(optimizer.step);
      const { epoch, progress } = history.place;
      expect(epoch * 25 + (progress?.batch ?? 0)).toBe(optimizer.step);
    }
    expect(steps[0]).toBeGreaterThan(0);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps[2]).toBeLessThan(500);
    expect(await runProgram(program, parts)).toEqual({ code: 0, signal: null, out: "", error: "" });
    const expected = await loadCheckpoint(join(whole, "run.safetensors"));
    const resumed = await loadCheckpoint(file);
    expect(expected.optimizer.step).toBe(500);
    expect(epochs(resumed)).toEqual(epochs(expected));
    expect(expected.history.epochs.length).toBe(20);
    expect(digest(resumed)).toEqual(digest(expected));
    // The resumed run has also learned.
    const { test } = await loadDigits();
    expect(expected.history.last("validationAccuracy")).toBeGreaterThan(0.9);
    expect(accuracy(resumed.model.predict(test.x), test.y)).toBeGreaterThan(0.9);
    // A further start has nothing left to train.
    const before = statSync(file).size;
    expect((await runProgram(program, parts)).code).toBe(0);
    expect(digest(await loadCheckpoint(file))).toEqual(digest(expected));
    expect(statSync(file).size).toBe(before);
  });
});
