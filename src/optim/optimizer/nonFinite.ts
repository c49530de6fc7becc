import type { Origin } from "../../autograd/origin.ts";
import type { Variable } from "../../autograd/variable.ts";
import { NonFiniteError, type NonFiniteOrigin } from "../../base/errors.ts";
import { formatNumber } from "../../tensor/printTensor.ts";
import { formatShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** How many losses are remembered. */
const remembered = 8;
/** A loss above this multiple of the smallest loss before shows that the steps were too large. */
const muchLarger = 4;

/** The losses of the last steps, oldest first: they show whether the learning rate is too high. */
export class RecentLosses {
  readonly #losses: Float64Array = new Float64Array(remembered);
  #count = 0;

  add(loss: number): void {
    this.#losses[this.#count++ % remembered] = loss;
  }

  /** Forgets the last loss. The one that it took the place of is lost, which was the oldest. */
  removeLast(): void {
    this.#count--;
  }

  /** `the loss had risen from 2.3 to 4.1e17 in the 7 steps before`; undefined unless it had. */
  get rise(): string | undefined {
    const count = Math.min(this.#count, remembered);
    const inOrder = Array.from(
      { length: count },
      (_, index) => this.#losses[(this.#count - count + index) % remembered],
    );
    const last = inOrder.at(-1);
    if (last === undefined) return undefined;
    const least = inOrder.lastIndexOf(Math.min(...inOrder));
    const steps = count - 1 - least;
    if (!(steps > 0 && last > 0 && last > muchLarger * Math.max(inOrder[least], 0))) return undefined;
    return `the loss had risen from ${shortened(inOrder[least])} to ${shortened(last)} in ${steps} step${steps > 1 ? "s" : ""}`;
  }
}

/** A loss, to four significant digits. */
const shortened = (loss: number): string => formatNumber(Number(loss.toPrecision(4)));

/** The number and its position; a scalar has only one. */
export const numberAtPlace = ({ value, position, shape }: NonFiniteOrigin): string =>
  shape.length === 0 ? String(value) : `${value} at position ${position} of ${formatShape(shape)}`;

/** What is known when a step fails. */
export interface Failure {
  /** `SGD.minimize` */
  readonly where: string;
  /** The number of the step; the first is 1. */
  readonly step: number;
  readonly learningRate: number;
  readonly losses: RecentLosses;
  /** Where the first non-finite number came from; undefined if unknown. */
  readonly origin: Origin | undefined;
  /** The variable that a tensor is the value of. */
  readonly variableOf: (tensor: Tensor) => Variable | undefined;
}

interface Cause {
  readonly likelyCause: string;
  readonly fix: string;
  /** The variable that holds the number, or that the operation reads. */
  readonly variable?: string;
}

/** The error of a loss that is not finite. */
export const nonFiniteLoss = (value: number, failure: Failure): NonFiniteError =>
  nonFinite(failure, `the loss must be finite, got ${value}`);

/** The error of a gradient that is not finite. */
export const nonFiniteGradient = (
  { variable, gradient }: { readonly variable: Variable; readonly gradient: Tensor },
  position: number,
  failure: Failure,
): NonFiniteError => {
  const place = `${gradient.rank === 0 ? "as" : `at position ${position} of`} the gradient of "${variable.name}"`;
  return nonFinite(failure, `gradients must be finite, got ${gradient.data[position]} ${place}`, variable.name);
};

/** An update that gives a variable or one of its slots a number that is not finite. */
export interface BadUpdate {
  readonly variable: Variable;
  readonly gradient: Tensor;
  /** The variable or one of its slots. */
  readonly state: Variable;
  readonly isSlot: boolean;
  /** The number, and its position in the state. */
  readonly value: number;
  readonly position: number;
  /** Whether the constraint of the variable gave the number. */
  readonly isConstrained: boolean;
}

/** The error of an update that is not finite. */
export const nonFiniteUpdate = (update: BadUpdate, failure: Failure): NonFiniteError => {
  const { variable, gradient, state, value, position, isConstrained } = update;
  const place = `${state.shape.length === 0 ? "as" : `at position ${position} of`} ${isConstrained ? "the constrained" : "the new"}`;
  const what = `updates must be finite, got ${value} ${place} "${state.name}"`;
  const at = (tensor: Tensor): string => formatNumber(tensor.storage.view()[position]);
  const { losses, learningRate } = failure;
  const likelyCause = isConstrained
    ? `the constraint of "${variable.name}", where the variable holds ${at(variable.read())}`
    : `a gradient of ${at(gradient)} at a learning rate of ${formatNumber(learningRate)}, where "${variable.name}" holds ${at(variable.read())}` +
      (losses.rise ? `: ${losses.rise}` : "");
  return nonFinite(failure, what, variable.name, { likelyCause, fix: slower });
};

const slower = "Lower the learning rate, or clip the gradients (clipByGlobalNorm).";

const nonFinite = (failure: Failure, what: string, name?: string, cause: Cause = causeOf(failure)): NonFiniteError => {
  const { where, step } = failure;
  const { likelyCause, fix, variable } = cause;
  return new NonFiniteError(
    `${where}: ${what} in step ${step}. Nothing was updated. Likely cause: ${likelyCause}. ${fix}`,
    { step, variable: name ?? variable, origin: originFor(failure), likelyCause },
  );
};

/** Without the tensors: they belong to the step, which is over when the error is read. */
const originFor = ({ origin }: Failure): NonFiniteOrigin | undefined => {
  if (!origin) return undefined;
  const { tensors: _, ...rest } = origin;
  return rest;
};

const causeOf = ({ origin, losses, learningRate, variableOf }: Failure): Cause => {
  const { rise } = losses;
  const tooFast = rise && `a learning rate that is too high, ${formatNumber(learningRate)}: ${rise}`;
  const carefully = "Keep logs, roots and divisions away from 0, scale the data, or lower the learning rate.";
  if (!origin) return { likelyCause: tooFast || "an overflow", fix: tooFast ? slower : carefully };
  const { operation, role, operand, operands, tensors } = origin;
  const place = numberAtPlace(origin);
  const variable = tensors.map(variableOf).find((read) => read)?.name;
  if (role === "variable" && variable !== undefined) {
    const why = tooFast ? `, after ${tooFast}` : ", which an update or an assignment has left there";
    return { likelyCause: `the variable "${variable}" holds ${place}${why}`, fix: slower, variable };
  }
  if (role === "constant") {
    const what = `operand ${operand + 1} of ${operation}, which comes from the data or from what is not trained`;
    return { likelyCause: `${what}, holds ${place}`, fix: "Replace missing values in the data." };
  }
  const known = operands.some((value) => value !== undefined);
  const call = `${operation}${known ? `(${operands.map((value) => (value === undefined ? "…" : formatNumber(value))).join(", ")})` : ""}`;
  const what = `${role === "derivative" ? "the derivative of " : ""}${call}`;
  if (tooFast) return { likelyCause: `${tooFast}, until ${what} gave ${place}`, fix: slower, variable };
  return { likelyCause: `${what} gives ${place}`, fix: carefully, variable };
};
