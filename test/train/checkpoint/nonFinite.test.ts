import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Adam,
  AdamW,
  checkpoints,
  Dense,
  dataset,
  decodeSafetensors,
  fit,
  type Loss,
  loadCheckpoint,
  mean,
  mul,
  NonFiniteError,
  RMSProp,
  Sequential,
  square,
  sub,
  tensor,
} from "gradus";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "gradus-non-finite-"));
afterAll(() => rmSync(folder, { recursive: true }));

const data = dataset({ x: tensor([[0.5], [1], [1.5], [2]]), y: tensor([[1], [2], [3], [4]]) });

test.each([
  ["Adam", () => new Adam({ learningRate: 0.01 })],
  ["AdamW", () => new AdamW({ learningRate: 0.01 })],
  ["RMSProp", () => new RMSProp({ learningRate: 0.01 })],
])("%s: an update that is not finite ends the run, and good checkpoints stay", async (name, make) => {
  const path = join(folder, `${name}.safetensors`);
  const bestPath = join(folder, `${name}-best.safetensors`);
  const model = new Sequential({
    name: "net",
    inputShape: [1],
    layers: [new Dense({ name: "outputs", units: 1 })],
    seed: 1,
  });
  let factor = 1;
  // A loss and gradients near 1e23 are finite in float32; the squares of the gradients, 1e46, are not.
  let good: Buffer | undefined;
  let weights: number[][] = [];
  const values = (): number[][] => model.variables.map((variable) => [...variable.read().data]);
  const loss: Loss = (predictions, targets) => {
    if (factor > 1) good ??= readFileSync(bestPath);
    return mul(mean(square(sub(predictions, targets))), factor);
  };
  const failure: unknown = await fit(model, data, {
    optimizer: make(),
    loss,
    epochs: 5,
    batchSize: 2,
    seed: 1,
    callbacks: [
      checkpoints(path, { everySteps: 1 }),
      checkpoints(bestPath, { best: "loss" }),
      {
        onEpochEnd: ({ epoch }) => {
          if (epoch !== 1) return;
          weights = values();
          factor = 1e23;
        },
      },
    ],
  }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NonFiniteError);
  expect(failure).toMatchObject({ step: 5, variable: "net/outputs/kernel" });
  expect((failure as NonFiniteError).message).toMatch(
    /minimize: updates must be finite, got Infinity at position 0 of the new "net\/outputs\/kernel\/\w+" in step 5\. Nothing was updated\. Likely cause: a gradient of -[\d.]+e\+24 /,
  );
  expect(good!.length).toBeGreaterThan(0);
  expect(readFileSync(bestPath).equals(good!)).toBe(true);
  expect(
    readdirSync(folder)
      .filter((file) => file.startsWith(`${name}.`) || file.startsWith(`${name}-`))
      .sort(),
  ).toEqual([`${name}-best.safetensors`, `${name}.safetensors`]);
  // The model and the files hold the weights after step 4.
  expect(values()).toEqual(weights);
  for (const file of [path, bestPath]) {
    const loaded = await loadCheckpoint(file);
    expect(loaded.optimizer.step).toBe(4);
    expect(loaded.model.variables.map((variable) => [...variable.read().data])).toEqual(weights);
    for (const { data: numbers } of decodeSafetensors(readFileSync(file)).tensors.values()) {
      expect([...numbers].every(Number.isFinite)).toBe(true);
    }
  }
});
