import type { NonFiniteOrigin } from "../../base/errors.ts";
import { numberAtPlace } from "../../optim/optimizer/nonFinite.ts";
import { formatNumber } from "../../tensor/printTensor.ts";

/** What an operation that gives NaN or infinite numbers tells, and what helps. */
export interface KnownCause {
  readonly likelyCause: string;
  readonly fix: string;
  /** Whether the numbers have grown too large, for which a learning rate can be the reason. */
  readonly isOverflow?: boolean;
}

/** What is known of an operation in this role. */
export const knownCause = (origin: NonFiniteOrigin): KnownCause | undefined => {
  if (origin.role === "result") return results[origin.operation]?.(origin.operands) ?? overflow(origin);
  if (origin.role === "derivative") return derivatives[origin.operation]?.(origin.operands) ?? overflow(origin);
  return undefined;
};

const overflow = (origin: NonFiniteOrigin): KnownCause => ({
  likelyCause:
    `${origin.role === "derivative" ? "the derivative of " : ""}${origin.operation}, which overflows what float32 holds (3.4e38): ` +
    `it gives ${numberAtPlace(origin)}`,
  fix: "Scale the data, lower the learning rate, or clip the gradients.",
  isOverflow: true,
});

type CauseOf = (operands: readonly (number | undefined)[]) => KnownCause | undefined;

const show = (value: number | undefined): string => (value === undefined ? "?" : formatNumber(value));

const inside = (what: string): string => `Add a small number inside: ${what}.`;

const batchNorm: CauseOf = () => ({
  likelyCause:
    "batch normalization by a variance that is 0 or overflows: a feature with one value in the whole batch, or a batch of " +
    "one example, with an epsilon of (almost) 0",
  fix: "Raise epsilon, take larger batches, or scale the data.",
});

const results: Readonly<Record<string, CauseOf>> = {
  log: ([x]) => ({
    likelyCause: x === undefined || x === 0 ? "a log of 0" : `a log of a negative number, ${show(x)}`,
    fix: `${inside("log(add(x, 1e-7))")} Cross entropies are safe on logits (softmaxCrossEntropy, logSoftmax).`,
  }),
  sqrt: ([x]) => ({
    likelyCause: `a square root of a negative number, ${show(x)}`,
    fix: "Clip what is under the root: sqrt(maximum(x, 0)).",
  }),
  div: ([x, y]) =>
    y === 0 ? { likelyCause: `a division by 0, ${show(x)} / 0`, fix: "Add a small number to the divisor." } : undefined,
  pow: ([x, y]) => ({
    likelyCause: `pow(${show(x)}, ${show(y)}), which is not a finite number`,
    fix: "Keep the base above 0, or the exponent smaller.",
  }),
  exp: ([x]) => ({
    likelyCause: `exp(${show(x)}), which overflows what float32 holds (from exp(88.8) on)`,
    fix: "Subtract the largest exponent first, or use softmax, logSumExp or softplus, which do.",
    isOverflow: true,
  }),
  batchNorm,
  batchNormInference: batchNorm,
};

const derivatives: Readonly<Record<string, CauseOf>> = {
  log: ([x]) => ({ likelyCause: `the derivative of log at ${show(x)}, 1/x`, fix: inside("log(add(x, 1e-7))") }),
  sqrt: ([x]) => ({ likelyCause: `the derivative of sqrt at ${show(x)}, 1/(2√x)`, fix: inside("sqrt(add(x, 1e-12))") }),
  div: ([x, y]) => ({
    likelyCause: `the derivative of the division ${show(x)} / ${show(y)}`,
    fix: "Add a small number to the divisor.",
  }),
  pow: ([x, y]) => ({ likelyCause: `the derivative of pow(${show(x)}, ${show(y)})`, fix: "Keep the base above 0." }),
  batchNorm,
};
