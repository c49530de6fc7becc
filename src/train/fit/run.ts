import { ValueError } from "../../base/errors.ts";
import { checkOptions, copyPlain, flag } from "../../base/options.ts";
import type { TrainingData } from "../../data/batchSource.ts";
import { isDataset } from "../../data/dataset.ts";
import { copyOfData } from "../../data/gatherRows.ts";
import type { AnyBatch } from "../../data/minibatches.ts";
import { rowCount } from "../../data/tensorOrNamed.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { Optimizer } from "../../optim/optimizer/optimizer.ts";
import { Random } from "../../tensor/random.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { BatchIterator } from "../batches/batchIterator.ts";
import { DatasetBatches } from "../batches/datasetBatches.ts";
import type { EpochProgress, TrainingPlace } from "../batches/position.ts";
import { SourceBatches } from "../batches/sourceBatches.ts";
import type { StopOptions, TrainingRun } from "../callbacks/callback.ts";
import { explained } from "../explain/explained.ts";
import type { EpochRecord } from "../history/epochRecord.ts";
import { History } from "../history/history.ts";
import type { Metric } from "../metrics/metric.ts";
import { MetricSums } from "../metrics/metricSums.ts";
import { Objective } from "../metrics/objective.ts";
import { callbackStates } from "./callbackStates.ts";
import type { FitOptions } from "./fitOptions.ts";
import { checkProgress, checkSame } from "./progressCheck.ts";
import { StopSignal, stopRequested } from "./stopSignal.ts";
import { TrainingStep } from "./trainingStep.ts";
import { Validator } from "./validator.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One call of `fit`: the steps of its epochs, and the position from which it would resume. */
export class Run implements TrainingRun {
  readonly model: Layer;
  readonly optimizer: Optimizer;
  readonly train: TrainingData;
  readonly validation: TrainingData | undefined;
  readonly metrics: readonly Metric[];
  readonly history: History;
  readonly epochs: number;
  epoch: number;
  batch = 0;
  loss: number = Number.NaN;
  error: unknown;
  readonly #options: FitOptions;
  readonly #objective: Objective;
  readonly #batchIterator: BatchIterator;
  readonly #stopSignal: StopSignal;
  readonly #validator: Validator;
  /** The next epoch to train, also while callbacks handle the end of the previous one. */
  #next: number;
  /** The finished part of that epoch; undefined between two epochs. */
  #progress: Writable<EpochProgress> | undefined;
  #sums: MetricSums;
  readonly #trainingStep: TrainingStep;

  constructor(model: Layer, train: TrainingData, options: FitOptions) {
    this.model = model;
    this.optimizer = options.optimizer;
    this.train = isDataset(train) ? copyOfData(train) : train;
    const { validation } = options;
    this.validation = validation && isDataset(validation) ? copyOfData(validation) : validation;
    this.#objective = new Objective("fit", model, train, options);
    this.metrics = this.#objective.metrics;
    this.epochs = options.epochs;
    this.#options = { ...options, classWeights: copyPlain(options.classWeights) };
    this.#trainingStep = new TrainingStep(model, this.optimizer, this.#objective, this.#options);
    this.#stopSignal = new StopSignal(options.signal);
    this.#validator = new Validator(this, this.#options, this.#objective, this.#stopSignal);
    const start = options.history?.place;
    this.epoch = start?.epoch ?? 0;
    this.#next = this.epoch;
    this.#batchIterator = this.#makeBatchIterator(start?.passed);
    // Before the first step, because the optimizer asks for the variables.
    if (isDataset(train) && train.x instanceof Tensor) model.buildFor(train.x.axes.slice(1));
    this.#progress =
      start?.progress &&
      checkProgress({ ...start.progress }, this.#batchIterator.batching, this.optimizer, this.metrics);
    this.#sums = new MetricSums(this.metrics, this.#progress?.metrics);
    this.history = new History(options.history?.epochs, options.history?.inspections);
    this.history.follow(() => this.#position());
  }

  get batches(): number | undefined {
    return this.#batchIterator.count;
  }

  get isAborted(): boolean {
    const { signal } = this.#options;
    return signal?.aborted === true && this.error === signal.reason;
  }

  stop(reason?: string, options: StopOptions = {}): void {
    const { atOnce = false } = checkOptions("stop", options, { atOnce: flag });
    this.history.stopped ??= String(reason ?? "stopped by a callback");
    this.#stopSignal.stop(atOnce);
  }

  /** Keeps the first error, which is the cause of the others. Throwing undefined is a failure, too. */
  fail(error: unknown): void {
    this.error ??=
      error ?? new ValueError("fit: a callback that fails must throw an error, got undefined thrown. Throw an Error.");
  }

  /** Lets a pending wait for a batch notice that the run was aborted. */
  wake(): void {
    this.#stopSignal.wake();
  }

  /** Sets the counters for an epoch that begins or resumes. */
  beginEpoch(): void {
    this.batch = this.#progress?.batch ?? 0;
    this.loss = this.#progress ? this.#progress.lossSum / this.#progress.seen : Number.NaN;
  }

  /** Builds a model whose input shape only the first batch tells. */
  async prepare(): Promise<void> {
    if (this.model.built || !(this.#batchIterator instanceof SourceBatches) || this.epoch >= this.epochs) return;
    try {
      const { step } = this.optimizer;
      const first = await this.#batchIterator.peek({ epoch: this.epoch, step, batch: this.#progress?.batch ?? 0 });
      if (first?.x instanceof Tensor) this.model.buildFor(first.x.axes.slice(1));
    } catch (error) {
      if (error === stopRequested) this.#options.signal?.throwIfAborted();
      throw error;
    }
  }

  /** Trains one epoch, or the rest of an interrupted one. @returns undefined when the run is stopped within it. */
  async trainEpoch(): Promise<EpochRecord | undefined> {
    try {
      return await this.#trainEpoch();
    } catch (error) {
      if (error !== stopRequested) throw error;
      this.#options.signal?.throwIfAborted();
      return undefined;
    }
  }

  async #trainEpoch(): Promise<EpochRecord | undefined> {
    const { callbacks = [], signal } = this.#options;
    const watchers = callbacks.filter(({ onStep }) => onStep);
    this.#progress ??= this.#begin();
    const progress = this.#progress;
    // Moved forward by the time of callbacks, which does not count as training.
    let start = performance.now() - progress.seconds * 1000;
    await this.#batchIterator.begin({ epoch: this.epoch, step: progress.step, batch: progress.batch });
    if (progress.batch > 0 && progress.checksum !== undefined) checkSame(this.#batchIterator, progress.checksum);
    await this.#stopSignal.between();
    for (;;) {
      // A metric may keep the targets that it is called with.
      const coming = this.#batchIterator.next(this.#trainingStep.keepsNothing && this.metrics.length === 0);
      const batch = coming instanceof Promise ? await coming : coming;
      if (!batch) break;
      this.#step(batch, progress);
      const done = performance.now();
      progress.seconds = (done - start) / 1000;
      for (const watcher of watchers) {
        const waiting = watcher.onStep?.(this);
        if (waiting) await waiting;
      }
      if (watchers.length > 0) start += performance.now() - done;
      const pause = this.#stopSignal.yieldToEventLoop();
      if (pause) await pause;
      signal?.throwIfAborted();
      if (this.history.stopped !== undefined && this.batch !== this.batches) return undefined;
    }
    progress.seconds = (performance.now() - start) / 1000;
    const measured = this.#sums.values();
    const validation = await this.#stopSignal.whileValidating(() => this.#validator.evaluate());
    return {
      epoch: this.epoch,
      loss: this.loss,
      ...(progress.correct === undefined ? {} : { accuracy: progress.correct / progress.seen }),
      ...(validation ? { validationLoss: validation.loss, ...this.#validator.warningOf(validation) } : {}),
      ...(validation?.accuracy === undefined ? {} : { validationAccuracy: validation.accuracy }),
      ...measured,
      ...(validation?.values.metrics ? { validationMetrics: validation.values.metrics } : {}),
      ...(validation?.values.details ? { validationDetails: validation.values.details } : {}),
      // An epoch that was interrupted in its validation has no step left: the rate of its last step counts.
      learningRate: progress.learningRate ?? this.optimizer.learningRate,
      steps: this.batch,
      seconds: progress.seconds,
    };
  }

  #step(batch: AnyBatch, progress: Writable<EpochProgress>): void {
    const loss = this.#objective.lossFor(batch.y);
    const rows = rowCount(batch.y);
    const { learningRate } = this.optimizer;
    const step = this.#trainingStep;
    let value: number;
    try {
      value = step.run(batch, loss, this.metrics.length > 0 ? this.#sums : undefined);
    } catch (error) {
      throw explained(error, { batch, train: this.train, predictions: step.predictions });
    }
    const { correct, measured } = step;
    if (measured) this.#sums.add(measured);
    progress.learningRate = learningRate;
    progress.seen += rows;
    progress.lossSum += value * rows;
    progress.correct = progress.correct === undefined || correct === undefined ? undefined : progress.correct + correct;
    this.batch = ++progress.batch;
    this.loss = progress.lossSum / progress.seen;
  }

  /** Ends an epoch: the position is now before the next one. */
  complete(record: EpochRecord): void {
    this.history.add(record);
    this.#batchIterator.complete();
    this.#next = record.epoch + 1;
    this.#progress = undefined;
  }

  /** Lets the event loop run when it is time. */
  async yieldToEventLoop(): Promise<void> {
    await this.#stopSignal.yieldToEventLoop();
  }

  /** Gives the final position to the history, so that the run itself can be garbage-collected. */
  async end(): Promise<void> {
    const position = this.#position();
    this.history.follow(() => position);
    await this.#batchIterator.close();
  }

  #position(): TrainingPlace {
    const callbacks = callbackStates(this.#options.callbacks ?? []);
    const progress = this.#progress;
    const { skipped } = this.#batchIterator;
    const position = { epoch: this.#next, ...(skipped > 0 ? { passed: skipped } : {}), callbacks };
    // An epoch without a step has not begun: it may be resumed with another order.
    if (!progress || progress.batch === 0) return position;
    const checksum = this.#batchIterator.checksum();
    return {
      ...position,
      progress: {
        ...progress,
        ...(checksum === undefined ? {} : { checksum }),
        ...(this.metrics.length > 0 ? { metrics: this.#sums.state } : {}),
      },
    };
  }

  #begin(): Writable<EpochProgress> {
    this.#sums = new MetricSums(this.metrics);
    const { step } = this.optimizer;
    return { ...this.#batchIterator.batching, step, batch: 0, lossSum: 0, seen: 0, correct: 0, seconds: 0 };
  }

  #makeBatchIterator(skipped: number | undefined): BatchIterator {
    const { batchSize, remainder, shuffle, seed, stepsPerEpoch } = this.#options;
    if (isDataset(this.train)) {
      const random = (seed === undefined ? this.model.random : new Random(seed)).fork("shuffle");
      return new DatasetBatches(this.train, {
        batchSize,
        remainder,
        shuffle,
        random,
        between: this.#stopSignal.between,
      });
    }
    const { wait, between } = this.#stopSignal;
    return new SourceBatches(this.train, { operation: "fit", what: "training", stepsPerEpoch, skipped, wait, between });
  }
}
