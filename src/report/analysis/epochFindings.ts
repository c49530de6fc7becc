import { stoppedEarly } from "../../train/callbacks/earlyStopping.ts";
import { type EpochRecord, measuresOf } from "../../train/history/epochRecord.ts";
import type { History } from "../../train/history/history.ts";
import { shortNumber } from "../../train/history/numberText.ts";
import { median } from "../page/collections.ts";
import { counted, measureLabel } from "../page/words.ts";
import type { Finding } from "./finding.ts";
import { allMeasureNames } from "./measures.ts";

/** From which values on an epoch is a finding; rules of thumb. */
const limits = {
  /** Overfitting: the validation loss has risen by this factor since its best epoch. */
  risen: 1.05,
  /** No progress: the loss is still this part of what it was in the first epoch. */
  stuck: 0.95,
  /** Progress worth a good word. */
  fell: 0.8,
  /** Not done yet: the best epoch is the last, and this part better than a fifth of the run before. */
  stillBetter: 0.02,
} as const;

/** The median of this many epochs is not noise. */
const few = 3;

/** Findings in what was measured after each epoch. */
export const epochFindings = (history: History): readonly Finding[] =>
  [...notFinite(history.epochs), overfitting(history), progress(history.epochs)].filter(
    (finding) => finding !== undefined,
  );

/** Measures that are, or once were, no finite numbers: charts have no place for them. */
const notFinite = (epochs: readonly EpochRecord[]): readonly Finding[] => {
  const names = allMeasureNames(epochs);
  return names.flatMap((name): readonly Finding[] => {
    const all = epochs.flatMap((record) => {
      const value = measuresOf(record).get(name);
      return value === undefined ? [] : [{ epoch: record.epoch + 1, value }];
    });
    const [first, ...others] = all.filter(({ value }) => !Number.isFinite(value));
    if (first === undefined) return [];
    const end = all[all.length - 1].value;
    const since = all[all.findLastIndex(({ value }) => Number.isFinite(value)) + 1];
    const when = `epoch ${first.epoch}${others.length === 0 ? "" : `, and in ${counted(others.length, "other")}`}`;
    const state = since ? `is ${end} since epoch ${since.epoch}` : `was ${first.value} in ${when}`;
    const { warning } = epochs.find(({ epoch }) => epoch + 1 === (since ?? first).epoch) ?? {};
    // From its comma on: the first example at fault.
    const fault = name === "validationLoss" && warning ? warning.slice(warning.indexOf(",")) : "";
    return [{ level: "bad", text: `The ${measureLabel(name)} ${state}${fault}.` }];
  });
};

/** Finite ones only. */
const validationLosses = (epochs: readonly EpochRecord[]): readonly (readonly [epoch: number, loss: number])[] =>
  epochs.flatMap(({ epoch, validationLoss }) =>
    validationLoss === undefined || !Number.isFinite(validationLoss) ? [] : [[epoch + 1, validationLoss] as const],
  );

const bestOf = (losses: readonly (readonly [number, number])[]): readonly [epoch: number, loss: number] | undefined =>
  losses.reduce<readonly [number, number] | undefined>(
    (best, epoch) => (best === undefined || epoch[1] < best[1] ? epoch : best),
    undefined,
  );

const overfitting = ({ epochs, stopped }: History): Finding | undefined => {
  const losses = validationLosses(epochs);
  const [best, last] = [bestOf(losses), losses.at(-1)];
  if (!best || !last || losses.length < 3 || !(best[1] > 0)) return undefined;
  // One epoch alone may be noise.
  const risen = median(losses.slice(-few).map(([, loss]) => loss));
  const isWorse = risen > limits.risen * best[1] && last[0] > best[0] + 1;
  const trained = epochs.find(({ epoch }) => epoch + 1 === best[0])?.loss ?? Number.NaN;
  const training = median(epochs.slice(-few).map(({ loss }) => loss));
  if (isWorse && training < trained && training < risen) {
    const help = `${stopped?.includes(stoppedEarly) ? "Dropout" : "Early stopping, dropout"}, a penalty or more data help.`;
    return {
      level: "watch",
      text:
        `Overfitting: the validation loss was lowest in epoch ${best[0]} (${shortNumber(best[1])}) and has risen to ` +
        `${shortNumber(risen)}, the median of the last ${few} epochs, while the training loss went on falling. ${help}`,
    };
  }
  const before = losses[Math.max(0, Math.floor(0.8 * losses.length) - 1)];
  if (best === last && before[1] - last[1] > limits.stillBetter * before[1]) {
    return {
      level: "watch",
      text: `The validation loss was still falling in the last epoch (${shortNumber(last[1])}): more epochs may bring more.`,
    };
  }
  return undefined;
};

const progress = (epochs: readonly EpochRecord[]): Finding | undefined => {
  const [first, last] = [epochs[0], epochs.at(-1)];
  if (!first || !last || epochs.length < 3) return undefined;
  // A ratio of losses says nothing if one is negative or the first is 0; losses that are not finite are reported above.
  if (!(first.loss > 0 && last.loss >= 0 && Number.isFinite(first.loss) && Number.isFinite(last.loss)))
    return undefined;
  const change = `from ${shortNumber(first.loss)} to ${shortNumber(last.loss)} in ${counted(epochs.length, "epoch")}`;
  if (last.loss >= limits.stuck * first.loss) {
    return {
      level: "bad",
      text: `The training loss hardly fell: ${change}. Try another learning rate, by powers of ten.`,
    };
  }
  return last.loss > limits.fell * first.loss
    ? undefined
    : { level: "good", text: `The training loss fell ${change}.` };
};
