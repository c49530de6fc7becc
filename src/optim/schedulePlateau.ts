import { described, describeFunction, descriptionOf } from "../tensor/describe.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkOptions, showValue } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Schedule } from "./schedule.ts";

// A callback of fit, whose types lie above this folder, is one by its form.

/** What is measured in every epoch. */
type Metric = "loss" | "accuracy" | "validationLoss" | "validationAccuracy";

/** What a run shows of itself. */
interface Run {
  /** The optimizer, which must have this schedule. */
  readonly optimizer: Optimizer;
  /** The validation data, where there are any. */
  readonly validation: object | undefined;
}

/** What a plateau must remember to go on: plain numbers. */
export interface PlateauState {
  /** Best value, counters and factor. */
  readonly values: Readonly<Record<string, unknown>>;
  /** None. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Options of `reduceOnPlateau`. */
export interface ReduceOnPlateauOptions {
  /** The rate, or the schedule, that is reduced. */
  readonly schedule: number | Schedule;
  /** What the rate is multiplied by, above 0 and below 1. Default: 0.1. */
  readonly factor?: number;
  /** How many epochs may bring nothing better. Default: 10. */
  readonly patience?: number;
  /** What is watched: losses are to fall, accuracies to rise. Default: "validationLoss". */
  readonly monitor?: Metric;
  /** By how much an epoch must be better to count. Default: 0.0001. */
  readonly minDelta?: number;
  /** Whether `minDelta` is a part of the best value. Default: false; with "pytorch" true. */
  readonly relative?: boolean;
  /** For how many epochs after a reduction nothing is counted. Default: 0. */
  readonly cooldown?: number;
  /** No reduction takes the rate below it. Default: 0. */
  readonly minimum?: number;
  /** "pytorch" reduces after more than `patience` epochs, the others after as many. Default: "tensorflow1". */
  readonly variant?: "tensorflow1" | "keras" | "pytorch";
}

/** A schedule that watches how training goes: the learning rate of the optimizer and a callback of `fit` at once. */
export interface Plateau extends Schedule {
  /** Under which a checkpoint keeps its state. */
  readonly name: string;
  /** How often the rate was reduced. */
  readonly reductions: number;
  /**
   * Takes what an epoch brought into account; as a callback of `fit` it does so by itself.
   * @returns Whether the rate was reduced.
   */
  observe(value: number): boolean;
  /** Best value, counters and factor; plain JSON. */
  state(): PlateauState;
  /** Goes on from a state. @throws ValueError for one that lacks a number. */
  restoreState(state: PlateauState): void;
  /** Of the callback: sees that the optimizer has this schedule. */
  onTrainBegin(run: Run): void;
  /** Of the callback: observes what is monitored. */
  onEpochEnd(run: Run, record: Readonly<Partial<Record<Metric, number>>>): void;
}

const where = "reduceOnPlateau";

/**
 * A learning rate that is reduced when training brings nothing better any more: η = max(schedule(step) · factorⁿ, minimum)
 * after n reductions. An epoch is better than the best so far when it is so by more than `minDelta`, or with `relative` by
 * more than minDelta · best. After `patience` epochs in a row that are not ("pytorch": after one more), the rate is reduced,
 * and the next `cooldown` epochs are not counted. It goes to the optimizer as its learning rate and to `fit` as a callback:
 * one object, which a checkpoint of the run holds. An optimizer that was loaded has one of its own, whose place it takes.
 *
 * Source: `tf.keras.callbacks.ReduceLROnPlateau` of TensorFlow 1; `torch.optim.lr_scheduler.ReduceLROnPlateau` (whose eps,
 * below which a reduction is left out, is 0 here).
 * @throws ValueError for options out of range or unknown; when training begins, for an optimizer with another learning rate,
 * or unless what is watched is measured.
 * @example
 * const rate = reduceOnPlateau({ schedule: 0.1, factor: 0.5, patience: 2, monitor: "loss" });
 * const optimizer = new SGD({ learningRate: rate });
 * for (const loss of [3, 2, 2, 2]) rate.observe(loss);
 * optimizer.learningRate; // 0.05
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * await fit(model, train, { optimizer, epochs: 2, callbacks: [rate] });
 */
export const reduceOnPlateau = (options: ReduceOnPlateauOptions): Plateau => {
  const resolved = checkPlateauOptions(options);
  const { schedule, minimum, monitor } = resolved;
  const watcher = new Watcher(resolved);
  const rate = (step: number): number => {
    const base = typeof schedule === "number" ? schedule : schedule(step);
    // What is below the minimum by itself is not raised to it.
    return Math.max(base * watcher.scale, Math.min(minimum, base));
  };
  const parts: Pick<Plateau, "observe" | "state" | "restoreState" | "onTrainBegin" | "onEpochEnd"> = {
    observe: (value) => watcher.observe(value),
    state: () => watcher.state(),
    restoreState: (state) => watcher.restoreState(state),
    onTrainBegin: (run) => {
      takePlace(run, plateau);
      if (!monitor.startsWith("validation") || run.validation) return;
      throw new ValueError(
        `${where}: ${monitor} must be measured, got no validation data. Pass { validation } to fit, or another monitor.`,
      );
    },
    onEpochEnd: (_, record) => {
      const value = record[monitor];
      if (value !== undefined) watcher.observe(value);
      else throw new ValueError(`${where}: ${monitor} must be measured, got none. Choose another monitor.`);
    },
  };
  const plateau = Object.defineProperties(Object.assign(rate, parts), {
    // A function has a name already, which cannot be assigned to.
    name: { value: `${where}/${monitor}` },
    reductions: { get: () => watcher.reductions },
  }) as Plateau;
  if (typeof schedule === "function" && !descriptionOf(schedule)) return plateau;
  const plain = typeof schedule === "number" ? schedule : describeFunction(where, "schedule", schedule);
  return described(plateau, where, { ...resolved, schedule: plain });
};

/** The optimizer must ask the schedule that watches; one that was loaded asks another one, made from the file. */
const takePlace = ({ optimizer }: Run, plateau: Plateau): void => {
  const { schedule } = optimizer;
  if (schedule === plateau) return;
  if (descriptionOf(schedule)?.name === where) {
    optimizer.learningRate = plateau;
    return;
  }
  throw new ValueError(
    `${where}: the optimizer must have it as its learning rate, got ${schedule ? "another schedule" : optimizer.learningRate}. ` +
      "Pass { learningRate: plateau } to the optimizer; a schedule that is reduced goes into { schedule }.",
  );
};

type Resolved = Required<ReduceOnPlateauOptions>;

const metrics: readonly Metric[] = ["loss", "accuracy", "validationLoss", "validationAccuracy"];
const variants: readonly Resolved["variant"][] = ["tensorflow1", "keras", "pytorch"];
const known: readonly (keyof ReduceOnPlateauOptions)[] = [
  "schedule",
  "factor",
  "patience",
  "monitor",
  "minDelta",
  "relative",
  "cooldown",
  "minimum",
  "variant",
];

const checkPlateauOptions = (options: ReduceOnPlateauOptions): Resolved => {
  checkOptions(where, options, known);
  const { variant = "tensorflow1", monitor = "validationLoss", schedule } = options;
  const { factor = 0.1, patience = 10, minDelta = 1e-4, cooldown = 0, minimum = 0 } = options;
  const relative = options.relative ?? variant === "pytorch";
  const check = (option: string, value: unknown, rule: string, holds: boolean): void => {
    if (holds) return;
    throw new ValueError(`${where}: ${option} must be ${rule}, got ${showValue(value)}. Correct the ${option}.`);
  };
  const isFrom0 = (value: unknown): boolean => typeof value === "number" && value >= 0 && value < Infinity;
  check("schedule", schedule, "a schedule, or a number from 0", typeof schedule === "function" || isFrom0(schedule));
  check("factor", factor, "a number above 0 and below 1", factor > 0 && factor < 1);
  check("patience", patience, "a whole number from 0", Number.isSafeInteger(patience) && patience >= 0);
  check("monitor", monitor, `one of ${metrics.join(", ")}`, metrics.includes(monitor));
  check("minDelta", minDelta, "a finite number from 0", isFrom0(minDelta));
  check("relative", relative, "true or false", typeof relative === "boolean");
  check("cooldown", cooldown, "a whole number from 0", Number.isSafeInteger(cooldown) && cooldown >= 0);
  check("minimum", minimum, "a finite number from 0", isFrom0(minimum));
  check("variant", variant, `one of ${variants.join(", ")}`, variants.includes(variant));
  return { schedule, factor, patience, monitor, minDelta, relative, cooldown, minimum, variant };
};

/** Counts epochs, and says how far the rate is reduced. */
class Watcher {
  readonly #options: Resolved;
  #best: number | undefined;
  /** Epochs in a row that were not better. */
  #waited = 0;
  /** Epochs for which nothing is counted any more. */
  #cooling = 0;
  /** factorⁿ, multiplied up as the reductions come. */
  scale = 1;
  reductions = 0;

  constructor(options: Resolved) {
    this.#options = options;
  }

  observe(value: number): boolean {
    const { variant, patience, factor, cooldown } = this.#options;
    const isBetter = this.#isBetter(value);
    if (isBetter) this.#best = value;
    const wasCooling = this.#cooling > 0;
    if (wasCooling) this.#cooling--;
    // The last epoch of a cooldown: TensorFlow counts it, PyTorch does not.
    const counts = variant === "pytorch" ? !wasCooling : this.#cooling === 0;
    const before = wasCooling ? 0 : this.#waited;
    this.#waited = isBetter || !counts ? 0 : before + 1;
    const isDue = variant === "pytorch" ? this.#waited > patience : this.#waited >= Math.max(1, patience);
    if (!isDue) return false;
    this.scale *= factor;
    this.reductions++;
    this.#cooling = cooldown;
    this.#waited = 0;
    return true;
  }

  #isBetter(value: number): boolean {
    const { monitor, minDelta, relative } = this.#options;
    const best = this.#best;
    if (best === undefined) return !Number.isNaN(value);
    const rises = /accuracy$/i.test(monitor);
    if (relative) return rises ? value > best * (1 + minDelta) : value < best * (1 - minDelta);
    return rises ? value > best + minDelta : value < best - minDelta;
  }

  state(): PlateauState {
    const { scale, reductions } = this;
    const counters = { waited: this.#waited, cooling: this.#cooling, scale, reductions };
    return { values: { ...counters, ...(this.#best === undefined ? {} : { best: this.#best }) }, tensors: {} };
  }

  restoreState({ values }: PlateauState): void {
    const { best, waited, cooling, scale, reductions } = values;
    for (const [name, value] of Object.entries({ best: best ?? 0, waited, cooling, scale, reductions })) {
      if (typeof value === "number" && Number.isFinite(value)) continue;
      throw new ValueError(
        `${where}: a state must hold numbers, got ${name}=${showValue(value)}. Pass what state() gave.`,
      );
    }
    this.#best = best as number | undefined;
    this.#waited = waited as number;
    this.#cooling = cooling as number;
    this.scale = scale as number;
    this.reductions = reductions as number;
  }
}
