import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = fileURLToPath(new URL("../../node_modules/tsx/dist/cli.mjs", import.meta.url));

test("memory is flat in long loops of each kind (npm run memory)", () => {
  const options = ["--conditions=gradus-source", "scripts/memory.ts", "--quick"];
  const output = execFileSync(process.execPath, [tsx, ...options], { cwd: root, encoding: "utf8" });
  expect(output.match(/^flat /gm)?.length, output).toBe(5);
}, 180_000);
