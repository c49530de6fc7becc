import {
  abs,
  accuracy,
  binaryAccuracy,
  type ConfusionMatrix,
  confusionMatrix,
  type Dataset,
  Dense,
  dataset,
  evaluate,
  f1Score,
  fit,
  max,
  meanAbsoluteError,
  meanSquaredError,
  metric,
  oneHot,
  precision,
  Random,
  randomNormal,
  randomUniform,
  recall,
  rSquared,
  Sequential,
  SGD,
  sub,
  type Tensor,
  take,
  tensor,
  topKAccuracy,
  weighted,
} from "gradus";
import { describe, expect, it } from "vitest";

const labels = (...values: number[]): Tensor => tensor(values, { dtype: "int32" });

/** Predictions (the inputs of a model that returns its input), and targets. */
const passOn = (): Sequential =>
  new Sequential({ inputShape: [3], layers: [new Dense({ units: 3, kernelInitializer: identity, useBias: false })] });
const identity = () =>
  tensor([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);

const random = new Random(3);
const rows = 101;
const scores = randomNormal([rows, 3], { random });
const classes = tensor(
  Array.from(randomUniform([rows], { random }).data, (u) => Math.floor(3 * u)),
  { dtype: "int32" },
);
const weights = randomUniform([rows], { min: 0, max: 2, random });
const classified: Dataset = dataset({ x: scores, y: classes, weights });
const regression: Dataset = dataset({
  x: scores,
  // Far from 0, where a sum of squares minus the square of a sum would lose all digits.
  y: tensor(
    Float32Array.from(scores.data, (value, index) => 1000 + value + Math.sin(index)),
    { shape: [rows, 3] },
  ),
  weights,
});

describe("metrics as functions", () => {
  it("metrics as functions agree with scikit-learn", () => {
    // scikit-learn 1.9.1: confusion_matrix, precision_recall_fscore_support(zero_division=0), r2_score, top_k_accuracy_score.
    const truth = labels(0, 1, 2, 2, 0, 1);
    const predicted = tensor([
      [0.9, 0.1, 0],
      [0.8, 0.2, 0],
      [0.1, 0.2, 0.7],
      [0.5, 0.1, 0.4],
      [0.6, 0.1, 0.3],
      [0.4, 0.1, 0.5],
    ]);
    const matrix = confusionMatrix(predicted, truth);
    expect(matrix.counts).toEqual([
      [2, 0, 0],
      [1, 0, 1],
      [1, 0, 1],
    ]);
    expect(matrix.accuracy).toBe(0.5);
    expect(matrix.classes.map(({ precision }) => precision)).toEqual([0.5, 0, 0.5]);
    expect(matrix.classes.map(({ recall }) => recall)).toEqual([1, 0, 0.5]);
    expect(matrix.classes.map(({ f1 }) => f1)).toEqual([2 / 3, 0, 0.5]);
    expect(matrix.classes.map(({ support }) => support)).toEqual([2, 2, 2]);
    expect(matrix.macro.precision).toBeCloseTo(1 / 3, 12);
    expect(matrix.macro.recall).toBeCloseTo(0.5, 12);
    expect(matrix.macro.f1).toBeCloseTo(0.3888888888888889, 12);
    expect(JSON.parse(JSON.stringify(matrix))).toEqual(matrix);
    expect([precision()(predicted, truth), precision({ class: 2 })(predicted, truth)]).toEqual([1 / 3, 0.5]);
    expect([recall()(predicted, truth), recall({ class: 0 })(predicted, truth)]).toEqual([0.5, 1]);
    expect(f1Score({ class: 2 })(predicted, truth)).toBe(0.5);
    expect(topKAccuracy({ k: 2 })(predicted, truth)).toBe(5 / 6);
    expect(rSquared(tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7]))).toBeCloseTo(0.9486081370449679, 12);
    const outputs: [Tensor, Tensor] = [
      tensor([
        [0, 2],
        [-1, 2],
        [8, -5],
      ]),
      tensor([
        [0.5, 1],
        [-1, 1],
        [7, -6],
      ]),
    ];
    expect(rSquared(...outputs)).toBeCloseTo(0.9368005266622779, 12);
    const sampleWeight = { weights: tensor([1, 2, 3, 4]) };
    expect(rSquared(tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7]), sampleWeight)).toBeCloseTo(0.9459613196814562, 6);
    expect(binaryAccuracy({ threshold: 0.5 })(tensor([[0.6], [0.5], [0.9]]), tensor([[1], [1], [1]]))).toBe(2 / 3);
  });

  it("macro means of metrics leave out classes that neither occur nor are predicted", () => {
    // scikit-learn 1.9.1: precision_recall_fscore_support(average="macro", zero_division=0).
    const macroOf = (predicted: number[], truth: number[], weights?: number[]): number[] => {
      const scores = oneHot(labels(...predicted), 5);
      const options = weights ? { weights: tensor(weights) } : {};
      const { macro } = confusionMatrix(scores, labels(...truth), options);
      const all = [precision(), recall(), f1Score()].map((metric) => metric(scores, labels(...truth), options));
      expect([macro.precision, macro.recall, macro.f1]).toEqual(all);
      return all;
    };
    expect(f1Score()(oneHot(labels(0, 1), 3), labels(0, 1))).toBe(1);
    expect(macroOf([4, 4], [4, 4])).toEqual([1, 1, 1]);
    // A class that only occurs, or is only predicted, counts as 0.
    expect(macroOf([0, 1, 1], [0, 1, 2])).toEqual([0.5, 2 / 3, (1 + 2 / 3) / 3]);
    expect(macroOf([0, 1, 3], [0, 1, 1])).toEqual([2 / 3, 0.5, (1 + 2 / 3) / 3]);
    expect(macroOf([3], [1])).toEqual([0, 0, 0]);
    // Rows of weight 0 do not make a class occur.
    expect(macroOf([0, 1, 3], [0, 1, 2], [1, 1, 0])).toEqual([1, 1, 1]);
    // A metric of one class that is absent keeps 0.
    expect(recall({ class: 2 })(oneHot(labels(0), 3), labels(0))).toBe(0);
  });

  it("metrics as functions return numbers if all targets are equal, and count weights", () => {
    expect(rSquared(tensor([1, 1]), tensor([1, 1]))).toBe(1);
    expect(rSquared(tensor([1, 2]), tensor([1, 1]))).toBe(0);
    const right = tensor([
      [1, 0],
      [1, 0],
    ]);
    expect(accuracy(right, labels(0, 1), { weights: tensor([3, 1]) })).toBe(0.75);
    expect(confusionMatrix(right, labels(0, 1), { weights: tensor([3, 1]) }).counts).toEqual([
      [3, 0],
      [1, 0],
    ]);
  });

  it("metrics as functions throw for invalid options, labels and scores", () => {
    const two = tensor([[1, 0]]);
    expect(() => topKAccuracy({ k: 0 })).toThrow("topKAccuracy: k must be a whole number from 1, got 0.");
    expect(() => confusionMatrix(two, labels(2))).toThrow(
      "confusionMatrix: a label must lie from 0 to 1, got 2 at position 0.",
    );
    expect(() => confusionMatrix(tensor([[Number.NaN, 0]]), labels(0))).toThrow(
      "confusionMatrix: a score must be a number, got NaN in row 0.",
    );
    expect(() => precision({ class: 2 })(two, labels(0))).toThrow(
      "precision: class must be one of the 2 of the scores, got 2.",
    );
    expect(() => rSquared(tensor([1]), tensor([[1]]))).toThrow("rSquared: predictions and targets must have one shape");
    expect(() => binaryAccuracy()(tensor([1]), tensor([0.5]))).toThrow(
      "a target must be 0 or 1, got 0.5 at position 0.",
    );
    expect(() => accuracy(two, labels(0), { weights: tensor([1, 2]) })).toThrow(
      "accuracy: weights must have one number for each of the 1 examples, got shape [2].",
    );
    expect(() => metric({ name: "validationX", statistics: () => [0], value: () => 0 })).toThrow(
      "metric: name must be text",
    );
    expect(() => metric({ name: "x", statistics: () => [0], value: () => 0, better: "more" as "higher" })).toThrow(
      'metric: better must be one of higher, lower, got "more".',
    );
  });
});

const largestError = metric({
  name: "largestError",
  statistics: (predictions, targets) => [max(abs(sub(predictions, targets))).item()],
  merge: ([a], [b]) => [Math.max(a, b)],
  value: ([largest]) => largest,
  better: "lower",
});

describe("metrics in evaluate", () => {
  it("metrics in evaluate have the same values in chunks of any size", () => {
    const model = passOn();
    const predictions = model.predict(scores);
    const both = [accuracy, topKAccuracy({ k: 2 }), confusionMatrix, recall(), weighted(accuracy)] as const;
    const whole = evaluate(model, classified, { metrics: both, batchSize: rows }).metrics;
    expect(whole.accuracy).toBe(accuracy(predictions, classes));
    expect(whole.weightedAccuracy).toBe(accuracy(predictions, classes, { weights }));
    expect(whole.confusionMatrix).toEqual(confusionMatrix(predictions, classes));
    expect(whole.weightedAccuracy).not.toBe(whole.accuracy);
    for (const batchSize of [1, 7, 50]) {
      const { metrics } = evaluate(model, classified, { metrics: both, batchSize });
      expect({ ...metrics, weightedAccuracy: 0 }).toEqual({ ...whole, weightedAccuracy: 0 });
      expect(metrics.weightedAccuracy).toBeCloseTo(whole.weightedAccuracy, 12);
      const numbers = [rSquared, meanAbsoluteError, meanSquaredError, largestError, weighted(rSquared)] as const;
      const evaluated = evaluate(model, regression, { metrics: numbers, loss: meanSquaredError, batchSize }).metrics;
      expect(evaluated.rSquared).toBeCloseTo(rSquared(predictions, regression.y), 6);
      expect(evaluated.weightedRSquared).toBeCloseTo(rSquared(predictions, regression.y, { weights }), 6);
      expect(evaluated.largestError).toBe(largestError(predictions, regression.y));
      expect(evaluated.meanAbsoluteError).toBeCloseTo(meanAbsoluteError(predictions, regression.y).item(), 3);
    }
  });

  it("metrics in evaluate throw for invalid lists", () => {
    const model = passOn();
    expect(() => evaluate(model, classified, { metrics: [accuracy, accuracy] })).toThrow(
      'evaluate: each metric needs a name of its own, got "accuracy", which is taken.',
    );
    expect(() => evaluate(model, classified, { metrics: ["accuracy"] as never })).toThrow(
      'evaluate: a metric must be made by metric(...) or be a loss, got "accuracy".',
    );
    const broken = metric({ name: "broken", statistics: () => ["1"] as never, value: () => 0 });
    expect(() => evaluate(model, classified, { metrics: [broken] })).toThrow(
      "broken: the statistics of a metric must be a list of numbers, got other entries.",
    );
    const scalar = (predictions: Tensor): Tensor => max(predictions);
    expect(() => evaluate(model, classified, { metrics: [scalar] })).toThrow(
      'scalar: the loss must give a value for each of the 101 examples when it is called with { reduction: "none" }',
    );
  });
});

describe("metrics in fit", () => {
  const model = (): Sequential => new Sequential({ inputShape: [3], layers: [new Dense({ units: 3 })], seed: 1 });

  it("metrics in fit are in the records, of training and of validation", async () => {
    const net = model();
    const history = await fit(net, classified, {
      optimizer: new SGD({ learningRate: 0.1 }),
      epochs: 2,
      batchSize: 20,
      validation: take(classified, { to: 60 }),
      metrics: [accuracy, topKAccuracy({ k: 2 }), confusionMatrix],
    });
    const [, second] = history.epochs;
    expect(second.metrics?.accuracy).toBe(second.accuracy);
    expect(second.metrics?.top2Accuracy).toBeGreaterThanOrEqual(second.accuracy as number);
    const counts = (second.details as { confusionMatrix: ConfusionMatrix }).confusionMatrix.counts.flat();
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows);
    const { metrics } = evaluate(net, take(classified, { to: 60 }), {
      metrics: [topKAccuracy({ k: 2 }), confusionMatrix],
    });
    expect(history.last("validationTop2Accuracy")).toBe(metrics.top2Accuracy);
    expect(second.validationDetails).toEqual({ confusionMatrix: metrics.confusionMatrix });
    expect(history.last("learningRate")).toBe(0.1);
  });

  it("metrics in fit are those of the predictions before each step, combined over the epoch", async () => {
    const frozen = { optimizer: new SGD({ learningRate: 0 }), epochs: 1, loss: meanSquaredError, batchSize: 9 };
    const net = model();
    const history = await fit(net, regression, { ...frozen, metrics: [rSquared, meanSquaredError, largestError] });
    const predictions = net.predict(scores);
    expect(history.last("rSquared")).toBeCloseTo(rSquared(predictions, regression.y), 3);
    expect(history.last("largestError")).toBe(largestError(predictions, regression.y));
    expect(history.last("meanSquaredError") / meanSquaredError(predictions, regression.y).item()).toBeCloseTo(1, 5);
  });
});
