import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundleProgram } from "../train/bundle.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("memory is flat in long loops of each kind (npm run memory)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gradus-memory-"));
  try {
    // It starts itself anew for each loop, which is faster from one file than from the sources.
    const file = join(folder, "memory.mjs");
    await bundleProgram(join(root, "bench/memory.ts"), file);
    const { stdout, stderr, status } = spawnSync(process.execPath, [file, "--quick"], { cwd: root, encoding: "utf8" });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout.match(/^flat /gm)?.length, stdout).toBe(5);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 180_000);
