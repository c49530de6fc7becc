import { DTypeError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import type { ColumnType, RowOf } from "../column.ts";
import type { Table } from "../table.ts";
import { type CsvOptions, csvRules } from "./csvOptions.ts";
import { CsvReader } from "./csvReader.ts";

/** How much text is parsed at once. */
const pieceLength = 2 ** 20;

/**
 * A table from text in CSV: one row a line, fields separated by a comma, semicolon, tab or bar, text in quotes where it holds
 * one of these (RFC 4180). The first row names the columns. The type of a column is found out from its first thousand values:
 * numbers if all are numbers as a whole (`12abc` is none), true and false, else categories; `types` says otherwise.
 *
 * Empty lines are left out, and so is the first column where it is an index without a name, as pandas and R write it.
 * `comment` and `skipRows` leave out other lines. An error names every column that holds wrong values. Missing values are kept as such: it is for `tableEncoder`, or `Table.dropMissing`, to deal with them.
 * @throws DataError, naming the line, for rows of different lengths, quotes that do not close, a header that is missing or
 * does not name each column once, for numbers above columns of numbers in its place, and values that do not have the type of their column; ValueError for options out of range.
 * @example
 * const table = parseCsv("kind;length;fresh\nplum;3,5;true\npear;;false\n", { decimal: "," });
 * table.columns.map(({ type }) => type); // ["category", "number", "boolean"]
 * table.missing; // { length: 1 }
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export const parseCsv = <const Types extends Readonly<Record<string, ColumnType>>>(
  text: string,
  options: CsvOptions<Types> = {},
): Table<RowOf<Types>> => {
  const rules = csvRules("parseCsv", options);
  if (typeof text !== "string") {
    throw new DTypeError(`parseCsv: CSV must be text, got ${showValue(text)}. Files and bytes are for readCsv.`);
  }
  const reader = new CsvReader({ operation: "parseCsv", name: options.name }, rules);
  // The mark with which some programs begin a file.
  const start = text.startsWith("\ufeff") ? 1 : 0;
  for (let at = start; at < text.length; at += pieceLength) reader.push(text.slice(at, at + pieceLength));
  return reader.finish() as unknown as Table<RowOf<Types>>;
};
