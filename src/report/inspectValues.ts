import type { Dataset } from "../data/dataset.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { OutputInspection, Residual, ValueInspection } from "../train/inspection.ts";
import { finite } from "./inspectVariables.ts";

/** More outputs than this are not drawn. */
const mostOutputs = 4;
/** More points than this hide each other. */
const mostPoints = 400;

/** Collects predictions of numbers beside what they should be, chunk of examples by chunk. */
export class ValueJudge {
  /** Of each output. */
  readonly #residuals: Residual[][] = [];

  /** Takes note of some rows, the first of which has this number. */
  add(predictions: Tensor, targets: Tensor, first: number): void {
    const [rows] = targets.shape;
    const outputs = targets.size / rows;
    const [given, truth] = [predictions.storage.view(), targets.storage.view()];
    for (let output = 0; output < Math.min(outputs, mostOutputs); output++) {
      this.#residuals[output] ??= [];
      for (let row = 0; row < rows; row++) {
        const [target, predicted] = [truth[row * outputs + output], given[row * outputs + output]];
        // Of predictions that are no numbers there is nothing to be told.
        if (Number.isFinite(target) && Number.isFinite(predicted)) {
          this.#residuals[output].push({ row: first + row, target, predicted });
        }
      }
    }
  }

  /** What was found; undefined when there was nothing to be predicted. */
  result({ size, name }: Dataset, { mistakes }: { readonly mistakes: number }): ValueInspection | undefined {
    if (this.#residuals.length === 0) return undefined;
    const outputs = this.#residuals.map((residuals) => outputOf(residuals, mistakes));
    return { data: name ?? "the data", examples: size, outputs };
  }
}

const errorOf = ({ target, predicted }: Residual): number => Math.abs(target - predicted);

const outputOf = (residuals: readonly Residual[], mistakes: number): OutputInspection => {
  const mean = residuals.reduce((sum, { target }) => sum + target, 0) / residuals.length;
  const spread = residuals.reduce((sum, { target }) => sum + (target - mean) ** 2, 0);
  const left = residuals.reduce((sum, one) => sum + errorOf(one) ** 2, 0);
  const every = Math.max(1, residuals.length / mostPoints);
  const points = Math.min(residuals.length, mostPoints);
  return {
    ...finite("rSquared", 1 - left / spread),
    ...finite("meanAbsoluteError", residuals.reduce((sum, one) => sum + errorOf(one), 0) / residuals.length),
    some: Array.from({ length: points }, (_, index) => residuals[Math.floor(index * every)]),
    worst: [...residuals].sort((one, other) => errorOf(other) - errorOf(one)).slice(0, mistakes),
  };
};
