import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";

const entry = new URL("../../src/index.ts", import.meta.url).pathname;

let code = "";
let inputs: string[] = [];

/** Bundles the whole library, as for a web page. */
beforeAll(async () => {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["gradus-source"],
    write: false,
    metafile: true,
    splitting: true,
    outdir: "out",
  });
  expect(result.errors).toEqual([]);
  code = result.outputFiles.map(({ text }) => text).join("\n");
  inputs = Object.keys(result.metafile.inputs);
});

test("a bundle for browsers has the platform for browsers, and no module of Node", () => {
  expect(inputs.some((input) => input.endsWith("platform/browser.ts"))).toBe(true);
  expect(inputs.some((input) => input.endsWith("platform/node.ts"))).toBe(false);
  expect(code).not.toMatch(/["']node:/);
});

test("a bundle for browsers does not make code out of strings", () => {
  expect(code).not.toMatch(/\beval\s*\(/);
  expect(code).not.toMatch(/new Function\b/);
});
