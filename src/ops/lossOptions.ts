import { ShapeError, ValueError } from "../tensor/errors.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { sum } from "./broadcast.ts";
import { floatOperands, type Operand } from "./operands.ts";
import { mean } from "./reduce.ts";

/** Options of the losses. */
export interface LossOptions {
  /** What becomes of the losses of the examples (elements): their mean (default), their sum, or all of them. */
  readonly reduction?: "mean" | "sum" | "none";
}

export const lossOptions: readonly string[] = ["reduction"];

/** What becomes of the losses of the elements. */
export const reduced = (operation: string, losses: Tensor, { reduction = "mean" }: LossOptions): Tensor => {
  switch (reduction) {
    case "mean":
      return mean(losses);
    case "sum":
      return sum(losses);
    case "none":
      return losses;
    default:
      throw new ValueError(
        `${operation}: reduction must be "mean", "sum" or "none", got "${String(reduction)}". Choose one of these.`,
      );
  }
};

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
