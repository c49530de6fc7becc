import {
  Activation,
  binaryAccuracy,
  type Callback,
  checkpoints,
  csvLog,
  Dense,
  Dropout,
  dataset,
  earlyStopping,
  evaluate,
  type FitOptions,
  f1Score,
  fit,
  jsonLog,
  type Layer,
  type Loss,
  learningRateByEpoch,
  log,
  logSoftmax,
  type MetricLike,
  meanSquaredError,
  precision,
  progressBar,
  recall,
  Sequential,
  SGD,
  sigmoidCrossEntropy,
  softmax,
  softmaxCrossEntropy,
  type TrainingRun,
  tensor,
  topKAccuracy,
  weighted,
} from "gradus";
import { describe, expect, it } from "vitest";
import { inspector } from "../../../src/report/index.ts";

const points = dataset({
  x: tensor([
    [0, 1],
    [1, 0],
    [1, 1],
    [0, 0],
  ]),
  y: tensor([0, 1, 1, 0], { dtype: "int32" }),
});

const model = (...layers: ConstructorParameters<typeof Sequential>[0]["layers"]): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [2],
    layers: layers.length > 0 ? layers : [new Dense({ units: 2 })],
    seed: 1,
  });

/** `fit` with options that TypeScript would refuse too. */
const fitted = (options: object, trained: unknown = model()) =>
  fit(trained as Layer, points, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 1, ...options } as FitOptions);

describe("callbacks", () => {
  it("callbacks that would never be called are an error", async () => {
    const hooks = "The hooks are onTrainBegin, onEpochBegin, onStep, onEpochEnd and onTrainEnd.";
    const cases: readonly (readonly [unknown, string])[] = [
      [
        [progressBar],
        "fit: a callback must be an object with a hook, got the function progressBar. If it makes a callback, call it: " +
          "progressBar(). If it is to be called itself, pass { onEpochEnd: progressBar }.",
      ],
      [
        [() => 1],
        "fit: a callback must be an object with a hook, got a function. Pass { onEpochEnd: (run, record) => ... }, for example.",
      ],
      [[false], "fit: a callback must be an object with a hook, got false. Leave it out of the list."],
      [
        [{ onEpochEnded() {} }],
        `fit: every hook of a callback must be one that exists, got "onEpochEnded". ${hooks} Give other things other names.`,
      ],
      [[{ onEpochEnd() {}, onBatchEnd() {} }], 'must be one that exists, got "onBatchEnd".'],
      [[{}], `fit: a callback must have a hook, got an object with nothing in it. ${hooks}`],
      [[{ name: "mine", state: () => 1 }], "fit: a callback must have a hook, got an object with name, state."],
      [[[progressBar()]], "fit: a callback must have a hook, got [an object] with"],
      [
        [{ onStep: "each" }],
        'fit: onStep of a callback must be a function, got "each". Pass (run) => ..., for example.',
      ],
      [
        progressBar(),
        "fit: callbacks must be a list, got an object. Pass { callbacks: [progressBar()] }, for example.",
      ],
    ];
    for (const [callbacks, message] of cases) {
      await expect(fitted({ callbacks })).rejects.toMatchObject({
        name: "ValueError",
        message: expect.stringContaining(message),
      });
    }
  });

  it("callbacks may be instances of classes with other fields", async () => {
    class Counting implements Callback {
      readonly name = "counting";
      online = true;
      count = 0;
      onStep(_: TrainingRun): void {
        this.count++;
      }
    }
    class CountingMore extends Counting {}
    const [own, inherited] = [new Counting(), new CountingMore()];
    const sometimes: Callback = { onStep: undefined, onEpochEnd: () => undefined };
    await fitted({ callbacks: [own, inherited, sometimes] });
    expect([own.count, inherited.count]).toEqual([1, 1]);
  });

  it("callbacks of gradus all pass the check", async () => {
    const ours = [
      progressBar({ output: { write: () => true } }),
      earlyStopping({ patience: 2, monitor: "loss" }),
      checkpoints(() => undefined, { everyEpochs: 2 }),
      checkpoints(() => undefined, { best: "loss" }),
      csvLog(() => undefined),
      jsonLog(() => undefined),
      learningRateByEpoch(() => 0.1),
      inspector(),
    ];
    await fitted({ callbacks: ours });
  });
});

describe("options of a wrong kind", () => {
  it("options of a wrong kind are an error that names the right kind", async () => {
    const cases: readonly (readonly [object, string])[] = [
      [{ loss: "mse" }, 'fit: loss must be a function, got "mse". Pass { loss: meanSquaredError }, for example.'],
      [
        { signal: new AbortController() },
        "fit: signal must be an AbortSignal, got an AbortController. Pass the signal of a controller: controller.signal.",
      ],
      [{ signal: null }, "fit: signal must be an AbortSignal, got null."],
    ];
    for (const [options, message] of cases) {
      await expect(fitted(options)).rejects.toMatchObject({
        name: "ValueError",
        message: expect.stringContaining(message),
      });
    }
    await expect(fitted({}, [model()])).rejects.toThrow(
      "fit: the model must be a layer, got [a Sequential]. Pass one model: new Sequential({ layers }), for example.",
    );
    expect(() => evaluate({} as Layer, points)).toThrow("evaluate: the model must be a layer, got an object.");
    expect(() => evaluate(model(), points, { loss: "mse" as unknown as Loss })).toThrow(
      'evaluate: loss must be a function, got "mse".',
    );
  });
});

describe("metrics", () => {
  it("functions that make a metric are an error in place of the metric", async () => {
    const own = () => topKAccuracy({ k: 1 });
    for (const maker of [topKAccuracy, binaryAccuracy, precision, recall, f1Score, weighted, own]) {
      const message =
        `a metric must be made by metric(...) or be a loss, got the function ${maker.name}, which gives no losses. ` +
        "If it makes a metric, call it, as in topKAccuracy({ k: 5 }) or recall().";
      await expect(fitted({ metrics: [maker] })).rejects.toThrow(`fit: ${message}`);
      expect(() => evaluate(model(), points, { metrics: [maker as unknown as MetricLike] })).toThrow(
        `evaluate: ${message}`,
      );
    }
  });
});

describe("a model that ends with probabilities", () => {
  const message =
    'fit: the model must end with scores (logits) for softmaxCrossEntropy, which applies softmax itself, got "net", which ' +
    "ends with softmax. Leave that activation out, and take softmax(model.predict(x)) for probabilities. Where the model " +
    "cannot be changed: { loss: (p, y, options) => softmaxCrossEntropy(log(p), y, options) }.";
  const withSoftmax = () => model(new Dense({ units: 2, activation: "softmax" }));

  it("a model that ends with probabilities is an error with losses that take scores", async () => {
    await expect(fitted({}, withSoftmax())).rejects.toThrow(message);
    await expect(fitted({ loss: softmaxCrossEntropy }, withSoftmax())).rejects.toThrow(message);
    await expect(fitted({}, model(new Dense({ units: 2 }), softmax))).rejects.toThrow(message);
    await expect(fitted({}, model(model(new Dense({ units: 2 }), new Activation("softmax"))))).rejects.toThrow(message);
    await expect(fitted({}, model(new Dense({ units: 2, activation: "sigmoid" })))).rejects.toThrow(
      "ends with sigmoid",
    );
    const answer = model(new Dense({ units: 1, activation: "sigmoid" }));
    await expect(fitted({ loss: sigmoidCrossEntropy }, answer)).rejects.toThrow(
      "{ loss: (p, y, options) => sigmoidCrossEntropy(sub(log(p), log(sub(1, p))), y, options) }",
    );
    expect(() => evaluate(withSoftmax(), points)).toThrow(message.replace("fit:", "evaluate:"));
    const source = () => [points];
    await expect(fit(withSoftmax(), source, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 1 })).rejects.toThrow(
      message,
    );
  });

  it("a model that ends with probabilities has the same loss with the custom loss that the error recommends", async () => {
    const loss: Loss = (p, y, options) => softmaxCrossEntropy(log(p), y, options);
    const { loss: expected, accuracy } = evaluate(model(), points);
    const result = evaluate(withSoftmax(), points, { loss });
    expect(result.accuracy).toBe(accuracy);
    expect(result.loss).toBeCloseTo(expected, 6);
    const history = await fitted({ loss, epochs: 2 }, withSoftmax());
    expect(history.epochs[1].loss).toBeLessThan(history.epochs[0].loss);
  });

  it("a model with softmax or sigmoid trains if its outputs are scores, or with another loss", async () => {
    await fitted({}, model(new Dense({ units: 2 }), logSoftmax));
    await fitted({}, model(new Dense({ units: 2, activation: "softmax" }), new Dense({ units: 2 })));
    await fitted({}, model(new Dense({ units: 2 }), new Dropout({ rate: 0.1 })));
    const x = points.x;
    await fit(model(new Dense({ units: 2, activation: "sigmoid" })), dataset({ x, y: x }), {
      optimizer: new SGD({ learningRate: 0.1 }),
      epochs: 1,
      loss: meanSquaredError,
    });
  });
});
