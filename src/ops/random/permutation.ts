import { ValueError } from "../../base/errors.ts";
import { checkOptions } from "../../base/options.ts";
import { noOptions, showValue } from "../../base/showValue.ts";
import { drawState, type RandomOptions } from "../../tensor/random.ts";
import { drawWords, words } from "../../tensor/randomKernels.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import { randomOptions } from "./distributions.ts";

/**
 * The numbers from 0 to size - 1 in a random order, every order equally likely, as an int32 tensor of shape [size].
 * @throws ValueError when the size is not a whole number from 0 to 2^31 - 1.
 * @example
 * randomPermutation(5, { seed: 1 }).shape; // [5]
 * @see Durstenfeld, "Algorithm 235: Random permutation", 1964 (the Fisher-Yates shuffle).
 */
// Not a primitive: data are shuffled between steps.
export const randomPermutation = (size: number, options: RandomOptions = noOptions): Tensor => {
  const pieces = permutationInPieces(size, options);
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
};

/** How many numbers are placed in a few milliseconds. */
const pieceSize = 2 ** 13;

/** The same order, with a pause after each piece: there the caller can do other work. */
export function* permutationInPieces(size: number, options: RandomOptions): Generator<void, Tensor, void> {
  checkOptions("randomPermutation", options, randomOptions);
  if (!Number.isInteger(size) || size < 0 || size >= 2 ** 31) {
    throw new ValueError(
      `randomPermutation: the size must be a whole number from 0 to 2^31 - 1, got ${showValue(size)}.`,
    );
  }
  // One block of 64 bits for every number.
  const [key0, key1, low, high] = drawState(options, 2 * size).data;
  const key = [key0 >>> 0, key1 >>> 0] as const;
  const start = (low >>> 0) + (high >>> 0) * 2 ** 32;
  const order = new Int32Array(size);
  for (let index = 0; index < size; index++) order[index] = index;
  for (let end = size; end > 1; end -= pieceSize) {
    shuffleFromEnd(order, Math.max(0, end - pieceSize), end, key, start);
    yield;
  }
  return ownTensor([size], "int32", order);
}

/** Chooses the number at each place from `end` - 1 down to `from`, among those up to that place. */
const shuffleFromEnd = (
  order: Int32Array,
  from: number,
  end: number,
  key: readonly [number, number],
  start: number,
): void => {
  for (let last = end - 1; last >= Math.max(from, 1); last--) {
    const chosen = below(last + 1, key, start + last);
    const number = order[last];
    order[last] = order[chosen];
    order[chosen] = number;
  }
};

/**
 * A whole number from 0 to bound - 1, each equally likely: a word of the block modulo the bound, unless the word lies in
 * the incomplete last run of `bound` numbers below 2^32. Then the next word is tried, and then those of the same block
 * under other keys. So every place of the order takes one block of the stream, however many words are rejected.
 */
const below = (bound: number, key: readonly [number, number], block: number): number => {
  const limit = Math.floor(2 ** 32 / bound) * bound;
  for (let attempt = 0; ; attempt++) {
    drawWords(key[0] ^ Math.imul(attempt, 0x9e3779b9), key[1], block >>> 0, Math.floor(block / 2 ** 32));
    if (words[0] < limit) return modulo(words[0], bound);
    if (words[1] < limit) return modulo(words[1], bound);
  }
};

/** a % b for whole numbers below 2^32, where the quotient is exact enough: engines compute % of doubles by a slow call. */
const modulo = (a: number, b: number): number => a - Math.floor(a / b) * b;
