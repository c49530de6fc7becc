// The public surface of gradus/table: named exports, nothing else.
export type { Cell, CellOf, ColumnType, RowOf, RowOfObjects, TableRow } from "./column.ts";
export type { CsvOptions } from "./csv/csvOptions.ts";
export { parseCsv } from "./csv/parseCsv.ts";
export { readCsv } from "./csv/readCsv.ts";
export type { FixedValue, MissingRule } from "./encode/encodedColumn.ts";
export { type EncodeRowsOptions, encodeRows, type Rows } from "./encode/encodeRows.ts";
export { type TableEncoderFit, tableEncoder } from "./encode/learnEncoder.ts";
export { type Prediction, type PredictRowsOptions, predictRows } from "./encode/predictRows.ts";
export { tableDataset } from "./encode/tableDataset.ts";
export { Table, type TableFold } from "./table.ts";
export { type RowOfColumns, type TableColumns, type TableOfOptions, tableOf } from "./tableOf.ts";
export type { TableFoldOptions, TableSplitOptions } from "./tableParts.ts";
export type { ColumnInfo, ColumnName, RowSelection } from "./tableTypes.ts";
