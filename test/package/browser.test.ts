import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";

const entry = new URL("../../src/index.ts", import.meta.url).pathname;

let code = "";
let inputs: string[] = [];

/** All of the library, bundled as a web page would get it. */
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

test("the browser gets the browser's platform, and no module of Node", () => {
  expect(inputs.some((input) => input.endsWith("platform/browser.ts"))).toBe(true);
  expect(inputs.some((input) => input.endsWith("platform/node.ts"))).toBe(false);
  expect(code).not.toMatch(/["']node:/);
});

test("nothing makes code out of strings", () => {
  expect(code).not.toMatch(/\beval\s*\(/);
  expect(code).not.toMatch(/new Function\b/);
});

test("what a program does not use is left out of its bundle", async () => {
  const bundle = async (contents: string): Promise<{ bytes: number; text: string }> => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: new URL("../../src", import.meta.url).pathname, loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "browser",
      conditions: ["gradus-source"],
      write: false,
      minify: true,
    });
    return { bytes: outputFiles[0].contents.length, text: outputFiles[0].text };
  };
  const little = await bundle('import { add, tensor } from "./index.ts"; console.log(add(tensor([1]), 2));');
  const much = await bundle('import * as gradus from "./index.ts"; console.log(gradus);');
  expect(little.bytes).toBeLessThan(much.bytes / 2);
  expect(little.text).not.toContain("batchNormGradient");
  expect(little.text).not.toContain("matmul");
  // Neither its neighbours in the same file, nor the samples that only tests read.
  for (const name of ["maximum", "reduce", "where", "softmax"]) expect(little.text).not.toContain(`"${name}"`);
  expect(much.text).not.toContain("kinks");
});
