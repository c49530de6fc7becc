import { DataError } from "../../base/errors.ts";
import { shortened } from "../shortened.ts";
import type { CellReader } from "./cellReader.ts";
import type { CsvRules } from "./csvOptions.ts";

/** More than tables have; a hostile file may have a million. */
const mostColumns = 2 ** 16;

/** What the first row tells. @internal */
export interface CsvHeader {
  /** The name of each column; undefined for one that is not kept. */
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
  if (rules.names && rules.names.length !== length) {
    throw new DataError(
      `${where}: names must name every column, got ${rules.names.length} for the ${length} fields of line ${line}. Correct them.`,
    );
  }
  const header = fields.map((field) => field.trim());
  if (rules.header && !rules.names) checkHeader(where, header, line, cells);
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

const checkHeader = (where: string, header: readonly string[], line: number, cells: CellReader): void => {
  if (header.every((name) => cells.number(name) !== undefined)) {
    throw new DataError(
      `${where}: the first row must name the columns, got only numbers, "${shortened(header.join(", "))}". ` +
        "Pass { header: false } or, with names, { header: false, names: [...] }.",
    );
  }
  const seen = new Map<string, number>();
  for (const [index, name] of header.entries()) {
    const first = seen.get(name);
    if (name !== "" && first === undefined) {
      seen.set(name, index);
      continue;
    }
    const got =
      name === ""
        ? `none for field ${index + 1}`
        : `"${shortened(name)}" for fields ${(first ?? 0) + 1} and ${index + 1}`;
    throw new DataError(
      `${where}: each column must have a name of its own, got ${got} of line ${line}. Pass { names: [...] } in their place.`,
    );
  }
};

const shortenedList = (names: readonly string[]): string =>
  names.length > 30 ? `${names.slice(0, 30).join(", ")} and ${names.length - 30} more` : names.join(", ");
