import type { EncodedColumn } from "../../../layers/preprocessing/tableColumns.ts";
import { equal, where } from "../../../ops/elementwise/compare.ts";
import { concat } from "../../../ops/shape/concat.ts";
import { toFloat } from "../../../ops/support/toFloat.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { ExportInput } from "./exportInput.ts";

/** The code of a category that is missing. That of an unknown one is −1. */
const missingCode = -2;

/** An input for each column: floats [rows, 1] of numbers, and whole numbers of the codes of categories. */
export const columnInputs = (columns: readonly EncodedColumn[]): readonly ExportInput[] =>
  columns.map(({ name, type }, index) => ({
    name: name === "" ? `column_${index}` : name,
    shape: [undefined, 1],
    dtype: type === "category" ? "int32" : "float32",
  }));

/** The rows [rows, columns] that the encoder takes, in which NaN is a missing value. */
export const columnsToRows = (columns: readonly EncodedColumn[], inputs: readonly Tensor[]): Tensor => {
  const parts = inputs.map((x, index) => {
    const column = columns[index];
    if (column.type !== "category") return x;
    const codes = toFloat(x);
    return column.missing === undefined ? codes : where(equal(codes, missingCode), Number.NaN, codes);
  });
  return parts.length === 1 ? parts[0] : concat(parts, { axis: 1 });
};
