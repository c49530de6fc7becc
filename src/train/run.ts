import type { Dataset } from "../data/dataset.ts";
import { minibatches } from "../data/minibatches.ts";
import type { Layer } from "../layers/layer.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { ValueError } from "../tensor/errors.ts";
import { showValue } from "../tensor/options.ts";
import { Random } from "../tensor/random.ts";
import { countCorrect, isClassification } from "./accuracy.ts";
import type { TrainingRun } from "./callback.ts";
import { callbackStates } from "./callbackStates.ts";
import type { EpochRecord } from "./epochRecord.ts";
import { type Evaluation, evaluateInChunks } from "./evaluate.ts";
import type { FitOptions } from "./fit.ts";
import { History } from "./history.ts";
import { lossFor } from "./loss.ts";
import { pacer } from "./nextTask.ts";
import type { EpochProgress, TrainingPlace } from "./place.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One call of `fit`: the steps of its epochs, and where it stands. */
export class Run implements TrainingRun {
  readonly model: Layer;
  readonly optimizer: Optimizer;
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  readonly history: History;
  readonly epochs: number;
  readonly batches: number;
  epoch: number;
  batch = 0;
  loss: number = Number.NaN;
  error: unknown;
  readonly #options: FitOptions;
  readonly #random: Random;
  readonly #pacer: ReturnType<typeof pacer> = pacer();
  /** The learning rate of the last step. */
  #rate: number;
  /** The next epoch to be done, also while callbacks hear of the end of the last one. */
  #next: number;
  /** What is done of it; undefined between two epochs. */
  #progress: Writable<EpochProgress> | undefined;

  constructor(model: Layer, train: Dataset, options: FitOptions) {
    this.model = model;
    this.optimizer = options.optimizer;
    this.train = train;
    this.validation = options.validation;
    this.epochs = options.epochs;
    this.#rate = options.optimizer.learningRate;
    this.#options = options;
    this.#random = (options.seed === undefined ? model.random : new Random(options.seed)).fork("shuffle");
    // Before the first step, because the optimizer asks for the variables.
    model.buildFor(train.x.shape.slice(1));
    const before = options.history?.place;
    this.epoch = before?.epoch ?? 0;
    this.#next = this.epoch;
    this.#progress = before?.progress && this.#checkProgress({ ...before.progress });
    this.history = new History(options.history?.epochs, options.history?.inspections);
    this.history.follow(() => this.#place());
    this.batches = this.#minibatches(this.optimizer.step).count;
  }

  stop(reason?: string): void {
    this.history.stopped ??= reason ?? "stopped by a callback";
  }

  /** Trains for one epoch, or for the rest of one that was interrupted; undefined when it is stopped within. */
  async trainEpoch(): Promise<EpochRecord | undefined> {
    const { model, optimizer, train, batches } = this;
    const { callbacks = [], regularize = true } = this.#options;
    const penalties = { regularize };
    const watchers = callbacks.filter(({ onStep }) => onStep);
    const loss = lossFor("fit", train.y, this.#options.loss);
    this.#progress ??= this.#begin();
    const progress = this.#progress;
    const start = performance.now() - progress.seconds * 1000;
    this.batch = progress.batch;
    this.loss = progress.lossSum / progress.seen;
    const done = progress.batch;
    let index = 0;
    for (const { x, y } of this.#minibatches(progress.step)) {
      if (index++ < done) continue;
      let correct: number | undefined;
      this.#rate = optimizer.learningRate;
      const value = optimizer.minimize(
        () => {
          const predictions = model.call(x, { training: true });
          correct = isClassification(predictions, y) ? countCorrect(predictions, y) : undefined;
          return loss(predictions, y);
        },
        model.trainableVariables,
        penalties,
      );
      progress.seen += y.shape[0];
      progress.lossSum += value.item() * y.shape[0];
      progress.correct =
        progress.correct === undefined || correct === undefined ? undefined : progress.correct + correct;
      progress.seconds = (performance.now() - start) / 1000;
      this.batch = ++progress.batch;
      this.loss = progress.lossSum / progress.seen;
      for (const watcher of watchers) {
        const waiting = watcher.onStep?.(this);
        if (waiting) await waiting;
      }
      if (this.#pacer.isDue()) await this.#pacer.pause();
      this.#options.signal?.throwIfAborted();
      if (this.history.stopped !== undefined && this.batch < batches) return undefined;
    }
    progress.seconds = (performance.now() - start) / 1000;
    const evaluation = await this.#validate();
    return {
      epoch: this.epoch,
      loss: this.loss,
      ...(progress.correct === undefined ? {} : { accuracy: progress.correct / progress.seen }),
      ...(evaluation ? { validationLoss: evaluation.loss } : {}),
      ...(evaluation?.accuracy === undefined ? {} : { validationAccuracy: evaluation.accuracy }),
      learningRate: this.#rate,
      steps: this.batch,
      seconds: progress.seconds,
    };
  }

  /** The epoch is done: from here on the place is before the next one. */
  complete(record: EpochRecord): void {
    this.history.add(record);
    this.#next = record.epoch + 1;
    this.#progress = undefined;
  }

  /** The history stays behind and says where the run has ended; the run itself can go. */
  end(): void {
    const place = this.#place();
    this.history.follow(() => place);
  }

  #place(): TrainingPlace {
    const callbacks = callbackStates(this.#options.callbacks ?? []);
    const progress = this.#progress;
    // Before its first step an epoch has not begun: it may have another order then.
    if (!progress || progress.batch === 0) return { epoch: this.#next, callbacks };
    return { epoch: this.#next, progress: { ...progress }, callbacks };
  }

  #begin(): Writable<EpochProgress> {
    return { ...this.#cut(), step: this.optimizer.step, batch: 0, lossSum: 0, seen: 0, correct: 0, seconds: 0 };
  }

  /** How the examples are cut and shuffled. */
  #cut(): Pick<EpochProgress, "batchSize" | "remainder" | "examples" | "order"> {
    const { batchSize = 50, remainder = "even", shuffle = true } = this.#options;
    const order = shuffle ? { order: this.#random.state.key } : {};
    return { batchSize, remainder, examples: this.train.size, ...order };
  }

  #checkProgress(progress: EpochProgress): EpochProgress {
    const now = this.#cut();
    for (const what of ["examples", "batchSize", "remainder", "order"] as const) {
      if (String(progress[what]) === String(now[what])) continue;
      const got =
        what === "order"
          ? "another order of the examples (shuffle or seed)"
          : `${what}=${showValue(now[what])} where it was ${showValue(progress[what])}`;
      throw new ValueError(
        `fit: an epoch that was interrupted must go on with the data and the options that it began with, got ${got}. ` +
          "Pass the same, or { history: new History(history.epochs) } to begin the epoch anew.",
      );
    }
    const { step } = this.optimizer;
    if (step < progress.step + progress.batch) {
      throw new ValueError(
        `fit: an epoch that was interrupted must go on with its optimizer, got one after step ${step} where ` +
          `${progress.step + progress.batch} were done. Pass the optimizer that was saved with the history.`,
      );
    }
    return progress;
  }

  async #validate(): Promise<Evaluation | undefined> {
    if (!this.validation) return undefined;
    const chunks = evaluateInChunks(this.model, this.validation, { loss: this.#options.loss });
    for (;;) {
      const { done, value } = chunks.next();
      if (done) return value;
      if (this.#pacer.isDue()) await this.#pacer.pause();
      this.#options.signal?.throwIfAborted();
    }
  }

  /** The batches of an epoch. Not its number but the steps done before it name its order: training may go on in another fit. */
  #minibatches(step: number): ReturnType<typeof minibatches> {
    const { batchSize, remainder, shuffle = true } = this.#options;
    const random = shuffle ? this.#random.fork(`step ${step}`) : undefined;
    return minibatches(this.train, { batchSize, remainder, shuffle, random });
  }
}
