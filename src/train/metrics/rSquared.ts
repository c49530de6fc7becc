import { DTypeError, ShapeError } from "../../base/errors.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Metric, metric } from "./metric.ts";

/** Of each output: the sum of the weights, the mean of the targets, the sums of squares around it and of the errors. */
const perOutput = 4;

/**
 * The coefficient of determination R² = 1 − Σ(t − p)² / Σ(t − t̄)²: 1 for perfect predictions, 0 for those that are as good
 * as the mean t̄ of the targets, below 0 for worse ones. Of several outputs, the mean of theirs. Where all targets are equal
 * it is 1 for perfect predictions and 0 for others, so that it stays a number.
 *
 * Over chunks the sums are put together by Chan's formula, which loses no digits where the mean is large. Source:
 * `sklearn.metrics.r2_score`, whose defaults it has; Chan, Golub, LeVeque, "Updating formulae", 1979.
 * @param predictions Float [rows] or [rows, ...].
 * @param targets Of the same shape.
 * @throws ValueError for no rows; ShapeError, DTypeError for operands that do not fit.
 * @example
 * rSquared(tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7])); // 0.9486
 */
export const rSquared: Metric<"rSquared", number> = /* @__PURE__ */ metric({
  name: "rSquared",
  statistics: (predictions, targets, weights) => {
    check(predictions, targets);
    const [p, t, w] = [predictions.storage.view(), targets.storage.view(), weights?.storage.view()];
    const rows = targets.axes[0];
    const outputs = t.length / Math.max(rows, 1);
    const statistics = new Array<number>(perOutput * outputs).fill(0);
    for (let output = 0; output < outputs; output++) {
      let [total, sum, squares, errors] = [0, 0, 0, 0];
      for (let row = 0; row < rows; row++) {
        total += w ? w[row] : 1;
        sum += (w ? w[row] : 1) * t[row * outputs + output];
      }
      const mean = total > 0 ? sum / total : 0;
      for (let row = 0; row < rows; row++) {
        const at = row * outputs + output;
        squares += (w ? w[row] : 1) * (t[at] - mean) ** 2;
        errors += (w ? w[row] : 1) * (t[at] - p[at]) ** 2;
      }
      statistics.splice(perOutput * output, perOutput, total, mean, squares, errors);
    }
    return statistics;
  },
  merge: (first, second) => {
    const merged: number[] = [];
    for (let at = 0; at < first.length; at += perOutput) {
      const [n, mean, squares, errors] = first.slice(at, at + perOutput);
      const [n2, mean2, squares2, errors2] = second.slice(at, at + perOutput);
      const total = n + n2;
      const between = mean2 - mean;
      const share = total > 0 ? n2 / total : 0;
      merged.push(total, mean + between * share, squares + squares2 + between ** 2 * n * share, errors + errors2);
    }
    return merged;
  },
  value: (statistics) => {
    let sum = 0;
    for (let at = 0; at < statistics.length; at += perOutput) {
      const [squares, errors] = [statistics[at + 2], statistics[at + 3]];
      sum += squares === 0 ? Number(errors === 0) : 1 - errors / squares;
    }
    return (sum * perOutput) / statistics.length;
  },
  better: "higher",
});

const check = (predictions: Tensor, targets: Tensor): void => {
  if (!predictions.dtype.startsWith("float") || !targets.dtype.startsWith("float")) {
    throw new DTypeError(
      `rSquared: predictions and targets must be float, got ${predictions.dtype} and ${targets.dtype}. Convert with toFloat(...).`,
    );
  }
  if (!sameShape(predictions.axes, targets.axes) || targets.rank === 0) {
    throw new ShapeError(
      `rSquared: predictions and targets must have one shape with an axis of rows, got ${formatShape(predictions.axes)} ` +
        `and ${formatShape(targets.axes)}. Reshape one of them.`,
    );
  }
};
