import { described, describeFunction, descriptionOf } from "../../base/describe.ts";
import { ValueError } from "../../base/errors.ts";
import { copyOptions, flag, number, oneOf, required, whole } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { type Variant, variantRule } from "../../base/variant.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { rateRule, type Schedule } from "./schedule.ts";

/** What is measured in every epoch. */
export type PlateauMetric = "loss" | "accuracy" | "validationLoss" | "validationAccuracy";

/** The state of a plateau, in plain numbers. */
export interface PlateauState {
  /** Best value, counters and factor. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Always empty. */
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Options of `reduceOnPlateau`. */
export interface ReduceOnPlateauOptions {
  /** The rate, or the schedule, that is reduced. */
  readonly schedule: number | Schedule;
  /** The factor that reduces the rate, above 0 and below 1. Default: 0.1. */
  readonly factor?: number;
  /** The number of epochs without improvement before a reduction. Default: 10. */
  readonly patience?: number;
  /** The watched measure: losses should fall, accuracies should rise. Default: "validationLoss". */
  readonly monitor?: PlateauMetric;
  /** The least improvement that counts. Default: 0.0001. */
  readonly minDelta?: number;
  /** Whether `minDelta` is a fraction of the best value. Default: false; with "pytorch" true. */
  readonly relative?: boolean;
  /** The number of epochs after a reduction that are not counted. Default: 0. */
  readonly cooldown?: number;
  /** The least rate that a reduction leads to. Default: 0. */
  readonly minimum?: number;
  /** "pytorch" reduces after more than `patience` epochs, the others after `patience` epochs. Default: "tensorflow1". */
  readonly variant?: Variant;
}

/** A schedule that observes the results of epochs and reduces its rate. */
export interface PlateauSchedule extends Schedule {
  /** The name of its state in a checkpoint. */
  readonly name: string;
  /** The number of reductions. */
  readonly reductions: number;
  /**
   * Counts an epoch with this result.
   * @returns Whether the rate was reduced.
   */
  observe(value: number): boolean;
  /** Best value, counters and factor; plain JSON. */
  state(): PlateauState;
  /** Resumes from a state. @throws ValueError for one that lacks a number. */
  restoreState(state: PlateauState): void;
}

/** The name of this schedule in saved files, and the first word of its errors. */
export const plateauName = "reduceOnPlateau";

const metrics: readonly PlateauMetric[] = ["loss", "accuracy", "validationLoss", "validationAccuracy"];

type Resolved = Required<ReduceOnPlateauOptions>;

const plateauMonitors = new WeakMap<Schedule, PlateauMetric>();

/** The measure that a plateau watches; undefined for another schedule. */
export const plateauMonitor = (schedule: Schedule): PlateauMetric | undefined => plateauMonitors.get(schedule);

/**
 * The schedule of `reduceOnPlateau`, without its hooks of `fit`, which are in a folder above this one.
 * @throws ValueError for options out of range or unknown.
 */
export const plateauSchedule = (options: ReduceOnPlateauOptions): PlateauSchedule => {
  const resolved = resolve(options);
  const { schedule, minimum, monitor } = resolved;
  const watcher = new Watcher(resolved);
  const rate = (step: number): number => {
    const base = typeof schedule === "number" ? schedule : schedule(step);
    // A rate that is below the minimum by itself is not raised to it.
    return Math.max(base * watcher.scale, Math.min(minimum, base));
  };
  const parts: Pick<PlateauSchedule, "observe" | "state" | "restoreState"> = {
    observe: (value) => watcher.observe(value),
    state: () => watcher.state(),
    restoreState: (state) => watcher.restoreState(state),
  };
  const plateau = Object.defineProperties(Object.assign(rate, parts), {
    // A function has a name already, which cannot be assigned to.
    name: { value: `${plateauName}/${monitor}` },
    reductions: { get: () => watcher.reductions },
  }) as PlateauSchedule;
  plateauMonitors.set(plateau, monitor);
  if (typeof schedule === "function" && !descriptionOf(schedule)) return plateau;
  const plain = typeof schedule === "number" ? schedule : describeFunction(plateauName, "schedule", schedule);
  return described(plateau, plateauName, { ...resolved, schedule: plain });
};

const resolve = (options: ReduceOnPlateauOptions): Resolved => {
  const own = copyOptions(plateauName, options, {
    schedule: required(rateRule),
    factor: number({ above: 0, below: 1 }),
    patience: whole({ from: 0 }),
    monitor: oneOf(...metrics),
    minDelta: number({ from: 0 }),
    relative: flag,
    cooldown: whole({ from: 0 }),
    minimum: number({ from: 0 }),
    variant: variantRule,
  });
  const { variant = "tensorflow1", monitor = "validationLoss", schedule } = own;
  const { factor = 0.1, patience = 10, minDelta = 1e-4, cooldown = 0, minimum = 0 } = own;
  const { relative = variant === "pytorch" } = own;
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
    if (!Number.isFinite(value)) return false;
    if (best === undefined) return true;
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
        `${plateauName}: a state must hold numbers, got ${name}=${showValue(value)}. Pass the result of state().`,
      );
    }
    this.#best = best as number | undefined;
    this.#waited = waited as number;
    this.#cooling = cooling as number;
    this.scale = scale as number;
    this.reductions = reductions as number;
  }
}
