/** What the cells of a column are. Dates and other text are categories. */
export type ColumnType = "number" | "category" | "boolean";

/** A value in a table; undefined where it is missing. */
export type Cell = number | string | boolean | undefined;

/** A row of a table as a plain object, its values by the names of the columns. */
export type TableRow = Readonly<Record<string, Cell>>;

/** What a cell of a column of some type is. */
export type CellOf<Type extends ColumnType> =
  | (Type extends "number" ? number : Type extends "boolean" ? boolean : string)
  | undefined;

/** The rows of a table whose columns have these types; of columns that are not named, nothing is known. */
export type RowOf<Types extends Readonly<Record<string, ColumnType>>> = string extends keyof Types
  ? TableRow
  : { readonly [Name in keyof Types]: CellOf<Types[Name]> } & TableRow;

/** The row of a table that is made of such objects: of their keys, where something is known of them; null is a missing value. */
export type RowOfObjects<Row extends object> = [keyof Row] extends [never]
  ? TableRow
  : { readonly [Name in keyof Row]: (Row[Name] & Cell) | (null extends Row[Name] ? undefined : never) };

/** All types of columns. */
export const columnTypes: readonly ColumnType[] = ["number", "category", "boolean"];

/** The cells of a column, packed. @internal */
export type Column =
  | {
      readonly name: string;
      readonly type: "number" | "boolean";
      /** 0 and 1 for false and true; NaN where there is none. */
      readonly values: Float64Array;
    }
  | {
      readonly name: string;
      readonly type: "category";
      /** Which of the levels; −1 where there is none. */
      readonly codes: Int32Array;
      /** The different texts, in order of first appearance. */
      readonly levels: readonly string[];
    };

/** One cell. @internal */
export const cellOf = (column: Column, row: number): Cell => {
  if (column.type === "category") return column.levels[column.codes[row]];
  const value = column.values[row];
  if (Number.isNaN(value)) return undefined;
  return column.type === "number" ? value : value === 1;
};

/** Whether a cell has no value. @internal */
export const isMissing = (column: Column, row: number): boolean =>
  column.type === "category" ? column.codes[row] < 0 : Number.isNaN(column.values[row]);

/** How many of the cells have no value. @internal */
export const missingIn = (column: Column, size: number): number => {
  let count = 0;
  for (let row = 0; row < size; row++) if (isMissing(column, row)) count++;
  return count;
};

/** The cells of these rows, in this order. @internal */
export const columnRows = (column: Column, rows: ArrayLike<number>): Column => {
  const { length } = rows;
  if (column.type === "category") {
    const codes = new Int32Array(length);
    for (let index = 0; index < length; index++) codes[index] = column.codes[rows[index]];
    return { ...column, codes };
  }
  const values = new Float64Array(length);
  for (let index = 0; index < length; index++) values[index] = column.values[rows[index]];
  return { ...column, values };
};

/** Collects texts; equal ones are held once. */
class Levels {
  readonly levels: string[] = [];
  readonly #codes = new Map<string, number>();

  code(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    // Engines keep a whole file in memory for a piece of it: this makes a text of its own.
    const own = ` ${text}`.slice(1);
    this.#codes.set(own, this.levels.length);
    return this.levels.push(own) - 1;
  }
}

/** A column that grows cell by cell, all of one type. @internal */
export class GrowingColumn {
  readonly #name: string;
  readonly #type: ColumnType;
  readonly #values: number[] = [];
  readonly #levels = new Levels();

  constructor(name: string, type: ColumnType) {
    this.#name = name;
    this.#type = type;
  }

  /** @param cell Must have the type of the column: the caller checks it. */
  push(cell: Cell): void {
    if (this.#type === "category") this.#values.push(cell === undefined ? -1 : this.#levels.code(cell as string));
    else this.#values.push(cell === undefined ? Number.NaN : Number(cell));
  }

  finish(): Column {
    const { length } = this.#values;
    if (this.#type === "category") {
      const codes = new Int32Array(length);
      codes.set(this.#values);
      return { name: this.#name, type: this.#type, codes, levels: this.#levels.levels };
    }
    const values = new Float64Array(length);
    values.set(this.#values);
    return { name: this.#name, type: this.#type, values };
  }
}
