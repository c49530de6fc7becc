import { checkOptions, flag } from "../base/options.ts";
import { isDataset, type TrainingData } from "../data/batchSource.ts";
import type { Batch } from "../data/minibatches.ts";
import type { Layer } from "../layers/layer.ts";
import { layersOf } from "../layers/layersOf.ts";
import { stopGradient } from "../ops/control.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { ValueError } from "../tensor/errors.ts";
import { Random } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { countCorrect, isClassification } from "./accuracy.ts";
import type { StopOptions, TrainingRun } from "./callback.ts";
import { callbackStates } from "./callbackStates.ts";
import { exampleWeights } from "./classWeights.ts";
import { DatasetFeed } from "./datasetFeed.ts";
import { Ending, halted } from "./ending.ts";
import type { EpochRecord } from "./epochRecord.ts";
import { evaluateInChunks, evaluateSource } from "./evaluate.ts";
import { Evaluator, type Totals } from "./evaluator.ts";
import { explained } from "./explained.ts";
import type { Feed } from "./feed.ts";
import type { FitOptions } from "./fitOptions.ts";
import { History } from "./history.ts";
import { type Loss, lossFor, weightedLoss } from "./loss.ts";
import { type Metric, metricsOf } from "./metric.ts";
import { MetricSums } from "./metricSums.ts";
import type { EpochProgress, TrainingPlace } from "./position.ts";
import { checkProgress, checkSame } from "./progressCheck.ts";
import { SourceFeed } from "./sourceFeed.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One call of `fit`: the steps of its epochs, and where it stands. */
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
  readonly #feed: Feed;
  #validationFeed: SourceFeed | undefined;
  readonly #ending: Ending;
  /** The next epoch to be done, also while callbacks hear of the end of the last one. */
  #next: number;
  /** What is done of it; undefined between two epochs. */
  #progress: Writable<EpochProgress> | undefined;
  #sums: MetricSums;
  /** The layers of the model, once it was called. */
  #layers: readonly Layer[] | undefined;

  constructor(model: Layer, train: TrainingData, options: FitOptions) {
    this.model = model;
    this.optimizer = options.optimizer;
    this.train = train;
    this.validation = options.validation;
    this.metrics = metricsOf("fit", options.metrics ?? []);
    this.epochs = options.epochs;
    this.#options = options;
    this.#ending = new Ending(options.signal);
    const before = options.history?.place;
    this.epoch = before?.epoch ?? 0;
    this.#next = this.epoch;
    this.#feed = this.#makeFeed(before?.passed);
    // Before the first step, because the optimizer asks for the variables.
    if (isDataset(train)) model.buildFor(train.x.shape.slice(1));
    this.#progress =
      before?.progress && checkProgress({ ...before.progress }, this.#feed.cut, this.optimizer, this.metrics);
    this.#sums = new MetricSums(this.metrics, this.#progress?.metrics);
    this.history = new History(options.history?.epochs, options.history?.inspections);
    this.history.follow(() => this.#place());
  }

  get batches(): number | undefined {
    return this.#feed.count;
  }

  get isAborted(): boolean {
    const { signal } = this.#options;
    return signal?.aborted === true && this.error === signal.reason;
  }

  stop(reason?: string, options: StopOptions = {}): void {
    const { atOnce = false } = checkOptions("stop", options, { atOnce: flag });
    this.history.stopped ??= String(reason ?? "stopped by a callback");
    this.#ending.stop(atOnce);
  }

  /** The first error is what to look at. Whoever throws nothing has failed too. */
  fail(error: unknown): void {
    this.error ??= error ?? new ValueError("fit: what fails must say why, got undefined thrown. Throw an Error.");
  }

  /** What waits for a batch is to look whether it was aborted. */
  wake(): void {
    this.#ending.wake();
  }

  /** From here on the numbers are those of the epoch that begins, or goes on. */
  beginEpoch(): void {
    this.batch = this.#progress?.batch ?? 0;
    this.loss = this.#progress ? this.#progress.lossSum / this.#progress.seen : Number.NaN;
  }

  /** Builds a model that must see a batch for it. */
  async prepare(): Promise<void> {
    if (this.model.built || !(this.#feed instanceof SourceFeed) || this.epoch >= this.epochs) return;
    try {
      const { step } = this.optimizer;
      const first = await this.#feed.peek({ epoch: this.epoch, step, batch: this.#progress?.batch ?? 0 });
      if (first) this.model.buildFor(first.x.shape.slice(1));
    } catch (error) {
      if (error === halted) this.#options.signal?.throwIfAborted();
      throw error;
    }
  }

  /** Trains for one epoch, or for the rest of one that was interrupted; undefined when it is stopped within. */
  async trainEpoch(): Promise<EpochRecord | undefined> {
    try {
      return await this.#trainEpoch();
    } catch (error) {
      if (error !== halted) throw error;
      this.#options.signal?.throwIfAborted();
      return undefined;
    }
  }

  async #trainEpoch(): Promise<EpochRecord | undefined> {
    const { callbacks = [], signal } = this.#options;
    const watchers = callbacks.filter(({ onStep }) => onStep);
    this.#progress ??= this.#begin();
    const progress = this.#progress;
    // Moves on by what callbacks take.
    let start = performance.now() - progress.seconds * 1000;
    await this.#feed.begin({ epoch: this.epoch, step: progress.step, batch: progress.batch });
    if (progress.batch > 0 && progress.checksum !== undefined) checkSame(this.#feed, progress.checksum);
    await this.#ending.between();
    for (;;) {
      const coming = this.#feed.next();
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
      const pause = this.#ending.breathe();
      if (pause) await pause;
      signal?.throwIfAborted();
      if (this.history.stopped !== undefined && this.batch !== this.batches) return undefined;
    }
    progress.seconds = (performance.now() - start) / 1000;
    const found = this.#sums.values();
    const validation = await this.#ending.whileValidating(() => this.#validate());
    return {
      epoch: this.epoch,
      loss: this.loss,
      ...(progress.correct === undefined ? {} : { accuracy: progress.correct / progress.seen }),
      ...(validation ? { validationLoss: validation.loss } : {}),
      ...(validation?.accuracy === undefined ? {} : { validationAccuracy: validation.accuracy }),
      ...found,
      ...(validation?.values.metrics ? { validationMetrics: validation.values.metrics } : {}),
      ...(validation?.values.details ? { validationDetails: validation.values.details } : {}),
      // Where nothing was left to do of an epoch that was interrupted in its validation, that of its last step.
      learningRate: progress.learningRate ?? this.optimizer.learningRate,
      steps: this.batch,
      seconds: progress.seconds,
    };
  }

  #step(batch: Batch, progress: Writable<EpochProgress>): void {
    const { model, optimizer } = this;
    const { classWeights, regularize = true } = this.#options;
    const { x, y } = batch;
    const loss = lossFor("fit", y, this.#options.loss);
    const rows = y.shape[0];
    let correct: number | undefined;
    let predictions: Tensor | undefined;
    let measured: readonly (readonly number[])[] | undefined;
    const { learningRate } = optimizer;
    const layers = this.#layers ?? layersOf(model);
    const streams = layers.map(({ random }) => random.state);
    let value: number;
    try {
      value = optimizer
        .minimize(
          () => {
            predictions = model.call(x, { training: true });
            const found = this.#loss(loss, predictions, batch, classWeights);
            correct = isClassification(predictions, y) ? countCorrect(predictions, y) : undefined;
            // Of predictions that are no numbers there is nothing to measure: the step is about to fail.
            if (this.metrics.length > 0 && found.size === 1 && Number.isFinite(found.item())) {
              measured = this.#sums.of(stopGradient(predictions), y, batch.weights);
            }
            return found;
          },
          model.trainableVariables,
          { regularize },
        )
        .item();
    } catch (error) {
      // A step that fails has changed nothing: what it drew is drawn again.
      for (const [index, { random }] of layers.entries()) random.state = streams[index];
      throw explained(error, { batch, train: this.train, predictions });
    }
    if (measured) this.#sums.add(measured);
    // Some are made when they are first called.
    this.#layers ??= layersOf(model);
    progress.learningRate = learningRate;
    progress.seen += rows;
    progress.lossSum += value * rows;
    progress.correct = progress.correct === undefined || correct === undefined ? undefined : progress.correct + correct;
    this.batch = ++progress.batch;
    this.loss = progress.lossSum / progress.seen;
  }

  #loss(loss: Loss, predictions: Tensor, { y, weights }: Batch, classWeights: FitOptions["classWeights"]): Tensor {
    const factors = classWeights ? exampleWeights("fit", classWeights, predictions, y, weights) : weights;
    return factors ? weightedLoss("fit", loss, predictions, y, factors) : loss(predictions, y);
  }

  /** The epoch is done: from here on the place is before the next one. */
  complete(record: EpochRecord): void {
    this.history.add(record);
    this.#feed.complete();
    this.#next = record.epoch + 1;
    this.#progress = undefined;
  }

  /** Lets the event loop run when it is time. */
  async breathe(): Promise<void> {
    await this.#ending.breathe();
  }

  /** The history stays behind and says where the run has ended; the run itself can go. */
  async end(): Promise<void> {
    const place = this.#place();
    this.history.follow(() => place);
    await this.#feed.close();
  }

  #place(): TrainingPlace {
    const callbacks = callbackStates(this.#options.callbacks ?? []);
    const progress = this.#progress;
    const { passed } = this.#feed;
    const place = { epoch: this.#next, ...(passed > 0 ? { passed } : {}), callbacks };
    // Before its first step an epoch has not begun: it may have another order then.
    if (!progress || progress.batch === 0) return place;
    const checksum = this.#feed.checksum();
    return {
      ...place,
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
    return { ...this.#feed.cut, step, batch: 0, lossSum: 0, seen: 0, correct: 0, seconds: 0 };
  }

  #makeFeed(passed: number | undefined): Feed {
    const { batchSize, remainder, shuffle, seed, stepsPerEpoch } = this.#options;
    if (isDataset(this.train)) {
      const random = (seed === undefined ? this.model.random : new Random(seed)).fork("shuffle");
      return new DatasetFeed(this.train, { batchSize, remainder, shuffle, random, between: this.#ending.between });
    }
    const { wait, between } = this.#ending;
    return new SourceFeed(this.train, { operation: "fit", what: "training", stepsPerEpoch, passed, wait, between });
  }

  async #validate(): Promise<Totals | undefined> {
    const { validation } = this;
    if (!validation) return undefined;
    const data = (isDataset(validation) ? validation.name : undefined) ?? "the validation data";
    const evaluator = new Evaluator("fit", this.model, { loss: this.#options.loss, metrics: this.metrics, data });
    if (!isDataset(validation)) {
      this.#validationFeed ??= new SourceFeed(validation, {
        operation: "fit",
        what: "validation",
        wait: this.#ending.wait,
      });
      return evaluateSource(evaluator, this.#validationFeed, this.epoch, this.#ending.between);
    }
    // Not more at once than in a step, so that the event loop does not wait longer.
    const { batchSize = 50 } = this.#options;
    for (const _ of evaluateInChunks(evaluator, validation, undefined, batchSize)) await this.#ending.between();
    return evaluator.totals();
  }
}
