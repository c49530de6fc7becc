import {
  type Callback,
  type EpochRecord,
  evaluate,
  fit,
  History,
  type Optimizer,
  type Sequential,
  type TrainingRun,
} from "gradus";
import type { CurvePoint, Progress, RunState } from "../messages.ts";
import type { TrainingSettings } from "../training.ts";
import { buildOptimizer } from "./build.ts";
import type { TrainingData } from "./data.ts";
import type { Gate } from "./gate.ts";
import { canTrain } from "./inspect.ts";
import { Meter } from "./meter.ts";
import { Observer, seenUntilNow } from "./observer.ts";
import { Part } from "./part.ts";

/** The shortest time between two reports of progress, in milliseconds. */
const tellEvery = 100;
/** If an epoch takes longer than this, in milliseconds, the curve gets points within it. */
const pointEvery = 400;
/** The first epoch changes most: it gets a point after this many steps. */
const earlySteps = 4;

/** The reasons why a fit is aborted: another fit continues with other settings, or the network is not used any more. */
const again = new Error("the settings have changed");
const over = new Error("there is another network");

/** Receives the progress of training since the last call. */
export type Listener = (progress: Progress, points: readonly CurvePoint[]) => void;

/** Trains one network with `fit`: at a pace, with pauses, and with settings that change on the way. */
export class Trainer {
  readonly model: Sequential;
  readonly #data: TrainingData;
  readonly #gate: Gate;
  readonly #tell: Listener;
  readonly #meter: Meter = new Meter();
  #settings: TrainingSettings;
  #optimizer: Optimizer;
  #history: History = new History();
  #state: RunState = "ready";
  #run: TrainingRun | undefined;
  #abort: AbortController | undefined;
  #steps = 0;
  /** Epochs that were done when training was last started from its beginning or its end. */
  #base = 0;
  /** Settings that changed during the run, each with the step of the change. */
  #changes: (readonly [where: string, what: string])[] = [];
  #failure: unknown;
  #points: CurvePoint[] = [];
  #toldAt = 0;
  /** The time of the last point, and the steps since then. */
  #pointAt = 0;
  readonly #part: Part = new Part();
  /** Receives the error that ended training. */
  onFailure: (error: unknown) => void = () => undefined;

  constructor(model: Sequential, data: TrainingData, settings: TrainingSettings, gate: Gate, tell: Listener) {
    this.model = model;
    this.#data = data;
    this.#settings = settings;
    this.#gate = gate;
    this.#tell = tell;
    this.#optimizer = buildOptimizer(settings.optimizer, settings.learningRate);
  }

  get state(): RunState {
    return this.#state;
  }

  /** The number of complete epochs. */
  get epochs(): number {
    return this.#history.epochs.length;
  }

  /** Evaluates the network before training: the curves of the validation begin there. */
  begin(): void {
    const { loss, accuracy } = evaluate(this.model, this.#data.validation);
    this.#points.push({ epoch: 0, validationLoss: loss, validationAccuracy: accuracy });
    this.report();
  }

  start(): void {
    this.#gate.open();
    this.#ensure();
    this.#enter("running");
  }

  pause(): void {
    this.#gate.close();
  }

  /** One step, and a pause after it. */
  step(): void {
    this.#gate.step();
    this.#ensure();
  }

  /** Ends training for good. */
  end(): void {
    this.#abort?.abort(over);
    this.#gate.close();
  }

  set settings(settings: TrainingSettings) {
    const before = this.#settings;
    this.#settings = settings;
    if (this.#steps > 0) this.#noteChanges(before, settings);
    if (settings.optimizer !== before.optimizer) {
      this.#optimizer = buildOptimizer(settings.optimizer, settings.learningRate);
    }
    this.#optimizer.learningRate = settings.learningRate;
    const isSameFit = (["optimizer", "batchSize", "epochs"] as const).every((key) => settings[key] === before[key]);
    if (!isSameFit) this.#abort?.abort(again);
  }

  /** Reports the progress of training, with the new points. */
  report(): void {
    this.#toldAt = performance.now();
    const points = this.#points;
    this.#points = [];
    this.#tell(this.#progress(), points);
  }

  /**
   * The run up to now, for a report.
   * @throws Error before the end of the first epoch, unless the run has failed.
   */
  async history(): Promise<History> {
    const run = this.#run;
    if (!run || (run.history.epochs.length === 0 && this.#state !== "failed"))
      throw new Error("There is nothing to report before the first epoch ends.");
    const { epochs, inspections } = await seenUntilNow(run, this.#data.test);
    const history = new History(
      epochs,
      inspections.map(({ setup, ...seen }) =>
        setup ? { ...seen, setup: { ...setup, facts: [...setup.facts, ...this.#changes] } } : seen,
      ),
    );
    if (this.#state === "failed") {
      history.stopped = `it failed: ${this.#failure instanceof Error ? this.#failure.message : this.#failure}`;
    }
    return history;
  }

  #noteChanges(before: TrainingSettings, after: TrainingSettings): void {
    const keys = (Object.keys(after) as (keyof TrainingSettings)[]).filter((key) => after[key] !== before[key]);
    if (keys.length === 0) return;
    const what = keys.map((key) => `${key} ${after[key]}`).join(", ");
    this.#changes.push([`from step ${this.#steps + 1} on`, what]);
  }

  /** The number of batches of an epoch, which is known for a data set. */
  get #batches(): number {
    return this.#run?.batches ?? 1;
  }

  #progress(): Progress {
    return {
      state: this.#state,
      epoch: this.epochs,
      batch: this.#run?.batch ?? 0,
      batches: this.#batches,
      steps: this.#steps,
      stepTime: this.#meter.stepTime,
      examplesPerSecond: this.#state === "running" ? this.#meter.examplesPerSecond : undefined,
    };
  }

  #enter(state: RunState): void {
    if (state !== "running") this.#meter.rest();
    this.#state = state;
    this.report();
  }

  /** Starts a fit, unless one is running; it waits at the gate. */
  #ensure(): void {
    if (this.#abort) return;
    this.#base = this.#state === "finished" || this.#state === "ready" ? this.#history.epochs.length : this.#base;
    void this.#train();
  }

  async #train(): Promise<void> {
    for (;;) {
      const abort = new AbortController();
      this.#abort = abort;
      try {
        const { epochs, batchSize } = this.#settings;
        const { train, validation } = this.#data;
        await fit(this.model, train, {
          optimizer: this.#optimizer,
          epochs: Math.max(this.#base + epochs, this.#history.epochs.length),
          batchSize: Math.min(batchSize, train.size),
          validation,
          history: this.#done(),
          signal: abort.signal,
          callbacks: [new Observer(this.#data.test), this.#watcher(abort.signal)],
        });
        this.#abort = undefined;
        this.#enter("finished");
        return;
      } catch (error) {
        if (error === again) continue;
        this.#abort = undefined;
        if (error === over) return;
        this.#gate.close();
        // The curves show the steps before the failure.
        this.#addPointWithin(performance.now());
        // All layers were frozen after the gate had let a step through: training waits until a layer trains again.
        if (!canTrain(this.model)) {
          this.#enter("paused");
          return;
        }
        this.#failure = error;
        this.#enter("failed");
        this.onFailure(error);
        return;
      }
    }
  }

  /** The finished epochs and their inspections. An unfinished epoch begins anew, so only the setup remains of its inspections. */
  #done(): History {
    const { epochs, inspections } = this.#history;
    const finished = inspections.flatMap((seen) => {
      const { step, epoch, setup } = seen;
      if (epoch <= epochs.length) return [seen];
      return setup ? [{ step, epoch: epochs.length, setup }] : [];
    });
    return new History(epochs, finished);
  }

  #watcher(signal: AbortSignal): Callback {
    let began = 0;
    let loss = Number.NaN;
    let unwatch = (): void => undefined;
    const held = (): void => {
      this.#addPointWithin(performance.now());
      this.#enter("paused");
    };
    const pass = (): Promise<void> | undefined =>
      this.#gate.pass(signal, held)?.then(() => {
        if (this.#gate.isOpen && this.#state !== "running") this.#enter("running");
        began = performance.now();
      });
    return {
      onTrainBegin: (run) => {
        this.#run = run;
        this.#history = run.history;
        unwatch = run.optimizer.watch((step) => {
          loss = step.loss?.item() ?? Number.NaN;
        });
      },
      onEpochBegin: (): Promise<void> | undefined => {
        this.#part.begin();
        this.#pointAt = performance.now();
        began = performance.now();
        return pass();
      },
      onStep: (run): Promise<void> | undefined => {
        const now = performance.now();
        this.#steps++;
        const { seen = 0, correct = 0 } = run.history.place.progress ?? {};
        this.#part.add(loss, { seen, correct });
        this.#meter.add(now - began, this.#data.train.size / this.#batches, now);
        const isLast = run.batch === this.#batches;
        const isEarly = run.epoch === 0 && run.batch % earlySteps === 0 && this.#batches < 100 * earlySteps;
        if (!isLast && (isEarly || now - this.#pointAt > pointEvery)) this.#addPointWithin(now);
        if (now - this.#toldAt > tellEvery) this.report();
        // After the last step comes the validation, which a single step includes.
        const waiting = isLast ? undefined : pass();
        began = performance.now();
        return waiting;
      },
      onEpochEnd: (_, record) => {
        this.#addPointAfter(record);
        if (performance.now() - this.#toldAt > tellEvery) this.report();
      },
      onTrainEnd: () => unwatch(),
    };
  }

  /** Adds a point for the steps of the epoch since the last point. */
  #addPointWithin(at: number): void {
    const [run, part] = [this.#run, this.#part.take()];
    if (!run || !part) return;
    this.#points.push({ epoch: run.epoch + run.batch / this.#batches, ...part });
    this.#pointAt = at;
  }

  #addPointAfter({ epoch, validationLoss, validationAccuracy }: EpochRecord): void {
    this.#points.push({ epoch: epoch + 1, ...this.#part.take(), validationLoss, validationAccuracy });
  }
}
