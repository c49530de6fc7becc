import { DataError, ValueError } from "../../base/errors.ts";
import type { EncodedTarget } from "../../layers/preprocessing/tableColumns.ts";
import type { TableRow } from "../column.ts";
import { shortened } from "../shortened.ts";
import { momentsOf } from "../statistics.ts";
import type { Table } from "../table.ts";
import { numberScale, refuseMissing, sortedLevels } from "./encodedColumn.ts";

/**
 * What an encoder is to know of the column that is predicted.
 * @throws DataError for a target with a missing value, too many classes, or one alone; ValueError for its name.
 * @internal
 */
export const encodedTarget = <Row extends TableRow>(
  table: Table<Row>,
  name: string,
  { standardize, maxCategories }: { readonly standardize: boolean; readonly maxCategories: number },
): EncodedTarget => {
  if (name === "probabilities") {
    throw new ValueError(
      'tableEncoder: the target may not be named "probabilities", got that, which is a key of every prediction. ' +
        "Give the column another name.",
    );
  }
  const column = table.column("tableEncoder", name);
  refuseMissing("tableEncoder", table, column);
  if (column.type !== "category") {
    if (column.type === "boolean") return { name, type: "boolean" };
    const moments = momentsOf(column.values);
    return { name, type: "number", ...(standardize ? numberScale(table, name, moments) : { mean: 0, deviation: 1 }) };
  }
  const used = new Set(column.codes);
  const classes = sortedLevels(column.levels.filter((_, code) => used.has(code)));
  if (classes.length < 2) {
    throw new DataError(
      `${table.where("tableEncoder")}: the target "${name}" must have at least 2 classes, got ` +
        `"${shortened(classes[0] ?? "")}" alone in ${table.size} rows. Add rows of other classes, or name another target.`,
    );
  }
  if (classes.length > maxCategories) {
    throw new DataError(
      `${table.where("tableEncoder")}: the target "${name}" may have ${maxCategories} classes, got ${classes.length}. ` +
        'Name another target, or pass maxCategories; numbers in quotes are read as such with { types: { ... : "number" } }.',
    );
  }
  return { name, type: "category", classes };
};
