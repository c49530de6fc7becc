import type { Variable } from "../../autograd/variable.ts";
import { ValueError } from "../../base/errors.ts";
import { checkOption, number, required } from "../../base/options.ts";
import { type PlainOptions, plainOptions } from "../../base/plainOptions.ts";
import { noOptions } from "../../base/showValue.ts";
import { add, mul } from "../../ops/elementwise/arithmetic.ts";
import { areBelow, firstNonFinite } from "../../ops/reduce/firstNonFinite.ts";
import { isEager } from "../../tensor/interpret/bind.ts";
import { decide, lent, perform, unrecorded } from "../../tensor/interpret/hostWork.ts";
import { onRollback } from "../../tensor/interpret/rollback.ts";
import { rowsOf } from "../../tensor/interpret/rowsOf.ts";
import { noteModelChange } from "../../tensor/memory/recorder.ts";
import { currentStep, handOver, isInStep, markUsed, runStep } from "../../tensor/memory/step.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Schedule } from "../schedules/schedule.ts";
import { rateRule } from "../schedules/schedule.ts";
import { calmLimit } from "./calm.ts";
import { checkGradients, type Gradients, type GradientTransform } from "./gradients.ts";
import { type LossAndGradientsOf, type LossValues, type MinimizeOptions, RecordedLoss } from "./lossGradients.ts";
import { type Failure, nonFiniteGradient, nonFiniteLoss, nonFiniteUpdate, RecentLosses } from "./nonFinite.ts";
import type { OptimizerOptions } from "./optimizerOptions.ts";
import { type OptimizerState, Slots, type StepNumbers, stateRule } from "./slots.ts";
import type { VariableUpdate } from "./variableUpdate.ts";
import { type WatchedStep, Watchers } from "./watchers.ts";

const notCloned: symbol = /* @__PURE__ */ Symbol(
  "optimizer: pass the bytes of encodeCheckpoint({ model, optimizer }), an optimizer",
);

/**
 * Changes variables so that a loss becomes smaller, a step at a time. A step is: the loss and the penalties of the
 * variables that it read and trains, their gradients, the check that all is finite, `clip`, the update, the variables' constraints,
 * and what layers do at the end of a step (moving statistics).
 */
export abstract class Optimizer {
  /** The text of the error of structuredClone and postMessage, which would copy in part: no symbol can be cloned. @internal */
  readonly notCloned: symbol = notCloned;
  /** The name of the class, for errors. */
  readonly name: string;
  /** What gradients pass through before each update. */
  readonly clip: GradientTransform | undefined;
  #learningRate: number | Schedule;
  #step = 0;
  readonly #slots: Slots;
  readonly #weightDecay: number;
  readonly #watchers = new Watchers();
  readonly #options: OptimizerOptions;
  readonly #losses = new RecentLosses();

  /** @internal */
  protected constructor(name: string, options: OptimizerOptions, update: VariableUpdate) {
    if (new.target === Optimizer) throw new ValueError("Optimizer: it is for classes to extend, got new Optimizer().");
    const { learningRate, clip } = options;
    this.name = name;
    this.#options = options;
    this.clip = clip;
    this.#learningRate = this.#checkLearningRate(learningRate);
    this.#slots = new Slots(update);
    this.#weightDecay = update.weightDecay ?? 0;
    noteModelChange();
  }

  /** @throws ValueError, as JSON would leave out what it remembers. */
  toJSON(): never {
    throw new ValueError(
      `${this.name}: an optimizer is not JSON, got it in JSON.stringify. Write the bytes of encodeCheckpoint({ model, optimizer }).`,
    );
  }

  /** How many updates were done. */
  get step(): number {
    return this.#step;
  }

  /** The learning rate of the next step: the number, or what the schedule gives for `step`. */
  get learningRate(): number {
    const rate = this.#learningRate;
    if (typeof rate === "number") return rate;
    return checkOption(this.name, `learning rate of the schedule at step ${this.#step}`, rate(this.#step), from0);
  }

  /** Takes effect in the next step; the slots stay. @throws ValueError unless the rate is a number from 0. */
  set learningRate(rate: number | Schedule) {
    this.#learningRate = this.#checkLearningRate(rate);
  }

  /** The schedule of the learning rate, if it has one. */
  get schedule(): Schedule | undefined {
    return typeof this.#learningRate === "number" ? undefined : this.#learningRate;
  }

  /**
   * The options that make an equal optimizer, with the learning rate that it has now, as plain JSON; schedules and clips
   * are `{ function: name, options }`.
   * @throws ValueError for a function that has no registered name.
   */
  config(): PlainOptions {
    return plainOptions(this.name, { ...this.#options, learningRate: this.#learningRate });
  }

  /**
   * Shows the gradients of every step before it updates anything, without a copy: the tensors end with the step (`keep`
   * copies one), and the watcher must not change a variable. An error of the watcher ends the step.
   * @returns A function that ends it.
   * @throws ValueError when the watcher is not a function.
   * @example
   * const w = new Variable(tensor([3, 4]), { name: "w" });
   * const optimizer = new SGD({ learningRate: 0.1 });
   * const largest: number[] = [];
   * const stop = optimizer.watch(({ gradients }) => largest.push(max(gradients[0].gradient).item()));
   * optimizer.minimize(() => sum(square(w.read())));
   * stop();
   * optimizer.minimize(() => sum(square(w.read())));
   * largest; // [8]
   */
  watch(watcher: (step: WatchedStep) => void): () => void {
    return this.#watchers.add(this.name, watcher);
  }

  /** What the optimizer remembers about a variable, by name of the slot; nothing before its first update. */
  slots(variable: Variable): Readonly<Record<string, Variable>> {
    return this.#slots.of(variable);
  }

  /**
   * The number of steps and the slots of these variables, by name: all that is needed to resume from here.
   * @throws ValueError when two variables have the same name.
   */
  state(variables: readonly Variable[]): OptimizerState {
    return { step: this.#step, variables: this.#slots.export(`${this.name}.state`, variables) };
  }

  /**
   * Resumes from a state: the slots of these variables, which are matched by name, become what they were. Variables that
   * the state does not know begin anew.
   * @throws ValueError when two variables have the same name, or the state has other slots; ShapeError, DTypeError when
   * a variable was of another shape or dtype.
   */
  restoreState(state: OptimizerState, variables: readonly Variable[]): void {
    checkOption(`${this.name}.restoreState`, "the state", state, stateRule);
    const step = checkOption(`${this.name}.restoreState`, "step", state.step, from0);
    this.#slots.import(`${this.name}.restoreState`, state.variables, variables);
    this.#step = step;
  }

  /**
   * Does one step.
   * @param loss Computes the loss, one number, from variables that it reads. It may also return an object with `loss`, and
   * beside it tensors, numbers, and lists and plain objects of these.
   * @param variables What to update; those that are not trainable, or that the loss does not depend on, stay as they are.
   * Default: all trainable variables that the loss reads. Gradients of others are not computed, nor are the penalties of
   * what the step does not train (frozen layers).
   * @param options `regularize: false` leaves penalties to the loss function.
   * @returns What `loss` returned, as it was before the update, with penalties in the loss; it stays valid.
   * @throws NonFiniteError when the loss, a gradient or an updated value is NaN or infinite, naming the step (the first is 1), the
   * variable and the likely cause; nothing is updated then. ValueError when `loss` returns a promise or other things than above,
   * depends on none of the variables, or the list is empty or names one twice, or the loss holds penalties of `losses()`
   * that are added anyway. What `loss` throws.
   * @example
   * const w = new Variable(tensor([1, 2]), { name: "w" });
   * const optimizer = new SGD({ learningRate: 0.1 });
   * optimizer.minimize(() => sum(square(w.read())), [w]).item(); // 5
   *
   * // Other values of the step
   * const { loss, predictions } = optimizer.minimize(() => {
   *   const predictions = mul(w.read(), 10);
   *   return { loss: sum(square(sub(predictions, 9))), predictions };
   * });
   * predictions.toArray(); // [8, 16]
   */
  minimize<Returned extends Tensor | LossValues<Returned>>(
    loss: () => Returned,
    variables?: readonly Variable[],
    options: MinimizeOptions = noOptions,
  ): Returned {
    const isOwner = ownsStep();
    return runStep(() => {
      const where = `${this.name}.minimize`;
      const recorded = new RecordedLoss(where, loss, variables, options);
      this.#checkLoss(where, recorded);
      const gradients = recorded.gradients();
      const returned = recorded.keepReturned();
      this.#update(where, gradients, isOwner, recorded);
      return returned as Returned;
    }, nothing);
  }

  /**
   * The first half of a step: the loss, its gradients, and what else `loss` returns; nothing is updated. The arguments are
   * as in `minimize`; variables that the loss does not depend on have no entry. All stays valid, except that gradients which
   * `applyGradients` has used end when the next step begins (`keep` makes one stay).
   * @throws As `minimize` does, but gradients are not checked before they are applied.
   * @example
   * const w = new Variable(tensor([1, 2]), { name: "w" });
   * const optimizer = new SGD({ learningRate: 0.1 });
   * const { loss, gradients } = optimizer.computeGradients(() => sum(square(w.read())), [w]);
   * optimizer.applyGradients(clipByValue(-1, 1)(gradients));
   */
  computeGradients<Returned extends Tensor | LossValues<Returned>>(
    loss: () => Returned,
    variables?: readonly Variable[],
    options: MinimizeOptions = noOptions,
  ): LossAndGradientsOf<Returned> {
    return runStep(
      () => {
        const where = `${this.name}.computeGradients`;
        const recorded = new RecordedLoss(where, loss, variables, options);
        this.#checkLoss(where, recorded);
        const gradients = recorded.gradients();
        return { ...recorded.keepOthers(), loss: recorded.value, gradients } as LossAndGradientsOf<Returned>;
      },
      ({ loss: value, gradients }) => {
        value.storage.moveToArray();
        for (const { gradient } of gradients) {
          // A gradient can be the very value of another variable, which is about to change.
          if (gradient.storage.borrowed) gradient.storage.moveToArray();
          else handOver(gradient.storage);
        }
      },
    );
  }

  /**
   * The second half of a step: check, `clip`, update, constraints.
   * @param gradients What `computeGradients` gave, or other gradients of variables; those of variables that are not
   * trainable are left out.
   * @throws NonFiniteError when a gradient or an updated value is NaN or infinite; nothing is updated then. ValueError, ShapeError,
   * DTypeError for gradients that do not fit. StaleTensorError for gradients that were applied in an earlier step.
   */
  applyGradients(gradients: Gradients): void {
    const isOwner = ownsStep();
    const where = `${this.name}.applyGradients`;
    runStep(() => this.#update(where, checkGradients(where, gradients), isOwner), nothing, { resume: true });
    for (const { gradient } of gradients) markUsed(gradient.storage);
  }

  #checkLoss(where: string, recorded: RecordedLoss): void {
    const { storage } = recorded.value;
    if (!decide(() => Number.isFinite(storage.first()))) {
      throw unrecorded(() => nonFiniteLoss(storage.first(), this.#failure(where, recorded)));
    }
    perform(
      () => this.#losses.add(storage.first()),
      () => this.#losses.removeLast(),
    );
  }

  #update(where: string, all: Gradients, isOwner: boolean, recorded?: RecordedLoss): void {
    const trainable = all.every(isTrainable) ? all : all.filter(isTrainable);
    if (trainable.length === 0) {
      throw new ValueError(
        `${where}: at least one of the variables must be trainable, got ` +
          `${all.map(({ variable }) => `"${variable.name}"`).join(", ")}. Set variable.trainable, or unfreeze the layer.`,
      );
    }
    this.#watchers.show(trainable, () => ({
      step: this.#step + 1,
      loss: recorded && lent(recorded.value),
      gradients: trainable.map(({ variable, gradient }) => ({ variable, gradient: lent(gradient) })),
    }));
    let areCalm = this.#checkFinite(where, trainable, recorded);
    let gradients = trainable;
    const clip = decide(() => this.clip);
    if (clip) {
      gradients = checkGradients(`${this.name}: clip`, clip(trainable));
      areCalm = this.#checkFinite(`${this.name}: clip`, gradients, undefined);
    }
    if (this.#weightDecay > 0) {
      gradients = gradients.map(({ variable, gradient }) => ({
        variable,
        gradient: add(gradient, mul(variable.read(), this.#weightDecay)),
      }));
      areCalm = this.#checkFinite(`${this.name}: weightDecay`, gradients, undefined);
    }
    for (const { gradient } of gradients) if (gradient.storage.borrowed) gradient.storage.moveToArray();
    if (isOwner) currentStep()!.allowsInPlaceUpdates = true;
    const before = this.#step;
    onRollback(() => {
      this.#step = before;
    });
    const now = (): StepNumbers => ({ learningRate: this.learningRate, step: this.#step + 1 });
    this.#slots.update(gradients, now, areCalm, (update) => nonFiniteUpdate(update, this.#failure(where, undefined)));
    perform(
      () => {
        this.#step++;
      },
      () => {
        this.#step--;
      },
    );
  }

  /**
   * All gradients before the first update: a step that fails changes nothing.
   * @returns Whether all are below `calmLimit`.
   */
  #checkFinite(where: string, gradients: Gradients, recorded: RecordedLoss | undefined): boolean {
    const tensors = gradients.map(({ gradient }) => gradient);
    // Zeros are not looked at, where that is all that there is outside of some rows.
    const some = tensors.map((gradient) => rowsOf(gradient)?.elements ?? gradient);
    if (areBelow(some, calmLimit)) return true;
    const place = firstNonFinite(tensors);
    if (!place) return false;
    throw unrecorded(() => nonFiniteGradient(gradients[place.index], place.position, this.#failure(where, recorded)));
  }

  #failure(where: string, recorded: RecordedLoss | undefined): Failure {
    return {
      where,
      step: this.#step + 1,
      learningRate: this.learningRate,
      losses: this.#losses,
      origin: recorded?.origin(),
      variableOf: (tensor) => recorded?.variableOf(tensor),
    };
  }

  #checkLearningRate(rate: number | Schedule): number | Schedule {
    return checkOption(this.name, "learningRate", rate, required(rateRule));
  }
}

const from0 = /* @__PURE__ */ required(/* @__PURE__ */ number({ from: 0 }));

/** Whether this call begins a step, and no interpreter watches it. */
const ownsStep = (): boolean => !isInStep() && isEager();

/** For steps whose result needs nothing at their end. */
const nothing = (): void => {};

const isTrainable = ({ variable }: Gradients[number]): boolean => variable.trainable;
