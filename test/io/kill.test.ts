import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dense, loadModel, Sequential, saveModel } from "gradus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleProgram } from "../train/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-kill-"));
const program = join(folder, "program.mjs");
const files = join(folder, "files");
const path = join(files, "model.safetensors");
beforeAll(() => bundleProgram(new URL("kill/program.ts", import.meta.url).pathname, program));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the program, and kills it some milliseconds after it has begun to save, or to write its second file. */
const killAfter = (event: "begun" | "second write", milliseconds: number): Promise<void> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, path], { stdio: ["ignore", "pipe", "inherit"] });
    const kill = (): unknown => setTimeout(() => child.kill("SIGKILL"), milliseconds);
    const written = new Set<string>();
    const watcher = watch(files, (_, name) => {
      if (event !== "second write" || !name?.endsWith(".tmp") || !name.includes(`-${child.pid}-`)) return;
      if (written.size < 2 && written.add(name).size === 2) kill();
    });
    if (event === "begun") child.stdout.once("data", kill);
    child.on("error", fail);
    child.on("close", (_, signal) => {
      watcher.close();
      if (signal === "SIGKILL") done();
      else fail(new Error(`the program must end by the kill, got the signal ${signal}`));
    });
  });

describe("a process that is killed while it saves", () => {
  it("a killed process leaves the old file or the new one, whole, and temporary files do not pile up", async () => {
    mkdirSync(files);
    await saveModel(new Sequential({ name: "dnn", inputShape: [500], layers: [new Dense({ units: 800 })] }), path);
    let kills = 0;
    let midway = 0;
    const numbers = new Set<number>();
    // Some are killed a while after they have begun, which on a busy machine is before they have written anything, and some
    // in the middle of a write. The test continues until a kill has left a part of a file, so that the test is not empty.
    while (kills < 16 || (midway === 0 && kills < 60)) {
      await (kills % 2 === 0 ? killAfter("begun", (kills * 7.3) % 40) : killAfter("second write", (kills * 2.3) % 20));
      kills++;
      const names = readdirSync(files);
      const temporary = names.filter((name) => name.endsWith(".tmp"));
      expect(names.filter((name) => !name.endsWith(".tmp"))).toEqual(["model.safetensors"]);
      // At most the one of the last kill: each run removes what the run before has left.
      expect(temporary.length).toBeLessThanOrEqual(1);
      midway += temporary.length;
      const model = await loadModel(path);
      const values = new Set(model.variables.flatMap((variable) => [...new Set(variable.read().data)]));
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
