// Writes the runs of cases.ts into a folder: what savePyTorch gives, the outputs, and what 20 further steps in gradus lead to.
// test/references/handover.py calls it, and compares them with PyTorch.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Dataset,
  encodeNpz,
  type Layer,
  type Optimizer,
  softmaxCrossEntropy,
  type Tensor,
  take,
  tensor,
} from "gradus";
import { savePyTorch } from "../../../src/graph/index.ts";
import { weightedLoss } from "../../../src/train/metrics/loss.ts";
import { batchSize, examples, type HandoverCase, handoverCases } from "./cases.ts";

const furtherSteps = 20;

/** The rows of a step: batches in the order of the data. */
const batchOf = (data: Dataset, step: number): Dataset => {
  const from = (step * batchSize) % examples;
  return take(data, { from, to: from + batchSize });
};

const train = (
  model: Layer,
  optimizer: Optimizer,
  batch: Dataset,
  loss: HandoverCase["loss"] = softmaxCrossEntropy,
): number =>
  optimizer
    .minimize(() => {
      const outputs = model.call(batch.x, { training: true });
      return batch.weights ? weightedLoss("train", loss, outputs, batch.y, batch.weights) : loss(outputs, batch.y);
    }, model.trainableVariables)
    .item();

const folder = process.argv[2];
const described: object[] = [];
for (const [
  index,
  { name, data, loss, isRandom = false, inProcesses = false, before = 3, ...make },
] of handoverCases.entries()) {
  const [model, optimizer] = [make.model(), make.optimizer()];
  for (let step = 0; step < before; step++) train(model, optimizer, batchOf(data, step), loss);
  const path = join(folder, String(index));
  await savePyTorch({ model, optimizer, data, ...(loss && { loss }) }, path);
  const expected = new Map<string, Tensor>([["outputs", model.call(data.x)]]);
  if (!isRandom) {
    const losses = Array.from({ length: furtherSteps }, (_, step) =>
      train(model, optimizer, batchOf(data, step), loss),
    );
    expected.set("losses", tensor(losses, { dtype: "float64" }));
    await savePyTorch({ model, optimizer, data, ...(loss && { loss }) }, join(path, "after"));
  }
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "expected.npz"), encodeNpz(expected));
  described.push({ name, isRandom, inProcesses });
}
writeFileSync(join(folder, "cases.json"), JSON.stringify({ batchSize, examples, furtherSteps, cases: described }));
