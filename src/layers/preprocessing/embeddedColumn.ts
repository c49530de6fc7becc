import type { Variable } from "../../autograd/variable.ts";
import { ValueError } from "../../base/errors.ts";
import { mul } from "../../ops/elementwise/arithmetic.ts";
import { equal, greaterEqual, less, where } from "../../ops/elementwise/compare.ts";
import { logicalAnd, logicalNot } from "../../ops/elementwise/logic.ts";
import { floor } from "../../ops/elementwise/rounding.ts";
import { embedding } from "../../ops/network/embedding.ts";
import { reshape } from "../../ops/shape/reshape.ts";
import { slice } from "../../ops/shape/slice.ts";
import { stopGradient } from "../../ops/support/stopGradient.ts";
import { toFloat } from "../../ops/support/toFloat.ts";
import { toInt32 } from "../../ops/support/toInt32.ts";
import { decide } from "../../tensor/interpret/hostWork.ts";
import { onShapesAlone } from "../../tensor/interpret/shapeInterpreter.ts";
import { ones, type Tensor } from "../../tensor/tensor.ts";
import type { CategoryColumn } from "./tableColumns.ts";

/** A column of categories that goes through a table of trained vectors. */
export interface EmbeddedColumn {
  readonly column: CategoryColumn & { readonly embed: number };
  /** Its place among the columns of the input. */
  readonly index: number;
}

/** The number of vectors: one for each category and, with "slot", one for those that are unknown. */
export const vectorsOf = ({ categories, unknown }: CategoryColumn): number =>
  categories.length + (unknown === "slot" ? 1 : 0);

/**
 * The vectors of a column of x: [rows, columns] becomes [rows, width]. A missing value has the vector of its substitute, and NaN
 * without one; an unknown category has the last vector with "slot", and zeros with "zeros".
 * @throws ValueError with "error" for a number that is not a category.
 */
export const embedColumn = (path: string, table: Variable, x: Tensor, embedded: EmbeddedColumn): Tensor => {
  const { categories, missing, unknown = "error" } = embedded.column;
  if (unknown === "error" && !onShapesAlone()) decide(() => checkCodes(path, x, embedded));
  const rows = x.axes[0];
  const raw = stopGradient(reshape(slice(x, [0, embedded.index], [rows, 1]), [rows]));
  // NaN is a missing value, and does not equal itself.
  const codes = missing === undefined ? raw : where(equal(raw, raw), raw, categories.indexOf(missing));
  const isKnown = logicalAnd(
    logicalAnd(greaterEqual(codes, 0), less(codes, categories.length)),
    equal(floor(codes), codes),
  );
  const slot = unknown === "slot" ? categories.length : 0;
  // Without a substitute, a missing value has any vector, times NaN.
  const isOther = missing === undefined ? logicalAnd(logicalNot(isKnown), equal(codes, codes)) : logicalNot(isKnown);
  const indices = toInt32(where(isKnown, codes, where(isOther, slot, 0)));
  const vectors = embedding(table.read(), indices);
  if (unknown !== "zeros" && missing !== undefined) return vectors;
  const known = unknown === "zeros" ? toFloat(isKnown) : ones([1], { dtype: codes.dtype });
  const factor = missing === undefined ? where(equal(codes, codes), known, codes) : known;
  return mul(vectors, reshape(factor, [rows, 1]));
};

/** @throws ValueError for a number that is not a category, where all must be known. */
const checkCodes = (path: string, x: Tensor, { column, index }: EmbeddedColumn): void => {
  const values = x.storage.elements();
  const columns = x.axes[1];
  for (let row = 0, at = index; at < values.length; row++, at += columns) {
    const value = values[at];
    if (Number.isNaN(value) || (Number.isInteger(value) && value >= 0 && value < column.categories.length)) continue;
    throw notKnown(path, column, row, value);
  }
};

const notKnown = (path: string, { name, categories }: CategoryColumn, row: number, value: number): ValueError =>
  new ValueError(
    `${path}: the category of column "${name}" must be a whole number from 0 to ${categories.length - 1}, got ${value} in row ${row}. ` +
      'Make the encoder with { unknown: "zeros" }, or correct it.',
  );
