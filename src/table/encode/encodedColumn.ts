import { DataError, ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import type { UnknownRule } from "../../layers/preprocessing/oneHotLayer.ts";
import type { EncodedColumn } from "../../layers/preprocessing/tableColumns.ts";
import type { TableRow } from "../column.ts";
import { type Column, isMissing } from "../column.ts";
import { type ColumnMoments, medianOf, momentsOf, mostFrequent } from "../statistics.ts";
import type { Table } from "../table.ts";

/** What takes the place of missing values: a statistic of the training rows, or a value. */
export type MissingRule = "mean" | "median" | "mostFrequent" | FixedValue;

/** A value that takes the place of missing ones; for categories it may be one of its own, `{ value: "none" }`. */
export interface FixedValue {
  /** Of the type of the column. */
  readonly value: number | string | boolean;
}

interface ColumnRules {
  readonly missing: MissingRule | undefined;
  readonly unknown: UnknownRule;
  readonly minCount: number;
  readonly maxCategories: number;
  readonly scale: "standardize" | "minMax" | "none";
  /** The length of the trained vector of a category. */
  readonly embed: number | undefined;
}

/**
 * What an encoder is to know of a column.
 * @throws DataError, naming the column, for values that are missing without a rule, and others that cannot be encoded.
 * @internal
 */
export const encodedColumn = <Row extends TableRow>(
  table: Table<Row>,
  column: Column,
  rules: ColumnRules,
): EncodedColumn => {
  if (column.type === "category") return encodedCategories(table, column, rules);
  if (rules.embed !== undefined) {
    throw new ValueError(
      `tableEncoder: embed must name columns of categories, got "${column.name}", a column of type ${column.type}. ` +
        'Leave it out, or read numbers that are codes with { types: { ... : "category" } }.',
    );
  }
  const moments = momentsOf(column.values);
  if (moments.count === 0) throw noValues(table, column);
  const { name } = column;
  const missing = fillOf(column, moments, rules.missing);
  if (column.type === "boolean")
    return { name, type: "boolean", ...(missing === undefined ? {} : { missing: missing === 1 }) };
  const { mean, deviation } = scaleOf(table, name, moments, rules.scale);
  return { name, type: "number", mean, deviation, ...(missing === undefined ? {} : { missing }) };
};

/** @throws DataError that names the first row with a missing value, and counts the others. @internal */
export const refuseMissing = <Row extends TableRow>(
  operation: string,
  table: Table<Row>,
  column: Column,
  fix = "Leave",
): void => {
  let [first, count] = [-1, 0];
  for (let row = 0; row < table.size; row++) {
    if (!isMissing(column, row)) continue;
    if (count++ === 0) first = row;
  }
  if (count === 0) return;
  const others = count > 1 ? `, and ${count - 1} more` : "";
  throw new DataError(
    `${table.where(operation)}: column "${column.name}" must have a value in every row, got none in ${table.placeOf(first)}${others}. ` +
      `${fix} such rows out: table.dropMissing(["${column.name}"]).`,
  );
};

/** @throws DataError that names all of these columns that miss a value: they have no rule for it. @internal */
export const refuseAllMissing = <Row extends TableRow>(table: Table<Row>, columns: readonly Column[]): void => {
  const firstMissing = (column: Column): number => {
    for (let row = 0; row < table.size; row++) if (isMissing(column, row)) return row;
    return -1;
  };
  const places = columns.map((column) => ({ column, row: firstMissing(column) })).filter(({ row }) => row >= 0);
  if (places.length === 0) return;
  if (places.length === 1) {
    refuseMissing("tableEncoder", table, places[0].column, 'Pass a rule, { missing: "median" } for example, or leave');
  }
  const got = places.map(({ column: { name }, row }) => `"${name}" in ${table.placeOf(row)}`).join(", ");
  throw new DataError(
    `${table.where("tableEncoder")}: ${places.length} columns must have a value in every row, got none of ${got}. ` +
      'Pass a rule, { missing: "median" } for example, or leave such rows out: table.dropMissing().',
  );
};

const noValues = <Row extends TableRow>(table: Table<Row>, { name }: Column): DataError =>
  new DataError(
    `${table.where("tableEncoder")}: column "${name}" must have a value, got none in ${table.size} rows. Leave the column out.`,
  );

/**
 * Mean and deviation, as the model will use them: in float32, whose 24 bits must tell the values apart.
 * @throws DataError for numbers that are too large, or too close together for their size.
 * @internal
 */
export const numberScale = <Row extends TableRow>(
  table: Table<Row>,
  name: string,
  { mean, deviation, low, high }: ColumnMoments,
): { readonly mean: number; readonly deviation: number } => {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const isHuge = !Number.isFinite(Math.fround(largest)) || !Number.isFinite(deviation);
  if (
    isHuge ||
    (deviation > 0 && largest * 2 ** -23 > deviation / 100) ||
    (deviation > 0 && Math.fround(deviation) < 2 ** -126)
  ) {
    throw new DataError(
      `${table.where("tableEncoder")}: the numbers of column "${name}" must differ by enough for their size (float32 has 24 bits), ` +
        `got ${low} to ${high} with deviation ${deviation}. ` +
        `Subtract or divide first: table.derive("${name}", (row) => ...).`,
    );
  }
  // What never varies becomes 0.
  return { mean, deviation: deviation === 0 ? 1 : deviation };
};

/** What is subtracted from a number, and what it is then divided by. */
const scaleOf = <Row extends TableRow>(
  table: Table<Row>,
  name: string,
  moments: ColumnMoments,
  scale: ColumnRules["scale"],
): { readonly mean: number; readonly deviation: number } => {
  if (scale === "none") return { mean: 0, deviation: 1 };
  const standard = numberScale(table, name, moments);
  const { low, high } = moments;
  return scale === "standardize" ? standard : { mean: low, deviation: high === low ? 1 : high - low };
};

const fillOf = (
  column: Column & { readonly type: "number" | "boolean" },
  { mean }: ColumnMoments,
  rule: MissingRule | undefined,
): number | undefined => {
  if (rule === undefined) return undefined;
  if (typeof rule === "object") {
    if (typeof rule.value === column.type && Number.isFinite(Math.fround(Number(rule.value))))
      return Number(rule.value);
    throw wrongFill(column, rule.value);
  }
  if (rule === "mostFrequent" || column.type === "boolean")
    return mostFrequent(column.values.filter((value) => !Number.isNaN(value)));
  return rule === "mean" ? mean : medianOf(column.values);
};

const wrongFill = ({ name, type }: Column, value: unknown): ValueError =>
  new ValueError(
    `tableEncoder: what takes the place of missing values of "${name}" must be a ${type}${type === "number" ? ", finite also in float32" : ""}, got ${showValue(value)}. Correct it.`,
  );

const encodedCategories = <Row extends TableRow>(
  table: Table<Row>,
  column: Column & { readonly type: "category" },
  { missing, unknown, minCount, maxCategories, embed }: ColumnRules,
): EncodedColumn => {
  const { name, codes, levels } = column;
  const counts = new Uint32Array(levels.length);
  for (const code of codes) if (code >= 0) counts[code]++;
  const present = levels.filter((_, code) => counts[code] > 0);
  if (present.length === 0) throw noValues(table, column);
  let fill: string | undefined;
  if (typeof missing === "object") {
    if (typeof missing.value !== "string") throw wrongFill(column, missing.value);
    fill = missing.value;
  } else if (missing !== undefined) {
    fill = mostFrequent([...codes].filter((code) => code >= 0).map((code) => levels[code]));
  }
  const frequent = levels.filter(
    (level, code) => counts[code] >= Math.max(1, minCount) || (counts[code] > 0 && level === fill),
  );
  if (frequent.length < present.length && unknown === "error") {
    throw new ValueError(
      `tableEncoder: minCount makes categories unknown, which must be allowed, got unknown="error" for "${name}". ` +
        'Pass { unknown: "slot" }.',
    );
  }
  // A value of its own for what is missing ("none", say) is a category, too.
  const categories = sortedLevels(fill === undefined || frequent.includes(fill) ? frequent : [...frequent, fill]);
  if (categories.length === 0 || (embed === undefined && categories.length > maxCategories)) {
    throw new DataError(
      `${table.where("tableEncoder")}: column "${name}" must have from 1 to ${maxCategories} categories, got ${categories.length} in ${table.size} rows. ` +
        `Leave the column out, pass another minCount or maxCategories, or train vectors: { embed: { ${JSON.stringify(name)}: 8 } }.`,
    );
  }
  return {
    name,
    type: "category",
    categories,
    ...(fill === undefined ? {} : { missing: fill }),
    ...(unknown === "error" ? {} : { unknown }),
    ...(embed === undefined ? {} : { embed }),
  };
};

/** In an order that does not depend on that of the rows: numbers by size, text by its characters. @internal */
export const sortedLevels = (levels: readonly string[]): readonly string[] => {
  const isNumber = levels.every((level) => level.trim() !== "" && Number.isFinite(Number(level)));
  const before = (a: string, b: string): number =>
    (isNumber ? Number(a) - Number(b) : 0) || (a < b ? -1 : Number(a > b));
  return [...levels].sort(before);
};
