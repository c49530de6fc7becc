import { ValueError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mul } from "./arithmetic.ts";
import { floatOperand, type Operand } from "./operands.ts";
import { type RandomOptions, randomBernoulli } from "./random.ts";

/** Options of `dropout`. */
export interface DropoutOptions extends RandomOptions {
  /** The probability with which an element becomes 0, in [0, 1). */
  readonly rate: number;
}

const known: readonly string[] = ["rate", "random", "seed"];

/**
 * x with each element set to 0 with probability `rate`, the others divided by 1 − rate, so that the expected value stays
 * (Srivastava et al. 2014; "inverted" as in TensorFlow).
 * @throws ValueError when the rate is not in [0, 1); DTypeError when x is no float.
 * @example
 * dropout(ones([4]), { rate: 0.5, seed: 1 }); // zeros and twos
 */
export const dropout = (x: Operand, options: DropoutOptions): Tensor => {
  checkOptions("dropout", options, known);
  const { rate, random, seed } = options;
  if (!(rate >= 0 && rate < 1)) {
    throw new ValueError(`dropout: rate must be at least 0 and below 1, got ${rate}. It is the part that is dropped.`);
  }
  const value = floatOperand("dropout", x);
  if (rate === 0) return value;
  const mask = randomBernoulli(value.shape, { random, seed, probability: 1 - rate, value: 1 / (1 - rate) });
  return mul(value, mask);
};
