// The public surface of gradus/table: named exports, nothing else.
export type { Cell, CellOf, ColumnType, RowOf, RowOfObjects, TableRow } from "./column.ts";
export type { CsvOptions } from "./csvOptions.ts";
export type { FixedValue, MissingRule } from "./encodedColumn.ts";
export { encodeRows, type Rows } from "./encodeRows.ts";
export { parseCsv } from "./parseCsv.ts";
export { type Prediction, type PredictRowsOptions, predictRows } from "./predictRows.ts";
export { readCsv } from "./readCsv.ts";
export { Table, type TableFold } from "./table.ts";
export { tableDataset } from "./tableDataset.ts";
export { type TableEncoderFit, tableEncoder } from "./tableEncoder.ts";
export { type TableOfOptions, tableOf } from "./tableOf.ts";
export type { TableFoldOptions, TableSplitOptions } from "./tableParts.ts";
export type { ColumnInfo, ColumnName, RowSelection } from "./tableTypes.ts";
