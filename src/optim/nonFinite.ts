import type { Origin } from "../autograd/origin.ts";
import type { Variable } from "../autograd/variable.ts";
import { NonFiniteError } from "../tensor/errors.ts";
import { formatNumber } from "../tensor/format.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** How many losses are remembered. */
const remembered = 8;
/** A loss that has grown to so many times the smallest of those before says that the steps were too large. */
const muchLarger = 4;

/** The losses of the last steps, oldest first: they tell a rate that is too high from other causes. */
export class RecentLosses {
  readonly #losses: Float64Array = new Float64Array(remembered);
  #count = 0;

  add(loss: number): void {
    this.#losses[this.#count++ % remembered] = loss;
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
    return `the loss had risen from ${formatNumber(inOrder[least])} to ${formatNumber(last)} in ${steps} step${steps > 1 ? "s" : ""}`;
  }
}

/** What is known when a step fails. */
export interface Failure {
  /** `SGD.minimize` */
  readonly where: string;
  /** The number of the step; the first is 1. */
  readonly step: number;
  readonly learningRate: number;
  readonly losses: RecentLosses;
  /** Where the first number came up that is not finite; undefined where nobody can say it. */
  readonly origin: Origin | undefined;
  /** The variable that a tensor is the value of. */
  readonly variableOf: (tensor: Tensor) => Variable | undefined;
}

/** The error of a loss that is not finite. */
export const nonFiniteLoss = (value: number, failure: Failure): NonFiniteError => {
  const { where, step, origin } = failure;
  const { likelyCause, fix, variable } = causeOf(failure);
  return new NonFiniteError(
    `${where}: the loss must be finite, got ${value} in step ${step}. Nothing was updated. Likely cause: ${likelyCause}. ${fix}`,
    { step, variable, operation: origin?.operation, likelyCause },
  );
};

/** The error of a gradient that is not finite. */
export const nonFiniteGradient = (
  { variable, gradient }: { readonly variable: Variable; readonly gradient: Tensor },
  position: number,
  failure: Failure,
): NonFiniteError => {
  const { where, step, origin } = failure;
  const { likelyCause, fix } = causeOf(failure);
  return new NonFiniteError(
    `${where}: gradients must be finite, got ${gradient.data[position]} at position ${position} of the gradient of ` +
      `"${variable.name}" in step ${step}. Nothing was updated. Likely cause: ${likelyCause}. ${fix}`,
    { step, variable: variable.name, operation: origin?.operation, likelyCause },
  );
};

interface Cause {
  readonly likelyCause: string;
  readonly fix: string;
  readonly variable?: string;
}

const slower = "Lower the learning rate, or clip the gradients (clipByGlobalNorm).";

const causeOf = (failure: Failure): Cause => {
  const { origin, losses, learningRate, variableOf } = failure;
  const { rise } = losses;
  const tooFast = rise && `a learning rate that is too high, ${formatNumber(learningRate)}: ${rise}`;
  if (!origin) {
    if (tooFast) return { likelyCause: tooFast, fix: slower };
    return {
      likelyCause: "an overflow, or a log, a square root or a division of zero",
      fix: "Look at what the gradients were computed from, or lower the learning rate.",
    };
  }
  const place = `${origin.value} at position ${origin.position} of ${formatShape(origin.shape)}`;
  const variable = origin.tensor && variableOf(origin.tensor)?.name;
  if (variable !== undefined) {
    const why = tooFast ? `, after ${tooFast}` : ", which an update or an assignment has left there";
    return { likelyCause: `the variable "${variable}" holds ${place}${why}`, fix: slower, variable };
  }
  if (origin.role === "constant" || origin.role === "watched") {
    return {
      likelyCause: `operand ${origin.operand + 1} of ${origin.operation}, which comes from the data or from what is not trained, holds ${place}`,
      fix: "Replace missing values in the data, and look at what frozen layers put out.",
    };
  }
  const found = (origin.role === "result" ? resultCauses : derivativeCauses)[origin.operation]?.(origin);
  if (found && !(found.isOverflow && tooFast)) return found;
  const what = `${origin.role === "result" ? "" : "the derivative of "}${origin.operation}`;
  if (tooFast) return { likelyCause: `${tooFast}, until ${what} overflowed`, fix: slower };
  return {
    likelyCause: `${what}, which overflows what float32 holds (3.4e38): it gives ${place}`,
    fix: "Scale the data, lower the learning rate, or clip the gradients.",
  };
};

type CauseOf = (origin: Origin) => (Cause & { readonly isOverflow?: boolean }) | undefined;

const show = (value: number | undefined): string => (value === undefined ? "?" : formatNumber(value));

const epsilonInside = (what: string): string => `Add a small number inside: ${what}.`;

const batchNorm: CauseOf = () => ({
  likelyCause:
    "batch normalization by a variance that is 0 or overflows: a feature with one value in the whole batch, or a batch of one example, with an epsilon of (almost) 0",
  fix: "Raise epsilon, take larger batches, or scale the data.",
});

/** Why a primitive gives what is not finite, by its name. */
const resultCauses: Readonly<Record<string, CauseOf>> = {
  log: ({ operands: [x] }) => ({
    likelyCause: x === undefined || x === 0 ? "a log of 0" : `a log of a negative number, ${show(x)}`,
    fix: `${epsilonInside("log(add(x, 1e-7))")} Cross entropies are safe on logits (softmaxCrossEntropy, logSoftmax).`,
  }),
  sqrt: ({ operands: [x] }) => ({
    likelyCause: `a square root of a negative number, ${show(x)}`,
    fix: "Clip what is under the root: sqrt(maximum(x, 0)).",
  }),
  div: ({ operands: [x, y] }) =>
    y === 0 ? { likelyCause: `a division by 0, ${show(x)} / 0`, fix: "Add a small number to the divisor." } : undefined,
  pow: ({ operands: [x, y] }) => ({
    likelyCause: `pow(${show(x)}, ${show(y)}), which is no finite number`,
    fix: "Keep the base above 0, or the exponent smaller.",
  }),
  exp: ({ operands: [x] }) => ({
    likelyCause: `exp(${show(x)}), which overflows what float32 holds (from exp(88.8) on)`,
    fix: "Subtract the largest exponent first, or use softmax, logSumExp or softplus, which do.",
    isOverflow: true,
  }),
  batchNorm,
  batchNormInference: batchNorm,
};

/** Why the derivative of a primitive is not finite, by its name. */
const derivativeCauses: Readonly<Record<string, CauseOf>> = {
  log: ({ operands: [x] }) => ({
    likelyCause: `the derivative of log at ${show(x)}, 1/x`,
    fix: epsilonInside("log(add(x, 1e-7))"),
  }),
  sqrt: ({ operands: [x] }) => ({
    likelyCause: `the derivative of sqrt at ${show(x)}, 1/(2√x)`,
    fix: epsilonInside("sqrt(add(x, 1e-12))"),
  }),
  div: ({ operands: [x, y] }) => ({
    likelyCause: `the derivative of the division ${show(x)} / ${show(y)}`,
    fix: "Add a small number to the divisor.",
  }),
  pow: ({ operands: [x, y] }) => ({
    likelyCause: `the derivative of pow(${show(x)}, ${show(y)})`,
    fix: "Keep the base above 0.",
  }),
  batchNorm,
};
