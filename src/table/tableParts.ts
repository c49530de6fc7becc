import { ValueError } from "../base/errors.ts";
import { anything, checkOptions } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { dataset, type SplitOptions, split } from "../data/dataset.ts";
import { type KFoldOptions, kFold } from "../data/kFold.ts";
import { randomPermutation } from "../ops/random/permutation.ts";
import { ownTensor, range, type Tensor, zeros } from "../tensor/tensor.ts";
import type { RowSelection } from "./tableTypes.ts";

/** Options of `Table.split`. */
export interface TableSplitOptions<Part extends string = string, Name extends string = string>
  extends SplitOptions<Part> {
  /** A column of categories; each part gets its share of each. Default: none. */
  readonly stratified?: Name;
}

/** Options of `Table.kFold`. */
export interface TableFoldOptions<Name extends string = string> extends Omit<KFoldOptions, "stratified"> {
  /** A column of categories; each fold gets its share of each. Default: none. */
  readonly stratified?: Name;
}

/** The rows of each part; `classes` gives the class of each row. @internal */
export const splitRows = <Part extends string>(
  size: number,
  all: TableSplitOptions<Part>,
  classes: (name: string) => Int32Array,
): Record<Part, ArrayLike<number>> => {
  // The split of the rows checks the values.
  checkOptions("split", all, { parts: anything, shuffle: anything, seed: anything, stratified: anything });
  const { stratified, ...options } = all;
  const rows = (data: Tensor): Record<Part, ArrayLike<number>> => {
    const parts = split(dataset({ x: data, y: data }), options);
    return Object.fromEntries(Object.entries<{ x: Tensor }>(parts).map(([part, { x }]) => [part, x.data])) as never;
  };
  const plain = rows(range(0, size));
  if (stratified === undefined) return plain;
  // The sizes are those of a plain split; which rows go where is dealt out class by class.
  const names = Object.keys(plain) as Part[];
  const sizes = names.map((name) => plain[name].length);
  const parts = names.map(() => [] as number[]);
  const { shuffle = true, seed = 0 } = options;
  const order = shuffle ? randomPermutation(size, { seed }).data : range(0, size).data;
  for (const [place, row] of byClass(order, classes(stratified)).entries()) {
    // To the part that is furthest behind its share.
    let [next, most] = [0, Number.NEGATIVE_INFINITY];
    for (const [index, target] of sizes.entries()) {
      const behind = (target * (place + 1)) / size - parts[index].length;
      if (parts[index].length < target && behind > most) [next, most] = [index, behind];
    }
    parts[next].push(row);
  }
  // Without the order of the classes, which batches that are not shuffled would keep.
  const placeOf = new Int32Array(size);
  for (const [place, row] of Array.from(order).entries()) placeOf[row] = place;
  for (const part of parts) part.sort((a, b) => placeOf[a] - placeOf[b]);
  return Object.fromEntries(names.map((name, index) => [name, parts[index]])) as never;
};

const byClass = (order: ArrayLike<number>, classes: Int32Array): readonly number[] => {
  const rowsOf = new Map<number, number[]>();
  for (const row of Array.from(order)) {
    const rows = rowsOf.get(classes[row]);
    if (rows) rows.push(row);
    else rowsOf.set(classes[row], [row]);
  }
  return [...rowsOf].sort(([a], [b]) => a - b).flatMap(([, rows]) => rows);
};

/** The rows of each fold, one fold at a time. @internal */
export const foldRows = (
  size: number,
  all: TableFoldOptions,
  classes: (name: string) => Int32Array,
): Iterable<{ readonly train: ArrayLike<number>; readonly validation: ArrayLike<number> }> & {
  readonly count: number;
} => {
  checkOptions("kFold", all, { folds: anything, seed: anything, stratified: anything });
  const { stratified, ...options } = all;
  const labels =
    stratified === undefined ? zeros([size], { dtype: "int32" }) : ownTensor([size], "int32", classes(stratified));
  const data = dataset({ x: range(0, size), y: labels });
  const folds = kFold(data, { ...options, stratified: stratified !== undefined });
  function* each(): Generator<{ readonly train: ArrayLike<number>; readonly validation: ArrayLike<number> }> {
    for (const { train, validation } of folds) yield { train: train.x.data, validation: validation.x.data };
  }
  return { count: folds.count, [Symbol.iterator]: each };
};

/**
 * The rows of a selection.
 * @throws ValueError when a row does not exist, or both a range and rows are named.
 * @internal
 */
export const takenRows = (size: number, selection: RowSelection): ArrayLike<number> => {
  checkOptions("take", selection, { from: anything, to: anything, rows: anything });
  const { rows, from = 0, to = size } = selection;
  if (rows !== undefined && (selection.from !== undefined || selection.to !== undefined)) {
    throw new ValueError("take: either a range or rows may be named, got both. Drop one of them.");
  }
  const wrong = (got: string): ValueError =>
    new ValueError(`take: rows must be of the ${size} that there are, got ${got}. Count them from 0.`);
  if (rows !== undefined) {
    if (typeof rows !== "object" || !Number.isSafeInteger(rows?.length)) {
      throw new ValueError(`take: rows must be a list of numbers, got ${showValue(rows)}. Pass { rows: [0, 1] }, say.`);
    }
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index];
      if (!(Number.isInteger(row) && row >= 0 && row < size)) throw wrong(`row ${showValue(row)}`);
    }
    return rows;
  }
  if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= size)) {
    throw wrong(`from=${showValue(from)}, to=${showValue(to)}`);
  }
  return Array.from({ length: to - from }, (_, index) => from + index);
};
