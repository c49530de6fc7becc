import { ValueError } from "../base/errors.ts";
import { inspectText } from "../base/inspectText.ts";
import { checkOption, checkOptions, flag, functionLike, instanceOf, required, text, whole } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import type { Folds as DataFolds } from "../data/kFold.ts";
import { randomPermutation } from "../ops/random/permutation.ts";
import { type Cell, type Column, cellOf, columnRows, isMissing, missingIn, type TableRow } from "./column.ts";
import { columnOf } from "./columnOf.ts";
import { foldRows, splitRows, type TableFoldOptions, type TableSplitOptions, takenRows } from "./tableParts.ts";
import { describeColumns, summarizeTable } from "./tableSummary.ts";
import type { ColumnInfo, ColumnName, RowSelection, TableOrigin } from "./tableTypes.ts";

/** One of the ways to hold a part of a table out. */
export interface TableFold<out Row extends TableRow> {
  /** All the other parts. */
  readonly train: Table<Row>;
  /** The part that is held out. */
  readonly validation: Table<Row>;
}

const notCloned: symbol = /* @__PURE__ */ Symbol("table: pass its rows, [...table], a table");

/** What the constructor takes from the functions that make tables alone. */
const inside: unique symbol = Symbol("table");

/**
 * Rows with named columns, each of them of numbers, of true and false, or of categories (text). A table does not change:
 * what selects or adds makes another. `readCsv`, `parseCsv` and `tableOf` make tables.
 *
 * A row is a plain object; a missing value is undefined.
 * @example
 * const table = parseCsv("name,age\nAda,36\nAlan,41\n");
 * table.size; // 2
 * table.row(0); // { name: "Ada", age: 36 }
 * table.filter(({ age }) => Number(age) > 40).values("name"); // ["Alan"]
 */
export class Table<out Row extends TableRow = TableRow> {
  /** The text of the error of structuredClone and postMessage, which would copy in part: no symbol can be cloned. @internal */
  readonly notCloned: symbol = notCloned;
  /** The number of rows. */
  readonly size: number;
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #origin: TableOrigin;

  private constructor(columns: readonly Column[], origin: TableOrigin, size: number, key?: typeof inside) {
    if (key !== inside)
      throw new ValueError("Table: a function makes it, got new Table(). Pass rows to tableOf(rows).");
    this.#columns = new Map(columns.map((column) => [column.name, column]));
    this.#origin = origin;
    this.size = size;
  }

  /** Puts columns of one length together. @internal */
  static of<Row extends TableRow>(columns: readonly Column[], size: number, origin: TableOrigin): Table<Row> {
    return new Table<Row>(columns, origin, size, inside);
  }

  /** The names of the columns, in order. */
  get names(): readonly ColumnName<Row>[] {
    return [...this.#columns.keys()] as ColumnName<Row>[];
  }

  /** The names and types of the columns, in order. */
  get columns(): readonly ColumnInfo<ColumnName<Row>>[] {
    return [...this.#columns.values()].map(({ name, type }) => ({ name: name as ColumnName<Row>, type }));
  }

  /** How many values are missing, by column; columns without missing values are left out. */
  get missing(): Readonly<Record<string, number>> {
    const counts = [...this.#columns.values()].map((column) => [column.name, missingIn(column, this.size)] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  /** A row as a plain object. @throws ValueError when there is none of that number. */
  row(index: number): Row {
    if (!(Number.isInteger(index) && index >= 0 && index < this.size)) {
      throw new ValueError(`row: there are ${this.size} rows, counted from 0, got ${showValue(index)}.`);
    }
    return this.#rowAt(index);
  }

  /** The rows as plain objects, made one at a time. */
  *[Symbol.iterator](): Generator<Row, void, undefined> {
    for (let row = 0; row < this.size; row++) yield this.#rowAt(row);
  }

  /** What `JSON.stringify` writes: the rows, which `tableOf` reads. Missing values are left out. */
  toJSON(): Row[] {
    return [...this];
  }

  /** The values of a column. @throws ValueError when there is none of that name. */
  values<Name extends ColumnName<Row>>(name: Name): Row[Name][] {
    const column = this.column("values", name);
    return Array.from({ length: this.size }, (_, row) => cellOf(column, row) as Row[Name]);
  }

  /** A table of these columns, in this order. @throws ValueError for a name that no column has. */
  select<Name extends ColumnName<Row>>(names: readonly Name[]): Table<Pick<Row, Name>> {
    return this.#with(this.#chosen("select", names));
  }

  /** A table without these columns. @throws ValueError for a name that no column has. */
  drop<Name extends ColumnName<Row>>(names: readonly Name[]): Table<Omit<Row, Name>> {
    const dropped = new Set(this.#chosen("drop", names));
    return this.#with([...this.#columns.values()].filter((column) => !dropped.has(column)));
  }

  /** The rows where the function returns true. */
  filter(holds: (row: Row, index: number) => boolean): Table<Row> {
    checkOption("filter", "the argument", holds, required(functionLike("(row, index) => true or false")));
    const rows: number[] = [];
    for (let row = 0; row < this.size; row++) if (holds(this.#rowAt(row), row)) rows.push(row);
    return this.#rows(rows);
  }

  /**
   * The rows in ascending order of a column, or descending; missing values come last, equal ones stay in their order.
   * @throws ValueError for a name that no column has, or options that do not exist.
   */
  sort(name: ColumnName<Row>, options: { readonly descending?: boolean } = {}): Table<Row> {
    checkOptions("sort", options, { descending: flag });
    const column = this.column("sort", name);
    const cells = Array.from({ length: this.size }, (_, row) => cellOf(column, row));
    const sign = options.descending ? -1 : 1;
    const rows = [...cells.keys()].sort((first, second) => {
      const [a, b] = [cells[first], cells[second]];
      if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
      return sign * (Number(a > b) - Number(a < b));
    });
    return this.#rows(rows);
  }

  /**
   * Some of the rows: a range, or chosen ones.
   * @throws ValueError when a row does not exist, or both are named.
   * @example
   * const table = tableOf([{ a: 1 }, { a: 2 }, { a: 3 }]);
   * table.take({ to: 2 }).values("a"); // [1, 2]
   * table.take({ rows: [2, 0] }).values("a"); // [3, 1]
   */
  take(selection: RowSelection): Table<Row> {
    return this.#rows(takenRows(this.size, selection));
  }

  /** The rows in a random order: the same with the same seed. Default seed: 0. */
  shuffle(options: { readonly seed?: number } = {}): Table<Row> {
    checkOptions("shuffle", options, { seed: whole({ from: 0 }) });
    return this.#rows(randomPermutation(this.size, { seed: options.seed ?? 0 }).data);
  }

  /**
   * Splits the rows into parts that share none, after shuffling them. What is learnt from data (an encoder, a model) is to be
   * learnt from the training part alone.
   * @throws ValueError for a share that is negative, or `stratified` by a column that holds numbers or misses a value.
   * @example
   * const table = tableOf(Array.from({ length: 10 }, (_, index) => ({ index, even: index % 2 === 0 })));
   * const { train, test } = table.split({ parts: { train: 0.8, test: 0.2 }, stratified: "even" });
   * test.values("even").sort(); // [false, true]
   */
  split<Part extends string>(options: TableSplitOptions<Part, ColumnName<Row>>): Record<Part, Table<Row>> {
    const parts = splitRows(this.size, options, (name) => this.#classes("split", name));
    return Object.fromEntries(
      Object.entries<ArrayLike<number>>(parts).map(([part, rows]) => [part, this.#rows(rows)]),
    ) as Record<Part, Table<Row>>;
  }

  /**
   * k-fold cross-validation: every row is held out in exactly one of the folds. An encoder is to be made for each fold, from
   * its training part.
   * @throws ValueError as `kFold` does, and for `stratified` by a column that holds numbers or misses a value.
   * @example
   * const table = tableOf(Array.from({ length: 6 }, (_, index) => ({ index, kind: index < 3 ? "a" : "b" })));
   * for (const { train, validation } of table.kFold({ folds: 3, stratified: "kind" })) {
   *   train.size; // 4
   *   [...validation.values("kind")].sort(); // ["a", "b"]
   * }
   */
  kFold(options: TableFoldOptions<ColumnName<Row>>): Iterable<TableFold<Row>> & Pick<DataFolds, "count"> {
    const folds = foldRows(this.size, options, (name) => this.#classes("kFold", name));
    const each = (): Iterator<TableFold<Row>> => this.#folds(folds);
    return { count: folds.count, [Symbol.iterator]: each };
  }

  /** The rows without a missing value in these columns. Default: all columns. */
  dropMissing(names: readonly ColumnName<Row>[] = this.names): Table<Row> {
    const columns = this.#chosen("dropMissing", names);
    const rows: number[] = [];
    for (let row = 0; row < this.size; row++) if (!columns.some((column) => isMissing(column, row))) rows.push(row);
    return this.#rows(rows);
  }

  /**
   * A table with a column that is computed from the rows; it takes the place of one of its name.
   * @param value Gives numbers, text, or true and false, and undefined where there is no value.
   * @throws ValueError for values of different types, or numbers that are not finite.
   * @example
   * tableOf([{ width: 2, height: 3 }]).derive("area", ({ width, height }) => width * height).row(0); // { width: 2, height: 3, area: 6 }
   */
  derive<Name extends string, Value extends Cell>(
    name: Name,
    value: (row: Row, index: number) => Value,
  ): Table<Omit<Row, Name> & { readonly [Key in Name]: Value }> {
    checkOption("derive", "the name", name, required(text));
    checkOption("derive", "the value", value, required(functionLike("(row, index) => value")));
    const cells = Array.from({ length: this.size }, (_, row) => value(this.#rowAt(row), row));
    const columns = new Map(this.#columns).set(name, columnOf("derive", name, cells));
    return this.#with([...columns.values()]);
  }

  /** The columns as text: types, missing values, and what the values are like. */
  summary(): string {
    return summarizeTable(this.size, [...this.#columns.values()]);
  }

  /** What `console.log` shows: `Table of 150 rows: petal_length (number), species (category)`. */
  toString(): string {
    return `Table of ${describeColumns(this.size, this.columns)}`;
  }

  /** A column as it is stored. @throws ValueError that lists the names. @internal */
  column(operation: string, name: string): Column {
    const column = this.#columns.get(name);
    if (column) return column;
    const names = this.names.slice(0, 30).join(", ");
    throw new ValueError(
      `${operation}: there must be a column of the name, got ${showValue(name)}. The columns are ${names}${this.#columns.size > 30 ? ", ..." : ""}.`,
    );
  }

  /** What it is called, where it has a name. @internal */
  get name(): string | undefined {
    return this.#origin.name;
  }

  /** With what an error begins: the name of the table, or that of the function which refuses it. @internal */
  where(operation: string): string {
    return this.#origin.name ?? operation;
  }

  /** What errors call a row: its line, where it comes from a file. @internal */
  placeOf(row: number): string {
    return this.#origin.lines ? `line ${this.#origin.lines[row]}` : `row ${row}`;
  }

  #rowAt(row: number): Row {
    const cells = Array.from(this.#columns.values(), (column) => [column.name, cellOf(column, row)] as const);
    return Object.fromEntries(cells) as Row;
  }

  #chosen(operation: string, names: readonly string[]): readonly Column[] {
    if (!Array.isArray(names) || new Set(names).size !== names.length) {
      throw new ValueError(
        `${operation}: names must be a list of different names, got ${showValue(names)}. Pass [${showValue(this.names[0] ?? "name")}].`,
      );
    }
    return names.map((name) => this.column(operation, name));
  }

  #with<Other extends TableRow>(columns: readonly Column[]): Table<Other> {
    return new Table<Other>(columns, this.#origin, this.size, inside);
  }

  #rows(rows: ArrayLike<number>): Table<Row> {
    const { name, lines } = this.#origin;
    const origin = lines ? { name, lines: Int32Array.from(rows, (row) => lines[row]) } : { name };
    return new Table<Row>(
      Array.from(this.#columns.values(), (column) => columnRows(column, rows)),
      origin,
      rows.length,
      inside,
    );
  }

  *#folds(
    folds: Iterable<{ readonly train: ArrayLike<number>; readonly validation: ArrayLike<number> }>,
  ): Generator<TableFold<Row>, void, undefined> {
    for (const { train, validation } of folds) yield { train: this.#rows(train), validation: this.#rows(validation) };
  }

  /** The class of each row. @throws ValueError for a column of numbers, or one with a missing value. */
  #classes(operation: string, name: string): Int32Array {
    const column = this.column(operation, name);
    if (
      column.type === "number" &&
      !column.values.every((value) => value === 0 || value === 1 || Number.isNaN(value))
    ) {
      throw new ValueError(
        `${operation}: stratified must name a column of categories or of true and false (or 0 and 1), got "${name}", which holds numbers. ` +
          `Read it with { types: { "${name}": "category" } }, or leave it out.`,
      );
    }
    const classes = Int32Array.from(column.type === "category" ? column.codes : column.values);
    for (let row = 0; row < this.size; row++) {
      if (!isMissing(column, row)) continue;
      throw new ValueError(
        `${operation}: the column of stratified must have a value in every row, got none of "${name}" in ${this.placeOf(row)}. ` +
          `Leave such rows out: table.dropMissing(["${name}"]).`,
      );
    }
    return classes;
  }
}

inspectText(Table.prototype);

const tableRule = /* @__PURE__ */ required(
  /* @__PURE__ */ instanceOf("a table, as readCsv, parseCsv and tableOf make it", Table),
);

/** @throws ValueError for anything but a table. @internal */
export const checkTable = (operation: string, table: unknown): void => {
  checkOption(operation, "the table", table, tableRule);
};
