import { DataError, ValueError } from "../../base/errors.ts";
import { checkOption, checkOptions, instanceOf, type OptionRule, oneOf, required } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import type { EncodedColumn } from "../../layers/preprocessing/tableColumns.ts";
import { TableEncoder } from "../../layers/preprocessing/tableEncoder.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import { cellOf } from "../column.ts";
import { isNothing } from "../columnOf.ts";
import { shortened } from "../shortened.ts";
import { Table } from "../table.ts";

/** Rows for an encoder: a table, or plain objects. */
export type Rows = Pick<Table, "size" | "missing" | "summary"> | readonly object[];

/** Options of `encodeRows`. */
export interface EncodeRowsOptions {
  /**
   * What a column is that a row does not have: an error, or a missing value, for which the encoder must have learnt a rule. A
   * row without any of the columns is an error all the same. Default: "error".
   */
  readonly absent?: "error" | "missing";
}

/** What an error says of a cell that does not fit: the rule, what is there instead, and what helps. */
type Fault = (rule: string, got: string, fix: string) => Error;

/**
 * The input of a model that begins with a `TableEncoder`: float32 [rows, columns], numbers as they are, categories by their
 * number, NaN where a value is missing. `predictRows` calls it for you.
 *
 * Keys may be in any order, and further keys are ignored. Each column must be there: where a value may be missing, by a rule
 * that the encoder learnt, it is undefined, null or NaN. With `{ absent: "missing" }` its key may be left out, too.
 * @throws ValueError (DataError for rows of a file), naming column and row, for one that is not there, a value of another type,
 * one that is missing without a rule, or a category that the encoder does not know.
 * @example
 * const table = tableOf([{ size: 2, colour: "red" }, { size: 8, colour: "green" }]);
 * const encoder = tableEncoder(table);
 * encodeRows(encoder, [{ colour: "red", size: 5 }]).toArray(); // [[5, 1]]
 */
export const encodeRows = (encoder: TableEncoder, rows: Rows, options: EncodeRowsOptions = {}): Tensor => {
  checkOptions("encodeRows", options, { absent });
  checkEncoder("encodeRows", encoder);
  return encodeFor("encodeRows", encoder, rows, options);
};

/** @throws ValueError for anything but an encoder. @internal */
export const checkEncoder = (operation: string, encoder: unknown): void => {
  checkOption(operation, "the encoder", encoder, encoderRule);
};

const encoderRule: OptionRule = /* @__PURE__ */ required(
  /* @__PURE__ */ instanceOf("a TableEncoder, as tableEncoder makes it", TableEncoder),
);

/** What `absent` may be. @internal */
export const absent: OptionRule = /* @__PURE__ */ oneOf("error", "missing");

/** `encodeRows`, whose errors begin with the name of another function. @internal */
export const encodeFor = (
  operation: string,
  { columns }: TableEncoder,
  rows: Rows,
  { absent = "error" }: EncodeRowsOptions = {},
): Tensor => {
  const width = columns.length;
  const mayLack = absent === "missing";
  const read =
    rows instanceof Table
      ? tableCells(operation, rows as Table, columns, mayLack)
      : objectCells(operation, rows as readonly object[], columns, mayLack);
  const values = new Float32Array(read.size * width);
  for (const [place, column] of columns.entries()) {
    const number = numberOf(column);
    const cells = read.column(column.name);
    for (let row = 0; row < read.size; row++) {
      values[row * width + place] = number(cells(row), (rule, got, fix) => read.fault(row, rule, got, fix));
    }
  }
  return ownTensor([read.size, width], "float32", values);
};

interface Cells {
  readonly size: number;
  readonly column: (name: string) => (row: number) => unknown;
  readonly fault: (row: number, rule: string, got: string, fix: string) => Error;
}

const tableCells = (operation: string, table: Table, columns: readonly EncodedColumn[], mayLack: boolean): Cells => ({
  size: table.size,
  column: (name) => {
    const hasAny = columns.some((column) => table.names.includes(column.name));
    if (mayLack && hasAny && !table.names.includes(name)) return () => undefined;
    const column = table.column(operation, name);
    return (row) => cellOf(column, row);
  },
  fault: (row, rule, got, fix) =>
    new DataError(`${table.where(operation)}: ${rule}, got ${got} in ${table.placeOf(row)}. ${fix}`),
});

const objectCells = (
  operation: string,
  rows: readonly object[],
  columns: readonly EncodedColumn[],
  mayLack: boolean,
): Cells => {
  if (!Array.isArray(rows)) {
    throw new ValueError(
      `${operation}: rows must be a table or a list of objects, got ${showValue(rows)}. Pass [{ ... }].`,
    );
  }
  for (const [index, row] of (rows as readonly unknown[]).entries()) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new ValueError(
        `${operation}: each row must be an object, got ${showValue(row)} as row ${index}. Pass [{ ... }].`,
      );
    }
    if (mayLack && columns.some(({ name }) => Object.hasOwn(row, name))) continue;
    for (const column of columns) {
      if (Object.hasOwn(row, column.name)) continue;
      const keys = Object.keys(row);
      throw new ValueError(
        `${operation}: each row must have "${column.name}", ${expected(column)}, got ${keys.length > 0 ? keys.slice(0, 30).join(", ") : "no key"} in row ${index}. ` +
          (column.missing === undefined
            ? "Add it."
            : 'Add it; undefined says that it is missing. Or pass { absent: "missing" }.'),
      );
    }
  }
  return {
    size: rows.length,
    column: (name) => (row) =>
      Object.hasOwn(rows[row], name) ? (rows[row] as Record<string, unknown>)[name] : undefined,
    fault: (row, rule, got, fix) => new ValueError(`${operation}: ${rule}, got ${got} in row ${row}. ${fix}`),
  };
};

/** What a column holds, in words. */
const expected = (column: EncodedColumn): string => {
  if (column.type === "number") return "a number";
  if (column.type === "boolean") return "true or false";
  const { categories } = column;
  const first = categories.slice(0, 12).map((category) => `"${shortened(category)}"`);
  return `one of ${first.join(", ")}${categories.length > 12 ? ` and ${categories.length - 12} more` : ""}`;
};

const show = (cell: unknown): string => {
  if (typeof cell === "string") return `"${shortened(cell)}"`;
  return showValue(cell);
};

/** The function that encodes a cell of a column as a number. */
const numberOf = (column: EncodedColumn): ((cell: unknown, fault: Fault) => number) => {
  const refuse = (cell: unknown, fault: Fault, fix: string): Error =>
    fault(`"${shortened(column.name)}" must be ${expected(column)}`, isNothing(cell) ? "nothing" : show(cell), fix);
  const codes =
    column.type === "category" ? new Map(column.categories.map((category, code) => [category, code])) : undefined;
  return (cell, fault) => {
    if (isNothing(cell)) {
      if (column.missing !== undefined) return Number.NaN;
      throw refuse(
        cell,
        fault,
        "Give a value, or make the encoder with a rule: tableEncoder(train, { missing: ... }).",
      );
    }
    if (codes) {
      if (typeof cell !== "string") throw refuse(cell, fault, "Categories are text.");
      const code = codes.get(cell);
      if (code !== undefined) return code;
      if (column.type === "category" && column.unknown !== undefined && column.unknown !== "error") return -1;
      throw refuse(cell, fault, 'Correct it, or make the encoder with { unknown: "zeros" }.');
    }
    if (typeof cell !== column.type) throw refuse(cell, fault, "Convert it.");
    const value = Number(cell);
    if (!Number.isFinite(Math.fround(value))) throw refuse(cell, fault, "It must be finite, also in float32.");
    return value;
  };
};
