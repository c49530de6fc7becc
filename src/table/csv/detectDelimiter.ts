import Papa from "papaparse";
import type { CsvRules } from "./csvOptions.ts";

const candidates: readonly string[] = [",", ";", "\t", "|"];
/** How many characters are looked at. @internal */
export const sampleLength = 65536;
/** And how many rows. */
const sampleRows = 50;

/**
 * What separates the fields: the delimiter by which the first rows have equally many, and the most. Where none does, the one
 * that cuts the first row into the most fields; a comma, if there is only one column.
 * @internal
 */
export const detectDelimiter = (
  text: string,
  newline: string,
  { decimal, comment }: Pick<CsvRules, "decimal" | "comment">,
): string => {
  const sample = text.slice(0, sampleLength);
  const isCut = sample.length < text.length || !sample.endsWith(newline);
  let [best, most] = [",", 1];
  let [bestOfFirst, mostOfFirst] = [",", 1];
  for (const delimiter of candidates) {
    if (delimiter === decimal) continue;
    const parser = new Papa.Parser({
      delimiter,
      newline: newline as "\n",
      preview: sampleRows,
      comments: comment ?? false,
    });
    // A single row may be incomplete.
    const parse = (leaveLast: boolean): string[][] =>
      (parser.parse(sample, 0, leaveLast) as Papa.ParseResult<string[]>).data;
    const complete = parse(isCut);
    const rows = (complete.length > 0 ? complete : parse(false)).filter(
      (row) => row.length > 1 || row[0].trim() !== "",
    );
    const width = rows[0]?.length ?? 0;
    if (width > most && rows.every(({ length }) => length === width)) [best, most] = [delimiter, width];
    if (width > mostOfFirst) [bestOfFirst, mostOfFirst] = [delimiter, width];
  }
  return most > 1 ? best : decimal === "," && mostOfFirst === 1 ? ";" : bestOfFirst;
};
