import {
  Dense,
  dataset,
  evaluate,
  fit,
  type Loss,
  minibatches,
  Sequential,
  SGD,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  tensor,
} from "gradus";
import { tableDataset, tableEncoder, tableOf } from "gradus/table";
import { describe, expect, it } from "vitest";

const optimizer = () => new SGD({ learningRate: 0.1 });
const passengers = tableOf(Array.from({ length: 20 }, (_, row) => ({ age: row, survived: Number(row % 4 === 0) })));

describe("sigmoidCrossEntropy as the loss of a model", () => {
  const rule =
    "targets of sigmoidCrossEntropy must lie from 0 to 1, got 1.7320507764816284. Scale them, or name another loss. " +
    "A table's 0 and 1 are standardized: read the target with " +
    '{ types: { name: "category" } } and leave the loss out, or pass { standardizeTarget: false }.';
  const loss = sigmoidCrossEntropy;
  const encoder = tableEncoder(passengers, { target: "survived" });
  const data = tableDataset(passengers, encoder);
  const model = () => new Sequential({ inputShape: [1], layers: [encoder, new Dense({ units: 1 })], seed: 1 });

  it("sigmoidCrossEntropy throws for targets that are not probabilities, such as the standardized targets of a table", async () => {
    await expect(fit(model(), data, { optimizer: optimizer(), epochs: 1, loss })).rejects.toThrow(`fit: ${rule}`);
    expect(() => evaluate(model(), data, { loss })).toThrow(`evaluate: ${rule}`);
    const source = () => minibatches(data, { batchSize: 20, shuffle: false });
    await expect(fit(model(), source, { optimizer: optimizer(), epochs: 1, loss })).rejects.toThrow(`fit: ${rule}`);
    await expect(evaluate(model(), source, { loss })).rejects.toThrow(`evaluate: ${rule}`);
    const low = dataset({ x: data.x, y: tensor(new Float32Array(20).fill(-0.25), { shape: [20, 1] }) });
    await expect(fit(model(), low, { optimizer: optimizer(), epochs: 1, loss })).rejects.toThrow("got -0.25.");
  });

  it("sigmoidCrossEntropy throws for targets of the validation data that are not probabilities", async () => {
    const raw = tableDataset(passengers, tableEncoder(passengers, { target: "survived", standardizeTarget: false }));
    const options = { optimizer: optimizer(), epochs: 1, loss };
    await expect(fit(model(), raw, { ...options, validation: data })).rejects.toThrow(
      `fit: the validation data: ${rule}`,
    );
    const { epochs } = await fit(model(), raw, { ...options, validation: raw });
    expect(epochs[0].loss).toBeGreaterThan(0);
  });

  it("sigmoidCrossEntropy takes bytes as the fractions that they mean", () => {
    const { x } = data;
    const y = (scale?: number) => tensor(new Uint8Array(20).fill(255), { shape: [20, 1], scale });
    expect(evaluate(model(), dataset({ x, y: y(1 / 255) }), { loss }).loss).toBeGreaterThan(0);
    expect(() => evaluate(model(), dataset({ x, y: y() }), { loss })).toThrow("from 0 to 1, got 255.");
  });

  it("a custom loss checks its targets itself", () => {
    const own: Loss = (p, y, options) => sigmoidCrossEntropy(p, y, options);
    expect(Number.isFinite(evaluate(model(), data, { loss: own }).loss)).toBe(true);
  });
});

it("softmaxCrossEntropy takes one-hot rows, but not a single column", () => {
  expect(() => softmaxCrossEntropy(tensor([[1, 2]]), tensor([[1]]))).toThrow(
    'labels must have dtype int32, got float32. Make them with tensor(values, { dtype: "int32" }).',
  );
  expect(softmaxCrossEntropy(tensor([[1, 2]]), tensor([[0, 1]])).item()).toBeCloseTo(Math.log(1 + Math.exp(-1)), 6);
});
