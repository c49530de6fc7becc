import {
  type Batch,
  type BatchSource,
  type Callback,
  checkpoints,
  Dense,
  Dropout,
  dataset,
  evaluate,
  type FitOptions,
  fit,
  loadCheckpoint,
  loadDigits,
  meanSquaredError,
  minibatches,
  progressBar,
  rSquared,
  Sequential,
  SGD,
  take,
  tensor,
  topKAccuracy,
} from "gradus";
import { describe, expect, it } from "vitest";

const { train: digits, validation } = await loadDigits();
const data = take(digits, { to: 100 });

const network = (inputShape?: readonly number[]): Sequential =>
  new Sequential({
    name: "net",
    ...(inputShape ? { inputShape } : {}),
    layers: [new Dense({ units: 8, activation: "relu" }), new Dropout({ rate: 0.2 }), new Dense({ units: 10 })],
    seed: 1,
  });
const weights = (model: Sequential): number[][] => model.variables.map((variable) => [...variable.read().data]);
const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  optimizer: new SGD({ learningRate: 0.1 }),
  epochs: 2,
  ...more,
});

/** Batches as a reader of files gives them; counts those that were asked for and how often it was ended. */
class Reader {
  asked = 0;
  opened = 0;
  closed = 0;

  async *read(epoch = 0): AsyncGenerator<Batch> {
    this.opened++;
    try {
      for (const batch of minibatches(data, { batchSize: 20, seed: epoch })) {
        this.asked++;
        await Promise.resolve();
        yield batch;
      }
    } finally {
      this.closed++;
    }
  }
}

describe("fit on a source of batches", () => {
  it("fit on a source of batches has the bits of a data set in the same order, for each kind of source", async () => {
    const expected = network([64]);
    const history = await fit(expected, data, options({ batchSize: 20, shuffle: false }));
    const inOrder = () => minibatches(data, { batchSize: 20, shuffle: false });
    const sources: BatchSource[] = [
      inOrder(),
      [...inOrder()],
      () => inOrder(),
      async function* () {
        yield* inOrder();
      },
      {
        [Symbol.asyncIterator]: () =>
          (async function* () {
            yield* inOrder();
          })(),
      },
    ];
    for (const source of sources) {
      // One that must see a batch to know its shape, too.
      for (const model of [network([64]), network()]) {
        const streamed = await fit(model, source, options());
        expect(weights(model)).toEqual(weights(expected));
        expect(streamed.epochs.map(({ loss, accuracy, steps }) => [loss, accuracy, steps])).toEqual(
          history.epochs.map(({ loss, accuracy, steps }) => [loss, accuracy, steps]),
        );
      }
    }
  });

  it("fit on a source of batches calls a function with the number of each epoch, and does not know the number of batches", async () => {
    const reader = new Reader();
    const asked: number[] = [];
    const seen: unknown[] = [];
    const watch: Callback = { onStep: (run) => void seen.push(run.batches) };
    const source = (epoch: number) => {
      asked.push(epoch);
      return reader.read(epoch);
    };
    const lines: string[] = [];
    const bar = progressBar({ live: true, output: { columns: 200, write: (text) => lines.push(text) } });
    await fit(network(), source, options({ callbacks: [watch, bar] }));
    expect(asked).toEqual([0, 1]);
    expect(new Set(seen)).toEqual(new Set([undefined]));
    expect([reader.asked, reader.opened, reader.closed]).toEqual([10, 2, 2]);
    expect(lines.join("")).toMatch(/epoch 1\/2 1 batch {2}loss \d\.\d+ {2}[\d.]+ steps\/s/);
  });

  it("fit on a source of batches takes stepsPerEpoch batches: the first of a function, the next of an iterable", async () => {
    const reader = new Reader();
    const history = await fit(network(), (epoch) => reader.read(epoch), options({ stepsPerEpoch: 3 }));
    expect(history.epochs.map(({ steps }) => steps)).toEqual([3, 3]);
    // Each was ended when it had given what was wanted.
    expect([reader.asked, reader.opened, reader.closed]).toEqual([6, 2, 2]);
    const shared = new Reader();
    const whole = await fit(network(), shared.read(), options({ stepsPerEpoch: 2 }));
    expect(whole.epochs.map(({ steps }) => steps)).toEqual([2, 2]);
    expect([shared.asked, shared.opened, shared.closed]).toEqual([4, 1, 1]);
    // What can be gone through again begins anew when it ends between two epochs.
    const again = await fit(network(), minibatches(data, { batchSize: 20 }), options({ stepsPerEpoch: 5, epochs: 3 }));
    expect(again.epochs.map(({ steps }) => steps)).toEqual([5, 5, 5]);
  });

  it("fit on a source of batches validates and evaluates on sources", async () => {
    const model = network([64]);
    const parts = () => minibatches(validation, { batchSize: 512, remainder: "keep", shuffle: false });
    const history = await fit(model, data, options({ validation: parts(), metrics: [topKAccuracy({ k: 2 })] }));
    const expected = evaluate(model, validation, { metrics: [topKAccuracy({ k: 2 })] });
    expect(history.last("validationLoss")).toBe(expected.loss);
    expect(history.last("validationTop2Accuracy")).toBe(expected.metrics.top2Accuracy);
    const result = await evaluate(model, parts, { metrics: [topKAccuracy({ k: 2 })] });
    expect(result).toEqual(expected);
    expect(await evaluate(model, parts())).toEqual({ loss: expected.loss, accuracy: expected.accuracy });
  });

  it("fit on a source of batches uses the weights of the batches", async () => {
    const weighted = dataset({
      ...pick(data),
      weights: tensor(Float32Array.from({ length: 100 }, (_, row) => row % 3)),
    });
    const [model, twin] = [network([64]), network([64])];
    await fit(model, weighted, options({ batchSize: 20, shuffle: false }));
    await fit(twin, () => minibatches(weighted, { batchSize: 20, shuffle: false }), options());
    expect(weights(twin)).toEqual(weights(model));
  });
});

const pick = ({ x, y }: typeof data) => ({ x, y });

describe("a source that fit cannot use", () => {
  const refused = (source: BatchSource, message: string, more: Partial<FitOptions> = {}) =>
    expect(fit(network(), source, options(more))).rejects.toThrow(message);
  const [batch] = minibatches(data, { batchSize: 20 });

  it("fit throws for a source without batches", async () => {
    await refused([], "fit: the source of the training data must give a batch in every epoch, got none in epoch 1.");
    await refused((epoch) => (epoch === 0 ? [batch] : []), "must give a batch in every epoch, got none in epoch 2.");
    await expect(evaluate(network(), [])).rejects.toThrow(
      "evaluate: the source of the given data must give a batch in every epoch, got none in epoch 1.",
    );
  });

  it("fit throws for a source that is used up after one epoch", async () => {
    const reader = new Reader();
    await refused(
      reader.read(),
      "fit: the source of the training data must give batches in every epoch, got one that is used up, as a generator is " +
        "after one pass in epoch 2. Pass a function that makes a new one for each epoch: () => batches().",
    );
    expect([reader.asked, reader.closed]).toEqual([5, 1]);
    const shared = new Reader();
    await refused(shared.read(), "got one that is used up", { stepsPerEpoch: 5 });
    const validationOnce = minibatches(validation, { batchSize: 50 })[Symbol.iterator]() as unknown as Iterable<Batch>;
    await expect(fit(network(), data, options({ validation: validationOnce }))).rejects.toThrow(
      "fit: the source of the validation data must give batches in every epoch, got one that is used up",
    );
  });

  it("fit throws for a source that ends before stepsPerEpoch", async () => {
    await refused([batch, batch], "must give the 5 batches of stepsPerEpoch, got 2 in epoch 1. Lower stepsPerEpoch", {
      stepsPerEpoch: 5,
    });
    await refused(() => [batch, batch, batch], "must give the 5 batches of stepsPerEpoch, got 3 in epoch 1.", {
      stepsPerEpoch: 5,
    });
  });

  it("fit throws for a source whose batches do not fit, or are not batches", async () => {
    const closed = { value: 0 };
    const giving = async function* (...values: unknown[]): AsyncGenerator<Batch> {
      try {
        yield* values as Batch[];
      } finally {
        closed.value++;
      }
    };
    const flat = tensor([[1, 2]]);
    await refused(
      giving(batch, { x: flat, y: batch.y }),
      "fit: batch 2 of the training data must have x and y of as many rows, from 1, got x=[1, 2], y=[20].",
    );
    const other = { x: flat, y: tensor([1], { dtype: "int32" }) };
    await refused(
      giving(batch, other),
      "fit: batch 2 of the training data must have rows of the shape of those before, got x float32 [1, 2] after uint8 [20, 64].",
    );
    await refused(giving([1, 2]), "fit: batch 1 of the training data must be { x, y } of tensors, got no x.");
    await refused(
      giving({ ...batch, weights: tensor([1]) }),
      "fit: batch 1 of the training data: weights must have one number for each of the 20",
    );
    expect(closed.value).toBe(4);
    await refused(() => Promise.resolve([batch]) as never, "must return what can be iterated over, got a Promise.");
    await refused(3 as never, "fit: the train data must be a data set or a source of batches, got 3.");
    await refused(
      [batch],
      "fit: batchSize is for data sets, got 20 beside a source, whose batches are what they are.",
      { batchSize: 20 },
    );
    await refused([batch], "fit: stepsPerEpoch must be a whole number from 1, got 0.", { stepsPerEpoch: 0 });
    await expect(fit(network(), data, options({ stepsPerEpoch: 3 }))).rejects.toThrow(
      "fit: stepsPerEpoch is for sources of batches, got 3",
    );
    await expect(fit(network(), [{ x: batch.x, y: batch.x }], options())).rejects.toThrow(
      "fit: the loss must be named",
    );
  });

  it("fit ends a source when the source or a callback fails, and throws the source's own error", async () => {
    const reader = new Reader();
    const fails: Callback = {
      onStep: () => {
        throw new Error("no");
      },
    };
    await expect(fit(network(), () => reader.read(), options({ callbacks: [fails] }))).rejects.toThrow("no");
    expect([reader.asked, reader.closed]).toEqual([1, 1]);
    const broken = async function* (): AsyncGenerator<Batch> {
      yield batch;
      throw new Error("the disk is gone");
    };
    await refused(broken, "the disk is gone");
    const stubborn = async function* (): AsyncGenerator<Batch> {
      try {
        for (;;) yield batch;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
        throw new Error("cannot be closed");
      }
    };
    await refused(stubborn, "cannot be closed", { callbacks: [{ onStep: (run) => run.stop() }] });
  });
});

describe("a run on a source that resumes", () => {
  const metrics = [topKAccuracy({ k: 3 })];

  /** Stops after `steps` steps and resumes from the file. */
  const inTwo = async (source: () => BatchSource, stopAfter: number, more: Partial<FitOptions> = {}) => {
    const files: Uint8Array<ArrayBuffer>[] = [];
    const keep = checkpoints((bytes) => void files.push(bytes));
    const stop: Callback = {
      onStep: (run) => {
        if (run.optimizer.step === stopAfter) run.stop();
      },
    };
    const model = network([64]);
    await fit(model, source(), options({ epochs: 3, metrics, ...more, callbacks: [stop, keep] }));
    const again = await loadCheckpoint(files.at(-1) as Uint8Array<ArrayBuffer>);
    const history = await fit(again.model, source(), options({ epochs: 3, metrics, ...more, ...again }));
    return { weights: weights(again.model), epochs: history.epochs.map(({ seconds, ...rest }) => rest) };
  };

  it.each([
    ["a function of the epoch", () => (epoch: number) => new Reader().read(epoch), {}],
    ["a list", () => [...minibatches(data, { batchSize: 20, seed: 3 })], {}],
    ["one pass for all epochs", () => [...minibatches(data, { batchSize: 7, seed: 3 })], { stepsPerEpoch: 4 }],
    ["a function and stepsPerEpoch", () => (epoch: number) => new Reader().read(epoch), { stepsPerEpoch: 4 }],
  ] as [string, () => BatchSource, Partial<FitOptions>][])(
    "a resumed run ends with the same bits: %s",
    async (_, source, more) => {
      const whole = await inTwo(source, 1000, more);
      for (const stopAfter of [1, 4, 5, 6, 8, 9]) expect(await inTwo(source, stopAfter, more)).toEqual(whole);
    },
  );

  it("a run on a source that resumes throws for batches that differ from the finished ones, and for other metrics", async () => {
    let pass = 0;
    const shuffled = () => () => new Reader().read(pass++);
    await expect(inTwo(shuffled, 3)).rejects.toThrow(
      "fit: the source must give the batches of an epoch that was interrupted again, in their order, got another last batch",
    );
    let short = false;
    const shrinking = (): BatchSource => () => {
      const all = [...minibatches(data, { batchSize: 20, seed: 1 })];
      return short ? all.slice(0, 1) : all;
    };
    const files: Uint8Array<ArrayBuffer>[] = [];
    const callbacks = [
      checkpoints((bytes) => void files.push(bytes)),
      { onStep: (run) => run.batch === 3 && run.stop() } as Callback,
    ];
    await fit(network([64]), shrinking(), options({ callbacks, metrics: [rSquared].slice(1) }));
    short = true;
    const again = await loadCheckpoint(files.at(-1) as Uint8Array<ArrayBuffer>);
    await expect(fit(again.model, shrinking(), options({ ...again }))).rejects.toThrow(
      "fit: the source of the training data must give the 3 batches again that were done before the run stopped, got 1 in epoch 1.",
    );
    await expect(fit(again.model, shrinking(), options({ ...again, metrics }))).rejects.toThrow(
      "fit: an epoch that was interrupted must go on with the metrics that it began with, got top3Accuracy where it was none.",
    );
  });
});

it("a regression on a source needs a named loss", async () => {
  const line = { x: tensor([[0], [1], [2]]), y: tensor([[1], [3], [5]]) };
  const model = new Sequential({ layers: [new Dense({ units: 1 })], seed: 1 });
  const history = await fit(model, [line], options({ epochs: 200, loss: meanSquaredError, metrics: [rSquared] }));
  expect(history.last("rSquared")).toBeGreaterThan(0.99);
});
