import type { Variable } from "../../autograd/variable.ts";
import { ValueError } from "../../base/errors.ts";
import { mul } from "../../ops/elementwise/arithmetic.ts";
import { embedding } from "../../ops/network/embedding.ts";
import { decide, hostTensor } from "../../tensor/interpret/hostWork.ts";
import { onShapesAlone } from "../../tensor/interpret/shapeInterpreter.ts";
import { type Tensor, zeros } from "../../tensor/tensor.ts";
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
export const embedColumn = (path: string, table: Variable, x: Tensor, { column, index }: EmbeddedColumn): Tensor => {
  const { categories, missing, unknown = "error" } = column;
  const [rows, columns] = x.axes;
  // No values, and the shapes do not depend on them.
  if (onShapesAlone()) return embedding(table.read(), zeros([rows], { dtype: "int32" }));
  const fill = missing === undefined ? Number.NaN : categories.indexOf(missing);
  /** The numbers of the categories, row by row; −1 for an unknown one, NaN for a missing one. */
  const codes = function* (): Generator<number> {
    const values = x.storage.elements();
    for (let at = index; at < rows * columns; at += columns) {
      const value = values[at];
      const isKnown = Number.isInteger(value) && value >= 0 && value < categories.length;
      yield Number.isNaN(value) ? fill : isKnown ? value : -1;
    }
  };
  if (unknown === "error") {
    decide(() => {
      let row = 0;
      for (const code of codes()) {
        if (code === -1) throw notKnown(path, column, row, x.storage.elements()[row * columns + index]);
        row++;
      }
    });
  }
  const slot = unknown === "slot" ? categories.length : 0;
  const indices = hostTensor([rows], "int32", (elements) => {
    let row = 0;
    // NaN is not from 0.
    for (const code of codes()) elements[row++] = code >= 0 ? code : code === -1 ? slot : 0;
  });
  const vectors = embedding(table.read(), indices);
  if (unknown !== "zeros" && missing !== undefined) return vectors;
  const factor = hostTensor([rows, 1], "float32", (elements) => {
    let row = 0;
    for (const code of codes())
      elements[row++] = code === -1 && unknown === "zeros" ? 0 : Number.isNaN(code) ? code : 1;
  });
  return mul(vectors, factor);
};

const notKnown = (path: string, { name, categories }: CategoryColumn, row: number, value: number): ValueError =>
  new ValueError(
    `${path}: the category of column "${name}" must be a whole number from 0 to ${categories.length - 1}, got ${value} in row ${row}. ` +
      'Make the encoder with { unknown: "zeros" }, or correct it.',
  );
