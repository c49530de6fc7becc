import { DataError } from "../../base/errors.ts";
import type { Column, ColumnType } from "../column.ts";
import { shortened } from "../shortened.ts";
import { type CellReader, readCell } from "./cellReader.ts";
import type { CsvRules } from "./csvOptions.ts";

/** More than tables have; a hostile file may have a million. */
const mostColumns = 2 ** 16;

/** What the first row tells. @internal */
export interface CsvHeader {
  /** The name of each column, "" for an index without a name; undefined for one that is not kept. */
  readonly names: readonly (string | undefined)[];
  /** Whether the row is one of data. */
  readonly isData: boolean;
}

/**
 * The names of the columns.
 * @throws DataError for a header that is missing, a name that is empty or there twice, and options that name no column.
 */
export const csvHeader = (
  where: string,
  fields: readonly string[],
  line: number,
  rules: CsvRules,
  cells: CellReader,
): CsvHeader => {
  const { length } = fields;
  if (length > mostColumns) {
    throw new DataError(`${where}: a table may have ${mostColumns} columns, got ${length}. Check the delimiter.`);
  }
  // The names may also name the column of row names, which R leaves without one.
  if (rules.names && rules.names.length !== length && !(rules.header && rules.names.length === length + 1)) {
    throw new DataError(
      `${where}: names must name every column, got ${rules.names.length} for the ${length} fields of line ${line}. Correct them.`,
    );
  }
  const header = fields.map((field) => field.trim());
  if (rules.header && !rules.names) checkHeader(where, header, line, cells, rules.isHeaderCertain);
  const names = rules.names ?? (rules.header ? header : header.map((_, index) => `column${index + 1}`));
  const kept = new Set(rules.columns ?? names);
  for (const [option, asked] of Object.entries({ columns: kept, types: rules.types.keys() })) {
    for (const name of asked) {
      if (names.includes(name)) continue;
      throw new DataError(
        `${where}: ${option} must name columns that exist, got "${shortened(name)}". ` +
          `The columns are ${shortenedList(names)}.`,
      );
    }
  }
  return { names: names.map((name) => (kept.has(name) ? name : undefined)), isData: !rules.header };
};

const headerAdvice =
  "Pass { header: false } or, with names, { header: false, names: [...] }; or { header: true } if these are names.";

const onlyNumbers = (where: string, header: readonly string[]): DataError =>
  new DataError(
    `${where}: the first row must name the columns, got only numbers, "${shortened(header.join(", "))}". ${headerAdvice}`,
  );

const checkHeader = (
  where: string,
  header: readonly string[],
  line: number,
  cells: CellReader,
  isCertain: boolean,
): void => {
  const areNumbers = header.every((name) => cells.number(name) !== undefined);
  if (!isCertain && areNumbers && new Set(header).size < header.length) throw onlyNumbers(where, header);
  const seen = new Map<string, number>();
  for (const [index, name] of header.entries()) {
    const first = seen.get(name);
    // The index that pandas and R write has no name.
    if (name === "" && index === 0) continue;
    if (name !== "" && first === undefined) {
      seen.set(name, index);
      continue;
    }
    const got =
      name === ""
        ? `none for field ${index + 1}`
        : `"${shortened(name)}" for fields ${(first ?? 0) + 1} and ${index + 1}`;
    throw new DataError(
      `${where}: each column must have a name of its own, got ${got} of line ${line}. ` +
        (cells.number(name) === undefined ? "Pass { names: [...] } in their place." : headerAdvice),
    );
  }
};

/**
 * Refuses a header that is a row of data: numbers above columns of numbers. A column of numbers under text shows that it is
 * a header, and so do an index without a name and a first column of text that does not hold its name, as in tables with a
 * column per year.
 * @internal
 */
export const checkAboveNumbers = (
  where: string,
  { names, line }: { readonly names: readonly string[]; readonly line: number },
  columns: readonly Column[],
  rules: CsvRules,
  cells: CellReader,
): void => {
  const isData = (name: string, type: ColumnType): boolean =>
    type !== "category" && readCell(cells, type, name) !== undefined;
  const areNumbers = names.every((name) => cells.number(name) !== undefined);
  const [{ length }] = columns.map((column) => (column.type === "category" ? column.codes : column.values));
  if (areNumbers && length === 0) throw onlyNumbers(where, names);
  const above = columns.filter(({ type }, index) => isData(names[index], type));
  if (above.length === 0) return;
  const [first] = columns;
  if (names[0] === "" || (first.type === "category" && !first.levels.includes(names[0]))) return;
  if (
    columns.some(
      ({ type }, index) => type !== "category" && !isData(names[index], type) && !rules.missing.has(names[index]),
    )
  )
    return;
  if (areNumbers) throw onlyNumbers(where, names);
  const shown = above.slice(0, 3).map(({ name }) => `"${shortened(name)}"`);
  throw new DataError(
    `${where}: names of columns must not be numbers above numbers, got ${shown.join(", ")} in line ${line}, a row that looks like data. ` +
      headerAdvice,
  );
};

const shortenedList = (names: readonly string[]): string =>
  names.length > 30 ? `${names.slice(0, 30).join(", ")} and ${names.length - 30} more` : names.join(", ");
