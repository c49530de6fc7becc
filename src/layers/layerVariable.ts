import { type Constraint, type Regularizer, Variable } from "../autograd/variable.ts";
import { DTypeError, ValueError } from "../tensor/errors.ts";
import { checkFunction } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import { isDoublePrecision } from "../tensor/precision.ts";
import type { Random } from "../tensor/random.ts";
import { checkShape, formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { ownTensor, Tensor } from "../tensor/tensor.ts";
import { type Initializer, type InitializerName, initializerOf } from "./initializers.ts";
import { savedValue } from "./savedValues.ts";

/** Options of `addVariable`. */
export interface LayerVariableOptions {
  /** The lengths of its axes. */
  readonly shape: Shape;
  /** A function `(shape, random) => Tensor`, or a name. */
  readonly initializer: Initializer | InitializerName;
  /** Whether optimizers update it. Default: true. */
  readonly trainable?: boolean;
  /** Adds a penalty on the values to the loss. Default: none. */
  readonly regularizer?: Regularizer;
  /** Replaces the values after each update. Default: none. */
  readonly constraint?: Constraint;
}

/**
 * Creates a variable of a layer: with the value that a file has for its path, or else one that is drawn.
 * @throws ValueError, DTypeError for options that do not fit, or an initializer that makes another shape or dtype.
 */
export const createVariable = (path: string, options: LayerVariableOptions, random: () => Random): Variable => {
  checkOptions(path, options, ["shape", "initializer", "trainable", "regularizer", "constraint"]);
  const { trainable, regularizer, constraint, initializer } = options;
  const shape = checkShape(path, options.shape);
  const initialize = initializerOf(path, "initializer", initializer);
  const initial = savedValue(path, shape) ?? initialize(shape, random());
  return new Variable(checkInitial(path, initial, shape), {
    name: path,
    trainable,
    regularizer: checkFunction(path, "regularizer", regularizer),
    constraint: checkFunction(path, "constraint", constraint),
  });
};

/** The first value, in the precision that it is trained in, also where it is made during a check in float64. */
const checkInitial = (path: string, initial: Tensor, shape: Shape): Tensor => {
  if (!(initial instanceof Tensor) || !sameShape(initial.shape, shape)) {
    throw new ValueError(
      `${path}: the initializer must make a tensor of shape ${formatShape(shape)}, ` +
        `got ${initial instanceof Tensor ? formatShape(initial.shape) : typeof initial}. Use the shape that it is given.`,
    );
  }
  if (initial.dtype === "float64" && isDoublePrecision()) {
    return ownTensor(shape, "float32", Float32Array.from(initial.data));
  }
  if (initial.dtype === "float64") {
    throw new DTypeError(`${path}: the initializer must make float32, got float64. Variables are trained in float32.`);
  }
  return initial;
};
