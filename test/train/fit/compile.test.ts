import {
  Adam,
  type Batch,
  BatchNorm,
  type CallOptions,
  clipByGlobalNorm,
  type Dataset,
  Dense,
  Dropout,
  dataset,
  evaluate,
  exponentialDecay,
  type FitOptions,
  f1Score,
  fit,
  getBackend,
  type History,
  type Layer,
  type Loss,
  l2,
  Momentum,
  meanSquaredError,
  RReLU,
  randomNormal,
  registerFunction,
  Sequential,
  SGD,
  setBackend,
  softmaxCrossEntropy,
  square,
  type Tensor,
  tensor,
} from "gradus";
import { describe, expect, test } from "vitest";
import { observeKernels } from "../../../src/tensor/interpret/eager.ts";
import { sameBits } from "../../../src/tensor/tensor.ts";

const rows = 47;

const data = (): Dataset =>
  dataset({
    x: randomNormal([rows, 4], { seed: 1 }),
    y: tensor(
      Array.from({ length: rows }, (_, row) => row % 3),
      { dtype: "int32" },
    ),
    weights: tensor(Array.from({ length: rows }, (_, row) => 1 + (row % 2))),
  });

const network = (): Sequential =>
  new Sequential({
    inputShape: [4],
    layers: [
      new Dense({ units: 6, kernelRegularizer: l2(0.01) }),
      new BatchNorm(),
      new RReLU(),
      new Dropout({ rate: 0.3 }),
      new Dense({ units: 3 }),
    ],
    seed: 1,
  });

const options = (): FitOptions => ({
  optimizer: new Adam({
    learningRate: exponentialDecay({ initial: 0.05, decaySteps: 5, decayRate: 0.9 }),
    clip: clipByGlobalNorm(1),
  }),
  epochs: 4,
  batchSize: 10,
  validation: data(),
  metrics: [f1Score()],
  classWeights: [1, 2, 3],
  seed: 5,
});

/** What a run leaves behind, without its times. */
const outcome = (model: Layer, { epochs }: History): unknown => ({
  epochs: epochs.map(({ seconds: _, ...record }) => record),
  values: model.variables.map((variable) => variable.read().toArray()),
});

/** How many times layers of a model that is made within `run` computed an operation, and did not replay it. */
const runsOf = async (operation: string, run: () => Promise<unknown>): Promise<number> => {
  let runs = 0;
  const { call } = Dense.prototype;
  const count = (name: string): void => {
    if (name === operation) runs++;
  };
  Dense.prototype.call = function (this: Dense, input: Tensor) {
    return observeKernels(count, () => call.call(this, input));
  };
  try {
    await run();
  } finally {
    // The method is that of the class which Dense extends.
    Reflect.deleteProperty(Dense.prototype, "call");
  }
  return runs;
};

describe("fit that replays recorded steps", () => {
  test.each([
    ["metrics", options()],
    ["no metrics, whose batches share their arrays", { ...options(), metrics: [] }],
  ])("has the bits of a run whose steps run as they are, with %s", async (_, { optimizer: __, ...more }) => {
    const runs = await Promise.all(
      [false, undefined, true].map(async (compile) => {
        const model = network();
        const { optimizer } = options();
        return outcome(
          model,
          await fit(model, data(), { ...more, optimizer, ...(compile !== undefined && { compile }) }),
        );
      }),
    );
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  test.each(["a metric", "a loss"])(
    "leaves the targets that %s keeps as they are, where steps run as they are",
    async (keeper) => {
      const backend = getBackend();
      setBackend("reference");
      try {
        const batches: Tensor[] = [];
        const keep: Loss = (predictions, targets, lossOptions) => {
          batches.push(targets);
          return softmaxCrossEntropy(predictions, targets, lossOptions);
        };
        const { x, y } = data();
        const settings: FitOptions =
          keeper === "a metric"
            ? { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2, metrics: [keep] }
            : { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2, loss: keep, compile: true };
        await fit(new Sequential({ inputShape: [4], layers: [new Dense({ units: 3 })], seed: 1 }), dataset({ x, y }), {
          ...settings,
          batchSize: 5,
        });
        const labels = batches.flatMap((batch) => [...batch.data]);
        expect(labels.sort()).toEqual([...y.data, ...y.data].sort());
      } finally {
        setBackend(backend);
      }
    },
  );

  test("computes an operation of the model once for each shape of a batch, and by default as with compile: true", async () => {
    const run = async (compile: boolean | undefined): Promise<number> => {
      const optimizer = new Momentum({ learningRate: 0.1, momentum: 0.9 });
      const model = (): Layer => new Sequential({ inputShape: [4], layers: [new Dense({ units: 3 })], seed: 1 });
      return runsOf("affine", () =>
        fit(model(), data(), {
          optimizer,
          epochs: 5,
          batchSize: 20,
          remainder: "keep",
          ...(compile !== undefined && { compile }),
        }),
      );
    };
    const [asItIs, byDefault, compiled] = [await run(false), await run(undefined), await run(true)];
    expect(asItIs).toBe(15);
    expect(byDefault).toBeLessThan(8);
    expect(compiled).toBe(byDefault);
  });

  test("resumes in the middle of an epoch with the bits of a run that did not stop", async () => {
    const whole = network();
    const expected = outcome(whole, await fit(whole, data(), options()));
    const model = network();
    const own = options();
    const stop = {
      onStep: (run: {
        readonly epoch: number;
        readonly batch: number;
        stop(reason?: string, options?: { readonly atOnce?: boolean }): void;
      }) => {
        if (run.epoch === 1 && run.batch === 2) run.stop("for a while", { atOnce: true });
      },
    };
    const history = await fit(model, data(), { ...own, callbacks: [stop] });
    expect(history.epochs.length).toBe(1);
    expect(outcome(model, await fit(model, data(), { ...own, history }))).toEqual(expected);
  });

  test("runs custom layers and losses as they are, unless it is told to compile", async () => {
    let calls = 0;
    class Counting extends Dense {
      override call(input: Tensor): Tensor {
        calls++;
        return super.call(input);
      }
    }
    const countingLoss = (predictions: Tensor, targets: Tensor): Tensor => {
      calls++;
      return meanSquaredError(predictions, targets);
    };
    const named = registerFunction("squaredInAFit", (x: Tensor) => {
      calls++;
      return square(x);
    });
    const custom: [Layer, FitOptions["loss"]][] = [
      [new Counting({ units: 1 }), meanSquaredError],
      [new Dense({ units: 1 }), countingLoss],
      [new Dense({ units: 1, activation: named }), meanSquaredError],
      [new Dense({ units: 1, activation: (x) => named(x) }), meanSquaredError],
      [new Dense({ units: 1, kernelRegularizer: (w) => named(w).constructor && l2(0.1)(named(w)) }), meanSquaredError],
    ];
    for (const [index, [layer, loss]] of custom.entries()) {
      const model = new Sequential({ inputShape: [4], layers: [layer], seed: 1 });
      const regression = dataset({ x: randomNormal([20, 4], { seed: 1 }), y: randomNormal([20, 1], { seed: 2 }) });
      const run = async (compile?: boolean): Promise<number> => {
        const before = calls;
        const optimizer = new Momentum({ learningRate: 0.01, momentum: 0.9 });
        await fit(model, regression, {
          optimizer,
          epochs: 10,
          batchSize: 10,
          ...(loss && { loss }),
          ...(compile && { compile }),
        });
        return calls - before;
      };
      expect(await run(), `custom code ${index}`).toBeGreaterThanOrEqual(20);
      expect(await run(true), `custom code ${index}, compiled`).toBeLessThan(20);
    }
  });

  test("says what to do about a custom layer that reads values, when it is told to compile", async () => {
    class Reading extends Dense {
      override call(input: Tensor, { training }: CallOptions = {}): Tensor {
        const y = super.call(input);
        if (training) y.toArray();
        return y;
      }
    }
    const model = new Sequential({ layers: [new Reading({ units: 3 })] });
    const optimizer = new Adam({ learningRate: 0.01 });
    await expect(fit(model, data(), { optimizer, epochs: 2, compile: true })).rejects.toThrow(
      /must not read values on the host/,
    );
    await fit(model, data(), { optimizer, epochs: 2 });
  });

  test("names the step and the example of a batch that fails, as a run without recordings does", async () => {
    const values = randomNormal([40, 4], { seed: 1 }).data;
    values[130] = Number.NaN;
    const x = tensor(values, { shape: [40, 4] });
    const bad = dataset({
      x,
      y: tensor(
        Array.from({ length: 40 }, (_, row) => row % 3),
        { dtype: "int32" },
      ),
    });
    const wrong = dataset({
      x: randomNormal([40, 4], { seed: 1 }),
      y: tensor(
        Array.from({ length: 40 }, (_, row) => (row === 33 ? 7 : row % 3)),
        { dtype: "int32" },
      ),
    });
    for (const train of [bad, wrong]) {
      const messages: string[] = [];
      for (const compile of [false, true]) {
        const model = new Sequential({ inputShape: [4], layers: [new Dense({ units: 3 }), new Dropout()], seed: 1 });
        const optimizer = new Momentum({ learningRate: 0.01, momentum: 0.9 });
        const run = fit(model, train, { optimizer, epochs: 2, batchSize: 4, shuffle: false, compile });
        messages.push(await run.then(() => "no error", String));
        messages.push(
          JSON.stringify(model.variables.map((variable) => variable.read().toArray())),
          String(optimizer.step),
        );
      }
      expect(messages.slice(3)).toEqual(messages.slice(0, 3));
      expect(messages[0]).toMatch(/example 3[23]|NaN/);
    }
  });

  test("takes a source of batches whose shapes differ", async () => {
    const batches: Batch[] = [5, 7, 5, 7, 3].map((size, index) => ({
      x: randomNormal([size, 4], { seed: index }),
      y: tensor(
        Array.from({ length: size }, (_, row) => row % 3),
        { dtype: "int32" },
      ),
    }));
    const results = [];
    for (const compile of [false, true]) {
      const model = network();
      results.push(
        outcome(
          model,
          await fit(model, () => batches, { optimizer: new Adam({ learningRate: 0.01 }), epochs: 6, compile }),
        ),
      );
    }
    expect(results[1]).toEqual(results[0]);
  });
});

test("predict and evaluate replay few rows, with the bits of the call as it is, while the model changes", async () => {
  const model = network();
  const optimizer = new Adam({ learningRate: 0.05 });
  for (let turn = 0; turn < 4; turn++) {
    await fit(model, data(), { optimizer, epochs: 1 });
    for (const count of [1, 3, 1, 3]) {
      const x = randomNormal([count, 4], { seed: turn });
      expect(sameBits(model.predict(x), model.call(x))).toBe(true);
    }
    const { loss } = await evaluate(model, data());
    expect(Number.isFinite(loss)).toBe(true);
  }
  const x = randomNormal([1, 4], { seed: 1 });
  const runs = await runsOf("affine", async () => {
    const model = network();
    for (let index = 0; index < 10; index++) model.predict(x);
  });
  expect(runs).toBeLessThan(6);
});
