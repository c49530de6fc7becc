import { descriptionOf } from "../../base/describe.ts";
import { ShapeError, ValueError } from "../../base/errors.ts";
import { anything, checkOptions, functionLike, oneOf, required } from "../../base/options.ts";
import { noOptions, showFunction, showValue } from "../../base/showValue.ts";
import { checkWeights } from "../../data/exampleWeights.ts";
import { checkTensor } from "../../ops/support/checkTensor.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Loss } from "./loss.ts";

/** Options of a metric that is called as a function. */
export interface MetricCallOptions {
  /** How much each row counts, float [rows], from 0. Default: 1 for every one. */
  readonly weights?: Tensor;
}

/** How a metric is computed: see `metric`. */
export interface MetricOptions<Name extends string, Value> {
  /** Under which its values go: `history.last(name)`. */
  readonly name: Name;
  /**
   * What must be known of some rows: numbers from which, put together with those of the other rows, the value follows.
   * @param weights How much each row counts, where that was asked for.
   */
  readonly statistics: (predictions: Tensor, targets: Tensor, weights: Tensor | undefined) => readonly number[];
  /** Puts the statistics of two sets of rows together. Default: their sums, number by number. */
  readonly merge?: (first: readonly number[], second: readonly number[]) => readonly number[];
  /** The value that follows from the statistics of all rows: a number, or plain JSON. */
  readonly value: (statistics: readonly number[]) => Value;
  /** Whether training is to make it higher or lower, for `earlyStopping` and the like. Default: it cannot be watched. */
  readonly better?: "higher" | "lower";
}

/**
 * How good predictions are: a function of tensors, and what `fit({ metrics })` and `evaluate(..., { metrics })` take. Over
 * many chunks it adds up to what it would be on all rows at once: not the mean of the chunks.
 */
export interface Metric<Name extends string = string, Value = unknown> {
  (predictions: Tensor, targets: Tensor, options?: MetricCallOptions): Value;
  /** Under which its values go. */
  readonly name: Name;
  /** How it is computed. */
  readonly how: Omit<MetricOptions<Name, Value>, "name">;
  /** Whether `fit` and `evaluate` hand it the weights of the examples; see `weighted`. */
  readonly isWeighted: boolean;
}

/** An entry of a list of metrics: a metric, or a loss, which is averaged over the rows. */
export type MetricLike = Metric | Loss;

/** The values of metrics, by their names; a list needs no `as const`. */
export type MetricValues<Metrics extends readonly MetricLike[]> = {
  readonly [Entry in Metrics[number] as Entry extends {
    /** The key of the value. */
    readonly name: infer Name extends string;
  }
    ? Name
    : never]: Entry extends Metric<string, infer Value> ? Value : number;
};

/**
 * Makes a custom metric.
 * @throws ValueError for options that break their rules; when it is called on no rows, or with weights that do
 * not fit.
 * @example
 * const largestError = metric({
 *   name: "largestError",
 *   statistics: (predictions, targets) => [max(abs(sub(predictions, targets))).item()],
 *   merge: ([first], [second]) => [Math.max(first, second)],
 *   value: ([largest]) => largest,
 *   better: "lower",
 * });
 * largestError(tensor([1, 2]), tensor([1, 5])); // 3
 */
export const metric = <const Name extends string, Value>(options: MetricOptions<Name, Value>): Metric<Name, Value> => {
  checkOptions("metric", options, {
    name: required({
      words: "text that does not begin with validation",
      holds: (value) => typeof value === "string" && value !== "" && !/^validation(?=[A-Z]|$)/.test(value),
    }),
    statistics: required(functionLike("(predictions, targets, weights) => numbers")),
    merge: functionLike("(statistics, others) => numbers"),
    value: required(functionLike("(statistics) => value")),
    better: oneOf("higher", "lower"),
  });
  const { name, ...how } = options;
  return callable(name, how, false);
};

/**
 * A metric where `fit` and `evaluate` count each example as much as the weights of the data say; other metrics count
 * every example once. Class weights are not part of it. Its name has `weighted` in front.
 * @example
 * weighted(accuracy).name; // "weightedAccuracy"
 */
export const weighted = <Name extends string, Value>(
  of: Metric<Name, Value>,
): Metric<`weighted${Capitalize<Name>}`, Value> => {
  if (typeof of !== "function" || !("how" in of)) {
    throw new ValueError(`weighted: it must be given a metric, got ${showValue(of)}. Make one with metric({ ... }).`);
  }
  const name = `weighted${of.name.charAt(0).toUpperCase()}${of.name.slice(1)}` as `weighted${Capitalize<Name>}`;
  return callable(name, of.how as Omit<MetricOptions<typeof name, Value>, "name">, true);
};

const callable = <Name extends string, Value>(
  name: Name,
  how: Omit<MetricOptions<Name, Value>, "name">,
  isWeighted: boolean,
): Metric<Name, Value> => {
  const call = (predictions: Tensor, targets: Tensor, options: MetricCallOptions = noOptions): Value => {
    const { weights } = checkOptions(name, options, { weights: anything });
    checkTensor(name, predictions, "predictions");
    checkTensor(name, targets, "targets");
    if (weights !== undefined) checkWeights(name, weights, targets.axes[0] ?? 0);
    const statistics = how.statistics(predictions, targets, weights);
    if (targets.size === 0) {
      throw new ValueError(`${name}: there must be a row to judge, got none. Pass predictions that are not empty.`);
    }
    return how.value(statistics);
  };
  // Bundlers shorten the names of functions, and the name is what the values go under.
  Object.defineProperty(call, "name", { value: name });
  return Object.assign(call, { how, isWeighted }) as unknown as Metric<Name, Value>;
};

/** The sum of values, each as often as its weight says, and of the weights: what a weighted mean is made of. */
export const weightedSum = (values: ArrayLike<number>, weights: Tensor | undefined): readonly [number, number] => {
  const factors = weights?.storage.view();
  let sum = 0;
  let total = 0;
  for (let row = 0; row < values.length; row++) {
    const factor = factors ? factors[row] : 1;
    // A value of weight 0 may be anything, even infinite.
    if (factor !== 0) sum += factor * values[row];
    total += factor;
  }
  return [sum, total];
};

/** The quotient of two statistics. */
export const quotient = ([sum, total]: readonly number[]): number => sum / total;

/** The loss of each row; where a row has several elements, their mean. @throws ShapeError for a loss that gives others. */
const rowLosses = (where: string, losses: Tensor, rows: number): Float64Array => {
  if (!(losses instanceof Tensor) || losses.rank === 0 || losses.axes[0] !== rows) {
    throw new ShapeError(
      `${where}: the loss must give a value for each of the ${rows} examples when it is called with { reduction: "none" } ` +
        `as its third argument, got ${showValue(losses)}. ` +
        "Let it do so, as the losses of gradus do.",
    );
  }
  const values = losses.storage.view();
  const width = values.length / rows;
  const means = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let index = row * width; index < (row + 1) * width; index++) sum += values[index];
    means[row] = sum / width;
  }
  return means;
};

const isMetric = (metric: MetricLike): metric is Metric => "how" in metric;

/** Names that histories and logs use for something else. */
const taken: readonly string[] = ["epoch", "steps", "seconds", "learningRate", "loss", "__proto__"];

/** The metrics of a list; a loss becomes the metric of its mean. @throws ValueError for anything else, or a name twice. */
export const metricsOf = (where: string, list: readonly MetricLike[]): readonly Metric[] => {
  if (!Array.isArray(list)) {
    throw new ValueError(
      `${where}: metrics must be a list, got ${showValue(list)}. Pass { metrics: [accuracy] }, say.`,
    );
  }
  const seen = new Set(taken);
  return list.map((metric: MetricLike) => {
    if (typeof metric !== "function") {
      throw new ValueError(
        `${where}: a metric must be made by metric(...) or be a loss, got ${showValue(metric)}. Pass [accuracy], for example.`,
      );
    }
    const measure = isMetric(metric) ? metric : meanOf(where, metric);
    if (seen.has(measure.name)) {
      throw new ValueError(
        `${where}: each metric needs a name of its own, got "${measure.name}", which is taken. Rename or remove it.`,
      );
    }
    seen.add(measure.name);
    return measure;
  });
};

/** The metric of one output of several: the output's name comes in front of its own. It gets predictions and targets by name. */
export const metricOfOutput = (output: string, { name, how, isWeighted }: Metric): Metric => {
  const of = (values: Tensor): Tensor => (values as unknown as Readonly<Record<string, Tensor>>)[output];
  const statistics: typeof how.statistics = (predictions, targets, weights) =>
    how.statistics(of(predictions), of(targets), weights);
  return callable(`${output}${name.charAt(0).toUpperCase()}${name.slice(1)}`, { ...how, statistics }, isWeighted);
};

/** A loss as a metric: its mean over the rows. */
export const meanOf = (
  where: string,
  loss: Loss,
  name: string = descriptionOf(loss)?.name ?? loss.name,
): Metric<string, number> => {
  if (name === "") {
    throw new ValueError(
      `${where}: a loss that is measured must have a name, got a function without one. Give it one: const tilted = (...) => ...`,
    );
  }
  return metric({
    name,
    statistics: (predictions, targets, weights) => {
      const losses = lossesOf(where, loss, predictions, targets);
      return weightedSum(rowLosses(name, losses, targets.axes[0]), weights);
    },
    value: quotient,
    better: "lower",
  });
};

/** The losses of the rows. A factory of metrics that was not called is recognized by what it does with tensors. */
const lossesOf = (where: string, loss: Loss, predictions: Tensor, targets: Tensor): Tensor => {
  let losses: Tensor | undefined;
  let cause: unknown;
  try {
    losses = loss(predictions, targets, { reduction: "none" });
  } catch (error) {
    // A factory takes options: it refuses the tensors as unknown options.
    if (loss.length > 1 || !(error instanceof ValueError)) throw error;
    cause = error;
  }
  if (losses !== undefined && typeof losses !== "function") return losses;
  throw new ValueError(
    `${where}: a metric must be made by metric(...) or be a loss, got ${showFunction(loss)}, which gives no losses. ` +
      "If it makes a metric, call it, as in topKAccuracy({ k: 5 }) or recall().",
    { cause },
  );
};
