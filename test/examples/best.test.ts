import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { bundleExample, runProgram } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-best-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("examples/best.ts trains three seeds on the digits, and prints the accuracy of each", async () => {
  const program = await bundleExample("best", folder);
  const { code, out, error } = await runProgram(program, folder);
  expect({ code, error }).toEqual({ code: 0, error: "" });
  const accuracies = [...out.matchAll(/^seed \d: validation [\d.]+ %, test ([\d.]+) %, \d+ s$/gm)].map(([, test]) =>
    Number(test),
  );
  expect(accuracies.length).toBe(3);
  const mean = Number(/^test accuracy, mean of 3 seeds: ([\d.]+) %$/m.exec(out)?.[1]);
  expect(mean).toBeCloseTo(accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / 3, 1);
  expect(mean).toBeGreaterThan(95);
});
