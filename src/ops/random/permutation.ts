import { ValueError } from "../../base/errors.ts";
import { checkOptions } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { Random } from "../../tensor/random.ts";
import { threefry } from "../../tensor/randomKernels.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import { type RandomOptions, randomOptions } from "./distributions.ts";

/**
 * The numbers from 0 to size - 1 in a random order, every order equally likely, as an int32 tensor of shape [size].
 * @throws ValueError when the size is not a whole number from 0 to 2^31 - 1.
 * @example
 * randomPermutation(5, { seed: 1 }).shape; // [5]
 * @see Durstenfeld, "Algorithm 235: Random permutation", 1964 (the Fisher-Yates shuffle).
 */
// Data are shuffled between steps, never within one: this is a function of the host and no primitive.
export const randomPermutation = (size: number, options: RandomOptions = noOptions): Tensor => {
  const pieces = permutationInPieces(size, options);
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
};

/** The count of numbers that are placed in a few milliseconds. */
const pieceSize = 2 ** 13;

/** The same order, with a pause after each piece of it in which the caller may look after other things. */
export function* permutationInPieces(size: number, options: RandomOptions): Generator<void, Tensor, void> {
  checkOptions("randomPermutation", options, randomOptions);
  const { random, seed } = options;
  if (!Number.isInteger(size) || size < 0 || size >= 2 ** 31) {
    throw new ValueError(
      `randomPermutation: the size must be a whole number from 0 to 2^31 - 1, got ${size}. Pass how many numbers to order.`,
    );
  }
  // One block of 64 bits for every number.
  const [key0, key1, low, high] = (random ?? new Random(seed)).draw(2 * size).data;
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

/** Chooses the numbers at the places from `end` - 1 down to `from`, each of those that lie before it and its own. */
const shuffleFromEnd = (
  order: Int32Array,
  from: number,
  end: number,
  key: readonly [number, number],
  start: number,
): void => {
  for (let last = end - 1; last >= Math.max(from, 1); last--) {
    const other = below(last + 1, key, start + last);
    const moved = order[last];
    order[last] = order[other];
    order[other] = moved;
  }
};

/**
 * A whole number from 0 to bound - 1, each equally likely: a word of the block modulo the bound, unless the word lies in
 * the incomplete last run of `bound` numbers below 2^32. Then the next word counts, and then those of the same block
 * under other keys: every place of the order takes one block of the stream, however often it is refused.
 */
const below = (bound: number, key: readonly [number, number], block: number): number => {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  for (let attempt = 0; ; attempt++) {
    const words = threefry(
      [(key[0] ^ Math.imul(attempt, 0x9e3779b9)) >>> 0, key[1]],
      [block >>> 0, Math.floor(block / 2 ** 32)],
    );
    for (const word of words) if (word >>> 0 < limit) return (word >>> 0) % bound;
  }
};
