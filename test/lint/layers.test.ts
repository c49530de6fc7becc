import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { circles, filesOfSource, forbidden, importsOf } from "./imports.ts";
import { layers } from "./layers.ts";

const files = filesOfSource();
const imports = importsOf(files);

describe("src", () => {
  test("src has the layers of the table, and imports within and between them", () => {
    expect(Object.keys(layers).sort()).toEqual(
      [...new Set(Object.keys(files).map((file) => file.split("/")[0]))].sort(),
    );
    expect(imports.length).toBeGreaterThan(1000);
  });

  test("src imports only what the table allows", () => {
    expect(forbidden(imports)).toEqual([]);
  });

  test("src has no circle of imports among files or folders, of values or of types", () => {
    expect(circles(imports)).toEqual([]);
  });
});

describe("the layer rule reports", () => {
  test.each([
    'import { Dense } from "../layers/dense.ts";',
    'import type { Dense } from "../layers/dense.ts";',
    'import { type Dense } from "../layers/dense.ts";',
    'import * as dense from "../layers/dense.ts";',
    "import {\n  Dense,\n} from '../layers/dense.ts';",
    'import "../layers/dense.ts";',
    'export { Dense } from "../layers/dense.ts";',
    'export type { Dense } from "../layers/dense.ts";',
    'export * from "../layers/dense.ts";',
    'const load = async () => (await import("../layers/dense.ts")).Dense;',
    'export const layer: import("../layers/dense.ts").Dense | undefined = undefined;',
  ])("the layer rule reports %s", (text) => {
    expect(forbidden(importsOf({ "ops/bad.ts": text }))).toEqual(["ops/bad.ts imports layers/dense.ts"]);
  });

  test.each([
    ["base/bad.ts", "../wasm/a.ts"],
    ["platform/bad.ts", "../tensor/a.ts"],
    ["platform/bad.ts", "#platform"],
    ["wasm/bad.ts", "../tensor/a.ts"],
    ["wasm/matmul/bad.ts", "../../tensor/memory/a.ts"],
    ["tensor/bad.ts", "../ops/a.ts"],
    ["ops/bad.ts", "#platform"],
    ["ops/bad.ts", "../autograd/a.ts"],
    ["autograd/bad.ts", "../layers/a.ts"],
    ["layers/bad.ts", "../optim/a.ts"],
    ["optim/bad.ts", "../layers/a.ts"],
    ["data/bad.ts", "../layers/a.ts"],
    ["io/bad.ts", "../train/a.ts"],
    ["train/bad.ts", "../report/a.ts"],
    ["train/bad.ts", "../threads/a.ts"],
    ["threads/bad.ts", "../ops/a.ts"],
    ["report/bad.ts", "../index.ts"],
    ["report/bad.ts", "../table/a.ts"],
    ["table/bad.ts", "../report/a.ts"],
    ["table/bad.ts", "../threads/a.ts"],
    ["index.ts", "./report/index.ts"],
    ["new/bad.ts", "../base/a.ts"],
    ["data/bad.ts", "node:fs"],
    ["platform/browser.ts", "node:fs"],
    ["platform/node.ts", "fs"],
    ["train/bad.ts", "papaparse"],
    ["report/bad.ts", "uplot"],
    ["train/bad.ts", "gradus"],
    ["train/bad.ts", "../../scripts/a.ts"],
  ])("the layer rule reports src/%s that imports %s", (from, to) => {
    expect(forbidden(importsOf({ [from]: `import { a } from "${to}";` }))).toHaveLength(1);
  });

  test.each([
    ["ops/a.ts", "./b.ts"],
    ["ops/a.ts", "../base/b.ts"],
    ["ops/matmul/a.ts", "../../tensor/memory/b.ts"],
    ["train/a.ts", "#platform"],
    ["platform/nodeWorker.ts", "node:worker_threads"],
    ["index.ts", "./threads/a.ts"],
  ])("the layer rule allows src/%s that imports %s", (from, to) => {
    expect(forbidden(importsOf({ [from]: `import { a } from "${to}";` }))).toEqual([]);
  });
});

describe("a circle is reported", () => {
  test("a circle of files is reported, also if it is of types alone", () => {
    const bad = { "ops/a.ts": 'import type { B } from "./b.ts";', "ops/b.ts": 'export type { A } from "./a.ts";' };
    expect(circles(importsOf(bad))).toEqual(["src/ops: a.ts → b.ts → a.ts"]);
  });

  test("a circle of folders is reported, even if their files form none", () => {
    const bad = {
      "ops/one/a.ts": 'import { b } from "../two/b.ts";',
      "ops/two/c.ts": 'import { d } from "../one/d.ts";',
    };
    expect(circles(importsOf(bad))).toEqual(["src/ops: one → two → one"]);
  });

  test("a circle of a folder and a file beside it is reported", () => {
    const bad = {
      "ops/one/a.ts": 'import { b } from "../b.ts";',
      "ops/b.ts": 'import { c } from "./one/deep/c.ts";',
    };
    expect(circles(importsOf(bad))).toEqual(["src/ops: one → b.ts → one"]);
  });

  test("a file that two others import is not reported as a circle", () => {
    const good = {
      "ops/a.ts": 'import { b } from "./b.ts";\nimport { c } from "./one/c.ts";',
      "ops/b.ts": 'import { c } from "./one/c.ts";',
      "ops/one/c.ts": 'import { d } from "./d.ts";',
    };
    expect(circles(importsOf(good))).toEqual([]);
  });
});

/** The rows of the table of the guides with a column "may import": layer and cell. */
const documented = (): readonly (readonly [layer: string, cell: string])[] => {
  const docs = fileURLToPath(new URL("../../docs", import.meta.url));
  const pages = readdirSync(docs, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"));
  const tables = pages.flatMap((page) =>
    readFileSync(`${docs}/${page}`, "utf8")
      .split(/\n(?!\|)/)
      .map((part) => part.trim()),
  );
  const [table, ...others] = tables.filter((text) => /^\|[^\n]*may import/.test(text));
  expect(others).toEqual([]);
  const [head, , ...rows] = table.split("\n").map((row) => row.split("|").map((cell) => cell.trim()));
  const column = head.indexOf("may import");
  return rows.map((cells) => [cells[1].replaceAll("`", "").replace("src/", ""), cells[column]]);
};

test("the guides show the table", () => {
  const shown = Object.fromEntries(documented());
  expect(shown).toEqual(
    Object.fromEntries(Object.entries(layers).map(([layer, below]) => [layer, below.join(", ") || "nothing"])),
  );
});
