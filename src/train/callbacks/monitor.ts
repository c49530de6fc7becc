import { ValueError } from "../../base/errors.ts";
import { checkOption, required, text } from "../../base/options.ts";
import { type EpochRecord, type Monitor, measureOf, measuresOf, validationName } from "../history/epochRecord.ts";
import type { TrainingRun } from "./callback.ts";

/** What a callback watches, and which way it is to go. */
export class Watched {
  readonly #where: string;
  readonly #name: Monitor;
  #better: "higher" | "lower" = "lower";

  /** @param where First word of errors: the callback. */
  constructor(where: string, name: Monitor) {
    this.#where = where;
    this.#name = name;
    checkOption(where, "monitor", name, required(text));
  }

  /**
   * Learns from a run which way is better: losses are to fall, accuracies to rise, metrics say it themselves.
   * @throws ValueError for what the run does not measure, or a metric that does not say which way is better.
   */
  begin({ metrics, validation }: Pick<TrainingRun, "metrics" | "validation">): void {
    const name = this.#name;
    if (name.startsWith("validation") && !validation) {
      throw new ValueError(
        `${this.#where}: ${name} must be measured, got no validation data. ` +
          `Pass { validation } to fit, or { monitor: "loss" } to ${this.#where}.`,
      );
    }
    const metric = metrics.find((metric) => name === metric.name || name === validationName(metric.name));
    if (metric) {
      if (metric.how.better === undefined) {
        throw new ValueError(
          `${this.#where}: ${name} must say which way is better, got a metric that does not. ` +
            'Pass { better: "higher" } or { better: "lower" } to metric, or watch something else.',
        );
      }
      this.#better = metric.how.better;
      return;
    }
    if (/^(loss|validationLoss)$/.test(name)) this.#better = "lower";
    else if (/^(accuracy|validationAccuracy)$/.test(name)) this.#better = "higher";
    else {
      const known = ["loss", "accuracy", ...metrics.map(({ name }) => name)];
      const names = validation ? [...known, ...known.map(validationName)] : known;
      throw new ValueError(
        `${this.#where}: monitor must be one of ${names.join(", ")}, got "${name}". Choose one, or pass it to fit as a metric.`,
      );
    }
  }

  /** What an epoch brought. @throws ValueError when it was not measured. */
  valueIn(record: EpochRecord): number {
    const value = measureOf(record, this.#name);
    if (value !== undefined) return value;
    throw new ValueError(
      `${this.#where}: ${this.#name} must be measured, got ${[...measuresOf(record).keys()].join(", ")}. Choose another monitor.`,
    );
  }

  /** By how much a value is better than the best so far; NaN and infinite values are never better, and finite ones better than none. */
  gain(value: number, best: number | undefined): number {
    if (!Number.isFinite(value)) return Number.NaN;
    if (best === undefined) return Number.POSITIVE_INFINITY;
    return this.#better === "higher" ? value - best : best - value;
  }
}
