import { ValueError } from "../base/errors.ts";
import { anything, checkOptions, text } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { type ColumnType, columnTypes, type RowOfObjects } from "./column.ts";
import { columnOf } from "./columnOf.ts";
import { Table } from "./table.ts";

/** Options of `tableOf`. */
export interface TableOfOptions {
  /** Types of columns; numbers can be categories. Default: that of the first value. */
  readonly types?: Readonly<Record<string, ColumnType>>;
  /** What errors call the table. */
  readonly name?: string;
}

/**
 * A table of plain objects, such as a database or a service gives. The columns are the keys of all of them; a key that a row
 * does not have, undefined, null and NaN are missing values.
 * @throws ValueError, naming the row, for rows that are not objects, and values that are not of their column's type.
 * @example
 * const table = tableOf([{ kind: "plum", length: 3.5 }, { kind: "pear" }]);
 * table.values("length"); // [3.5, undefined]
 */
export const tableOf = <Row extends object>(
  rows: readonly Row[],
  options: TableOfOptions = {},
): Table<RowOfObjects<Row>> => {
  checkOptions("tableOf", options, { types: anything, name: text });
  const { types = {} } = options;
  const name = options.name ?? "tableOf";
  if (!Array.isArray(rows)) {
    throw new ValueError(`${name}: rows must be a list of objects, got ${showValue(rows)}. Pass [{ ... }].`);
  }
  const names = new Set<string>();
  for (const [index, row] of (rows as readonly unknown[]).entries()) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new ValueError(
        `${name}: each row must be an object, got ${showValue(row)} as row ${index}. Pass [{ ... }].`,
      );
    }
    for (const key of Object.keys(row)) names.add(key);
  }
  for (const [column, type] of Object.entries(types)) {
    if (columnTypes.includes(type) && (names.has(column) || rows.length === 0)) continue;
    throw new ValueError(
      `${name}: types must give columns that exist one of ${columnTypes.join(", ")}, got "${column}": ${showValue(type)}. Correct it.`,
    );
  }
  const columns = [...names].map((column) => {
    const cells = rows.map((row) =>
      Object.hasOwn(row, column) ? (row as Record<string, unknown>)[column] : undefined,
    );
    return columnOf(name, column, cells, Object.hasOwn(types, column) ? types[column] : undefined);
  });
  return Table.of(columns, rows.length, { name: options.name });
};
