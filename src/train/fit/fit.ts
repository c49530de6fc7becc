import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import type { TrainingData } from "../../data/batchSource.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { layersOf } from "../../layers/base/tree.ts";
import type { Callback } from "../callbacks/callback.ts";
import type { History } from "../history/history.ts";
import { restoreCallbacks } from "./callbackStates.ts";
import { checkFitOptions, type FitOptions } from "./fitOptions.ts";
import { Run } from "./run.ts";

/**
 * Trains a model: goes over the data in batches, and after every epoch evaluates it on the validation data.
 *
 * The data are a data set, or a source of batches: something to iterate over (also asynchronously), or a function that
 * gives it for every epoch. Examples may be weighted, by `weights` of the data and by `classWeights`; the loss of a batch is
 * then Σ wᵢ·lossᵢ / rows.
 *
 * One seed gives the same bits every time. The order of an epoch depends on the seed and on how many steps the optimizer
 * has done. At least every 50 ms the event loop may run, as long as one step takes less than half of that.
 * @param train What it is trained on.
 * @returns What every epoch brought. When a callback stops training, the history says why.
 * @throws ValueError for options out of range or no examples, and while another run trains the model or uses the optimizer; DTypeError when the loss must be named; NonFiniteError when
 * the loss or a gradient is not finite, with the step, the variable and the likely cause; what the model, the loss and the callbacks throw; the reason of the signal.
 * @example
 * const { train, validation } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * const history = await fit(model, train, {
 *   optimizer: new SGD({ learningRate: 0.5 }),
 *   epochs: 5,
 *   validation,
 *   callbacks: [progressBar()],
 * });
 * history.last("validationAccuracy"); // above 0.9
 */
export const fit = async (model: Layer, train: TrainingData, options: FitOptions): Promise<History> => {
  checkFitOptions(model, train, options);
  options.signal?.throwIfAborted();
  // Callbacks run between steps, where the program may change its object.
  const own = { ...options };
  const release = claim(model, own);
  try {
    return await trained(model, train, own);
  } finally {
    release();
  }
};

/** What running `fit`s train and call back: models with their layers, optimizers, stateful callbacks. */
const inUse = new WeakSet<object>();

/** Claims what two runs at once would mix up. @returns A function that releases it. */
const claim = (model: Layer, options: FitOptions): (() => void) => {
  const { optimizer, epochs, history, callbacks = [] } = options;
  const claims = new Map<object, string>();
  // A run without an epoch left, which only calls its callbacks, trains nothing.
  if (epochs > (history?.epochs.length ?? 0)) {
    claims.set(model, `a model must be trained by one run at a time, got "${model.name}"`);
    for (const layer of layersOf(model)) {
      // Layers that nothing changes may be shared.
      if (layer === model || !layer.built || !layer.trainable || layer.variables.length === 0) continue;
      claims.set(layer, `a layer must be trained by one run at a time, got "${layer.path}"`);
    }
    claims.set(optimizer, `an optimizer must be in one run at a time, got ${optimizer.constructor.name}`);
  }
  for (const callback of callbacks) {
    if (!callback.state) continue;
    const name = showValue(callback.name ?? "callback");
    if (claims.has(callback)) throw inTwo(`a callback that remembers a run must be in one at a time, got ${name}`);
    claims.set(callback, `a callback that remembers a run must be in one at a time, got ${name}`);
  }
  for (const [object, rule] of claims) if (inUse.has(object)) throw inTwo(rule);
  for (const object of claims.keys()) inUse.add(object);
  return () => {
    for (const object of claims.keys()) inUse.delete(object);
  };
};

const inTwo = (rule: string): ValueError =>
  new ValueError(`fit: ${rule} in two. Await the first run, or make another one.`);

const trained = async (model: Layer, train: TrainingData, options: FitOptions): Promise<History> => {
  const { callbacks = [], signal } = options;
  const savers = callbacks.filter(({ savesRun }) => savesRun);
  const others = callbacks.filter(({ savesRun }) => !savesRun);
  const saversLast = [...others, ...savers];
  const run = new Run(model, train, { ...options, callbacks: saversLast });
  const tell = async (call: Call): Promise<void> => {
    for (const callback of saversLast) {
      await call(callback);
      await run.yieldToEventLoop();
    }
    signal?.throwIfAborted();
  };
  // Calls all of them, also when one fails; the first error is reported.
  const tellAll = async (order: readonly Callback[], call: Call): Promise<void> => {
    for (const callback of order) {
      try {
        await call(callback);
      } catch (error) {
        run.fail(error);
      }
      await run.yieldToEventLoop();
    }
  };
  // Only callbacks that saw the beginning see the end.
  const begun = new Set<Callback>();
  const endAll = (order: readonly Callback[], call: Call): Promise<void> =>
    tellAll(
      order.filter((callback) => begun.has(callback)),
      call,
    );
  // An abort interrupts a wait for a batch at once.
  const wake = (): void => run.wake();
  signal?.addEventListener("abort", wake);
  try {
    await run.prepare();
    await tell((callback) => {
      begun.add(callback);
      return callback.onTrainBegin?.(run);
    });
    if (options.history) restoreCallbacks(saversLast, options.history.place.callbacks);
    while (run.epoch < run.epochs && run.history.stopped === undefined) {
      run.beginEpoch();
      await tell((callback) => callback.onEpochBegin?.(run));
      if (run.history.stopped !== undefined) break;
      const record = await run.trainEpoch();
      if (!record) break;
      run.complete(record);
      // A callback that counts epochs must not miss one because another fails: the run may be resumed.
      await tellAll(saversLast, (callback) => callback.onEpochEnd?.(run, record));
      if (run.error !== undefined) break;
      signal?.throwIfAborted();
      run.epoch++;
    }
  } catch (error) {
    run.fail(error);
  }
  signal?.removeEventListener("abort", wake);
  await endAll([...savers, ...others], (callback) => callback.onTrainEnd?.(run));
  try {
    await run.end();
  } catch (error) {
    run.fail(error);
  }
  await endAll(saversLast, (callback) => callback.onEnd?.(run));
  if (run.error !== undefined) throw run.error;
  return run.history;
};

type Call = (callback: Callback) => void | Promise<void> | undefined;
