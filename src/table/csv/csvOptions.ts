import { ValueError } from "../../base/errors.ts";
import { copyOptions, flag, type OptionRule, type OptionRules, oneOf, text, whole } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { type ColumnType, columnTypes } from "../column.ts";

/** How a CSV file is written, and what is read of it. */
export interface CsvOptions<Types extends Readonly<Record<string, ColumnType>> = Readonly<Record<string, ColumnType>>> {
  /** What separates the fields: one character. Default: found out, of `,` `;` tab and `|`. */
  readonly delimiter?: string;
  /**
   * Whether the first row names the columns. Default: true. Without it they are column1, column2, ... By default a header that
   * looks like data, numbers above columns of numbers, is an error; `true` takes it for names. A first column without a name is
   * left out when it is an index, as pandas and R write it; R's quoted header may also be one name short.
   */
  readonly header?: boolean;
  /** How many lines come before the header, or before the data. Default: 0. */
  readonly skipRows?: number;
  /** The text that begins a line of comment, such as "#". Default: there are no comments. */
  readonly comment?: string;
  /** Names in the place of those of the header, or for a file that has none; also of a first column that has no name. */
  readonly names?: readonly string[];
  /** Which columns are kept. Default: all. */
  readonly columns?: readonly string[];
  /** Types of columns that are not to be found out. */
  readonly types?: Types;
  /** The texts that mean a missing value. Default: nothing, NA, N/A, NaN, nan, null, NULL and ?. */
  readonly missing?: readonly string[];
  /** What separates the fraction of a number. Default: ".". */
  readonly decimal?: "." | ",";
  /** What may separate groups of three digits: ",", ".", "'", "_" or a space. Default: nothing. */
  readonly thousands?: string;
  /** Whether blanks around fields are cut off. Default: true. */
  readonly trim?: boolean;
  /** Rows of another length than the first: "error", or "pad": too short ones miss their last values. Default: "error". */
  readonly ragged?: "error" | "pad";
  /** How the bytes of a file are to be read, as `TextDecoder` names it: "windows-1252", "utf-16le". Default: "utf-8". */
  readonly encoding?: string;
  /** What errors call the table. Default: the path of the file. */
  readonly name?: string;
}

/** The options of a reader with their defaults. @internal */
export interface CsvRules {
  readonly delimiter: string | undefined;
  readonly header: boolean;
  /** Whether the caller says that there is a header, whatever it looks like. */
  readonly isHeaderCertain: boolean;
  readonly skipRows: number;
  readonly comment: string | undefined;
  readonly names: readonly string[] | undefined;
  readonly columns: readonly string[] | undefined;
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly missing: ReadonlySet<string>;
  readonly decimal: "." | ",";
  readonly thousands: string | undefined;
  readonly trim: boolean;
  readonly pads: boolean;
}

const missingTexts: readonly string[] = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"];

/**
 * Checks what does not depend on the file.
 * @throws ValueError for an option that does not exist, is out of range, or contradicts another.
 */
export const csvRules = (operation: string, csvOptions: CsvOptions): CsvRules => {
  const options = copyOptions(operation, csvOptions, optionRules());
  const { delimiter, header = true, names, columns, types = {}, missing = missingTexts } = options;
  const { decimal = ".", thousands, trim = true, ragged = "error", skipRows = 0, comment } = options;
  const refuse = (rule: string, got: unknown): ValueError =>
    new ValueError(`${operation}: ${rule}, got ${showValue(got)}. Correct it, or leave it out.`);
  if (thousands === decimal) throw refuse("decimal and thousands must differ", decimal);
  if (decimal === "," && delimiter === ",") throw refuse("delimiter and decimal must differ", decimal);
  if (comment !== undefined && comment === delimiter) throw refuse("delimiter and comment must differ", comment);
  if (names && new Set(names).size !== names.length) throw refuse("names must differ", names);
  for (const [column, type] of Object.entries(types)) {
    if (columnTypes.includes(type)) continue;
    throw refuse(`the type of "${column}" must be one of ${columnTypes.join(", ")}`, type);
  }
  return {
    delimiter,
    header,
    isHeaderCertain: options.header === true,
    skipRows,
    comment,
    names,
    columns,
    types: new Map(Object.entries(types)),
    missing: new Set(missing),
    decimal,
    thousands,
    trim,
    pads: ragged === "pad",
  };
};

const listOfText: OptionRule = {
  words: "a list of text",
  holds: (value) => Array.isArray(value) && value.every((entry) => typeof entry === "string"),
};

const optionRules = (): OptionRules<CsvOptions> => ({
  delimiter: {
    words: "one character, and neither a quote nor a line break",
    holds: (value) => typeof value === "string" && value.length === 1 && !/["\r\n\ufeff]/.test(value),
  },
  header: flag,
  skipRows: whole({ from: 0 }),
  comment: {
    words: "text without quotes and line breaks",
    holds: (value) => typeof value === "string" && /^[^"\r\n]+$/.test(value),
  },
  names: listOfText,
  columns: listOfText,
  types: {
    words: "an object of types by column",
    holds: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  },
  missing: listOfText,
  decimal: { words: '"." or ","', holds: (value) => value === "." || value === "," },
  thousands: {
    words: "a comma, point, apostrophe, underscore or space",
    holds: (value) => typeof value === "string" && /^[,.'_ \u00a0\u202f]$/.test(value),
  },
  trim: flag,
  ragged: oneOf("error", "pad"),
  encoding: text,
  name: text,
});
