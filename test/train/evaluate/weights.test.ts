import {
  accuracy,
  balancedClassWeights,
  cacheActivations,
  type Dataset,
  Dense,
  dataset,
  evaluate,
  type FitOptions,
  fit,
  huber,
  kFold,
  type Loss,
  loadDigits,
  mean,
  meanAbsoluteError,
  meanSquaredError,
  minibatches,
  Random,
  randomNormal,
  randomUniform,
  Sequential,
  SGD,
  sigmoidCrossEntropy,
  split,
  square,
  sub,
  type Tensor,
  take,
  tensor,
  weighted,
} from "gradus";
import { describe, expect, it } from "vitest";

const random = new Random(5);
const [rows, inputs, classes] = [12, 4, 3];
const x = randomNormal([rows, inputs], { random });
const y = tensor([0, 1, 2, 0, 0, 1, 2, 0, 0, 0, 1, 0], { dtype: "int32" });
const weights = randomUniform([rows], { min: 0, max: 3, random });
const data = dataset({ x, y, weights });
const learningRate = 0.5;

const model = (units = classes): Sequential =>
  new Sequential({ inputShape: [inputs], layers: [new Dense({ units, useBias: false })], seed: 2 });

/** One step over all examples: the kernel before and after, and the loss that was told. */
const oneStep = async (from: Dataset, options: Partial<FitOptions> = {}, units = classes) => {
  const net = model(units);
  const before = Float64Array.from(net.variables[0].read().data);
  const optimizer = new SGD({ learningRate });
  const history = await fit(net, from, { optimizer, epochs: 1, batchSize: rows, shuffle: false, ...options });
  return { before, after: [...net.variables[0].read().data], loss: history.last("loss"), history, net };
};

/** The same in plain numbers: loss and kernel after a step on Σ wᵢ·(−log softmax(xᵢW)[yᵢ]) / rows. */
const byHand = (kernel: Float64Array, factors: readonly number[]): { loss: number; after: number[] } => {
  const gradient = new Float64Array(kernel.length);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const at = [...x.data].slice(row * inputs, (row + 1) * inputs);
    const logits = Array.from({ length: classes }, (_, c) =>
      at.reduce((s, v, i) => s + v * kernel[i * classes + c], 0),
    );
    const total = logits.reduce((s, logit) => s + Math.exp(logit), 0);
    const label = y.data[row];
    loss += (factors[row] * (Math.log(total) - logits[label])) / rows;
    for (let c = 0; c < classes; c++) {
      const slope = (factors[row] * (Math.exp(logits[c]) / total - Number(c === label))) / rows;
      for (let i = 0; i < inputs; i++) gradient[i * classes + c] += slope * at[i];
    }
  }
  return { loss, after: [...kernel].map((value, index) => value - learningRate * gradient[index]) };
};

const expectStep = (
  step: { before: Float64Array; after: number[]; loss: number },
  factors: readonly number[],
): void => {
  const expected = byHand(step.before, factors);
  expect(step.loss).toBeCloseTo(expected.loss, 5);
  for (const [index, value] of step.after.entries()) expect(value).toBeCloseTo(expected.after[index], 5);
};

describe("weights", () => {
  const own = [...weights.data];
  const ofClass = [0.5, 2, 3];

  it("weights multiply the loss of each example, and the sum is divided by the number of examples", async () => {
    expectStep(await oneStep(data), own);
    expectStep(
      await oneStep(dataset({ x, y }), { classWeights: ofClass }),
      [...y.data].map((label) => ofClass[label]),
    );
    const both = [...y.data].map((label, row) => ofClass[label] * own[row]);
    expectStep(await oneStep(data, { classWeights: ofClass }), both);
    expectStep(await oneStep(data, { classWeights: { 1: 2, 2: 3, 0: 0.5 } }), both);
    expectStep(
      await oneStep(dataset({ x, y }), { classWeights: { 2: 3 } }),
      [...y.data].map((l) => (l === 2 ? 3 : 1)),
    );
  });

  it("weights of 1 change no bit, and weights of 2 double the loss", async () => {
    const ones = dataset({ x, y, weights: tensor(new Float32Array(rows).fill(1)) });
    expect((await oneStep(ones)).after).toEqual((await oneStep(dataset({ x, y }))).after);
    const net = model();
    const doubled = dataset({ x, y, weights: tensor(new Float32Array(rows).fill(2)) });
    expect(evaluate(net, doubled).loss).toBeCloseTo(2 * evaluate(net, dataset({ x, y })).loss, 5);
  });

  it("weights of the validation data alone weight its loss, and metrics that use weights", async () => {
    const { history, net } = await oneStep(data, {
      validation: data,
      classWeights: [1, 2, 3],
      metrics: [weighted(accuracy)],
    });
    expect(history.last("validationLoss")).toBe(evaluate(net, data).loss);
    const result = evaluate(net, data, { batchSize: 5, metrics: [accuracy, weighted(accuracy)] });
    expect(result.loss).toBeCloseTo(history.last("validationLoss"), 6);
    expect(result.accuracy).toBe(evaluate(net, dataset({ x, y })).accuracy);
    const predictions = net.predict(x);
    expect(result.metrics.weightedAccuracy).toBeCloseTo(accuracy(predictions, y, { weights }), 12);
    expect(history.last("validationWeightedAccuracy")).toBeCloseTo(result.metrics.weightedAccuracy, 12);
    const losses = byHand(Float64Array.from(net.variables[0].read().data), own).loss;
    expect(result.loss).toBeCloseTo(losses, 5);
  });

  it("weights stay with their examples", () => {
    // Row i of x begins with a number that tells its weight.
    const marked = dataset({
      x: tensor(Array.from({ length: 10 }, (_, row) => [row, 0])),
      y: tensor([0, 1, 0, 1, 0, 1, 0, 1, 0, 1], { dtype: "int32" }),
      weights: tensor(Array.from({ length: 10 }, (_, row) => row / 10)),
    });
    const check = (part: { x: Tensor; weights?: Tensor }): void => {
      const marks = [...part.x.data].filter((_, index) => index % 2 === 0);
      expect(part.weights?.shape).toEqual([marks.length]);
      expect([...(part.weights as Tensor).data].map((value) => Math.round(10 * value))).toEqual(marks);
    };
    check(take(marked, { from: 2, to: 5 }));
    check(take(marked, { rows: [7, 1, 1] }));
    for (const part of Object.values(split(marked, { parts: { train: 0.7, validation: 0.3 }, seed: 3 }))) check(part);
    for (const { train, validation } of kFold(marked, { folds: 3 })) {
      check(train);
      check(validation);
    }
    for (const batch of minibatches(marked, { batchSize: 3, seed: 1 })) check(batch);
    for (const batch of minibatches(marked, { batchSize: 3, shuffle: false })) check(batch);
  });

  it("weights stay with cached activations", () => {
    const net = new Sequential({
      inputShape: [inputs],
      layers: [new Dense({ units: 3 }), new Dense({ units: 3 })],
      seed: 1,
    });
    net.freeze(net.layers[0].name);
    expect(cacheActivations(net, data).inputs.weights).toBe(weights);
  });

  it("weights work with every loss of gradus, and with custom losses that return the losses of examples", async () => {
    const targets = randomUniform([rows, 2], { random });
    const regression = dataset({ x, y: targets, weights });
    const rowsSquared: Loss = (predictions, truth, { reduction = "mean" } = {}) => {
      const losses = square(sub(predictions, truth));
      return reduction === "none" ? losses : mean(losses);
    };
    const expected = await oneStep(regression, { loss: meanSquaredError }, 2);
    expect((await oneStep(regression, { loss: rowsSquared }, 2)).after).toEqual(expected.after);
    for (const loss of [meanAbsoluteError, huber, sigmoidCrossEntropy]) {
      expect((await oneStep(regression, { loss }, 2)).loss).toBeGreaterThan(0);
    }
    const oneNumber: Loss = (predictions, truth) => mean(square(sub(predictions, truth)));
    await expect(oneStep(regression, { loss: oneNumber }, 2)).rejects.toThrow(
      "fit: with weights the loss must give a value for each of the 12 examples when it is called with " +
        '{ reduction: "none" } as its third argument, got float32 []. Let it do so, as the losses of gradus do, or leave the weights out.',
    );
    expect(() => evaluate(model(2), regression, { loss: oneNumber })).toThrow(
      "evaluate: with weights the loss must give",
    );
    await expect(oneStep(regression, { loss: meanSquaredError, classWeights: [1, 2] }, 2)).rejects.toThrow(
      "fit: class weights need one label for each example, got targets of shape [12, 2].",
    );
  });

  it("weights that are invalid are an error", async () => {
    const weightsOf =
      (...values: number[]) =>
      () =>
        dataset({ x: x, y, weights: tensor(values) });
    expect(weightsOf(1, 2)).toThrow(
      "dataset: weights must have one number for each of the 12 examples, got shape [2].",
    );
    expect(weightsOf(...own.with(3, -1))).toThrow(
      "dataset: a weight must be a finite number from 0, got -1 at position 3.",
    );
    expect(weightsOf(...own.with(3, Number.NaN))).toThrow("got NaN at position 3.");
    expect(weightsOf(...own.map(() => 0))).toThrow("dataset: some weight must be above 0, got 12 times 0.");
    expect(() => dataset({ x, y, weights: own as never })).toThrow("weights must be a float tensor, got [");
    expect(() => dataset({ x, y, weights: y })).toThrow("weights must be a float tensor, got int32.");
    const refused = (classWeights: unknown, message: string) =>
      expect(oneStep(data, { classWeights: classWeights as number[] })).rejects.toThrow(message);
    await refused(
      [1, 2],
      "fit: classWeights must have a weight for each of the 3 classes that the model tells apart, got 2.",
    );
    await refused([1, 2, -1], "fit: a class weight must be a finite number from 0, got -1 for class 2.");
    await refused([0, 0, 0], "fit: some class must count more than 0, got [0, 0, 0].");
    await refused({ one: 1 }, 'fit: classWeights must name classes by whole numbers from 0, got "one".');
    await refused(2, "fit: classWeights must be a list, or an object by class, got 2.");
  });

  it("balancedClassWeights agrees with scikit-learn", async () => {
    // scikit-learn 1.9.1: compute_class_weight("balanced"); class 2 has no example.
    expect(balancedClassWeights(tensor([0, 0, 0, 1, 3, 3], { dtype: "int32" }))).toEqual([2 / 3, 2, 1, 1]);
    const { train } = await loadDigits();
    const balanced = balancedClassWeights(train.y);
    const sum = [...train.y.data].reduce((total, label) => total + balanced[label], 0);
    expect(sum / train.size).toBeCloseTo(1, 12);
    expect(() => balancedClassWeights(tensor([0.5]))).toThrow(
      "labels must be int32 [rows] with a row, or floats of 0 and 1, got float32 [1].",
    );
  });
});
