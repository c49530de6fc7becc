import { measureOf } from "../../train/history/epochRecord.ts";
import type { History } from "../../train/history/history.ts";
import { formatPercent, formatSeconds, shortNumber } from "../../train/history/numberText.ts";
import { findingsOf } from "../analysis/findings.ts";
import { isFraction } from "../analysis/measures.ts";
import { notes, tiles } from "../page/blocks.ts";
import type { Section } from "../page/page.ts";
import { capitalized, measureLabel } from "../page/words.ts";

/** The most important numbers. */
export const outcomeOf = ({ epochs }: History): readonly (readonly [name: string, value: string])[] => {
  const last = epochs.at(-1);
  if (!last) return [["Epochs", "none"]];
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const steps = epochs.reduce((sum, epoch) => sum + epoch.steps, 0);
  const measures = ["loss", "validationLoss", "accuracy", "validationAccuracy"].flatMap((name) => {
    const value = measureOf(last, name);
    if (value === undefined) return [];
    return [[capitalized(measureLabel(name)), isFraction(name) ? formatPercent(value) : shortNumber(value)] as const];
  });
  const best = epochs.reduce((a, b) => ((b.validationLoss ?? Infinity) < (a.validationLoss ?? Infinity) ? b : a));
  return [
    ["Epochs", String(epochs.length)],
    ...measures,
    ...(best.validationLoss === undefined ? [] : [["Best epoch", String(best.epoch + 1)] as const]),
    ["Training time", formatSeconds(seconds)],
    ["Steps a second", shortNumber(steps / seconds)],
  ];
};

/** How it ended, and the findings. */
export const summary = (history: History): Section => {
  const findings = findingsOf(history);
  return {
    title: "Summary",
    blocks: [tiles(outcomeOf(history)), ...(findings.length > 0 ? [notes(findings)] : [])],
  };
};
