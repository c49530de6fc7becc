import type { Callback, TrainingRun } from "./callback.ts";
import { checkTarget, checkWritable, type LogTarget, writeLog } from "./logTarget.ts";

/**
 * A callback that writes the history as JSON after every epoch, and when training is stopped: metrics, confusion matrices and
 * inspections too. `History.fromJSON` reads it. A reader sees the old text or the new one, never a part; a run that
 * resumes from a checkpoint writes its whole history, so that no epoch is in the file twice.
 * @param target The file; or a function that is given the text.
 * @throws ValueError for another target; while training, DataError when the file cannot be written.
 * @example
 * const { train } = await loadDigits();
 * const model = new Sequential({ inputShape: [64], layers: [new Dense({ units: 10 })], seed: 1 });
 * let text = "";
 * const log = jsonLog((whole) => {
 *   text = whole;
 * });
 * await fit(model, train, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2, callbacks: [log] });
 * History.fromJSON(JSON.parse(text)).epochs.length; // 2
 */
export const jsonLog = (target: LogTarget): Callback => {
  checkTarget("jsonLog", target);
  let written: string | undefined;
  const write = async ({ history }: TrainingRun): Promise<void> => {
    const text = `${JSON.stringify(history, undefined, 1)}\n`;
    if (text === written) return;
    written = text;
    await writeLog(target, text, { append: false });
  };
  return {
    onTrainBegin: () => {
      written = undefined;
      return checkWritable(target);
    },
    onEpochEnd: write,
    onTrainEnd: async (run) => {
      // Why it stopped; before its first epoch a run has nothing to say.
      if (run.history.stopped !== undefined && run.history.epochs.length > 0) await write(run);
    },
  };
};
