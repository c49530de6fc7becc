import { describe, expect, test } from "vitest";
import { budgets, bundle, bundleProgram } from "../../scripts/size/measure.ts";

describe("the size of a program, bundled by esbuild, minified and gzipped", () => {
  test.each(Object.keys(budgets))("%s is within its budget, and the budget is tight", async (name) => {
    const { gzipped } = await bundleProgram(name);
    expect(gzipped).toBeLessThanOrEqual(budgets[name]);
    // What was saved is to be kept: whoever makes it smaller lowers the budget (scripts/size/measure.ts).
    expect(gzipped).toBeGreaterThan(0.85 * budgets[name]);
  });
});

describe("what a program does not use is left out", () => {
  test("of operations, also the neighbours in a file, and the samples that only tests read", async () => {
    const little = await bundle('import { add, tensor } from "gradus"; console.log(add(tensor([1]), 2));');
    const much = await bundle('import * as gradus from "gradus"; console.log(gradus);');
    expect(little.minified).toBeLessThan(much.minified / 4);
    expect(little.text).not.toContain("batchNormGradient");
    expect(little.text).not.toContain("matmul");
    for (const name of ["maximum", "reduce", "where", "softmax"]) expect(little.text).not.toContain(`"${name}"`);
    expect(much.text).not.toContain("kinks");
  });

  test.each(["layers", "optim", "train", "io", "data", "threads", "platform"])(
    "of tensors and gradients: all of src/%s",
    async (folder) => {
      expect(Object.keys((await bundleProgram("gradients")).folders)).not.toContain(folder);
    },
  );

  test.each(["train", "io", "data", "threads", "platform"])("of a loop of one's own: all of src/%s", async (folder) => {
    expect(Object.keys((await bundleProgram("seed")).folders)).not.toContain(folder);
  });

  test("of an import that is not used: everything", async () => {
    const { minified, modules } = await bundle('import { fit } from "gradus"; export type T = typeof fit;');
    expect([minified, modules]).toEqual([0, {}]);
  });

  test("of the instructions of WebAssembly: those that no kernel of it has", async () => {
    const { modules } = await bundle('import { add, tensor } from "gradus"; console.log(add(tensor([1]), 2));');
    expect(Object.keys(modules)).not.toContain("src/wasm/instructions/f64x2.ts");
  });
});
