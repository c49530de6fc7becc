import {
  type Batch,
  type BatchSource,
  type Callback,
  checkpoints,
  Dense,
  Dropout,
  encodeCheckpoint,
  exponentialDecay,
  type FitOptions,
  fit,
  type History,
  loadCheckpoint,
  loadDigits,
  minibatches,
  Sequential,
  SGD,
  type TrainingData,
  take,
  topKAccuracy,
} from "gradus";
import { afterEach, describe, expect, it, vi } from "vitest";
import { nextTask } from "../../../src/train/batches/nextTask.ts";

const { train: digits, validation: held } = await loadDigits();
const data = take(digits, { to: 100 });
const validation = take(held, { to: 100 });

const network = (): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [64],
    layers: [new Dense({ units: 8, activation: "relu" }), new Dropout({ rate: 0.2 }), new Dense({ units: 10 })],
    seed: 1,
  });

const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  optimizer: new SGD({ learningRate: 0.1 }),
  epochs: 3,
  metrics: [topKAccuracy({ k: 2 })],
  validation,
  ...more,
});
const cut = { batchSize: 20 };

interface Ended {
  readonly weights: readonly number[][];
  readonly epochs: readonly unknown[];
}

/** Trains; after an abort, resumes from the checkpoint. */
const trained = async (
  train: () => TrainingData,
  more: Partial<FitOptions>,
  broken?: Partial<FitOptions>,
): Promise<Ended> => {
  const files: Uint8Array<ArrayBuffer>[] = [];
  const keep = checkpoints((bytes) => void files.push(bytes), { everyEpochs: 1000 });
  const callbacks = [...(broken?.callbacks ?? []), keep];
  const first = fit(network(), train(), options({ ...more, ...broken, callbacks }));
  if (broken) await expect(first).rejects.toThrow("enough");
  else await first;
  const again = await loadCheckpoint(files.at(-1) as Uint8Array<ArrayBuffer>);
  const { epochs } = await fit(again.model, train(), options({ ...more, ...again }));
  return {
    weights: again.model.variables.map((variable) => [...variable.read().data]),
    epochs: epochs.map(({ seconds, ...rest }) => rest),
  };
};

const aborted = (): { readonly signal: AbortSignal; readonly abort: () => void } => {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error("enough")) };
};

/** Time goes by in leaps, so that the event loop is due between any two pieces of work. */
const leaping = (): void => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += 30;
    return now;
  });
};

afterEach(() => vi.restoreAllMocks());

describe("an abort leaves a checkpoint from which the run ends with the same bits", () => {
  it("an abort within validation leaves a checkpoint from which the run ends with the same bits", async () => {
    leaping();
    const whole = await trained(() => data, cut);
    const { signal, abort } = aborted();
    let steps = 0;
    const count: Callback = {
      onStep: (run) => {
        // Behind the last step of the second epoch the loop is in validation, which pauses after 20 of its 100 rows.
        if (++steps === 10) void nextTask().then(nextTask).then(abort);
        expect(run.history.epochs.length).toBe(Math.floor((steps - 1) / 5));
      },
    };
    let records = 0;
    const epochs: Callback = { onEpochEnd: () => void records++ };
    expect(await trained(() => data, cut, { signal, callbacks: [count, epochs] })).toEqual(whole);
    expect([steps, records]).toEqual([10, 1]);
  });

  it.each(["onEpochBegin", "onStep", "onEpochEnd"] as const)(
    "an abort within an asynchronous %s leaves a checkpoint from which the run ends with the same bits",
    async (hook) => {
      const whole = await trained(() => data, cut);
      const { signal, abort } = aborted();
      let calls = 0;
      let steps = 0;
      const waits: Callback = {
        [hook]: async () => {
          if (++calls < 2) return;
          await nextTask();
          abort();
          await nextTask();
        },
      };
      const count: Callback = { onStep: () => void steps++ };
      expect(await trained(() => data, cut, { signal, callbacks: [waits, count] })).toEqual(whole);
      // No step is done after it.
      expect(steps).toBe({ onEpochBegin: 5, onStep: 2, onEpochEnd: 10 }[hook]);
    },
  );

  it("an abort while fit waits for a batch that does not come leaves a checkpoint from which the run ends with the same bits", async () => {
    const inOrder = (epoch: number): BatchSource => [...minibatches(data, { batchSize: 20, seed: epoch })];
    const source = (): BatchSource => (epoch) => inOrder(epoch) as Batch[];
    const whole = await trained(source, {});
    for (const stuckAt of [
      [0, 0],
      [1, 0],
      [1, 3],
      [2, 5],
    ]) {
      const { signal, abort } = aborted();
      let returned = 0;
      const stuck = (): BatchSource => (epoch) => {
        const batches = (inOrder(epoch) as Batch[])[Symbol.iterator]();
        let count = 0;
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => {
              if (!signal.aborted && epoch === stuckAt[0] && count === stuckAt[1]) {
                void nextTask().then(abort);
                return new Promise<never>(() => undefined);
              }
              count++;
              return Promise.resolve(batches.next());
            },
            // As a generator: it would answer only after what it waits for.
            return: () => {
              returned++;
              return signal.aborted
                ? new Promise<never>(() => undefined)
                : Promise.resolve({ done: true as const, value: undefined });
            },
          }),
        };
      };
      expect(await trained(stuck, {}, { signal })).toEqual(whole);
      expect(returned).toBe(1);
    }
  });

  it("an abort while fit waits for a validation batch leaves a checkpoint from which the run ends with the same bits", async () => {
    const parts = (): BatchSource => () => [...minibatches(validation, { batchSize: 20, shuffle: false })];
    const whole = await trained(() => data, { ...cut, validation: parts() });
    const { signal, abort } = aborted();
    const stuck = async function* (): AsyncGenerator<Batch> {
      const [first] = minibatches(validation, { batchSize: 20, shuffle: false });
      yield first;
      void nextTask().then(abort);
      await new Promise(() => undefined);
    };
    expect(await trained(() => data, { ...cut, validation: parts() }, { signal, validation: stuck })).toEqual(whole);
  });

  it("an abort before the first batch builds the model leaves a checkpoint from which the run ends with the same bits", async () => {
    const { signal, abort } = aborted();
    const never = async function* (): AsyncGenerator<Batch> {
      void nextTask().then(abort);
      await new Promise(() => undefined);
      yield* [];
    };
    const model = new Sequential({ layers: [new Dense({ units: 10 })] });
    let ended = 0;
    const callbacks: Callback[] = [{ onTrainBegin: () => expect.unreachable(), onTrainEnd: () => void ended++ }];
    await expect(fit(model, never, options({ validation: undefined, signal, callbacks }))).rejects.toThrow("enough");
    // What has not begun is not ended.
    expect(ended).toBe(0);
  });
});

describe("a stop", () => {
  it("a stop from outside reaches a run that waits for a batch", async () => {
    const [batch] = minibatches(data, { batchSize: 20 });
    const waiting = async function* (): AsyncGenerator<Batch> {
      yield batch;
      await new Promise(() => undefined);
    };
    const callbacks: Callback[] = [{ onStep: (run) => void nextTask().then(() => run.stop("from a button")) }];
    const history = await fit(network(), waiting, options({ callbacks }));
    expect([history.stopped, history.epochs.length, history.place.progress?.batch]).toEqual(["from a button", 0, 1]);
  });

  it("a stop at once interrupts validation, another stop lets it finish", async () => {
    leaping();
    const run = (atOnce: boolean) => {
      let steps = 0;
      const callbacks: Callback[] = [
        {
          onStep: (it) =>
            ++steps === 5
              ? void nextTask()
                  .then(nextTask)
                  .then(() => it.stop("now", { atOnce }))
              : undefined,
        },
      ];
      return fit(network(), data, options({ ...cut, callbacks }));
    };
    const [soon, now] = [await run(false), await run(true)];
    expect([soon.stopped, soon.epochs.length, soon.place.progress]).toEqual(["now", 1, undefined]);
    expect([now.stopped, now.epochs.length, now.place.progress?.batch]).toEqual(["now", 0, 5]);
  });
});

describe("a learning rate that falls", () => {
  it("the recorded learning rate is that of the last step of an epoch, also if a resumed run only had to validate", async () => {
    leaping();
    const falling = () => new SGD({ learningRate: exponentialDecay({ initial: 0.1, decaySteps: 5, decayRate: 0.5 }) });
    const stopping: Callback = {
      onStep: (it) =>
        it.optimizer.step === 5
          ? void nextTask()
              .then(nextTask)
              .then(() => it.stop("now", { atOnce: true }))
          : undefined,
    };
    const rates = (history: History): unknown => history.epochs.map(({ learningRate }) => learningRate);
    const whole = await fit(network(), data, options({ ...cut, optimizer: falling() }));
    const model = network();
    const optimizer = falling();
    const stopped = await fit(model, data, options({ ...cut, optimizer, callbacks: [stopping] }));
    expect([stopped.epochs.length, stopped.place.progress?.batch]).toEqual([0, 5]);
    const file = encodeCheckpoint({ model, optimizer, history: stopped });
    const resumed = await loadCheckpoint(file);
    resumed.history.stopped = undefined;
    const rest = await fit(resumed.model, data, options({ ...cut, ...resumed }));
    expect(rates(rest)).toEqual(rates(whole));
  });
});

describe("the event loop", () => {
  /** How often the event loop runs meanwhile: an event that asks for the next one. */
  const eventsDuring = async (work: () => Promise<unknown>): Promise<number> => {
    let [events, isOver] = [0, false];
    const next = (): void => {
      events++;
      if (!isOver) setImmediate(next);
    };
    setImmediate(next);
    await work();
    isOver = true;
    return events;
  };

  it("the event loop runs after every step, callback and piece of validation when each takes long", async () => {
    leaping();
    const pieces: string[] = [];
    const slow: Callback = { onStep: () => void pieces.push("step"), onEpochBegin: () => void pieces.push("begin") };
    // 5 steps in each of 2 epochs, and 100 rows of validation in pieces of 20.
    const without = await eventsDuring(() =>
      fit(network(), data, options({ ...cut, epochs: 2, validation: undefined, callbacks: [slow] })),
    );
    expect(pieces.filter((piece) => piece === "step")).toHaveLength(10);
    expect(without).toBeGreaterThanOrEqual(10 + 2);
    const withValidation = await eventsDuring(() => fit(network(), data, options({ ...cut, epochs: 2 })));
    expect(withValidation).toBeGreaterThanOrEqual(10 + 2 * 5);
    const source = () => minibatches(data, { batchSize: 20 });
    expect(
      await eventsDuring(() => fit(network(), source, options({ epochs: 2, validation: source }))),
    ).toBeGreaterThanOrEqual(10 + 2 * 5);
  });

  it("the event loop does not run after each short step", async () => {
    vi.spyOn(performance, "now").mockReturnValue(0);
    const events = await eventsDuring(() => fit(network(), data, options({ ...cut, epochs: 20 })));
    expect(events).toBeLessThan(5);
  });

  it("the event loop runs before the first step if callbacks take long to begin", async () => {
    leaping();
    const order: string[] = [];
    const callbacks: Callback[] = [
      {
        onTrainBegin: () => {
          setImmediate(() => order.push("event"));
          order.push("begin");
        },
        onStep: () => void order.push("step"),
      },
    ];
    await fit(network(), data, options({ ...cut, epochs: 1, callbacks }));
    expect(order.slice(0, 3)).toEqual(["begin", "event", "step"]);
  });
});
