import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  Adam,
  Add,
  accuracy,
  add,
  argMax,
  checkpoints,
  Dense,
  Dropout,
  dataset,
  earlyStopping,
  evaluate,
  type FitOptions,
  fit,
  input,
  loadCheckpoint,
  Model,
  meanAbsoluteError,
  meanSquaredError,
  minibatches,
  mul,
  randomNormal,
  Sequential,
  softmaxCrossEntropy,
  sum,
  tensor,
} from "../../../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-several-"));
afterAll(() => rmSync(folder, { recursive: true }));

const houses = (size: number, seed = 1) => {
  const wide = randomNormal([size, 5], { seed });
  const deep = randomNormal([size, 3], { seed: seed + 1 });
  const y = { price: sum(wide, { axis: 1, keepDims: true }), kind: argMax(deep, { axis: 1 }) };
  return dataset({ x: { wide, deep }, y, name: "houses" });
};

const build = (seed = 1): Model => {
  const [wide, deep] = [input({ shape: [5] }), input({ shape: [3] })];
  const hidden = new Dense({ name: "hidden", units: 8, activation: "relu" }).call(deep);
  const kept = new Dropout({ rate: 0.2 }).call(hidden);
  const outputs = {
    price: new Dense({ name: "price", units: 1 }).call(wide),
    kind: new Dense({ name: "kind", units: 3 }).call(kept),
  };
  return new Model({ name: "houses", inputs: { wide, deep }, outputs, seed });
};

const losses = { price: meanSquaredError };

const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  optimizer: new Adam({ learningRate: 0.01 }),
  epochs: 3,
  batchSize: 8,
  loss: losses,
  lossWeights: { kind: 0.5 },
  metrics: { kind: [accuracy], price: [meanAbsoluteError] },
  ...more,
});

const valuesOf = (model: Model): number[][] => model.variables.map((variable) => [...variable.read().data]);

describe("fit on several inputs and outputs", () => {
  test("minimizes the weighted sum of the losses, and measures each output", async () => {
    const model = build();
    const history = await fit(model, houses(40), options({ validation: houses(10, 7), epochs: 30 }));
    const { loss, metrics, validationMetrics } = history.epochs.at(-1)!;
    expect(loss).toBeLessThan(history.epochs[0].loss / 2);
    expect(Object.keys(metrics!)).toEqual(["priceLoss", "priceMeanAbsoluteError", "kindLoss", "kindAccuracy"]);
    expect(Object.keys(validationMetrics!)).toEqual(Object.keys(metrics!));
    expect(history.last("validationKindAccuracy")).toBe(validationMetrics!.kindAccuracy);
    expect(loss).toBeCloseTo(metrics!.priceLoss + 0.5 * metrics!.kindLoss, 5);
  });

  test("has the bits of a loop that is written by hand", async () => {
    const [model, byHand] = [build(), build()];
    const data = houses(24);
    await fit(model, data, options({ epochs: 1, shuffle: false }));
    const optimizer = new Adam({ learningRate: 0.01 });
    for (const { x, y } of minibatches(data, { batchSize: 8, shuffle: false })) {
      optimizer.minimize(() => {
        const { price, kind } = byHand.run(x, { training: true });
        return add(meanSquaredError(price, y.price), mul(softmaxCrossEntropy(kind, y.kind), 0.5));
      }, byHand.trainableVariables);
    }
    expect(valuesOf(model)).toEqual(valuesOf(byHand));
  });

  test("has the same bits recorded and not, also with weighted examples", async () => {
    const results = [];
    for (const compile of [true, false]) {
      const model = build();
      const data = { ...houses(30), weights: tensor(Float32Array.from({ length: 30 }, (_, row) => row % 3)) };
      const history = await fit(model, data, options({ compile }));
      results.push([valuesOf(model), history.epochs.map(({ seconds, ...record }) => record)]);
    }
    expect(results[0]).toEqual(results[1]);
  });

  test("resumes in the middle of an epoch with the bits of a run that never stopped", async () => {
    const whole = build();
    await fit(whole, houses(40), options());
    const model = build();
    const path = join(folder, "run.safetensors");
    const stop = {
      onStep: (run: { batch: number; epoch: number; stop: () => void }) =>
        void (run.epoch === 1 && run.batch === 2 && run.stop()),
    };
    await fit(model, houses(40), options({ callbacks: [stop, checkpoints(path)] }));
    const saved = await loadCheckpoint(path, { as: Model });
    await fit(saved.model, houses(40), { ...options(), ...saved, optimizer: saved.optimizer! });
    expect(valuesOf(saved.model)).toEqual(valuesOf(whole));
  });

  test("takes batches of a source, and stops early by the measure of an output", async () => {
    const batches = () => minibatches(houses(24), { batchSize: 8, seed: 3 });
    const monitor = earlyStopping({ monitor: "validationPriceLoss", patience: 1 });
    const history = await fit(build(), batches, {
      ...options({ validation: batches, callbacks: [monitor], epochs: 4 }),
      batchSize: undefined,
    } as FitOptions);
    expect(history.last("priceLoss")).toBeGreaterThan(0);
  });

  test("trains a subset of the outputs, and one loss for all of them", async () => {
    const { x, y } = houses(16);
    const history = await fit(build(), dataset({ x, y: { price: y.price } }), {
      optimizer: new Adam(),
      epochs: 1,
      loss: meanSquaredError,
    });
    expect(Object.keys(history.epochs[0].metrics!)).toEqual(["priceLoss"]);
  });

  test("trains a model of several inputs and one output on one target", async () => {
    const [wide, deep] = [input({ shape: [5] }), input({ shape: [3] })];
    const price = new Dense({ units: 1 }).call(wide);
    const both = new Dense({ units: 1 }).call(deep);
    const model = new Model({ inputs: { wide, deep }, outputs: new Add().call([price, both]), seed: 1 });
    const { x, y } = houses(32);
    const data = dataset({ x, y: y.price });
    const history = await fit(model, data, {
      optimizer: new Adam({ learningRate: 0.05 }),
      epochs: 20,
      loss: meanSquaredError,
    });
    expect(history.last("loss")).toBeLessThan(history.epochs[0].loss / 2);
    expect(evaluate(model, data, { loss: meanSquaredError }).loss).toBeLessThan(history.epochs[0].loss);
  });

  const { x, y } = houses(8);
  const sequential = new Sequential({ inputShape: [5], layers: [new Dense({ units: 1 })] });
  test.each<[string, () => Promise<unknown>, string]>([
    [
      "a target that is not an output",
      () => fit(build(), dataset({ x, y: { prize: y.price } }), options()),
      'fit: each target must have the name of an output, got "prize". The outputs are price, kind.',
    ],
    [
      "one target for several outputs",
      () => fit(build(), dataset({ x, y: y.price }), options()),
      "fit: a model with several outputs needs targets by their names, price, kind, got one tensor.",
    ],
    [
      "a loss of another output",
      () => fit(build(), houses(8), options({ loss: { ...losses, kid: meanSquaredError } })),
      'fit: loss must name outputs that have targets, got "kid". The outputs are kind, price.',
    ],
    [
      "an output whose loss must be named",
      () => fit(build(), houses(8), options({ loss: {} })),
      "fit: price: the loss must be named for targets that are not int32 labels",
    ],
    [
      "a weight below 0",
      () => fit(build(), houses(8), options({ lossWeights: { kind: -1 } })),
      "fit: a loss weight must be a finite number from 0, got -1 for kind.",
    ],
    [
      "a list of metrics",
      () => fit(build(), houses(8), options({ metrics: [accuracy] })),
      "fit: metrics must be lists by the names of outputs",
    ],
    [
      "null as metrics",
      () => fit(build(), houses(8), options({ metrics: null as never })),
      "fit: metrics must be lists by the names of outputs, got null.",
    ],
    [
      "null as weights of losses",
      () => fit(build(), houses(8), options({ lossWeights: null as never })),
      "fit: lossWeights must be numbers by the names of outputs, got null.",
    ],
    [
      "null as the loss of an output",
      () => fit(build(), houses(8), options({ loss: { price: null as never } })),
      "fit: loss must be a function, got null.",
    ],
    [
      "weights of classes",
      () => fit(build(), houses(8), options({ classWeights: [1, 2, 3] })),
      "fit: classWeights are for one target",
    ],
    [
      "targets by name for a Sequential",
      () => fit(sequential, dataset({ x: x.wide, y: { price: y.price } }), options()),
      "fit: targets by name need a model with outputs by name",
    ],
    [
      "losses by name beside one target",
      () => fit(sequential, dataset({ x: x.wide, y: y.price }), options()),
      "fit: loss by name is for targets by name, got one target.",
    ],
    [
      "an input that is missing",
      () => fit(build(), dataset({ x: { wide: x.wide }, y }), options()),
      "houses: each input must be passed by its name, got wide. The inputs are wide, deep.",
    ],
    [
      "validation data of other inputs",
      () => fit(build(), houses(8), options({ validation: dataset({ x: { wide: x.wide, deep: x.wide }, y }) })),
      "fit: the validation data must have rows of the shape of the training data, got [*, 5] beside [*, 3] of x.deep",
    ],
  ])("refuses %s", async (_, run, message) => {
    await expect(run()).rejects.toThrow(message);
  });

  test("names the output and the example of a label that is out of range", async () => {
    const data = houses(8);
    const kind = tensor([0, 1, 2, 9, 0, 0, 0, 0], { dtype: "int32" });
    await expect(fit(build(), { ...data, y: { ...data.y, kind } }, options({ epochs: 1 }))).rejects.toThrow(
      "fit: kind: a label must lie from 0 to 2, as the model outputs 3 scores, got 9 in example 3 of houses.",
    );
  });

  test("names the tensor of data that are not finite", async () => {
    const data = houses(8);
    const deep = tensor([...data.x.deep.data.slice(0, 23), Number.NaN], { shape: [8, 3] });
    await expect(fit(build(), { ...data, x: { ...data.x, deep } }, options({ epochs: 1 }))).rejects.toThrow(
      "fit: the data must be finite, got NaN in example 7 of houses (element 2 of its x.deep)",
    );
  });
});

describe("evaluate on several inputs and outputs", () => {
  test("gives the weighted sum of the losses and the measures of each output, in chunks of any size", () => {
    const model = build();
    const data = houses(20);
    const { price, kind } = model.predictAll(data.x);
    const expected = {
      priceLoss: meanSquaredError(price, data.y.price).item(),
      kindLoss: softmaxCrossEntropy(kind, data.y.kind).item(),
      kindAccuracy: accuracy(kind, data.y.kind),
    };
    for (const batchSize of [1, 3, 20, 512]) {
      const { loss, metrics } = evaluate(model, data, {
        loss: losses,
        lossWeights: { kind: 0.5 },
        metrics: { kind: [accuracy] },
        batchSize,
      });
      expect(metrics.priceLoss).toBeCloseTo(expected.priceLoss, 5);
      expect(metrics.kindLoss).toBeCloseTo(expected.kindLoss, 5);
      expect(metrics.kindAccuracy).toBe(expected.kindAccuracy);
      expect(loss).toBeCloseTo(expected.priceLoss + 0.5 * expected.kindLoss, 5);
    }
  });
});
