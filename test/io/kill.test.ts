import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dense, loadModel, Sequential, saveModel } from "gradus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleProgram } from "../train/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-kill-"));
const program = join(folder, "program.mjs");
const files = join(folder, "files");
beforeAll(() => bundleProgram(new URL("kill/program.ts", import.meta.url).pathname, program));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the program, and kills it so many milliseconds after it has begun to save. */
const killAfter = (path: string, milliseconds: number): Promise<void> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, path], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), milliseconds));
    child.on("error", fail);
    child.on("close", (_, signal) =>
      signal === "SIGKILL" ? done() : fail(new Error(`the program ended by itself, not by a kill: ${signal}`)),
    );
  });

describe("a process that is killed while it saves", () => {
  it("leaves the old file or the new one, whole, and temporary files do not pile up", async () => {
    mkdirSync(files);
    const path = join(files, "model.safetensors");
    await saveModel(new Sequential({ name: "dnn", inputShape: [500], layers: [new Dense({ units: 800 })] }), path);
    let kills = 0;
    let midway = 0;
    const numbers = new Set<number>();
    // Killed at other moments of a write each time; until a kill has hit one midway, so that the test is not empty.
    while (kills < 16 || (midway === 0 && kills < 60)) {
      await killAfter(path, (kills * 7.3) % 40);
      kills++;
      const names = readdirSync(files);
      const temporary = names.filter((name) => name.endsWith(".tmp"));
      expect(names.filter((name) => !name.endsWith(".tmp"))).toEqual(["model.safetensors"]);
      // At most the one of the last kill: each run removes what the run before has left.
      expect(temporary.length).toBeLessThanOrEqual(1);
      midway += temporary.length;
      const model = await loadModel(path);
      const values = new Set(model.variables.flatMap((variable) => [...variable.read().data]));
      if (numbers.size === 0 && values.size > 1) continue;
      expect(values.size).toBe(1);
      numbers.add([...values][0]);
    }
    expect(numbers.size).toBeGreaterThan(0);
    expect(midway).toBeGreaterThan(0);
    await saveModel(await loadModel(path), path);
    expect(readdirSync(files)).toEqual(["model.safetensors"]);
  });
});
