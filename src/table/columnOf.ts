import { ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import { type Cell, type Column, type ColumnType, GrowingColumn } from "./column.ts";
import { shortened } from "./shortened.ts";

const typeNames: Readonly<Record<string, ColumnType>> = { number: "number", string: "category", boolean: "boolean" };

/**
 * A column of the values of a program. undefined, null and NaN are missing values.
 * @param type Default: that of the first value; numbers become categories where that is asked for.
 * @throws ValueError, naming the row, for a value of another type.
 * @internal
 */
export const columnOf = (operation: string, name: string, cells: readonly unknown[], type?: ColumnType): Column => {
  const present = cells.find((cell) => !isNothing(cell));
  const chosen = type ?? (present === undefined ? "number" : typeNames[typeof present]);
  const column = new GrowingColumn(name, chosen ?? "category");
  for (const [row, cell] of cells.entries()) {
    if (isNothing(cell)) {
      column.push(undefined);
      continue;
    }
    const isText =
      chosen === "category" && (typeof cell === "string" || (type !== undefined && typeof cell === "number"));
    const fits = isText || (typeNames[typeof cell] === chosen && chosen !== undefined);
    if (!fits || (typeof cell === "number" && !Number.isFinite(cell))) {
      const got = typeof cell === "string" ? `"${shortened(cell)}"` : showValue(cell);
      throw new ValueError(
        `${operation}: column "${name}" must hold ${chosen ? plural[chosen] : "numbers, text or true and false"}, got ${got} in row ${row}. ` +
          "Convert it, or pass undefined where there is no value.",
      );
    }
    column.push(isText ? String(cell) : (cell as Cell));
  }
  return column.finish();
};

const plural: Readonly<Record<ColumnType, string>> = {
  number: "finite numbers",
  category: "text",
  boolean: "true and false",
};

/** Whether a value counts as missing. @internal */
export const isNothing = (cell: unknown): cell is undefined =>
  cell === undefined || cell === null || (typeof cell === "number" && Number.isNaN(cell));
