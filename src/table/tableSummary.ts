import { type Column, cellOf, missingIn } from "./column.ts";
import { shortened } from "./shortened.ts";
import { momentsOf } from "./statistics.ts";

/** Four digits, or a whole number as it is: the last of the ids 0 to 199999 is not 200000. */
const digits = (value: number): string => String(Number.isSafeInteger(value) ? value : Number(value.toPrecision(4)));

const describe = (column: Column, size: number): string => {
  if (column.type === "category") {
    const used = new Set(column.codes.filter((code) => code >= 0));
    const first = [...used].slice(0, 5).map((code) => shortened(column.levels[code]));
    return `${used.size} different: ${first.join(", ")}${used.size > 5 ? ", ..." : ""}`;
  }
  const values = Array.from({ length: size }, (_, row) => cellOf(column, row)).filter((cell) => cell !== undefined);
  if (column.type === "boolean")
    return `true in ${values.filter((value) => value === true).length} of ${values.length}`;
  if (values.length === 0) return "no value";
  const { mean, deviation, low, high } = momentsOf(column.values);
  return `${digits(low)} to ${digits(high)}, mean ${digits(mean)}, deviation ${digits(deviation)}`;
};

const mostColumns = 12;

/** `150 rows: petal_length (number), species (category)`. @internal */
export const describeColumns = (
  size: number,
  columns: readonly { readonly name: string; readonly type: string }[],
): string => {
  const first = columns.slice(0, mostColumns).map(({ name, type }) => `${shortened(name)} (${type})`);
  const others = columns.length > mostColumns ? ` and ${columns.length - mostColumns} more columns` : "";
  return `${size} row${size === 1 ? "" : "s"}: ${first.join(", ")}${others}`;
};

/** A table of the columns of a table. @internal */
export const summarizeTable = (size: number, columns: readonly Column[]): string => {
  const lines = columns.map((column) => {
    const count = missingIn(column, size);
    return [shortened(column.name), column.type, count === 0 ? "" : `${count} missing`, describe(column, size)];
  });
  const widths = [0, 1, 2].map((place) => Math.max(0, ...lines.map((line) => line[place].length)));
  const rows = lines.map((line) =>
    line
      .map((text, place) => text.padEnd(widths[place] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [`${size} rows, ${columns.length} columns`, ...rows].join("\n");
};
