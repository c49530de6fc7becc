import { describe, expect, it } from "vitest";
import { decode, list } from "../../../src/base/codec.ts";
import { take } from "../../../src/data/dataset.ts";
import { loadDigits } from "../../../src/data/digits.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { loadCheckpoint } from "../../../src/train/checkpoint/loadCheckpoint.ts";
import { encodeCheckpoint } from "../../../src/train/checkpoint/saveCheckpoint.ts";
import { fit } from "../../../src/train/fit/fit.ts";
import { History } from "../../../src/train/history/history.ts";
import { type Inspection, inspectionReader } from "../../../src/train/history/inspection.ts";

const inspectionsOf = (value: unknown): readonly Inspection[] =>
  decode("file", "inspections", list(inspectionReader), value);

const full: Inspection = {
  step: 3,
  epoch: 0.5,
  loss: 1.25,
  variables: [
    {
      name: "dnn/hidden1/kernel",
      norm: 2,
      gradientNorm: 1e-9,
      updateRatio: 0.001,
      histogram: { low: -1, high: 1, counts: [1, 2, 1] },
      isNonFinite: true,
    },
    { name: "dnn/hidden1/bias" },
  ],
  activations: [{ layer: "hidden1", activation: "relu", saturated: 0.5, dead: 0.1, mean: 0.2, deviation: 0.3 }],
  classes: {
    data: "validation",
    examples: 3,
    confusion: [
      [1, 0],
      [1, 1],
    ],
    mistakes: [{ row: 7, label: 1, predicted: 0, probability: 0.9, labelProbability: 0.1, pixels: "AAAA" }],
    imageShape: [1, 1, 3],
  },
  values: {
    data: "validation",
    examples: 2,
    outputs: [
      {
        rSquared: 0.5,
        meanAbsoluteError: 0.25,
        some: [{ row: 0, target: 1, predicted: 1.5 }],
        worst: [{ row: 1, target: 2, predicted: -1 }],
      },
    ],
  },
  setup: { model: "dnn", summary: "text", classNames: ["a", "b"], facts: [["optimizer", "SGD"]] },
};

describe("History.inspections", () => {
  it("History.inspections are kept by JSON", () => {
    const history = new History();
    expect(history.toJSON()).toEqual({ epochs: [] });
    history.addInspection(full);
    const json = JSON.parse(JSON.stringify(history));
    expect(new History(json.epochs, json.inspections).inspections).toEqual([full]);
    expect(inspectionsOf(json.inspections)).toEqual([full]);
  });

  it("History.inspections are kept by a checkpoint and a run that resumes from it", async () => {
    const train = take((await loadDigits()).train, { to: 50 });
    const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
    const history = await fit(model, train, {
      optimizer: new SGD({ learningRate: 0.1 }),
      epochs: 1,
      callbacks: [{ onEpochEnd: (run) => run.history.addInspection(full) }],
    });
    const run = await loadCheckpoint(encodeCheckpoint({ model, optimizer: new SGD({ learningRate: 0.1 }), history }));
    expect(run.history.inspections).toEqual([full]);
    const more = await fit(run.model, train, {
      ...run,
      epochs: 2,
      callbacks: [{ onEpochEnd: ({ history: resumed }) => resumed.addInspection({ step: 9, epoch: 2 }) }],
    });
    expect(more.inspections).toEqual([full, { step: 9, epoch: 2 }]);
  });

  it.each([
    [{}, "inspections must be a list of at most 1048576 entries, got an object"],
    [[1], "inspections[0] must be an object, got 1"],
    [[{ step: -1, epoch: 0 }], "inspections[0].step must be a whole number from 0, got -1"],
    [[{ step: 1, epoch: "1" }], 'inspections[0].epoch must be a number, got "1"'],
    [[{ step: 1, epoch: 1, variables: [{ name: 1 }] }], "inspections[0].variables[0].name must be text of at most"],
    [
      [{ step: 1, epoch: 1, classes: { ...full.classes, imageShape: [1] } }],
      "inspections[0].classes.imageShape must be a list of length 3, got a list of length 1",
    ],
    [
      [{ step: 1, epoch: 1, classes: { ...full.classes, confusion: [["<"]] } }],
      'inspections[0].classes.confusion[0][0] must be a number, got "<"',
    ],
    [
      [{ step: 1, epoch: 1, setup: { model: "m", facts: [[1, 2]] } }],
      "inspections[0].setup.facts[0][0] must be text of at most",
    ],
  ])("History.inspections throws for a damaged record: %j", (value, message) => {
    expect(() => inspectionsOf(value)).toThrow(message);
  });
});
