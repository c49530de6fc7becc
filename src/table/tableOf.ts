import { ValueError } from "../base/errors.ts";
import { checkOptions, type OptionRule, text } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { type Cell, type ColumnType, columnTypes, type RowOfObjects } from "./column.ts";
import { columnOf } from "./columnOf.ts";
import { Table } from "./table.ts";

/** Options of `tableOf`. */
export interface TableOfOptions {
  /** Types of columns; numbers can be categories. Default: that of the first value. */
  readonly types?: Readonly<Record<string, ColumnType>>;
  /** What errors call the table. */
  readonly name?: string;
}

const typesByColumn: OptionRule = {
  words: "an object of types by column",
  holds: (value) => typeof value === "object" && value !== null,
};

/** The columns of a table as arrays, by their names. */
export type TableColumns = Readonly<Record<string, ArrayLike<unknown>>>;

/** The rows of such columns. */
export type RowOfColumns<Columns extends TableColumns> = {
  readonly [Name in keyof Columns]:
    | (Columns[Name][number] & Cell)
    | (null extends Columns[Name][number] ? undefined : never);
};

/**
 * A table of plain objects, such as a database or a service gives, or of columns as arrays. The columns of objects are the keys
 * of all of them; a key that a row does not have, undefined, null and NaN are missing values.
 * @throws ValueError, naming the row, for rows that are not objects, columns of different lengths, and values that are not of
 * their column's type.
 * @example
 * const table = tableOf([{ kind: "plum", length: 3.5 }, { kind: "pear" }]);
 * table.values("length"); // [3.5, undefined]
 * tableOf({ kind: ["plum", "pear"], length: new Float32Array([3.5, 9]) }).row(1); // { kind: "pear", length: 9 }
 */
export function tableOf<Row extends object>(rows: readonly Row[], options?: TableOfOptions): Table<RowOfObjects<Row>>;
export function tableOf<const Columns extends TableColumns>(
  columns: Columns,
  options?: TableOfOptions,
): Table<RowOfColumns<Columns>>;
export function tableOf(source: readonly object[] | TableColumns, options: TableOfOptions = {}): Table {
  checkOptions("tableOf", options, { types: typesByColumn, name: text });
  const { types = {} } = options;
  const where = options.name ?? "tableOf";
  const { cells, size } = Array.isArray(source)
    ? cellsOfRows(where, source)
    : cellsOfColumns(where, source as TableColumns);
  for (const [column, type] of Object.entries(types)) {
    if (columnTypes.includes(type) && (cells.has(column) || size === 0)) continue;
    throw new ValueError(
      `${where}: types must give columns that exist one of ${columnTypes.join(", ")}, got "${column}": ${showValue(type)}. Correct it.`,
    );
  }
  const columns = Array.from(cells, ([column, values]) =>
    columnOf(where, column, values, Object.hasOwn(types, column) ? types[column] : undefined),
  );
  return Table.of(columns, size, { name: options.name });
}

interface Cells {
  /** The values of each column. */
  readonly cells: ReadonlyMap<string, readonly unknown[]>;
  readonly size: number;
}

const cellsOfRows = (where: string, rows: readonly unknown[]): Cells => {
  const names = new Set<string>();
  for (const [index, row] of rows.entries()) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new ValueError(
        `${where}: each row must be an object, got ${showValue(row)} as row ${index}. Pass [{ ... }].`,
      );
    }
    for (const key of Object.keys(row)) names.add(key);
  }
  const valuesOf = (name: string): readonly unknown[] =>
    (rows as readonly Record<string, unknown>[]).map((row) => (Object.hasOwn(row, name) ? row[name] : undefined));
  return { cells: new Map(Array.from(names, (name) => [name, valuesOf(name)])), size: rows.length };
};

const cellsOfColumns = (where: string, columns: TableColumns): Cells => {
  const isObject = typeof columns === "object" && columns !== null && !ArrayBuffer.isView(columns);
  if (!isObject || Object.keys(columns).length === 0) {
    throw new ValueError(
      `${where}: rows must be a list of objects, or an object of columns, got ${showValue(columns)}. Pass [{ ... }] or { name: [...] }.`,
    );
  }
  const cells = new Map<string, readonly unknown[]>();
  let size: number | undefined;
  for (const [name, values] of Object.entries(columns)) {
    if (!Array.isArray(values) && (!ArrayBuffer.isView(values) || values instanceof DataView)) {
      throw new ValueError(
        `${where}: each column must be an array, got ${showValue(values)} as "${name}". Pass { ${name}: [...] }.`,
      );
    }
    size ??= values.length;
    if (values.length !== size) {
      throw new ValueError(
        `${where}: columns must have one length, got ${values.length} for "${name}" beside ${size}. Pass a value for every row.`,
      );
    }
    cells.set(name, Array.from(values));
  }
  return { cells, size: size as number };
};
