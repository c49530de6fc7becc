/** One line of the gradient-check table. */
export interface Row {
  readonly group: string;
  readonly name: string;
  readonly cases: number;
  /** Worst relative error of the derivative in float64; undefined where there is none. */
  readonly double?: number;
  /** Worst error of the derivative in float32 on the fastest backend against float64, relative to the largest number. */
  readonly single?: number;
  /** Worst relative error of the derivative of the derivative; undefined where it is zero. */
  readonly second?: number;
  readonly caught?: number;
  readonly mutants?: number;
  /** The faults; empty when there are none. */
  readonly failures: readonly string[];
}

const columns = ["", "cases", "float64", "float32", "2nd order", "mutants"] as const;

const number = (value: number | undefined): string => (value === undefined ? "-" : value.toExponential(1));

/** The table as lines of text, one for each row, below a title for each group. */
export const formatTable = (rows: readonly Row[]): string[] => {
  const name = Math.max(12, ...rows.map((row) => row.name.length)) + 2;
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(name) : cell.padStart(index === 1 ? 7 : 11))).join("");
  const lines: string[] = [];
  let group = "";
  for (const row of rows) {
    if (row.group !== group) {
      group = row.group;
      lines.push("", line([group, ...columns.slice(1)]));
    }
    const mutants = row.mutants === undefined ? "-" : `${row.caught}/${row.mutants}`;
    const cells = [
      `  ${row.name}`,
      String(row.cases),
      number(row.double),
      number(row.single),
      number(row.second),
      mutants,
    ];
    lines.push(line(cells) + (row.failures.length > 0 ? "   FAILED" : ""));
    for (const failure of row.failures.slice(0, 5)) lines.push(`      ${failure}`);
    if (row.failures.length > 5) lines.push(`      and ${row.failures.length - 5} more`);
  }
  return lines;
};
