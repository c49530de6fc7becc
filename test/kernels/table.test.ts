import { expect, test } from "vitest";
import { loadDigits } from "../../src/data/digits.ts";
import {
  BatchNorm,
  clipByValue,
  Dense,
  elu,
  inTopK,
  minibatches,
  Sequential,
  SGD,
  softmaxCrossEntropy,
  varianceScaling,
} from "../../src/index.ts";
import { observeKernels } from "../../src/tensor/interpret/eager.ts";
import { onBackend } from "../gradcheck/kernels.ts";
import { documentedTable, kernelTable } from "./table.ts";

const withoutSpaces = (table: string): string => table.replace(/ *\| */g, "|").replace(/-+/g, "-");

test("docs/internals/kernels.md has the table that npm run kernels prints", () => {
  expect(withoutSpaces(documentedTable())).toBe(withoutSpaces(kernelTable()));
});

const models = {
  "mnist.ts": () =>
    new Sequential({
      name: "dnn",
      inputShape: [64],
      layers: [
        new Dense({ name: "hidden1", units: 30, activation: "relu" }),
        new Dense({ name: "hidden2", units: 20, activation: "relu" }),
        new Dense({ name: "outputs", units: 10 }),
      ],
      seed: 42,
    }),
  "batch-norm.ts": () => {
    const kernelInitializer = varianceScaling({ scale: 1, mode: "fanIn", distribution: "truncatedNormal" });
    return new Sequential({
      name: "dnn",
      inputShape: [64],
      layers: [
        new Dense({ name: "hidden1", units: 30, kernelInitializer }),
        new BatchNorm({ name: "bn1", momentum: 0.9 }),
        elu,
        new Dense({ name: "outputs", units: 10, kernelInitializer }),
        new BatchNorm({ name: "bn2", momentum: 0.9 }),
      ],
      seed: 42,
    });
  },
};

test.each(Object.entries(models))(
  "on simd, no primitive of %s falls back to the reference kernel",
  async (_, build) => {
    const { train, validation } = await loadDigits();
    const seen = new Map<string, Set<string>>();
    onBackend("simd", () =>
      observeKernels(
        (primitive, kernel) => seen.set(primitive, (seen.get(primitive) ?? new Set()).add(kernel)),
        () => {
          const model = build();
          const optimizer = new SGD({ learningRate: 0.01, clip: clipByValue(-1, 1) });
          const [{ x, y }] = minibatches(train, { batchSize: 50, seed: 1 });
          optimizer.minimize(() => softmaxCrossEntropy(model.call(x, { training: true }), y), model.trainableVariables);
          inTopK(model.predict(validation.x), validation.y, 1);
        },
      ),
    );
    expect([...seen.keys()]).toEqual(
      expect.arrayContaining(["matmul", "softmaxCrossEntropy", "sgd", "inTopK", "toFloat"]),
    );
    for (const [primitive, kernels] of seen) expect([...kernels], primitive).not.toContain("reference");
  },
);
