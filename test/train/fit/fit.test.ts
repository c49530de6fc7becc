import {
  accuracy,
  BatchNorm,
  type Callback,
  clipByValue,
  type Dataset,
  Dense,
  Dropout,
  dataset,
  evaluate,
  type FitOptions,
  fit,
  type Loss,
  loadDigits,
  mean,
  meanSquaredError,
  NonFiniteError,
  relu,
  Sequential,
  SGD,
  softmaxCrossEntropy,
  type TrainingRun,
  take,
  tensor,
} from "gradus";
import { describe, expect, it, vi } from "vitest";

const { train: digits, validation } = await loadDigits();
const small = take(digits, { to: 200 });

const network = (seed?: number): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [64],
    layers: [new Dense({ units: 16 }), new BatchNorm(), relu, new Dropout({ rate: 0.2 }), new Dense({ units: 10 })],
    ...(seed === undefined ? {} : { seed }),
  });

const weights = (model: Sequential): number[][] => model.variables.map((variable) => [...variable.read().data]);

/** Trains a network from the beginning; gives what one can compare. */
const trained = async (seed: number, options: Partial<FitOptions> = {}, data: Dataset = small) => {
  const model = network(seed);
  const optimizer = new SGD({ learningRate: 0.1 });
  const history = await fit(model, data, { optimizer, epochs: 2, batchSize: 20, ...options });
  return { model, history, weights: weights(model), losses: history.epochs.map(({ loss }) => loss) };
};

describe("accuracy", () => {
  it("accuracy is the fraction of labels with the largest score, and counts ties as right", () => {
    const scores = tensor([
      [1, 2, 3],
      [3, 3, 1],
      [0, -1, -2],
      [Number.NaN, 0, 0],
    ]);
    expect(accuracy(scores, tensor([2, 1, 1, 0], { dtype: "int32" }))).toBe(0.5);
    expect(() => accuracy(tensor([], { shape: [0, 3] }), tensor([], { dtype: "int32" }))).toThrow(
      "accuracy: there must be a row to judge, got none.",
    );
  });
});

describe("evaluate", () => {
  it("evaluate returns the same values, whatever the batch size", () => {
    const model = network(1);
    const logits = model.predict(validation.x);
    const expected = {
      loss: softmaxCrossEntropy(logits, validation.y).item(),
      accuracy: accuracy(logits, validation.y),
    };
    for (const batchSize of [1, 7, 180, 1000]) {
      const result = evaluate(model, validation, { batchSize });
      expect(result.accuracy).toBe(expected.accuracy);
      expect(result.loss).toBeCloseTo(expected.loss, 5);
    }
  });

  it("evaluate needs a named loss for float targets, and then returns no accuracy", () => {
    const model = new Sequential({ inputShape: [2], layers: [new Dense({ units: 1 })], seed: 1 });
    const line = dataset({
      x: tensor([
        [1, 2],
        [3, 4],
      ]),
      y: tensor([[1], [2]]),
    });
    expect(() => evaluate(model, line)).toThrow(
      "evaluate: the loss must be named for targets that are not int32 labels, got targets of dtype float32. " +
        "Pass { loss: meanSquaredError }, for example, or labels of dtype int32 " +
        '(of a table: read the target with { types: { name: "category" } }).',
    );
    expect(Object.keys(evaluate(model, line, { loss: meanSquaredError }))).toEqual(["loss"]);
    const rows: Loss = (predictions) => predictions;
    expect(() => evaluate(model, line, { loss: rows })).toThrow(
      "evaluate: the loss must be a tensor of one number, got float32 [2, 1].",
    );
  });

  it("evaluate throws for data without examples, and for an invalid batch size", () => {
    expect(() => evaluate(network(), take(small, { to: 0 }))).toThrow("must have an example, got none");
    expect(() => evaluate(network(), small, { batchSize: 0 })).toThrow(
      "evaluate: batchSize must be a whole number from 1",
    );
  });
});

describe("fit", () => {
  it("fit records every epoch", async () => {
    const { model, history } = await trained(1, { validation, epochs: 3 });
    expect(history.epochs.map(({ epoch, steps }) => [epoch, steps])).toEqual([
      [0, 10],
      [1, 10],
      [2, 10],
    ]);
    const { loss, accuracy: validationAccuracy } = evaluate(model, validation);
    expect(history.last("validationLoss")).toBe(loss);
    expect(history.last("validationAccuracy")).toBe(validationAccuracy);
    expect(history.last("loss")).toBeLessThan(history.epochs[0].loss);
    expect(history.last("accuracy")).toBeGreaterThan(history.epochs[0].accuracy as number);
    expect(history.stopped).toBeUndefined();
  });

  it("fit has the same bits with the same seed, dropout, batch norm and shuffling included", async () => {
    const [first, again, other] = [await trained(1), await trained(1), await trained(2)];
    expect(again.weights).toEqual(first.weights);
    expect(again.losses).toEqual(first.losses);
    expect(other.losses).not.toEqual(first.losses);
    // Its own seed for the order, other things being equal.
    const [ordered, reordered] = [await trained(1, { seed: 5 }), await trained(1, { seed: 6 })];
    expect(ordered.losses).not.toEqual(reordered.losses);
    expect((await trained(1, { seed: 5 })).losses).toEqual(ordered.losses);
    expect((await trained(1, { seed: 1 })).losses).toEqual(first.losses);
  });

  it("fit resumes where another fit ended, in the order of one long run", async () => {
    const model = network(3);
    const optimizer = new SGD({ learningRate: 0.1 });
    for (let epoch = 0; epoch < 3; epoch++) await fit(model, small, { optimizer, epochs: 1, batchSize: 20 });
    expect(weights(model)).toEqual((await trained(3, { epochs: 3 })).weights);
  });

  it("fit keeps the order of the examples if asked to, and keeps or drops the remainder", async () => {
    const [first, seeded] = [await trained(1, { shuffle: false }), await trained(1, { shuffle: false, seed: 9 })];
    expect(seeded.losses).toEqual(first.losses);
    const steps = async (options: Partial<FitOptions>) =>
      (await trained(1, { epochs: 1, ...options })).history.epochs[0].steps;
    expect(await steps({ batchSize: 30 })).toBe(6);
    expect(await steps({ batchSize: 30, remainder: "keep" })).toBe(7);
    expect(await steps({ batchSize: 30, remainder: "drop" })).toBe(6);
  });

  it("fit builds a model without an input shape", async () => {
    const model = new Sequential({ layers: [new Dense({ units: 10 })], seed: 1 });
    await fit(model, small, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 1 });
    expect(model.variables).toHaveLength(2);
  });

  it("fit trains on float targets with a named loss", async () => {
    const line = dataset({ x: tensor([[0], [1], [2], [3]]), y: tensor([[1], [3], [5], [7]]) });
    const model = new Sequential({ inputShape: [1], layers: [new Dense({ units: 1 })], seed: 1 });
    const optimizer = new SGD({ learningRate: 0.1 });
    await expect(fit(model, line, { optimizer, epochs: 1 })).rejects.toThrow("fit: the loss must be named");
    const history = await fit(model, line, {
      optimizer,
      epochs: 300,
      batchSize: 4,
      loss: meanSquaredError,
      validation: line,
    });
    expect(history.last("validationLoss")).toBeLessThan(1e-6);
    expect(history.epochs[0].accuracy).toBeUndefined();
  });

  it("fit calls callbacks in order, and waits for promises", async () => {
    const calls: string[] = [];
    const slow = async (name: string): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      calls.push(name);
    };
    const callback: Callback = {
      onTrainBegin: () => slow("train"),
      onEpochBegin: ({ epoch }) => slow(`epoch ${epoch}`),
      onStep: ({ batch, batches }) => slow(`step ${batch}/${batches}`),
      onEpochEnd: (run, record) => slow(`end ${record.epoch} ${run.history.epochs.length}`),
      onTrainEnd: ({ error }) => slow(`done ${error}`),
    };
    await trained(1, { batchSize: 100, callbacks: [callback, { onStep: undefined }] });
    expect(calls.join()).toBe(
      "train,epoch 0,step 1/2,step 2/2,end 0 1,epoch 1,step 1/2,step 2/2,end 1 2,done undefined",
    );
  });

  it("fit stops within an epoch, after an epoch, and before the first", async () => {
    const stopping = async (part: Pick<Callback, "onStep" | "onEpochEnd" | "onTrainBegin">) =>
      (await trained(1, { callbacks: [part] })).history;
    const within = await stopping({ onStep: (run) => (run.batch === 3 ? run.stop("three are enough") : undefined) });
    expect([within.stopped, within.epochs.length]).toEqual(["three are enough", 0]);
    const after = await stopping({ onEpochEnd: (run) => run.stop() });
    expect([after.stopped, after.epochs.length]).toEqual(["stopped by a callback", 1]);
    const before = await stopping({ onTrainBegin: (run) => run.stop("no") });
    expect([before.stopped, before.epochs.length]).toEqual(["no", 0]);
  });

  it("fit lets the event loop run at least every 50 ms", async () => {
    // A clock on which each step takes 10 ms, whatever else the machine does.
    let [clock, sinceTurn, longest, turns] = [0, 0, 0, 0];
    const now = vi.spyOn(performance, "now").mockImplementation(() => clock);
    let training = true;
    const turn = (): void => {
      sinceTurn = 0;
      turns++;
      if (training) setImmediate(turn);
    };
    setImmediate(turn);
    const onStep = (): void => {
      clock += 10;
      sinceTurn += 10;
      longest = Math.max(longest, sinceTurn);
    };
    await trained(1, { epochs: 3, batchSize: 10, callbacks: [{ onStep }] }, digits);
    training = false;
    now.mockRestore();
    expect(clock).toBeGreaterThan(1000);
    expect(turns).toBeGreaterThan(clock / 50);
    expect(longest).toBeLessThanOrEqual(50);
  });

  it("fit lets the event loop run while it shuffles, and can be aborted there", async () => {
    // On this clock a piece of the order takes 10 ms.
    let clock = 0;
    const now = vi.spyOn(performance, "now").mockImplementation(() => (clock += 10));
    let [turns, steps] = [0, 0];
    const turn = (): void => {
      turns++;
      if (steps === 0) setImmediate(turn);
    };
    setImmediate(turn);
    const rows = 200_000;
    const many = dataset({ x: tensor(new Uint8Array(rows), { shape: [rows, 1] }), y: tensor(new Float32Array(rows)) });
    const model = new Sequential({ inputShape: [1], layers: [new Dense({ units: 1 })], seed: 1 });
    const optimizer = new SGD({ learningRate: 0 });
    const loss: Loss = (predictions) => mean(predictions);
    const onStep = (run: TrainingRun): void => {
      steps++;
      run.stop("one is enough");
    };
    await fit(model, many, { optimizer, epochs: 1, loss, callbacks: [{ onStep }] });
    expect(turns).toBeGreaterThan(8);
    const controller = new AbortController();
    const onEpochBegin = (): void => {
      setImmediate(() => controller.abort(new Error("while shuffling")));
    };
    await expect(
      fit(model, many, {
        optimizer,
        epochs: 1,
        loss,
        signal: controller.signal,
        callbacks: [{ onEpochBegin, onStep }],
      }),
    ).rejects.toThrow("while shuffling");
    now.mockRestore();
    expect(steps).toBe(1);
  });

  it("fit ends with the reason of its signal, within a step or before the first", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    let seen: unknown;
    const callback: Callback = {
      onStep: ({ batch }) => {
        if (batch === 2) controller.abort(reason);
      },
      onTrainEnd: ({ error }) => {
        seen = error;
      },
    };
    await expect(trained(1, { signal: controller.signal, callbacks: [callback] })).rejects.toBe(reason);
    expect(seen).toBe(reason);
    await expect(trained(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    // A timer is enough: training leaves it room.
    await expect(trained(1, { epochs: 1e6, signal: AbortSignal.timeout(60) })).rejects.toThrow(/timeout/);
  });

  it("fit stops at a loss that is not finite, reports it to callbacks, and works the next time", async () => {
    let seen: unknown;
    const callbacks: Callback[] = [
      {
        onTrainEnd: ({ error }) => {
          seen = error;
          throw new Error("one error is enough");
        },
      },
    ];
    const optimizer = new SGD({ learningRate: 1e30 });
    await expect(trained(1, { optimizer, callbacks })).rejects.toThrow(NonFiniteError);
    expect(seen).toBeInstanceOf(NonFiniteError);
    await trained(1, { optimizer: new SGD({ learningRate: 0.1, clip: clipByValue(-1, 1) }) });
  });

  it("fit throws the first error, whichever callback throws it", async () => {
    const failing = (part: keyof Callback) =>
      trained(1, { callbacks: [{ [part]: () => Promise.reject(new Error(`no ${part}`)) }] });
    for (const part of ["onTrainBegin", "onEpochBegin", "onStep", "onEpochEnd", "onTrainEnd"] as const) {
      await expect(failing(part)).rejects.toThrow(`no ${part}`);
    }
  });

  it("fit throws for invalid options", async () => {
    await expect(trained(1, { epochs: 1.5 })).rejects.toThrow("fit: epochs must be a whole number from 0, got 1.5.");
    await expect(trained(1, { batchSize: 0 })).rejects.toThrow("fit: batchSize must be a whole number from 1, got 0.");
    await expect(trained(1, { optimizer: undefined as unknown as SGD })).rejects.toThrow(
      "fit: optimizer must be an optimizer, got undefined. " +
        "Pass { optimizer: new Momentum({ learningRate: 0.01, momentum: 0.9 }) }, for example.",
    );
    await expect(trained(1, {}, { x: small.x, y: small.y } as Dataset)).rejects.toThrow(
      "fit: the train data must be a data set or a source of batches, got an object. Make one with dataset({ x, y }).",
    );
    await expect(trained(1, { validation: take(small, { to: 0 }) })).rejects.toThrow(
      "fit: the validation data must have an example, got none. Pass other data.",
    );
    await expect(trained(1, {}, take(small, { to: 0 }))).rejects.toThrow("fit: the train data must have an example");
    await expect(trained(1, { validaton: small } as Partial<FitOptions>)).rejects.toThrow(
      'fit: every option must be one that exists, got "validaton".',
    );
    expect((await trained(1, { epochs: 0 })).history.epochs).toEqual([]);
  });
});

describe("the seconds of an epoch", () => {
  it("the seconds of an epoch are those of training, without the callbacks after a step", async () => {
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
    try {
      const slow: Callback = {
        onStep: () => {
          now += 1000;
        },
      };
      const slowLoss: Loss = (predictions, y) => {
        now += 10;
        return softmaxCrossEntropy(predictions, y);
      };
      const { history } = await trained(1, { callbacks: [slow], loss: slowLoss });
      expect(history.epochs.map(({ steps, seconds }) => [steps, Number(seconds.toFixed(6))])).toEqual([
        [10, 0.1],
        [10, 0.1],
      ]);
    } finally {
      clock.mockRestore();
    }
  });
});
