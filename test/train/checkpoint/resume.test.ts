import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as gradus from "gradus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportedOptimizers } from "../../optim/exported.ts";
import { bundleProgram } from "../bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-resume-"));
const program = join(folder, "program.mjs");
beforeAll(() => bundleProgram(new URL("resume/program.ts", import.meta.url).pathname, program));
afterAll(() => rmSync(folder, { recursive: true }));

interface Line {
  readonly name: string;
  readonly step: number;
  readonly stopped?: string;
  readonly epochs: readonly object[];
  readonly digest: string;
}

const run = (backend: string, mode: "whole" | "stop" | "resume"): readonly Line[] => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, backend, mode, folder], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
};

describe.each(gradus.availableBackends())(
  "a run that stops in an epoch and resumes in a new process, %s",
  (backend) => {
    it("a run that stops in an epoch and resumes in a new process equals one that did not stop, bit for bit, for every optimizer", () => {
      const whole = run(backend, "whole");
      const stopped = run(backend, "stop");
      const resumed = run(backend, "resume");
      const tried = new Set(whole.map(({ name }) => name.split(" ")[0]));
      expect([...tried].sort(), "add it to test/train/checkpoint/resume/program.ts").toEqual(
        [...exportedOptimizers.keys()].sort(),
      );
      expect(new Set(whole.map(({ digest }) => digest)).size).toBe(whole.length);
      for (const { step, epochs } of whole) expect([step, epochs.length]).toEqual([30, 3]);
      // Each had stopped before its end, most of them within an epoch.
      for (const [index, { step, digest }] of stopped.entries()) {
        expect(step).toBe(1 + ((index * 7) % 30));
        if (step < 30) expect(digest).not.toBe(whole[index].digest);
      }
      expect(stopped.filter(({ step }) => step % 10 !== 0).length).toBeGreaterThan(18);
      expect(resumed).toEqual(whole);
    });
  },
);
