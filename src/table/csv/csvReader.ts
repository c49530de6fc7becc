import Papa from "papaparse";
import { DataError } from "../../base/errors.ts";
import type { Column } from "../column.ts";
import { Table } from "../table.ts";
import { type CellReader, cellReader } from "./cellReader.ts";
import { ColumnReader } from "./columnReader.ts";
import { checkAboveNumbers, csvHeader } from "./csvHeader.ts";
import type { CsvRules } from "./csvOptions.ts";
import { detectDelimiter, sampleLength } from "./detectDelimiter.ts";

/** Characters of one row: more than any table has, and what an unclosed quote can swallow. */
const mostInRow = 2 ** 22;
/** An error lists this many columns. */
const mostProblems = 20;
/** Blanks one after another. The parser looks at them again for every quote before them: this bounds its time. */
const mostBlanks = 1000;

/**
 * Reads CSV piece by piece: memory grows with the table, not with the text. Papa Parse finds the fields; what they mean, and
 * what is wrong with them, is said here.
 * @internal
 */
export class CsvReader {
  /** With what errors begin. */
  readonly #where: string;
  readonly #name: string | undefined;
  readonly #rules: CsvRules;
  readonly #cells: CellReader;
  /** The beginning of a row whose end has not come yet. */
  #rest = "";
  #line = 1;
  #parser: Papa.Parser | undefined;
  /** A column for each field; undefined for one that is not kept. */
  #columns: readonly (ColumnReader | undefined)[] | undefined;
  #newline = "\n";
  readonly #lines: number[] = [];
  /** The names in the file, where they come from it. */
  #header: { readonly names: readonly string[]; readonly line: number } | undefined;
  /** Whether the first two rows begin with a quote, as R writes names of columns and rows. */
  #isQuoted = false;
  /** Whether the rows have a field more than the header: the row names that R writes without a name for them. */
  #hasRowNames = false;
  #toSkip: number;
  /** What the parser finds, where it leaves out comments. */
  #found: { readonly fields: string[]; readonly end: number; readonly error: string | undefined }[] = [];

  constructor({ operation, name }: { readonly operation: string; readonly name: string | undefined }, rules: CsvRules) {
    this.#where = name ?? operation;
    this.#name = name;
    this.#rules = rules;
    this.#cells = cellReader(rules);
    this.#toSkip = rules.skipRows;
  }

  /** @throws DataError, naming the line, for text that is not such a table. */
  push(piece: string): void {
    this.#parse(piece, false);
  }

  /** The table, after the last piece. */
  finish(): Table {
    // A last line without its end is one all the same; and the parser knows its quotes only before a line break.
    if (!this.#parser) this.#newline = newlineOf(this.#rest);
    this.#parse(this.#rest === "" || this.#rest.endsWith(this.#newline) ? "" : this.#newline, true);
    if (!this.#columns) {
      throw new DataError(
        `${this.#where}: there must be a row with the names of the columns, got no text. Check the file.`,
      );
    }
    const readers = this.#columns.filter((column) => column !== undefined);
    const columns = readers.map((reader) => reader.finish()).filter((column) => column !== undefined);
    if (columns.length < readers.length) throw this.#problems(readers);
    const { names, columns: chosen, types } = this.#rules;
    if (this.#header && !this.#rules.isHeaderCertain && !chosen && types.size === 0) {
      checkAboveNumbers(this.#where, this.#header, columns, this.#rules, this.#cells);
    }
    if (this.#header && !names && columns[0]?.name === "") this.#checkIndex(columns[0]);
    return Table.of(
      columns.filter(({ name }) => name !== ""),
      this.#lines.length,
      { name: this.#name, lines: Int32Array.from(this.#lines) },
    );
  }

  /** All columns that have a problem, in one error. */
  #problems(readers: readonly ColumnReader[]): DataError {
    const problems = readers.flatMap(({ problem }) => problem ?? []);
    if (problems.length === 1) return problems[0];
    const shown = problems.slice(0, mostProblems).map(({ message }) => `\n  ${message.slice(this.#where.length + 2)}`);
    const more = problems.length > mostProblems ? `\n  and ${problems.length - mostProblems} more` : "";
    return new DataError(
      `${this.#where}: every column must hold values of one type, got ${problems.length} that do not:${shown.join("")}${more}`,
    );
  }

  /** The index that pandas and R write is left out; another column without a name would be lost. */
  #checkIndex(column: Column): void {
    const isIndex =
      column.type === "category"
        ? column.levels.length === this.#lines.length
        : column.values.every((value, row) =>
            this.#hasRowNames ? value === row + 1 : Number.isInteger(value) && value >= 0,
          );
    if (isIndex) return;
    if (this.#hasRowNames) {
      throw new DataError(
        `${this.#where}: rows may have one field more than the header where they begin with names, as R writes them, 1, 2, 3, ... ` +
          "or texts that differ, got other values. Pass { names: [...] } to name all columns.",
      );
    }
    throw new DataError(
      `${this.#where}: a first column without a name must be an index, whole numbers or texts that differ, got other values. ` +
        "Pass { names: [...] } to name all columns.",
    );
  }

  #parse(piece: string, isLast: boolean): void {
    const text = this.#rest + piece;
    if (!this.#parser && !isLast && text.length < sampleLength) {
      // Too little to find out how the file is written.
      this.#rest = text;
      return;
    }
    // A \r at the very end may be half of a line break of Windows.
    if (!this.#parser) this.#newline = newlineOf(isLast || !text.endsWith("\r") ? text : text.slice(0, -1));
    this.#rest = this.#rows(this.#withoutSkipped(text), isLast);
    if (this.#rest.length > mostInRow) {
      throw new DataError(
        `${this.#where}: a row may have ${mostInRow} characters, got more from line ${this.#line} on. ` +
          "Check that this is a CSV file, and that every quote is closed.",
      );
    }
  }

  /** The text without the lines to skip. */
  #withoutSkipped(text: string): string {
    let from = 0;
    for (; this.#toSkip > 0; this.#toSkip--) {
      const end = text.indexOf(this.#newline, from);
      if (end < 0) break;
      from = end + this.#newline.length;
      this.#line++;
    }
    return text.slice(from);
  }

  /** Reads all rows of a text. @returns The beginning of a row whose end is not in it. */
  #rows(text: string, isLast: boolean): string {
    if (this.#toSkip > 0) return isLast ? "" : text;
    this.#checkBlanks(text);
    this.#parser ??= this.#makeParser(text);
    const { data, errors, meta } = this.#parser.parse(text, 0, !isLast) as Papa.ParseResult<string[]>;
    if (this.#rules.comment === undefined) {
      const firstError = errors.find(({ row }) => (row ?? 0) < data.length);
      for (const [index, fields] of data.entries()) {
        if (firstError?.row === index) throw this.#badQuotes(firstError.code);
        this.#row(fields);
      }
    } else {
      let start = 0;
      for (const { fields, end, error } of this.#found) {
        const lines = countOf(text.slice(start, end), this.#newline) - this.#linesOf(fields);
        this.#line += Math.max(0, lines);
        start = end;
        if (error !== undefined) throw this.#badQuotes(error);
        this.#row(fields);
      }
      this.#found = [];
    }
    return isLast ? "" : text.slice(meta.cursor);
  }

  #makeParser(text: string): Papa.Parser {
    const { delimiter, comment } = this.#rules;
    const isLine = (line: string): boolean =>
      line.trim() !== "" && !(comment !== undefined && line.startsWith(comment));
    const first = text.slice(0, sampleLength).split(this.#newline).filter(isLine).slice(0, 2);
    this.#isQuoted = first.length === 2 && first.every((line) => line.startsWith('"'));
    const options = {
      delimiter: delimiter ?? detectDelimiter(text, this.#newline, this.#rules),
      newline: this.#newline as "\n",
    };
    if (comment === undefined) return new Papa.Parser(options);
    // Row by row, because the rows alone do not say which lines were comments.
    const step = ({ data, errors, meta }: Papa.ParseStepResult<string[]>): void => {
      for (const fields of data as unknown as string[][]) {
        this.#found.push({ fields, end: meta.cursor, error: errors[0]?.code });
      }
    };
    return new Papa.Parser({ ...options, comments: comment, step } as Papa.ParseConfig);
  }

  /** How many lines a row has. */
  #linesOf(fields: readonly string[]): number {
    let lines = 1;
    for (const field of fields) if (field.includes(this.#newline)) lines += countOf(field, this.#newline);
    return lines;
  }

  #checkBlanks(text: string): void {
    for (const { 0: run, index } of text.matchAll(this.#newline === "\n" ? /[^\S\n]{64,}/g : /[^\S\r]{64,}/g)) {
      if (run.length <= mostBlanks) continue;
      const line = this.#line + countOf(text.slice(0, index), this.#newline);
      throw new DataError(
        `${this.#where}: there may be ${mostBlanks} blanks together, got ${run.length} in line ${line}. Check that this is a CSV file.`,
      );
    }
  }

  #row(fields: string[]): void {
    const line = this.#line;
    this.#line += this.#linesOf(fields);
    // Half of the line break of Windows. (Behind a closing quote the parser has dropped it as a blank.)
    const last = fields.length - 1;
    if (fields[last].endsWith("\r")) fields[last] = fields[last].slice(0, -1);
    if (fields.length === 1 && fields[0].trim() === "") return;
    if (!this.#columns) {
      const { names, isData } = csvHeader(this.#where, fields, line, this.#rules, this.#cells);
      this.#columns = names.map((name) =>
        name === undefined ? undefined : new ColumnReader(this.#where, name, this.#rules, this.#cells),
      );
      if (!isData) {
        if (!this.#rules.names) this.#header = { names: fields.map((field) => field.trim()), line };
        return;
      }
    }
    if (this.#isRowNamed(fields)) {
      this.#hasRowNames = true;
      this.#columns = [new ColumnReader(this.#where, "", this.#rules, this.#cells), ...this.#columns];
      this.#header = { line, ...this.#header, names: ["", ...(this.#header?.names ?? [])] };
    }
    const columns = this.#columns;
    if (fields.length > columns.length || (fields.length < columns.length && !this.#rules.pads)) {
      const isLonger = this.#header !== undefined && this.#lines.length === 0 && fields.length === columns.length + 1;
      throw new DataError(
        `${this.#where}: every row must have ${columns.length} fields, got ${fields.length} in line ${line}. ` +
          (columns.length === 1
            ? 'Name the delimiter, or pass { skipRows: 1 } or { comment: "#" } where other lines come before the header.'
            : `Put fields that hold the delimiter in quotes, name the delimiter, or pass ${
                isLonger
                  ? '{ names: ["row", ...] }, a name for every field, where the rows begin with names that the header leaves out.'
                  : '{ ragged: "pad" } where short rows are meant.'
              }`),
      );
    }
    for (const [index, column] of columns.entries()) column?.push(fields[index] ?? "", line);
    this.#lines.push(line);
  }

  /** Whether this is the first row below a header of R, and begins with a row name. A row that ends with the delimiter does not. */
  #isRowNamed(fields: readonly string[]): boolean {
    const isFirst = this.#isQuoted && this.#header !== undefined && this.#lines.length === 0;
    return isFirst && fields.length === this.#columns!.length + 1 && fields.at(-1)?.trim() !== "";
  }

  #badQuotes(code: string): DataError {
    const got = code === "MissingQuotes" ? "a quote that is never closed" : "text behind a closing quote";
    return new DataError(
      `${this.#where}: a field in quotes must end with them, got ${got} in the row that begins in line ${this.#line}. ` +
        'Write quotes within a field twice: "a ""b"" c".',
    );
  }
}

/** Only old Macs end lines with \r alone. */
const newlineOf = (text: string): string => (text.includes("\r") && !text.includes("\n") ? "\r" : "\n");

const countOf = (text: string, part: string): number => text.split(part).length - 1;
