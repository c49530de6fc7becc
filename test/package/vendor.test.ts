import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

type Vendor = (root: string, dist: string) => Promise<void>;
const { vendor }: { vendor: Vendor } = await import(pathToFileURL(join(root, "scripts/vendor.mjs")).href);

let dist = "";
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), "gradus-vendor-"));
  writeFileSync(join(dist, "package.json"), '{ "type": "module" }');
});
afterEach(() => rmSync(dist, { recursive: true, force: true }));

/** Writes files like those of tsc, and bundles their imports. */
const bundle = async (files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dist, path, ".."), { recursive: true });
    writeFileSync(join(dist, path), text);
  }
  await vendor(root, dist);
};

const read = (path: string): string => readFileSync(join(dist, path), "utf8");

test("vendor bundles an imported library into one module, and keeps the importing modules", async () => {
  await bundle({
    "tensor/shape.js": "export const shared = {};\n",
    "table/parse.js":
      'import Papa from "papaparse";\nimport { shared } from "../tensor/shape.js";\n' +
      "export const parse = (text) => Papa.parse(text).data;\nexport { shared };\n",
    "report/other.js": 'import csv from "papaparse";\nexport const write = (rows) => csv.unparse(rows);\n',
  });
  expect(read("table/parse.js")).toContain('import Papa from "../vendor/papaparse.js";\nimport { shared } from');
  expect(read("report/other.js")).toContain('import csv from "../vendor/papaparse.js";');
  expect(readdirSync(join(dist, "vendor")).sort()).toEqual(["papaparse.LICENSE.txt", "papaparse.js"]);
  const table = await import(pathToFileURL(join(dist, "table/parse.js")).href);
  const { shared } = await import(pathToFileURL(join(dist, "tensor/shape.js")).href);
  expect(table.parse("a,b\n1,2")).toEqual([
    ["a", "b"],
    ["1", "2"],
  ]);
  expect(table.shared).toBe(shared);
});

test("a bundled library carries its licence, imports nothing, and does not make code out of strings", async () => {
  await bundle({ "table/parse.js": 'import Papa from "papaparse";\nexport const parse = Papa.parse;\n' });
  const licence = readFileSync(join(root, "node_modules/papaparse/LICENSE"), "utf8").trim();
  expect(read("vendor/papaparse.js")).toContain(licence);
  expect(read("vendor/papaparse.LICENSE.txt")).toContain(licence);
  expect(read("vendor/papaparse.js")).not.toMatch(/\brequire\(|\bimport\b[^;]*\bfrom\b|\beval\(|new Function\b/);
});

test("vendor throws for a declaration that needs the types of a library", async () => {
  const types = 'import uPlot from "uplot";\nexport declare const plot: () => uPlot;\n';
  await expect(bundle({ "report/plot.d.ts": types })).rejects.toThrow(
    'vendor: declarations must not need a bundled library, got "uplot" in',
  );
});

test("vendor throws for a library that is not installed or imported as a whole", async () => {
  await expect(bundle({ "a.js": 'import x from "no-such-library";\nexport { x };\n' })).rejects.toThrow(
    'vendor: "no-such-library" is not installed.',
  );
  await expect(bundle({ "a.js": 'import * as x from "papaparse";\nexport { x };\n' })).rejects.toThrow(
    'vendor: import the names that you use from "papaparse", not all of it.',
  );
});
