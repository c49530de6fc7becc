import type { Constraint, Variable } from "../../autograd/variable.ts";
import { ValueError } from "../../base/errors.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** What takes the place of a variable's value after an update. @throws ValueError for a constraint that gives no tensor. */
export const constrained = (variable: Variable, constraint: Constraint): Tensor => {
  const value: unknown = constraint(variable.read());
  if (value instanceof Tensor) return value;
  throw new ValueError(
    `${variable.name}: a constraint must return a tensor, got ${value instanceof Promise ? "a promise" : typeof value}. ` +
      "Return the weights that take the place of the given ones.",
  );
};
