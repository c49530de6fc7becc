import type { Variable } from "../autograd/variable.ts";
import type { Constraint, Regularizer } from "../autograd/variableOptions.ts";
import { copyOptions } from "../base/options.ts";
import { variantRule } from "../base/variant.ts";
import { mul } from "../ops/elementwise/arithmetic.ts";
import { greater, where } from "../ops/elementwise/compare.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LayerActivation } from "./base/activations.ts";
import { constant, type Initializer, type InitializerName } from "./base/initializers.ts";
import { Layer } from "./base/layer.ts";
import { checkFeatures, checkHasFeatures } from "./base/layerChecks.ts";
import { type CallOptions, type LayerOptions, type LayerVariant, layerRules } from "./base/layerOptions.ts";
import { variableOptions, variableRules } from "./base/layerVariable.ts";

/** Options of `PReLU`. */
export interface PReLUOptions extends LayerOptions {
  /** The first slopes. Default: zeros; for the variant "pytorch" 0.25. */
  readonly alphaInitializer?: Initializer | InitializerName;
  /** A penalty on the slopes. Default: none. */
  readonly alphaRegularizer?: Regularizer;
  /** The function that replaces the slopes after each update. Default: none. */
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
  /** The slopes, [features]; they exist once the layer is built. */
  alpha!: Variable;
  readonly #options: PReLUOptions;

  constructor(options: PReLUOptions = {}) {
    const checked = copyOptions("PReLU", options, {
      ...variableRules("alpha"),
      variant: variantRule,
      ...layerRules,
    });
    super(checked, "prelu");
    this.#options = checked;
  }

  /** Prepares the layer for rows of this shape, once, before its first call. */
  build(inputShape: Shape): void {
    checkHasFeatures(this.path, inputShape.length + 1);
    const first = constant(this.#options.variant === "pytorch" ? 0.25 : 0);
    this.alpha = this.addVariable("alpha", variableOptions("alpha", this.#options, inputShape.slice(-1), first));
  }

  override get computesOnly(): boolean {
    return this.constructor === PReLU;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    checkFeatures(this, input, input.rank - 1, this.alpha.size);
    return where(greater(input, 0), input, mul(input, this.alpha.read()));
  }

  override get lastActivation(): LayerActivation {
    const steps = { before: (input: Tensor) => input, apply: (input: Tensor) => this.call(input) };
    return { name: "prelu", elementwise: true, steps };
  }
}
