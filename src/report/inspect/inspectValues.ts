import type { Dataset } from "../../data/dataset.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import type { OutputInspection, Residual, ValueInspection } from "../../train/history/inspection.ts";
import { quotient, weightedSum } from "../../train/metrics/metric.ts";
import { rSquared } from "../../train/metrics/rSquared.ts";
import { finite } from "./inspectVariables.ts";

/** More outputs than this are not drawn. */
const mostOutputs = 4;
/** More points than this hide each other. */
const mostPoints = 400;

/** Collects predicted numbers beside their targets, chunk of examples by chunk. */
export class ValueEvaluator {
  /** One list for each output. */
  readonly #residuals: Residual[][] = [];

  /** Adds rows; `first` is the number of the first row in the data set. */
  add(predictions: Tensor, targets: Tensor, first: number): void {
    const [rows] = targets.shape;
    const outputs = targets.size / rows;
    const [predictedValues, targetValues] = [predictions.storage.view(), targets.storage.view()];
    for (let output = 0; output < Math.min(outputs, mostOutputs); output++) {
      this.#residuals[output] ??= [];
      for (let row = 0; row < rows; row++) {
        const index = row * outputs + output;
        const [target, predicted] = [targetValues[index], predictedValues[index]];
        // A prediction that is not finite has no error.
        if (Number.isFinite(target) && Number.isFinite(predicted)) {
          this.#residuals[output].push({ row: first + row, target, predicted });
        }
      }
    }
  }

  /** The result for all rows; undefined when no rows were added. */
  result({ size, name }: Dataset, { mistakes }: { readonly mistakes: number }): ValueInspection | undefined {
    if (this.#residuals.length === 0) return undefined;
    const outputs = this.#residuals.map((residuals) => outputOf(residuals, mistakes));
    return { data: name ?? "the data", examples: size, outputs };
  }
}

const errorOf = ({ target, predicted }: Residual): number => Math.abs(target - predicted);

const outputOf = (residuals: readonly Residual[], mistakes: number): OutputInspection => {
  const targets = Float64Array.from(residuals, ({ target }) => target);
  const predictions = Float64Array.from(residuals, ({ predicted }) => predicted);
  const every = Math.max(1, residuals.length / mostPoints);
  const points = Math.min(residuals.length, mostPoints);
  return {
    ...finite("rSquared", rSquaredOf(predictions, targets)),
    ...finite("meanAbsoluteError", quotient(weightedSum(residuals.map(errorOf), undefined))),
    some: Array.from({ length: points }, (_, index) => residuals[Math.floor(index * every)]),
    worst: [...residuals].sort((a, b) => errorOf(b) - errorOf(a)).slice(0, mistakes),
  };
};

/** R²; undefined for equal targets, which have no variance to explain: the metric's 0 or 1 would look like a measurement. */
const rSquaredOf = (predictions: Float64Array, targets: Float64Array): number | undefined => {
  if (targets.every((target) => target === targets[0])) return undefined;
  const [p, t] = [predictions, targets].map((values) => ownTensor([values.length], "float64", values));
  return rSquared.how.value(rSquared.how.statistics(p, t, undefined));
};
