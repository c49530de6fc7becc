import { DataError, ValueError } from "../../base/errors.ts";
import { type Dataset, dataset } from "../../data/dataset.ts";
import type { EncodedTarget } from "../../layers/preprocessing/tableColumns.ts";
import type { TableEncoder } from "../../layers/preprocessing/tableEncoder.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import { cellOf, type TableRow } from "../column.ts";
import { shortened } from "../shortened.ts";
import { checkTable, type Table } from "../table.ts";
import { refuseMissing } from "./encodedColumn.ts";
import { checkEncoder, encodeFor } from "./encodeRows.ts";

/**
 * The data set of a table, for a model that begins with this encoder: x float32 [rows, columns], as `encodeRows` makes it; y the
 * labels int32 [rows] of the classes, or for a target of numbers float32 [rows, 1], standardized by the encoder.
 * @throws ValueError when the encoder has no target; DataError, naming column and line, for a value that does not fit, as
 * `encodeRows` does, a target that float32 cannot hold, or a class that the training rows did not have.
 * @example
 * const table = tableOf([{ size: 2, kind: "plum" }, { size: 8, kind: "pear" }]);
 * const { x, y } = tableDataset(table, tableEncoder(table, { target: "kind" }));
 * x.toArray(); // [[2], [8]]
 * y.toArray(); // [1, 0]
 */
export const tableDataset = <Row extends TableRow>(table: Table<Row>, encoder: TableEncoder): Dataset => {
  checkTable("tableDataset", table);
  checkEncoder("tableDataset", encoder);
  const { target } = encoder;
  if (target === undefined) {
    throw new ValueError(
      "tableDataset: the encoder must know what is predicted, got no target. Make it with tableEncoder(table, { target: ... }).",
    );
  }
  const x = encodeFor("tableDataset", encoder, table as unknown as Table);
  return dataset({ x, y: targetOf(table, target), name: table.name });
};

const targetOf = <Row extends TableRow>(table: Table<Row>, target: EncodedTarget): Tensor => {
  const column = table.column("tableDataset", target.name);
  if (column.type !== target.type) {
    throw new DataError(
      `${table.where("tableDataset")}: the target "${target.name}" must be of type ${target.type}, as in the training rows, got ${column.type}. ` +
        "Read the column with { types }.",
    );
  }
  refuseMissing("tableDataset", table, column);
  const cells = Array.from({ length: table.size }, (_, row) => cellOf(column, row));
  if (target.type === "number") {
    const values = Float32Array.from(cells, (cell) => (Number(cell) - target.mean) / target.deviation);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new DataError(
        `${table.where("tableDataset")}: the target "${target.name}" must be finite, also in float32, got ${cells[bad]} in ` +
          `${table.placeOf(bad)}. Correct it, or drop such rows.`,
      );
    }
    return ownTensor([table.size, 1], "float32", values);
  }
  if (target.type === "boolean") return ownTensor([table.size], "int32", Int32Array.from(cells, Number));
  const labels = new Map<unknown, number>(target.classes.map((name, label) => [name, label]));
  const numbers = cells.map((cell, row) => {
    const label = labels.get(cell);
    if (label !== undefined) return label;
    throw new DataError(
      `${table.where("tableDataset")}: the target "${target.name}" must be a class of the training rows, got "${shortened(String(cell))}" in ` +
        `${table.placeOf(row)}. Split the table with { stratified: "${target.name}" }, or drop such rows.`,
    );
  });
  return ownTensor([table.size], "int32", Int32Array.from(numbers));
};
