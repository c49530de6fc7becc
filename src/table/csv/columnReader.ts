import { DataError } from "../../base/errors.ts";
import { type Column, type ColumnType, GrowingColumn } from "../column.ts";
import { shortened } from "../shortened.ts";
import { type CellReader, isExact, readCell } from "./cellReader.ts";
import type { CsvRules } from "./csvOptions.ts";

/** How many values are looked at to find out what a column holds: what differs later is an error, not another type. */
const valuesForType = 1000;

/**
 * Reads one column of a CSV file, text by text. Where the type is not given, the first thousand values tell it: numbers, if
 * all are and none is a code (`01234`); true and false, if all are; else categories. Where most but not all are numbers, a
 * mistake cannot be distinguished from a code: an error asks the caller.
 * @internal
 */
export class ColumnReader {
  readonly name: string;
  /** What is wrong with the column, naming it and the line. */
  problem: DataError | undefined;
  readonly #where: string;
  readonly #rules: CsvRules;
  readonly #reader: CellReader;
  /** What came before the type was known; undefined where a value is missing. */
  #waiting: (string | undefined)[] = [];
  #waitingLines: number[] = [];
  #values = 0;
  #type: ColumnType | undefined;
  #isGiven: boolean;
  #column: GrowingColumn | undefined;

  constructor(where: string, name: string, rules: CsvRules, reader: CellReader) {
    this.name = name;
    this.#where = where;
    this.#rules = rules;
    this.#reader = reader;
    this.#type = rules.types.get(name);
    this.#isGiven = this.#type !== undefined;
    if (this.#type) this.#column = new GrowingColumn(name, this.#type);
  }

  /** Takes a field. The first that does not have the type of the column is its `problem`; the rest is not looked at. */
  push(field: string, line: number): void {
    if (this.problem) return;
    try {
      this.#take(field, line);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.problem = error;
    }
  }

  #take(field: string, line: number): void {
    const trimmed = field.trim();
    const text = this.#rules.missing.has(trimmed) ? undefined : this.#rules.trim ? trimmed : field;
    if (this.#column) {
      this.#add(text, line);
      return;
    }
    this.#waiting.push(text);
    this.#waitingLines.push(line);
    if (text !== undefined && ++this.#values === valuesForType) this.#decide();
  }

  /** The column; undefined where it has a problem. */
  finish(): Column | undefined {
    try {
      if (!this.problem && !this.#column) this.#decide();
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.problem = error;
    }
    return this.problem ? undefined : this.#column?.finish();
  }

  #add(text: string | undefined, line: number): void {
    const type = this.#type as ColumnType;
    // Numbers and truth values do not care for blanks, also where text is kept as it is.
    const plain = type === "category" ? text : text?.trim();
    const cell = plain === undefined ? undefined : readCell(this.#reader, type, plain);
    if (text !== undefined && cell === undefined) throw this.#mismatch(type, text, line);
    if (type === "number" && plain !== undefined) this.#checkNumber(plain, line);
    this.#column?.push(cell);
  }

  /** A number that is given as one may begin with 0; none may be changed by being read. */
  #checkNumber(text: string, line: number): void {
    if (!isExact(text)) {
      throw new DataError(
        `${this.#where}: column "${this.name}" must hold numbers whose digits float64 keeps, as up to 2^53, got "${shortened(text)}" ` +
          `in line ${line}. Read it as text: { types: { "${this.name}": "category" } }.`,
      );
    }
    if (!this.#isGiven && this.#reader.isCode(text)) throw this.#mismatch("number", text, line);
  }

  #decide(): void {
    this.#type = this.#typeOf();
    this.#column = new GrowingColumn(this.name, this.#type);
    for (const [index, text] of this.#waiting.entries()) this.#add(text, this.#waitingLines[index]);
    this.#waiting = [];
    this.#waitingLines = [];
  }

  #typeOf(): ColumnType {
    const texts = this.#waiting.filter((text) => text !== undefined).map((text) => text.trim());
    const { number, boolean, isNumberWithCommas } = this.#reader;
    const numbers = texts.filter((text) => number(text) !== undefined).length;
    if (numbers === texts.length) return texts.some(this.#reader.isCode) ? "category" : "number";
    if (texts.every((text) => boolean(text) !== undefined)) return "boolean";
    const firstWithout = (holds: (text: string) => boolean): number =>
      this.#waiting.findIndex((text) => text !== undefined && !holds(text.trim()));
    if (texts.every((text) => number(text) !== undefined || isNumberWithCommas(text))) {
      const at = firstWithout((text) => number(text) !== undefined);
      throw new DataError(
        `${this.#where}: column "${this.name}" must hold numbers or text, got numbers with commas, "${shortened(this.#waiting[at])}" ` +
          `in line ${this.#waitingLines[at]}. Pass { decimal: "," }, { thousands: "," } or { types: { "${this.name}": "category" } }.`,
      );
    }
    if (2 * numbers > texts.length) {
      const at = firstWithout((text) => number(text) !== undefined);
      throw this.#mismatch("number", this.#waiting[at] ?? "", this.#waitingLines[at]);
    }
    return "category";
  }

  #mismatch(type: ColumnType, text: string, line: number): DataError {
    const what = type === "number" ? "numbers" : "true and false";
    const why = this.#isGiven ? "must hold" : "seems to hold";
    return new DataError(
      `${this.#where}: column "${this.name}" ${why} ${what}, got "${shortened(text)}" in line ${line}. ` +
        `Correct it, or pass { types: { "${this.name}": "category" } }, or, for a missing value, { missing: ["", "${shortened(text)}"] }.`,
    );
  }
}
