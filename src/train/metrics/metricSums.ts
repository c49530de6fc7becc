import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Metric } from "./metric.ts";

/** The statistics of metrics over the rows so far: plain numbers, which a checkpoint within an epoch can hold. */
export type MetricState = Readonly<Record<string, readonly number[]>>;

/** Metrics of rows that come chunk by chunk. */
export class MetricSums {
  readonly #metrics: readonly Metric[];
  readonly #statistics = new Map<string, readonly number[]>();

  /** @param state Of an earlier part of the same rows, which has these metrics. */
  constructor(metrics: readonly Metric[], state: MetricState = {}) {
    this.#metrics = metrics;
    for (const { name } of metrics) if (Object.hasOwn(state, name)) this.#statistics.set(name, state[name]);
  }

  /** The statistics of some rows for each metric, in order, without adding them. */
  of(predictions: Tensor, targets: Tensor, weights: Tensor | undefined): readonly (readonly number[])[] {
    return this.#metrics.map(({ name, how, isWeighted }) => {
      const statistics = how.statistics(predictions, targets, isWeighted ? weights : undefined);
      checkStatistics(name, statistics);
      return statistics;
    });
  }

  /** Adds the statistics of some rows. */
  add(statistics: readonly (readonly number[])[]): void {
    for (const [index, { name, how }] of this.#metrics.entries()) {
      const before = this.#statistics.get(name);
      this.#statistics.set(name, before ? (how.merge ?? sumOf)(before, statistics[index]) : statistics[index]);
    }
  }

  get state(): MetricState {
    return Object.fromEntries(this.#statistics);
  }

  /** The values by name: numbers in `metrics`, anything else in `details`. */
  values(): {
    readonly metrics?: Readonly<Record<string, number>>;
    readonly details?: Readonly<Record<string, unknown>>;
  } {
    const metrics: Record<string, number> = {};
    const details: Record<string, unknown> = {};
    for (const { name, how } of this.#metrics) {
      const statistics = this.#statistics.get(name);
      if (!statistics) continue;
      const value = how.value(statistics);
      if (typeof value === "number") metrics[name] = value;
      else details[name] = value;
    }
    return {
      ...(Object.keys(metrics).length > 0 ? { metrics } : {}),
      ...(Object.keys(details).length > 0 ? { details } : {}),
    };
  }
}

const sumOf = (first: readonly number[], second: readonly number[]): readonly number[] =>
  first.map((value, index) => value + second[index]);

/** A checkpoint writes them as they are: anything but numbers would come back as something else. */
const checkStatistics = (name: string, statistics: unknown): void => {
  if (Array.isArray(statistics) && statistics.every((value) => typeof value === "number")) return;
  throw new ValueError(
    `${name}: the statistics of a metric must be a list of numbers, got ${Array.isArray(statistics) ? "other entries" : showValue(statistics)}. ` +
      "Return plain numbers, such as loss.item().",
  );
};
