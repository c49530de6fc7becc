import { Variable } from "../../autograd/variable.ts";
import { type Constraint, constraintRule, type Regularizer, regularizerRule } from "../../autograd/variableOptions.ts";
import { DTypeError, ValueError } from "../../base/errors.ts";
import { anything, checkOptions, flag, type OptionRules, required } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { isDoublePrecision } from "../../tensor/interpret/precision.ts";
import type { Random } from "../../tensor/random.ts";
import { checkShape, formatShape, type Shape, sameShape } from "../../tensor/shape.ts";
import { ownTensor, Tensor } from "../../tensor/tensor.ts";
import { type Initializer, type InitializerName, initializerOf, initializerRule } from "./initializers.ts";
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

const rules: OptionRules<LayerVariableOptions> = {
  shape: anything,
  initializer: /* @__PURE__ */ required(initializerRule),
  trainable: flag,
  regularizer: regularizerRule,
  constraint: constraintRule,
};

/**
 * Creates a variable of a layer, with the value that a file has for its path, or else with one from the initializer.
 * @throws ValueError, DTypeError for options that do not fit, or an initializer that makes another shape or dtype.
 */
export const createVariable = (path: string, options: LayerVariableOptions, random: () => Random): Variable => {
  const { trainable, regularizer, constraint, initializer } = checkOptions(path, options, rules);
  const shape = checkShape(path, options.shape);
  const initial = savedValue(path, shape) ?? initializerOf(initializer)([...shape], random());
  return new Variable(checkInitial(path, initial, shape), { name: path, trainable, regularizer, constraint });
};

/** The options `<name>Initializer`, `<name>Regularizer` and `<name>Constraint` of a layer, for a variable of that name. */
export type VariableOptionsOf<Name extends string> = {
  readonly [Key in `${Name}Initializer`]?: Initializer | InitializerName;
} & { readonly [Key in `${Name}Regularizer`]?: Regularizer } & { readonly [Key in `${Name}Constraint`]?: Constraint };

/** The rules for these options. */
export const variableRules = <Name extends string>(name: Name): OptionRules<VariableOptionsOf<Name>> =>
  ({
    [`${name}Initializer`]: initializerRule,
    [`${name}Regularizer`]: regularizerRule,
    [`${name}Constraint`]: constraintRule,
  }) as unknown as OptionRules<VariableOptionsOf<Name>>;

/** What `addVariable` takes for a variable whose options those of the layer name. */
export const variableOptions = <Name extends string>(
  name: Name,
  options: VariableOptionsOf<Name>,
  shape: Shape,
  defaultInitializer: Initializer | InitializerName,
): LayerVariableOptions => {
  // The compiler does not follow names that are computed from a type parameter.
  const byName = options as Readonly<Record<string, never>>;
  return {
    shape,
    initializer: byName[`${name}Initializer`] ?? defaultInitializer,
    regularizer: byName[`${name}Regularizer`],
    constraint: byName[`${name}Constraint`],
  };
};

/** The first value, in the precision that it is trained in, also where it is computed during a check in float64. */
const checkInitial = (path: string, initial: Tensor, shape: Shape): Tensor => {
  if (!(initial instanceof Tensor) || !sameShape(initial.axes, shape)) {
    throw new ValueError(
      `${path}: the initializer must make a tensor of shape ${formatShape(shape)}, ` +
        `got ${showValue(initial)}. Use the shape that is passed to it.`,
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
