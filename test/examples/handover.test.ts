import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { bundleExample, runProgram } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-handover-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("examples/handover.ts trains, and writes a folder for PyTorch", async () => {
  const { code, out, error } = await runProgram(await bundleExample("handover", folder, []), folder);
  expect([code, error]).toEqual([0, ""]);
  expect(Number(/test accuracy: ([\d.]+)/.exec(out)?.[1])).toBeGreaterThan(0.6);
  expect(readdirSync(join(folder, "handover")).sort()).toEqual([
    "README.txt",
    "data.npz",
    "model.py",
    "train.py",
    "weights.npz",
  ]);
  expect(readFileSync(join(folder, "handover", "model.py"), "utf8")).toContain("self.hidden1 = nn.Linear(64, 32)");
});
