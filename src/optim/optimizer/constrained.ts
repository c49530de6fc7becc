import type { Variable } from "../../autograd/variable.ts";
import type { Constraint } from "../../autograd/variableOptions.ts";
import { ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** The new value of a variable after its constraint. @throws ValueError for a constraint that does not return a tensor. */
export const constrained = (variable: Variable, constraint: Constraint, updated: Tensor): Tensor => {
  const value: unknown = constraint(updated);
  if (value instanceof Tensor) return value;
  throw new ValueError(
    `${variable.name}: a constraint must return a tensor, got ${showValue(value)}. ` +
      "Return the weights that take the place of the given ones.",
  );
};
