import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadDigits } from "gradus";
import { describe, expect, test } from "vitest";
import { type Bundle, bundle, bundleProgram, programs } from "../../bench/size/measure.ts";

const bundles = new Map<string, Promise<Bundle>>();

/** The bundle of a program, which is bundled once. */
const bundleOf = (name: string): Promise<Bundle> => {
  const program = bundles.get(name) ?? bundleProgram(name);
  bundles.set(name, program);
  return program;
};

/** The first built-in digits as images of 28 × 28 bytes, for the programs: each pixel becomes 3 × 3, in a frame of 2. */
const digitsOf784Pixels = async (count: number): Promise<{ images: Uint8Array; labels: Uint8Array }> => {
  const { train } = await loadDigits();
  const [pixels, digits] = [train.x.data, train.y.data];
  const images = new Uint8Array(count * 784);
  for (let at = 0; at < images.length; at++) {
    const [image, y, x] = [Math.floor(at / 784), Math.floor((at % 784) / 28) - 2, (at % 28) - 2];
    if (Math.min(x, y) < 0 || Math.max(x, y) >= 24) continue;
    images[at] = (255 / 16) * pixels[64 * image + 8 * Math.floor(y / 3) + Math.floor(x / 3)];
  }
  return { images, labels: Uint8Array.from(digits.subarray(0, count)) };
};

describe("the size of a program, bundled by esbuild, minified and gzipped", () => {
  test.each(Object.keys(programs))("the size of %s is within its budget, and the budget is tight", async (name) => {
    const { gzipped } = await bundleOf(name);
    const { budget } = programs[name];
    expect(gzipped).toBeLessThanOrEqual(budget);
    // Savings must last: if a bundle gets smaller, lower its budget (bench/size/measure.ts).
    expect(gzipped).toBeGreaterThan(0.85 * budget);
  });

  test("a program that loads ONNX alone does not carry what reads graphs of TensorFlow, or writes files", async () => {
    const modules = (name: string): Promise<string[]> =>
      bundleOf(name).then((built) =>
        Object.keys(built.modules).filter((path) =>
          /graph\/(tensorflow|pytorch|onnx\/export)|MetaGraph|saveOnnx/.test(path),
        ),
      );
    expect(await modules("loadOnnx")).toEqual([]);
    expect((await modules("graph")).length).toBeGreaterThan(10);
  });

  test("the network 784-300-100-10 written with functions is below 28.75 kB", async () => {
    expect((await bundleOf("functions")).gzipped).toBeLessThan(28_750);
  });

  test.each(["functions", "layers", "convolutions"])("the measured bundle of %s learns real digits", async (name) => {
    const folder = mkdtempSync(join(tmpdir(), "gradus-size-"));
    try {
      const file = join(folder, "bundle.mjs");
      writeFileSync(file, (await bundleOf(name)).text);
      const { start } = (await import(
        pathToFileURL(file).href
      )) as typeof import("../../bench/peers/programs/gradus-layers.ts");
      const { images, labels } = await digitsOf784Pixels(1000);
      const { train, predict } = start();
      const losses: number[] = [];
      for (let step = 0; step < (name === "convolutions" ? 300 : 800); step++) {
        const first = (step % 20) * 50;
        losses.push(train(images.subarray(784 * first, 784 * (first + 50)), labels.subarray(first, first + 50)));
      }
      expect(losses[0]).toBeGreaterThan(2);
      expect(losses[0]).toBeLessThan(3.5);
      const logits = predict(images);
      const right = labels.filter((label, row) => {
        const scores = logits.subarray(10 * row, 10 * row + 10);
        return scores.indexOf(Math.max(...scores)) === label;
      });
      expect(right.length).toBeGreaterThan(900);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("unused code", () => {
  test("unused operations are left out, also those in the file of a used one, and the samples of tests", async () => {
    const little = await bundle('import { add, tensor } from "gradus"; console.log(add(tensor([1]), 2));');
    const much = await bundle('import * as gradus from "gradus"; console.log(gradus);');
    expect(little.minified).toBeLessThan(much.minified / 4);
    expect(little.text).not.toContain("batchNormGradient");
    expect(little.text).not.toContain("matmul");
    for (const name of ["maximum", "reduce", "where", "softmax"]) expect(little.text).not.toContain(`"${name}"`);
  });

  test.each(["layers", "optim", "train", "io", "data", "threads", "platform"])(
    "a program of tensors and gradients leaves out src/%s",
    async (folder) => {
      expect(Object.keys((await bundleOf("gradients")).folders)).not.toContain(folder);
    },
  );

  test.each(["functions", "layers", "fit"])(
    "the program %s, without images, leaves out convolutions and pooling",
    async (name) => {
      const modules = Object.keys((await bundleOf(name)).modules);
      expect(modules.filter((path) => /convolution|pooling|image/i.test(path))).toEqual([]);
    },
  );

  test.each(["train", "io", "data", "threads", "platform"])("a custom loop leaves out src/%s", async (folder) => {
    expect(Object.keys((await bundleOf("layers")).folders)).not.toContain(folder);
  });

  test("a program leaves out the option rules of functions that it does not call", async () => {
    const { text } = await bundleOf("functions");
    for (const option of ["positiveWeight", "correction", "probability"]) expect(text).not.toContain(option);
    expect(text).toContain("labelSmoothing");
  });

  test("a program with fit leaves out concat and slice", async () => {
    const modules = Object.keys((await bundleOf("fit")).modules);
    expect(modules).toContain("src/ops/shape/reshape.ts");
    for (const name of ["concat", "slice"]) expect(modules).not.toContain(`src/ops/shape/${name}.ts`);
  });

  test("an unused import leaves out everything", async () => {
    const { minified, modules } = await bundle('import { fit } from "gradus"; export type T = typeof fit;');
    expect([minified, modules]).toEqual([0, {}]);
  });

  test("a program leaves out instructions that its kernels do not use", async () => {
    const { modules } = await bundle('import { add, tensor } from "gradus"; console.log(add(tensor([1]), 2));');
    expect(Object.keys(modules)).not.toContain("src/wasm/assembler/instructions/f64x2.ts");
  });
});
