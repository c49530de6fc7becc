import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Batch,
  type Callback,
  checkpoints,
  csvLog,
  type Dataset,
  Dense,
  dataset,
  earlyStopping,
  evaluate,
  type FitOptions,
  fit,
  History,
  jsonLog,
  loadCheckpoint,
  loadDigits,
  metric,
  minibatches,
  mul,
  Sequential,
  SGD,
  softmaxCrossEntropy,
  type Tensor,
  type TrainingData,
  type TrainingRun,
  take,
  zeros,
} from "gradus";
import { afterEach, describe, expect, it, vi } from "vitest";
import { nextTask } from "../../../src/train/batches/nextTask.ts";

/** Where runs begin, wait and end, and what goes wrong there. */

const { train: digits, validation: held } = await loadDigits();
const data = take(digits, { to: 100 });
const validation = take(held, { to: 100 });

const network = (seed = 1): Sequential =>
  new Sequential({ name: "net", inputShape: [64], layers: [new Dense({ units: 10 })], seed });

const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  optimizer: new SGD({ learningRate: 0.1 }),
  epochs: 3,
  validation,
  ...more,
});

const aborted = (): { readonly signal: AbortSignal; readonly abort: () => void } => {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error("enough")) };
};

afterEach(() => {
  vi.restoreAllMocks();
});

/** It is always time to let the event loop run. */
const leaping = (): void => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += 1000;
    return now;
  });
};

describe("a stop or an abort just before a batch that never comes", () => {
  const never = async function* (): AsyncGenerator<Batch> {
    await new Promise(() => undefined);
    yield* [];
  };

  it("a stop or an abort just before a batch that never comes ends the wait", async () => {
    const { signal, abort } = aborted();
    const source = () => {
      abort();
      return never();
    };
    await expect(fit(network(), source, options({ signal }))).rejects.toThrow("enough");
    const stopping: Callback = { onEpochBegin: (run) => run.stop("no more") };
    const history = await fit(network(), never, options({ callbacks: [stopping] }));
    expect([history.stopped, history.epochs.length]).toEqual(["no more", 0]);
  });

  it("a stop in onTrainBegin or onEpochBegin ends a run before its first step", async () => {
    for (const hook of ["onTrainBegin", "onEpochBegin"] as const) {
      const optimizer = new SGD({ learningRate: 0.1 });
      const callbacks: Callback[] = [{ [hook]: (run: TrainingRun) => run.stop() }];
      await fit(network(), data, options({ optimizer, callbacks }));
      expect([hook, optimizer.step]).toEqual([hook, 0]);
    }
  });
});

it("a stop lets the validation of a source finish, unless it is at once", async () => {
  const batches = [...minibatches(data, { batchSize: 20 })];
  const run = async (atOnce: boolean) => {
    let stop = (): void => undefined;
    const validation = async function* (): AsyncGenerator<Batch> {
      for (const batch of batches) {
        stop();
        await nextTask();
        yield batch;
      }
    };
    const begins: Callback = {
      onTrainBegin: (begun) => {
        stop = () => begun.stop("button", { atOnce });
      },
    };
    const callbacks = [begins];
    return fit(network(), data, options({ validation, callbacks }));
  };
  expect((await run(false)).epochs.length).toBe(1);
  expect((await run(true)).epochs.length).toBe(0);
});

it("an abort ends a resumed run while it skips finished batches", async () => {
  leaping();
  const [batch] = minibatches(data, { batchSize: 20 });
  let count = 0;
  let abort = (): void => undefined;
  const source = function* (): Generator<Batch> {
    for (let index = 0; index < 50; index++) {
      if (++count === 60) abort();
      yield batch;
    }
  };
  const files: Uint8Array[] = [];
  const keep = checkpoints((bytes) => void files.push(bytes));
  const stopping: Callback = { onStep: (run) => void (run.batch === 40 && run.stop()) };
  await fit(network(), source, options({ validation: undefined, epochs: 1, callbacks: [stopping, keep] }));
  expect(count).toBe(40);
  count = 45;
  const again = await loadCheckpoint(files.at(-1)!);
  const controller = aborted();
  abort = controller.abort;
  const going = fit(again.model, source, { ...again, epochs: 1, signal: controller.signal });
  await expect(going).rejects.toThrow("enough");
  expect(count).toBe(60);
});

const values = (model: Sequential): unknown => model.variables.map((variable) => [...variable.read().data]);

describe("data and options that fit throws for before training", () => {
  it("fit throws before training for a data set without a batch", async () => {
    const drop = options({ batchSize: 500, remainder: "drop" });
    await expect(fit(network(), data, drop)).rejects.toThrow(
      'fit: an epoch must have a batch, got none of 100 examples with batchSize 500 and remainder "drop". Lower batchSize',
    );
  });

  it("fit throws before training for an epoch of a source that resumes with another stepsPerEpoch", async () => {
    const [batch] = minibatches(data, { batchSize: 20 });
    const endless = function* (): Generator<Batch> {
      for (;;) yield batch;
    };
    const stopping: Callback = { onStep: (run) => void (run.batch === 3 && run.stop()) };
    const history = await fit(network(), endless, options({ stepsPerEpoch: 5, callbacks: [stopping] }));
    const going = new History(history.epochs);
    going.follow(() => history.place);
    await expect(fit(network(), endless, options({ stepsPerEpoch: 2, history: going }))).rejects.toThrow(
      "got stepsPerEpoch=2 where it was 5",
    );
    await expect(fit(network(), data, options({ history: going }))).rejects.toThrow(
      "got a data set in place of a source of batches, or the other way round",
    );
  });

  it("fit throws before training for validation data that it cannot evaluate", async () => {
    const narrow = dataset({ x: zeros([5, 63]), y: zeros([5], { dtype: "int32" }) });
    await expect(fit(network(), data, options({ validation: narrow }))).rejects.toThrow(
      "fit: the validation data must have rows of the shape of the training data, got [*, 63] beside [*, 64].",
    );
    const floats = dataset({ x: zeros([5, 64]), y: zeros([5, 10]) });
    await expect(fit(network(), data, options({ validation: floats }))).rejects.toThrow(
      "fit: the validation data: the loss must be named for targets that are not int32 labels",
    );
  });

  it("fit throws before training for class weights of a class that the model does not have", async () => {
    await expect(fit(network(), data, options({ classWeights: { 10: 5 } }))).rejects.toThrow(
      "fit: classWeights must have a weight for each of the 10 classes that the model tells apart, got one for class 10.",
    );
  });

  it("fit throws before training for metrics without a name, or with a name that is taken", async () => {
    for (const name of ["epoch", "loss", "learningRate", "__proto__"]) {
      const taken = metric({ name, statistics: () => [1], value: ([statistic]) => statistic });
      await expect(fit(network(), data, options({ metrics: [taken] }))).rejects.toThrow(
        `fit: each metric needs a name of its own, got "${name}", which is taken. Rename or remove it.`,
      );
    }
    const metrics = [(predictions: Tensor, labels: Tensor) => softmaxCrossEntropy(predictions, labels)];
    await expect(fit(network(), data, options({ metrics }))).rejects.toThrow(
      "fit: a loss that is measured must have a name, got a function without one.",
    );
  });

  it("fit throws before training for files in folders that do not exist", async () => {
    const path = join(tmpdir(), "gradus-no-such-folder", "run");
    for (const callback of [checkpoints(path), checkpoints(path, { best: "loss" }), csvLog(path), jsonLog(path)]) {
      const optimizer = new SGD({ learningRate: 0.1 });
      const run = fit(network(), data, options({ optimizer, callbacks: [callback] }));
      await expect(run).rejects.toThrow("the folder of a file must exist");
      expect(optimizer.step).toBe(0);
    }
    expect(() => checkpoints("")).toThrow('checkpoints: the first argument must be a path or a function, got "".');
  });

  it("fit throws before training for flags that are not true or false, and for numbers that are text", async () => {
    for (const name of ["shuffle", "regularize"]) {
      await expect(fit(network(), data, options({ [name]: "no" }))).rejects.toThrow(
        `fit: ${name} must be true or false`,
      );
    }
    const text = options({ batchSize: "50" as unknown as number });
    await expect(fit(network(), data, text)).rejects.toThrow('fit: batchSize must be a whole number from 1, got "50".');
  });

  it("fit throws before training for a tensor or a batch in place of data", async () => {
    for (const bad of [data.x, { x: data.x, y: data.y }, { size: 3 }] as unknown as TrainingData[]) {
      const message = "must be a data set or a source of batches, got ";
      await expect(fit(network(), bad, options())).rejects.toThrow(`fit: the train data ${message}`);
      await expect(fit(network(), data, options({ validation: bad }))).rejects.toThrow(
        `the validation data ${message}`,
      );
      expect(() => evaluate(network(), bad as Dataset)).toThrow(`evaluate: the data ${message}`);
    }
  });

  it("fit takes a source that has a size", async () => {
    class Loader {
      readonly size = 100;
      *[Symbol.iterator](): Generator<Batch> {
        yield* minibatches(data, { batchSize: 20 });
      }
    }
    const history = await fit(network(), new Loader(), options());
    expect(history.epochs.map(({ steps }) => steps)).toEqual([5, 5, 5]);
    expect((await evaluate(network(), new Loader())).loss).toBeGreaterThan(0);
  });
});

describe("callbacks", () => {
  it("callbacks are all called after an epoch, even if one of them fails", async () => {
    const heard: number[] = [];
    const failing: Callback = {
      onEpochEnd: () => {
        throw new Error("disk full");
      },
    };
    const callbacks = [failing, { onEpochEnd: (run: TrainingRun) => void heard.push(run.epoch) }];
    await expect(fit(network(), data, options({ callbacks }))).rejects.toThrow("disk full");
    expect(heard).toEqual([0]);
  });

  it("callbacks that throw undefined fail the run", async () => {
    const nothing = (): Promise<never> => Promise.reject(undefined);
    for (const hook of ["onTrainBegin", "onStep", "onEpochEnd", "onTrainEnd"]) {
      const run = fit(network(), data, options({ callbacks: [{ [hook]: nothing }] }));
      await expect(run).rejects.toThrow(
        "fit: a callback that fails must throw an error, got undefined thrown. Throw an Error.",
      );
    }
  });

  it("callbacks whose onTrainBegin was not called are not called at the end", async () => {
    const best = earlyStopping({ patience: 50, restoreBest: true, monitor: "loss" });
    await fit(network(), data, options({ callbacks: [best] }));
    const other = network(2);
    const before = values(other);
    const fails: Callback = {
      onTrainBegin: () => {
        throw new Error("no");
      },
    };
    await expect(fit(other, data, options({ callbacks: [fails, best] }))).rejects.toThrow("no");
    expect(values(other)).toEqual(before);
  });

  it("callbacks with a state are in one run at a time", async () => {
    const best = earlyStopping({ patience: 50, monitor: "loss" });
    const first = fit(network(), data, options({ callbacks: [best] }));
    await expect(fit(network(), data, options({ callbacks: [best] }))).rejects.toThrow(
      'must be in one at a time, got "earlyStopping/loss" in two. Await the first run, or make another one.',
    );
    await first;
    await fit(network(), data, options({ callbacks: [best] }));
  });

  it("fit throws for a model, layer or optimizer that is in another run", async () => {
    const inTwo = (what: string): string => `${what} in two. Await the first run, or make another one.`;
    const model = network();
    const first = fit(model, data, options());
    await expect(fit(model, data, options())).rejects.toThrow(
      inTwo('fit: a model must be trained by one run at a time, got "net"'),
    );
    await first;
    const inside = { onEpochBegin: async () => void (await fit(model, data, options())) };
    await expect(fit(model, data, options({ callbacks: [inside] }))).rejects.toThrow(inTwo('got "net"'));
    const optimizer = new SGD({ learningRate: 0.1 });
    const running = fit(network(), data, options({ optimizer }));
    await expect(fit(network(), data, options({ optimizer }))).rejects.toThrow(
      inTwo("fit: an optimizer must be in one run at a time, got SGD"),
    );
    await running;
    const [trunk] = model.layers;
    const wide = fit(model, data, options());
    await expect(fit(trunk, data, options())).rejects.toThrow(
      inTwo('fit: a model must be trained by one run at a time, got "dense"'),
    );
    await wide;
    // What is done, or has failed, is free again.
    await expect(fit(model, data, options({ loss: () => mul(Number.NaN, zeros([])) }))).rejects.toThrow("NaN");
    await fit(model, data, options());
    await Promise.all([fit(network(1), data, options()), fit(network(2), data, options())]);
  });

  it("callbacks may stop a run with any reason, which is kept as text", async () => {
    const files: Uint8Array[] = [];
    const stopping = { onStep: (run: TrainingRun) => run.stop(new Error("why") as unknown as string) };
    const keep = checkpoints((bytes) => void files.push(bytes));
    await fit(network(), data, options({ callbacks: [stopping, keep] }));
    expect((await loadCheckpoint(files.at(-1)!)).history.stopped).toBe("Error: why");
  });
});
