import { isLibraryFunction } from "../../base/describe.ts";
import { ShapeError, ValueError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { isPlainObject } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { isDataset } from "../../data/dataset.ts";
import type { TensorOrNamed } from "../../data/tensorOrNamed.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { CallOptions } from "../../layers/base/layerOptions.ts";
import { add, mul } from "../../ops/elementwise/arithmetic.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { checkLoss, type Loss, lossesOfRows, lossFor } from "./loss.ts";
import { type Metric, type MetricLike, meanOf, metricOfOutput, metricsOf } from "./metric.ts";

/** A loss; or losses by the names of a model's outputs, where those left out have the default. */
export type LossOption = Loss | Readonly<Record<string, Loss>>;

/** A list of metrics; or, where targets have names, lists by the names of the outputs. */
export type MetricsOption = readonly MetricLike[] | Readonly<Record<string, readonly MetricLike[]>>;

/** How outputs are compared with targets. */
export interface ObjectiveOptions {
  readonly loss?: LossOption | undefined;
  readonly lossWeights?: Readonly<Record<string, number>> | undefined;
  readonly metrics?: MetricsOption | undefined;
}

/** What of a model is compared with the targets of some data, by which loss, and what is measured beside it. */
export class Objective {
  readonly metrics: readonly Metric[];
  readonly #operation: string;
  readonly #options: ObjectiveOptions;
  /** The outputs that have targets; undefined where a model has one output and the data one target. */
  readonly #names: readonly string[] | undefined;
  /** Σ weight · loss over the outputs, once the dtypes of the targets are known. */
  #sum: Loss | undefined;

  /**
   * @param data The data set, or a source of batches.
   * @throws ValueError for outputs that do not exist, options by name beside one target, and the other way round.
   */
  constructor(operation: string, model: Layer, data: unknown, options: ObjectiveOptions) {
    this.#operation = operation;
    this.#names = namesOf(operation, model, data, options);
    const { loss, lossWeights, metrics = [] } = options;
    if (!this.#names) {
      if (isPlainObject(loss) || lossWeights !== undefined || isPlainObject(metrics)) {
        const option = isPlainObject(loss) ? "loss" : lossWeights === undefined ? "metrics" : "lossWeights";
        throw new ValueError(
          `${operation}: ${option} by name is for targets by name, got one target. Pass one ` +
            `${option === "metrics" ? "list" : "loss"}, or make the data of targets by name: dataset({ x, y: { price, kind } }).`,
        );
      }
      checkLoss(operation, loss);
      this.#options = options;
      this.metrics = metricsOf(operation, metrics as readonly MetricLike[]);
      return;
    }
    if (model.activityRegularizer) {
      throw new ValueError(
        `${operation}: a model with targets by name must not have a penalty on its output, got one of "${model.name}". ` +
          "Put activityRegularizer into the layers that give the outputs.",
      );
    }
    const losses = isPlainObject(loss) ? (loss as Readonly<Record<string, Loss>>) : undefined;
    const list: unknown = metrics;
    if (!isPlainObject(list) && !(Array.isArray(list) && list.length === 0)) {
      throw new ValueError(
        `${operation}: metrics must be lists by the names of outputs, got ${showValue(list)}. ` +
          `Pass { metrics: { ${this.#names[0]}: [accuracy] } }, for example.`,
      );
    }
    const metricsByName = isPlainObject(metrics) ? (metrics as Readonly<Record<string, readonly MetricLike[]>>) : {};
    if (lossWeights !== undefined && !isPlainObject(lossWeights)) {
      throw new ValueError(
        `${operation}: lossWeights must be numbers by the names of outputs, got ${showValue(lossWeights)}. ` +
          `Pass { lossWeights: { ${this.#names[0]}: 1 } }, for example.`,
      );
    }
    for (const [option, byName] of Object.entries({ loss: losses, lossWeights, metrics: metricsByName })) {
      if (byName !== undefined) this.#checkNames(option, byName);
    }
    for (const entry of losses ? Object.values(losses) : [loss as Loss | undefined]) checkLoss(operation, entry);
    for (const [name, weight] of Object.entries(lossWeights ?? {})) {
      if (typeof weight === "number" && weight >= 0 && weight < Infinity) continue;
      throw new ValueError(
        `${operation}: a loss weight must be a finite number from 0, got ${showValue(weight)} for ${name}. Correct it.`,
      );
    }
    // A copy: the caller may change the objects while it trains.
    this.#options = { loss: losses ? { ...losses } : loss, lossWeights: { ...lossWeights } };
    this.metrics = metricsOf(
      operation,
      this.#names.flatMap((name) => this.#metricsOf(name, metricsByName[name] ?? [])),
    );
  }

  /** Whether targets have the names of outputs. */
  get isNamed(): boolean {
    return this.#names !== undefined;
  }

  /** Whether all losses come from the library, so that they do nothing but compute. */
  get onlyComputes(): boolean {
    const { loss } = this.#options;
    return isPlainObject(loss) ? Object.values(loss).every(isLibraryFunction) : isLibraryFunction(loss);
  }

  /**
   * What the model gives for the inputs: its output, or those that have targets by their names.
   * @throws What the model throws.
   */
  outputs(model: Layer, x: TensorOrNamed, options: CallOptions): TensorOrNamed {
    const named = model.namedOutputs;
    if (!this.#names) {
      if (x instanceof Tensor || model.takesSeveral || !named) return model.call(x as Tensor, options);
      return named.compute(x, named.names, options)[0];
    }
    const outputs = named!.compute(x, this.#names, options);
    return Object.fromEntries(this.#names.map((name, index) => [name, outputs[index]]));
  }

  /**
   * The loss of a batch with these targets. For targets by name it takes predictions and targets by name, and is the weighted sum
   * of the losses of the outputs.
   * @throws DTypeError for an output whose loss must be named; ValueError for targets that are missing or do not exist.
   */
  lossFor(y: TensorOrNamed): Loss {
    const names = this.#names;
    if (!names) {
      if (y instanceof Tensor) return lossFor(this.#operation, y, this.#options.loss as Loss | undefined);
      throw new ValueError(
        `${this.#operation}: the target must be one tensor for a model with one output, got ${Object.keys(y).join(", ")} by name. ` +
          "Pass y as a tensor.",
      );
    }
    const keys = y instanceof Tensor ? undefined : Object.keys(y);
    if (!keys || keys.length !== names.length || names.some((name) => !keys.includes(name))) {
      throw new ValueError(
        `${this.#operation}: targets must be given by the names ${names.join(", ")}, got ${keys ? keys.join(", ") : "one tensor"}. ` +
          `Pass y as { ${names.join(", ")} }.`,
      );
    }
    this.#sum ??= this.#weightedSum(y as Readonly<Record<string, Tensor>>);
    return this.#sum;
  }

  #weightedSum(y: Readonly<Record<string, Tensor>>): Loss {
    const { lossWeights = {} } = this.#options;
    const terms = this.#names!.map((name) => {
      const where = `${this.#operation}: ${name}`;
      return { name, where, loss: lossFor(where, y[name], this.#lossOf(name)), weight: lossWeights[name] ?? 1 };
    });
    const sum = (
      predictions: Readonly<Record<string, Tensor>>,
      targets: Readonly<Record<string, Tensor>>,
      options?: Parameters<Loss>[2],
    ): Tensor =>
      terms
        .map(({ name, where, loss, weight }) => {
          const [output, target] = [predictions[name], targets[name]];
          const value =
            options?.reduction === "none"
              ? lossesOfRows(where, loss, output, target)
              : meanLoss(where, loss(output, target));
          return weight === 1 ? value : mul(value, weight);
        })
        .reduce((before, term) => add(before, term));
    // It gets what `outputs` gave, and the targets of the batch.
    return sum as unknown as Loss;
  }

  #lossOf(name: string): Loss | undefined {
    const { loss } = this.#options;
    return isPlainObject(loss) ? (loss as Readonly<Record<string, Loss>>)[name] : (loss as Loss | undefined);
  }

  /** The loss of an output, and the metrics that were asked for. */
  #metricsOf(name: string, metrics: readonly MetricLike[]): readonly Metric[] {
    const where = `${this.#operation}: ${name}`;
    const loss = meanOf(
      where,
      (predictions, targets, options) => lossFor(where, targets, this.#lossOf(name))(predictions, targets, options),
      "loss",
    );
    return [loss, ...metricsOf(where, metrics)].map((metric) => metricOfOutput(name, metric));
  }

  #checkNames(option: string, byName: object): void {
    const unknown = Object.keys(byName).find((name) => !this.#names!.includes(name));
    if (unknown === undefined) return;
    throw new ValueError(
      `${this.#operation}: ${option} must name outputs that have targets, got "${unknown}". ${adviseNames("outputs", unknown, this.#names!)}`,
    );
  }
}

/** @throws ShapeError unless a loss is one number. */
const meanLoss = (where: string, value: Tensor): Tensor => {
  if (value instanceof Tensor && value.size === 1) return value;
  throw new ShapeError(`${where}: the loss must be a tensor of one number, got ${showValue(value)}. Take its mean.`);
};

/** The outputs that have targets; undefined for a model with one output and data with one target. */
const namesOf = (
  operation: string,
  model: Layer,
  data: unknown,
  options: ObjectiveOptions,
): readonly string[] | undefined => {
  const outputs = model.namedOutputs?.names ?? [];
  if (!isDataset(data)) {
    const areNamed = outputs.length > 1 || isPlainObject(options.loss) || isPlainObject(options.metrics);
    return areNamed && outputs.length > 0 ? outputs : undefined;
  }
  if (data.y instanceof Tensor) {
    if (outputs.length < 2) return undefined;
    throw new ValueError(
      `${operation}: a model with several outputs needs targets by their names, ${outputs.join(", ")}, got one tensor. ` +
        `Pass dataset({ x, y: { ${outputs.join(", ")} } }), or train the part up to one output: model.upTo("${outputs[0]}").`,
    );
  }
  const names = Object.keys(data.y);
  if (outputs.length === 0) {
    throw new ValueError(
      `${operation}: targets by name need a model with outputs by name, got ${names.join(", ")} for "${model.name}". ` +
        "Pass y as a tensor, or make a Model.",
    );
  }
  const unknown = names.find((name) => !outputs.includes(name));
  if (unknown === undefined) return names;
  throw new ValueError(
    `${operation}: each target must have the name of an output, got "${unknown}". ${adviseNames("outputs", unknown, outputs)}`,
  );
};
