import { type EpochRecord, measuresOf } from "../history/epochRecord.ts";
import type { Callback } from "./callback.ts";
import { checkTarget, checkWritable, type LogTarget, writeLog } from "./logTarget.ts";

/**
 * A callback that writes a table of the epochs, a line for each as soon as it is done: epoch (from 0), steps, seconds,
 * learningRate, loss, accuracy, metrics, and the same of the validation data, with all digits. The first line names the
 * columns. Text with a comma or a quote is put in quotes (RFC 4180).
 *
 * With its first epoch a run writes the table of its whole history, so that one that resumes from a checkpoint has every
 * epoch once, whatever the file held; then it only adds lines. A new column writes the table anew.
 * @param target The file; or a function that is given text, and whether it goes behind what it was given before.
 * @throws ValueError for another target; while training, DataError when the file cannot be written.
 * @example
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * let table = "";
 * const log = csvLog((text, { append }) => {
 *   table = append ? table + text : text;
 * });
 * await fit(model, train, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2, callbacks: [log] });
 * table.split("\n")[0]; // "epoch,steps,seconds,learningRate,loss,accuracy"
 */
export const csvLog = (target: LogTarget): Callback => {
  checkTarget("csvLog", target);
  let columns: readonly string[] | undefined;
  return {
    onTrainBegin: () => {
      columns = undefined;
      return checkWritable(target);
    },
    onEpochEnd: async ({ history }, record) => {
      const row = cellsOf(record);
      const known = columns;
      if (known && [...row.keys()].every((name) => known.includes(name))) {
        await writeLog(target, lineOf(known.map((name) => row.get(name))), { append: true });
        return;
      }
      const rows = history.epochs.map(cellsOf);
      const all = inOrder(rows.flatMap((cells) => [...cells.keys()]));
      const lines = [lineOf(all), ...rows.map((cells) => lineOf(all.map((name) => cells.get(name))))];
      await writeLog(target, lines.join(""), { append: false });
      columns = all;
    },
  };
};

const cellsOf = (record: EpochRecord): ReadonlyMap<string, number> => {
  const { epoch, steps, seconds, learningRate } = record;
  const rate: [string, number][] = learningRate === undefined ? [] : [["learningRate", learningRate]];
  return new Map([["epoch", epoch], ["steps", steps], ["seconds", seconds], ...rate, ...measuresOf(record)]);
};

/** Each name once; those of the validation data last, where a later epoch brought more of the others. */
const inOrder = (names: readonly string[]): readonly string[] => {
  const unique = [...new Set(names)];
  const isOfValidation = (name: string): boolean => name.startsWith("validation");
  return [...unique.filter((name) => !isOfValidation(name)), ...unique.filter(isOfValidation)];
};

const lineOf = (cells: readonly (string | number | undefined)[]): string => `${cells.map(cellText).join(",")}\n`;

const cellText = (cell: string | number | undefined): string => {
  const text = cell === undefined ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
