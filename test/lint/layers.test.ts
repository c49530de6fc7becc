import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const fixture = join(here, "fixture");
let folder = "";
let output = "";
let status: number | null = 0;

/** Biome with the project's own rules on files that break the layer rule, one in each folder. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-layers-"));
  cpSync(fixture, folder, { recursive: true });
  cpSync(join(root, "biome.json"), join(folder, "biome.json"));
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const run = spawnSync(
    process.execPath,
    [biome, "lint", "--vcs-enabled=false", "--max-diagnostics=200", "--reporter=github", "src"],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  output = run.stdout + run.stderr;
  status = run.status;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = readdirSync(join(fixture, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);

test("the fixture holds a bad import in every folder", () => {
  expect(files.length).toBe(14);
});

test.each(files)("the layer rule refuses src/%s", (file) => {
  expect(status).not.toBe(0);
  const lines = output.split("\n").filter((line) => line.includes("noRestrictedImports"));
  expect(lines.some((line) => line.includes(file.replaceAll("\\", "/")))).toBe(true);
});
