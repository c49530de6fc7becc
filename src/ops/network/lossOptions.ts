import { ShapeError } from "../../base/errors.ts";
import { type OptionRules, oneOf } from "../../base/options.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mean } from "../reduce/reduce.ts";
import { sum } from "../shape/broadcast.ts";
import { floatOperands, type Operand } from "../support/operands.ts";

/** Options of the losses. */
export interface LossOptions {
  /** The result: the mean of the losses of all examples (elements), their sum, or each loss. Default: "mean". */
  readonly reduction?: "mean" | "sum" | "none";
}

/** The rules of LossOptions. @internal */
export const lossOptions: OptionRules<LossOptions> = { reduction: /* @__PURE__ */ oneOf("mean", "sum", "none") };

/** The mean or the sum of the losses; with reduction "none" the losses themselves. */
export const reduced = (losses: Tensor, { reduction = "mean" }: LossOptions): Tensor =>
  reduction === "none" ? losses : reduction === "sum" ? sum(losses) : mean(losses);

/** Two operands of one shape: broadcasting predictions and targets would hide mistakes. */
export const pairOf = (operation: string, predictions: Operand, targets: Operand): [Tensor, Tensor] => {
  const [left, right] = floatOperands(operation, predictions, targets);
  if (!sameShape(left.axes, right.axes)) {
    throw new ShapeError(
      `${operation}: predictions and targets must have one shape, got ${formatShape(left.axes)} and ${formatShape(right.axes)}. Reshape one of them.`,
    );
  }
  return [left, right];
};
