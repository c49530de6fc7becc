import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = fileURLToPath(new URL("../../node_modules/tsx/dist/cli.mjs", import.meta.url));

test("memory is flat in long loops of each kind (npm run memory)", () => {
  const options = ["--conditions=gradus-source", "bench/memory.ts", "--quick"];
  const { stdout, stderr, status } = spawnSync(process.execPath, [tsx, ...options], { cwd: root, encoding: "utf8" });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout.match(/^flat /gm)?.length, stdout).toBe(5);
}, 180_000);
