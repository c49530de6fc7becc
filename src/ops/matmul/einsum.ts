import { ValueError } from "../../base/errors.ts";
import { maxRank, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mul } from "../elementwise/arithmetic.ts";
import { sum } from "../shape/broadcast.ts";
import { reshape } from "../shape/reshape.ts";
import { slice } from "../shape/slice.ts";
import { transpose } from "../shape/transpose.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { lengthsOf, readEquation } from "./einsumEquation.ts";
import { matmul } from "./matmul.ts";

/** A tensor with a letter for each axis. */
interface Lettered {
  readonly x: Tensor;
  readonly letters: string;
}

const without = (letters: string, others: string): string =>
  [...letters].filter((letter) => !others.includes(letter)).join("");

const common = (letters: string, others: string): string =>
  [...letters].filter((letter) => others.includes(letter)).join("");

/** The axes in the order of `letters`, which are all that x has. */
const arranged = ({ x, letters }: Lettered, wanted: string): Tensor =>
  letters === wanted
    ? x
    : transpose(
        x,
        [...wanted].map((letter) => letters.indexOf(letter)),
      );

/** Takes the diagonal of axes that have one letter. */
const withoutRepeats = ({ x, letters }: Lettered): Lettered => {
  const letter = [...letters].find((candidate, index) => letters.indexOf(candidate) !== index);
  if (letter === undefined) return { x, letters };
  const [first, second] = [letters.indexOf(letter), letters.lastIndexOf(letter)];
  const rest = [...letters].map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const kept = rest.map((axis) => x.axes[axis]);
  const length = x.axes[first];
  // As the last two axes, a matrix in one row: from one element of the diagonal to the next it is a row and an element.
  const flat = reshape(transpose(x, [...rest, first, second]), [sizeOf(kept), length * length]);
  const diagonal = reshape(slice(flat, [], [-1, length], [1, length + 1]), [...kept, length]);
  return withoutRepeats({ x: diagonal, letters: rest.map((axis) => letters[axis]).join("") + letter });
};

/** Sums over the letters that are not needed. */
const summed = ({ x, letters }: Lettered, needed: string): Lettered => {
  const axis = [...letters].flatMap((letter, index) => (needed.includes(letter) ? [] : [index]));
  return axis.length === 0 ? { x, letters } : { x: sum(x, { axis }), letters: common(letters, needed) };
};

/**
 * The product of two operands, summed over the letters that are not needed: a batch of matrix products. Letters of one
 * operand alone are all needed.
 */
const product = (a: Lettered, b: Lettered, needed: string, lengths: ReadonlyMap<string, number>): Lettered => {
  const shared = common(a.letters, b.letters);
  const batch = common(shared, needed);
  const inner = without(shared, needed);
  const [rows, columns] = [without(a.letters, shared), without(b.letters, shared)];
  const letters = batch + rows + columns;
  if (letters.length > maxRank) {
    throw new ValueError(
      `einsum: a product of two operands must have at most ${maxRank} letters, got "${letters}". Multiply other operands first.`,
    );
  }
  const shapeOf = (text: string): number[] => [...text].map((letter) => lengths.get(letter) as number);
  const [count, m, n, k] = [batch, rows, columns, inner].map((text) => sizeOf(shapeOf(text)));
  /** The operand as a batch of matrices, and whether they are transposed: where that saves a copy. */
  const matrices = (operand: Lettered, before: string, after: string, shape: readonly [number, number]) => {
    const isTransposed = operand.letters === batch + after + before;
    const x = isTransposed ? operand.x : arranged(operand, batch + before + after);
    return { x: reshape(x, [count, ...(isTransposed ? [shape[1], shape[0]] : shape)]), isTransposed };
  };
  const done = (x: Tensor): Lettered => ({ x: reshape(x, shapeOf(letters)), letters });
  if (inner === "") {
    const left = reshape(arranged(a, batch + rows), [count, m, 1]);
    return done(mul(left, reshape(arranged(b, batch + columns), [count, 1, n])));
  }
  if (m * n === 1) {
    const left = reshape(arranged(a, batch + rows + inner), [count, k]);
    return done(sum(mul(left, reshape(arranged(b, batch + columns + inner), [count, k])), { axis: 1 }));
  }
  const left = matrices(a, rows, inner, [m, k]);
  const right = matrices(b, inner, columns, [k, n]);
  const flags = { transposeA: left.isTransposed, transposeB: right.isTransposed };
  const [x, y] = count === 1 ? [left.x, right.x].map((z) => reshape(z, z.axes.slice(1))) : [left.x, right.x];
  return done(matmul(x, y, flags));
};

/**
 * Sums of products by Einstein's convention: each axis has a letter; elements with the same letters are multiplied, and
 * letters that the result does not have are summed over. Operands are multiplied from left to right, as batches of matrix
 * products.
 * @param equation The letters of the operands, separated by commas, then `->` and the letters of the result; without `->` the
 * result has the letters that occur once, in the order of the alphabet. A letter twice in an operand takes the diagonal.
 * @throws ValueError for an equation that does not fit the operands; ShapeError for axes that do not fit the letters;
 * DTypeError for operands that are not floats of one dtype.
 * @example
 * const a = tensor([[1, 2], [3, 4]]);
 * einsum("ij,jk->ik", a, a).toArray(); // [[7, 10], [15, 22]]
 * einsum("ii->i", a).toArray(); // [1, 4]
 * einsum("i,j->ij", tensor([1, 2]), tensor([3, 4])).toArray(); // [[3, 4], [6, 8]]
 * @see `numpy.einsum`.
 */
export const einsum = (equation: string, ...operands: readonly Operand[]): Tensor => {
  const { operands: letters, result } = readEquation(equation, operands.length);
  const tensors = operands.map((operand) => floatOperand("einsum", operand));
  sameFloat("einsum", tensors);
  const lengths = lengthsOf(
    equation,
    letters,
    tensors.map(({ axes: shape }) => shape),
  );
  const parts = tensors.map((x, index) => withoutRepeats({ x, letters: letters[index] }));
  /** The letters that are needed behind the operand of this index. */
  const behind = (index: number): string =>
    parts
      .slice(index + 1)
      .map((part) => part.letters)
      .join("") + result;
  let total = summed(parts[0], behind(0));
  for (const [index, part] of parts.entries()) {
    if (index === 0) continue;
    const needed = behind(index);
    total = product(total, summed(part, total.letters + needed), needed, lengths);
    // What only the earlier operands have and nothing needs any more went with the product or is summed now.
    total = summed(total, needed);
  }
  return arranged(total, result);
};
