import type { ColumnType } from "../column.ts";
import type { CsvRules } from "./csvOptions.ts";

/** Reads the texts of cells: a number is a number as a whole, or none. @internal */
export interface CellReader {
  /** The number that a text is; undefined for anything else, also `12abc`, `0x10`, `Infinity` and 1e999. */
  readonly number: (text: string) => number | undefined;
  /** true or false, in small or capital letters; undefined for anything else. */
  readonly boolean: (text: string) => boolean | undefined;
  /**
   * Whether a number is more likely a code, which a number would falsify: it begins with a 0 that says nothing (`01234`), or
   * has digits that float64 does not keep (`12345678901234567890`).
   */
  readonly isCode: (text: string) => boolean;
  /** Whether it would be a number if commas were allowed. */
  readonly isNumberWithCommas: (text: string) => boolean;
}

const words: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["True", true],
  ["TRUE", true],
  ["false", false],
  ["False", false],
  ["FALSE", false],
]);

const escaped = (text: string): string => text.replace(/[.]/g, "\\$&");

/** Readers for how a file writes numbers. */
export const cellReader = ({ decimal, thousands }: Pick<CsvRules, "decimal" | "thousands">): CellReader => {
  const point = escaped(decimal);
  const plain = new RegExp(`^[+-]?(?:\\d+(?:${point}\\d*)?|${point}\\d+)(?:[eE][+-]?\\d+)?$`);
  const grouped =
    thousands === undefined
      ? undefined
      : new RegExp(`^[+-]?\\d{1,3}(?:${escaped(thousands)}\\d{3})+(?:${point}\\d*)?$`);
  const number = (text: string): number | undefined => {
    let digits = text;
    if (!plain.test(text)) {
      if (thousands === undefined || !grouped?.test(text)) return undefined;
      digits = text.replaceAll(thousands, "");
    }
    const value = Number(decimal === "," ? digits.replace(",", ".") : digits);
    return Number.isFinite(value) ? value : undefined;
  };
  const isCode = (text: string): boolean => /^[+-]?0\d/.test(text) || !isExact(text);
  const isNumberWithCommas = (text: string): boolean =>
    decimal !== "," && thousands !== "," && /^[+-]?\d[\d.]*(?:,\d+)+(?:\.\d*)?$/.test(text);
  return { number, boolean: (text) => words.get(text), isCode, isNumberWithCommas };
};

/** Whether a whole number keeps its digits in float64, as those up to 2^53 do; fractions are rounded anyway. @internal */
export const isExact = (text: string): boolean =>
  !/^[+-]?\d{16,}$/.test(text) || String(Number(text)) === text.replace("+", "");

/** The cell that a text is in a column of some type; undefined where it is none. */
export const readCell = (reader: CellReader, type: ColumnType, text: string): number | boolean | string | undefined => {
  if (type === "number") return reader.number(text);
  return type === "boolean" ? reader.boolean(text) : text;
};
