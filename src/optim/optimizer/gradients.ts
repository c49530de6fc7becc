import { Variable } from "../../autograd/variable.ts";
import { DTypeError, ShapeError, ValueError } from "../../base/errors.ts";
import { showEntries, showValue } from "../../base/showValue.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** Variables and the gradients of the loss with respect to them, each of the shape of its variable. */
export type Gradients = readonly {
  /** Whose gradient it is. */
  readonly variable: Variable;
  /** ∂loss/∂variable, of the variable's shape. */
  readonly gradient: Tensor;
}[];

/** Returns other gradients for the same variables, as `clipByValue(-1, 1)` does. */
export type GradientTransform = (gradients: Gradients) => Gradients;

/**
 * Checks gradients that came from outside before anything is updated with them.
 * @throws ValueError for an empty list, a variable named twice, or entries that are not pairs; ShapeError, DTypeError for a gradient that
 * does not fit its variable.
 */
export const checkGradients = (operation: string, gradients: Gradients): Gradients => {
  if (!Array.isArray(gradients) || gradients.length === 0) {
    throw new ValueError(
      `${operation}: gradients must be a list of at least one { variable, gradient }, ` +
        `got ${Array.isArray(gradients) ? "an empty list" : showValue(gradients)}. Pass what computeGradients returned.`,
    );
  }
  for (const [index, entry] of gradients.entries()) {
    if (!(entry?.variable instanceof Variable) || !(entry.gradient instanceof Tensor)) {
      throw new ValueError(
        `${operation}: every entry must be { variable: Variable, gradient: Tensor }, got ${showEntries(entry)} at position ${index}.`,
      );
    }
    const { variable, gradient } = entry;
    if (!sameShape(gradient.shape, variable.shape)) {
      throw new ShapeError(
        `${operation}: a gradient must have the shape of its variable, got ${formatShape(gradient.shape)} for ` +
          `"${variable.name}" of shape ${formatShape(variable.shape)}. Reshape it.`,
      );
    }
    if (gradient.dtype !== variable.dtype) {
      throw new DTypeError(
        `${operation}: a gradient must have the dtype of its variable, got ${gradient.dtype} for "${variable.name}" of ` +
          `dtype ${variable.dtype}. Convert it with toFloat(...).`,
      );
    }
  }
  checkDistinct(
    operation,
    gradients.map(({ variable }) => variable),
  );
  return gradients;
};

/** The variables of a list. A variable that is in it twice would be updated twice: that is an error. */
export const checkDistinct = (operation: string, variables: readonly Variable[]): ReadonlySet<Variable> => {
  const seen = new Set<Variable>();
  for (const variable of variables) {
    if (seen.has(variable)) {
      throw new ValueError(`${operation}: each variable may be named once, got "${variable.name}" twice.`);
    }
    seen.add(variable);
  }
  return seen;
};
