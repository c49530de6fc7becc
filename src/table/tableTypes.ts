import type { ColumnType, TableRow } from "./column.ts";

/** Where the rows of a table come from: errors say it. @internal */
export interface TableOrigin {
  /** The path of the file, or what the caller calls it; undefined for a table without a name. */
  readonly name: string | undefined;
  /** The line of each row in its file; undefined for rows that come from a program. */
  readonly lines?: Int32Array;
}

/** The names of the columns of a table. */
export type ColumnName<Row extends TableRow> = keyof Row & string;

/** A column of a table. */
export interface ColumnInfo<Name extends string = string> {
  /** Its name. */
  readonly name: Name;
  /** What its cells are. */
  readonly type: ColumnType;
}

/** Which rows `Table.take` takes. */
export interface RowSelection {
  /** The first row; default 0. */
  readonly from?: number;
  /** The row after the last; default: the number of rows. */
  readonly to?: number;
  /** Instead of a range: the numbers of the rows, in the order wanted. */
  readonly rows?: ArrayLike<number>;
}
