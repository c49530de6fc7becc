import type { Constraint, Regularizer, Variable } from "../autograd/variable.ts";
import { mul } from "../ops/arithmetic.ts";
import { greater, where } from "../ops/compare.ts";
import { ShapeError } from "../tensor/errors.ts";
import { checkFunction, checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { constant, type Initializer, type InitializerName, initializerOf } from "./initializers.ts";
import { Layer } from "./layer.ts";
import { checkFeatures } from "./layerChecks.ts";
import { type LayerOptions, layerOptions } from "./layerOptions.ts";
import type { LayerVariant } from "./options.ts";

/** Options of `PReLU`. */
export interface PReLUOptions extends LayerOptions {
  /** The first slopes. Default: zeros; for the variant "pytorch" 0.25. */
  readonly alphaInitializer?: Initializer | InitializerName;
  /** A penalty on the slopes. Default: none. */
  readonly alphaRegularizer?: Regularizer;
  /** What the slopes are replaced by after each update. Default: nothing. */
  readonly alphaConstraint?: Constraint;
  /** Default: "tensorflow1". */
  readonly variant?: LayerVariant;
}

/**
 * A leaky ReLU whose slope is trained: y = x where x > 0, else alpha·x, with one alpha per feature (last axis). At zero
 * the derivative is alpha.
 *
 * Source: He et al., "Delving deep into rectifiers", 2015.
 * @throws ValueError for an unknown option; ShapeError, when it is called, for another number of features than the first.
 * @example
 * new PReLU({ variant: "pytorch" }).call(tensor([[-4, 4]])).toArray(); // [[-1, 4]]
 */
export class PReLU extends Layer {
  /** The slopes, [features]; there once the layer is built. */
  alpha!: Variable;
  readonly #options: PReLUOptions;

  constructor(options: PReLUOptions = {}) {
    checkOptions("PReLU", options, [
      "alphaInitializer",
      "alphaRegularizer",
      "alphaConstraint",
      "variant",
      ...layerOptions,
    ]);
    super(options, "prelu");
    checkVariant("PReLU", options.variant);
    checkFunction("PReLU", "alphaRegularizer", options.alphaRegularizer);
    checkFunction("PReLU", "alphaConstraint", options.alphaConstraint);
    if (options.alphaInitializer !== undefined) initializerOf("PReLU", "alphaInitializer", options.alphaInitializer);
    this.#options = options;
  }

  build(inputShape: Shape): void {
    if (inputShape.length === 0) {
      throw new ShapeError(
        `${this.path}: the input must have an axis of rows and one of features, got rank 1. Reshape one row to [1, features].`,
      );
    }
    const { alphaInitializer, alphaRegularizer, alphaConstraint, variant } = this.#options;
    this.alpha = this.addVariable("alpha", {
      shape: [inputShape[inputShape.length - 1]],
      initializer: alphaInitializer ?? constant(variant === "pytorch" ? 0.25 : 0),
      regularizer: alphaRegularizer,
      constraint: alphaConstraint,
    });
  }

  call(input: Tensor): Tensor {
    checkFeatures(this, input, input.rank - 1, this.alpha.size);
    return where(greater(input, 0), input, mul(input, this.alpha.read()));
  }
}
