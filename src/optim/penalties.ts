import type { Variable } from "../autograd/variable.ts";
import { add } from "../ops/arithmetic.ts";
import { ShapeError } from "../tensor/errors.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

/** The loss plus the penalties of the variables that it read: Σ regularizer(variable). */
export const withPenalties = (where: string, loss: Tensor, read: Iterable<Variable>): Tensor => {
  let total = loss;
  for (const variable of read) {
    // What is no tensor is refused by whoever asked for the loss.
    if (!variable.regularizer || !(loss instanceof Tensor)) continue;
    const penalty = variable.regularizer(variable.read());
    if (penalty.size !== 1) {
      throw new ShapeError(
        `${where}: a regularizer must give one number, got shape ${formatShape(penalty.shape)} for "${variable.name}". Take its sum.`,
      );
    }
    total = add(total, penalty);
  }
  return total;
};
