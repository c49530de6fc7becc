import { ValueError } from "../base/errors.ts";
import { anything, checkOptions } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { type Dataset, dataset, type SplitOptions, split } from "../data/dataset.ts";
import { type KFoldOptions, kFold } from "../data/kFold.ts";
import { ownTensor, range, zeros } from "../tensor/tensor.ts";
import type { RowSelection } from "./tableTypes.ts";

/** Options of `Table.split`. */
export interface TableSplitOptions<Part extends string = string, Name extends string = string>
  extends Omit<SplitOptions<Part>, "stratified"> {
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
  const x = range(0, size);
  const y = stratified === undefined ? x : ownTensor([size], "int32", classes(stratified));
  const parts = split(dataset({ x, y }), { ...options, stratified: stratified !== undefined });
  return Object.fromEntries(Object.entries<Dataset>(parts).map(([part, data]) => [part, data.x.data])) as never;
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
