import { checkLoss } from "../../autograd/grad.ts";
import { type Origin, originOfGradient, originOfValue } from "../../autograd/origin.ts";
import { addPenalties } from "../../autograd/penalties.ts";
import { mainOf, mapValues, type StepValues } from "../../autograd/stepValues.ts";
import { dependsOn, Tape } from "../../autograd/tape.ts";
import { type Activity, type Recorder, recorders, Variable } from "../../autograd/variable.ts";
import { ValueError } from "../../base/errors.ts";
import { checkOptions, flag, isPlainObject, type OptionRules } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { readableAfter } from "../../ops/support/keep.ts";
import { withInterpreter } from "../../tensor/interpret/bind.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkDistinct, type Gradients } from "./gradients.ts";

/** What `computeGradients` returns. */
export interface LossAndGradients {
  /** The loss, penalties included. */
  readonly loss: Tensor;
  /** The gradient of each variable that the loss depends on. */
  readonly gradients: Gradients;
}

/** What a loss function may return: the loss, and other values beside it, which come back from the step. */
export type LossValues<Values> = {
  /** What is minimized: one number. */
  readonly loss: Tensor;
} & StepValues<Values>;

/** What `computeGradients` returns for a loss function that returns this. */
export type LossAndGradientsOf<Returned> = LossAndGradients & (Returned extends Tensor ? unknown : Returned);

/** Options of `minimize` and `computeGradients`. */
export interface MinimizeOptions {
  /**
   * Whether the penalties of regularizers are added to the loss. With false they are left to the loss function, which
   * finds them in `model.losses()`. Default: true.
   */
  readonly regularize?: boolean;
}

const minimizeRules: OptionRules<MinimizeOptions> = { regularize: flag };

/**
 * A loss that is computed in the running step, penalties included, and what it is computed from: the tape of its operations,
 * the variables that it reads, the outputs that are penalized.
 */
export class RecordedLoss implements Recorder {
  readonly value: Tensor;
  readonly #where: string;
  readonly #tape = new Tape();
  readonly #variables: readonly Variable[] | undefined;
  readonly #listed: ReadonlySet<Variable> | undefined;
  readonly #regularize: boolean;
  /** The variables that are read and trained, each with the tensor that was read. */
  readonly #sources = new Map<Variable, Tensor>();
  // Most losses have no penalties, and most steps of small networks are short: these are made when they are needed.
  #penalized: Set<Variable> | undefined;
  #activities: Activity[] | undefined;
  #counted: Set<Tensor> | undefined;
  /** What the loss function returned, if that is not the loss alone. */
  #values: object | undefined;

  /**
   * Computes the loss.
   * @throws ValueError as `minimize` does, and what `loss` throws.
   */
  constructor(
    where: string,
    loss: () => unknown,
    variables: readonly Variable[] | undefined,
    options: MinimizeOptions,
  ) {
    checkOptions(where, options, minimizeRules);
    if (typeof loss !== "function") {
      throw new ValueError(
        `${where}: the loss must be a function that computes it in each step, got ${showValue(loss)}. Pass () => loss.`,
      );
    }
    this.#where = where;
    this.#regularize = options.regularize ?? true;
    this.#variables = variables;
    this.#listed = variables === undefined ? undefined : checkVariables(where, variables);
    const all = [...recorders.get(), this];
    const value = withInterpreter(this.#tape, () => this.#penalizedLoss(recorders.during(all, loss)));
    this.value = checkLoss(where, value);
  }

  onRead(variable: Variable, value: Tensor): void {
    if (!variable.trainable || (this.#listed && !this.#listed.has(variable))) return;
    this.#tape.watch(value);
    this.#sources.set(variable, value);
    if (!variable.regularizer || !this.#regularize) return;
    this.#penalized ??= new Set();
    this.#penalized.add(variable);
  }

  onActivity(activity: Activity): void {
    if (!this.#regularize) return;
    this.#activities ??= [];
    this.#activities.push(activity);
  }

  onListed(penalty: Tensor): void {
    if (!this.#regularize) return;
    this.#counted ??= new Set();
    this.#counted.add(penalty);
  }

  /**
   * The loss, and the penalties that the step can change: those of the variables that it reads and trains, and those of
   * outputs that depend on one. The other penalties (frozen layers) would be constants that cost time in every step.
   * @throws ValueError when the loss holds penalties already that `losses()` returned.
   */
  #penalizedLoss(returned: unknown): unknown {
    const loss = mainOf(returned, "loss");
    if (!(loss instanceof Tensor)) {
      // `checkLoss` reports anything else.
      if (!isPlainObject(loss)) return loss;
      throw new ValueError(
        `${this.#where}: an object of values must hold loss, got { ${Object.keys(loss).join(", ")} }. Return { loss, ... }.`,
      );
    }
    if (loss !== returned) this.#values = returned as object;
    if (this.#counted && dependsOn(this.#tape, loss, this.#counted)) {
      throw new ValueError(
        `${this.#where}: penalties must be counted once, got a loss that holds penalties of losses() beside those that are added ` +
          "by themselves. Pass { regularize: false } to minimize or fit, or leave losses() out of the loss.",
      );
    }
    if (!this.#penalized && !this.#activities) return loss;
    const activities = (this.#activities ?? []).filter(({ output }) => this.#tape.isWatched(output));
    return addPenalties(loss, this.#penalized ?? [], activities);
  }

  /**
   * What the loss function returned, with penalties in the loss; it outlives the step. To be called before the update, which
   * overwrites what was read.
   * @throws As `mapValues` and `keep` do.
   */
  keepReturned(): unknown {
    const loss = readableAfter(this.value);
    return this.#values ? { ...this.#kept(this.#values), loss } : loss;
  }

  /** The values that the loss function returned, if there are any beside the loss. @throws ValueError for the name `gradients`, which is taken. */
  keepOthers(): object | undefined {
    if (!this.#values) return undefined;
    if (Object.hasOwn(this.#values, "gradients")) {
      throw new ValueError(
        `${this.#where}: values beside the loss must not be called gradients, which the result holds by itself. ` +
          "Take another name.",
      );
    }
    return this.#kept(this.#values);
  }

  #kept(values: object): object {
    return mapValues(this.#where, values, readableAfter) as object;
  }

  /** @throws ValueError when it depends on none of the variables. */
  gradients(): Gradients {
    const order: Variable[] = [];
    const watched: Tensor[] = [];
    for (const variable of this.#variables ?? this.#sources.keys()) {
      const source = this.#sources.get(variable);
      if (!source) continue;
      order.push(variable);
      watched.push(source);
    }
    const results = this.#tape.gradients(this.value, watched);
    const gradients: { variable: Variable; gradient: Tensor }[] = [];
    for (let index = 0; index < order.length; index++) {
      const gradient = results[index];
      if (gradient) gradients.push({ variable: order[index], gradient });
    }
    if (gradients.length === 0) throw unreached(this.#where, this.#variables);
    return gradients;
  }

  /** Where the loss went wrong, or else its gradients; undefined when all was finite. */
  origin(): Origin | undefined {
    return originOfValue(this.#tape) ?? originOfGradient(this.#tape, this.value, [...this.#sources.values()]);
  }

  /** The variable whose value a tensor is. */
  variableOf(tensor: Tensor): Variable | undefined {
    for (const [variable, source] of this.#sources) if (source === tensor) return variable;
    return undefined;
  }
}

const checkVariables = (where: string, variables: readonly Variable[]): ReadonlySet<Variable> => {
  const isList = Array.isArray(variables) && variables.every((variable) => variable instanceof Variable);
  if (!isList || variables.length === 0) {
    throw new ValueError(
      `${where}: variables must be a list of at least one Variable, got ${isList ? "an empty list" : showValue(variables)}. ` +
        `${isList ? "Unfreeze a layer, or leave" : "Leave"} it out to update what the loss reads.`,
    );
  }
  return checkDistinct(where, variables);
};

const unreached = (where: string, variables: readonly Variable[] | undefined): ValueError => {
  const got = variables
    ? `none of ${variables.map(({ name, trainable }) => `"${name}"${trainable ? "" : " (not trainable)"}`).join(", ")}`
    : "none";
  return new ValueError(
    `${where}: the loss must depend on at least one trainable variable, got ${got}. ` +
      "Read variables with variable.read() inside the loss function.",
  );
};
