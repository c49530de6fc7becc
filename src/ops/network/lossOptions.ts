import { ShapeError } from "../../base/errors.ts";
import { type OptionRules, oneOf } from "../../base/options.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { mean } from "../reduce/reduce.ts";
import { sum } from "../shape/broadcast.ts";
import { floatOperands, type Operand } from "../support/operands.ts";

/** Options of the losses. */
export interface LossOptions {
  /** What becomes of the losses of the examples (elements): their mean (default), their sum, or all of them. */
  readonly reduction?: "mean" | "sum" | "none";
}

/** The rules of LossOptions. @internal */
export const lossOptions: OptionRules<LossOptions> = { reduction: /* @__PURE__ */ oneOf("mean", "sum", "none") };

/** The losses of the elements as one number, or as they are. */
export const reduced = (losses: Tensor, { reduction = "mean" }: LossOptions): Tensor =>
  reduction === "none" ? losses : reduction === "sum" ? sum(losses) : mean(losses);

/** Predictions and targets must agree in shape: broadcasting here hides mistakes. */
export const pairOf = (operation: string, predictions: Operand, targets: Operand): [Tensor, Tensor] => {
  const [left, right] = floatOperands(operation, predictions, targets);
  if (!sameShape(left.shape, right.shape)) {
    throw new ShapeError(
      `${operation}: predictions and targets must have one shape, got ${formatShape(left.shape)} and ${formatShape(right.shape)}. Reshape one of them.`,
    );
  }
  return [left, right];
};
