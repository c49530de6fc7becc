import type { Variable } from "../../../src/autograd/variable.ts";
import type { Constraint, Regularizer } from "../../../src/autograd/variableOptions.ts";
import { copyOptions, number } from "../../../src/base/options.ts";
import type { Initializer, InitializerName } from "../../../src/layers/base/initializers.ts";
import { Layer } from "../../../src/layers/base/layer.ts";
import { checkFeatures, checkHasFeatures } from "../../../src/layers/base/layerChecks.ts";
import { type LayerOptions, layerRules } from "../../../src/layers/base/layerOptions.ts";
import { variableOptions, variableRules } from "../../../src/layers/base/layerVariable.ts";
import { add, mul } from "../../../src/ops/elementwise/arithmetic.ts";
import type { Shape } from "../../../src/tensor/shape.ts";
import type { Tensor } from "../../../src/tensor/tensor.ts";

/** Options of `Scale`. */
export interface ScaleOptions extends LayerOptions {
  /** Is added after the scaling. Default: 0. */
  readonly offset?: number;
  /** Default: ones. */
  readonly scaleInitializer?: Initializer | InitializerName;
  /** A penalty on the scale. Default: none. */
  readonly scaleRegularizer?: Regularizer;
  /** The function that replaces the scale after each update. Default: none. */
  readonly scaleConstraint?: Constraint;
}

/**
 * Multiplies each feature by a trained number: y = scale·x + offset.
 * @throws ValueError for an option out of range.
 * @example
 * new Scale({ offset: 1 }).call(tensor([[2, 3]])).toArray(); // [[3, 4]]
 */
export class Scale extends Layer {
  /** The factors, [features]; they exist once the layer is built. */
  scale!: Variable;
  readonly #options: ScaleOptions;

  constructor(options: ScaleOptions = {}) {
    // One rule for each option; the copy is what the layer keeps and saves.
    const checked = copyOptions("Scale", options, { offset: number(), ...variableRules("scale"), ...layerRules });
    super(checked, "scale");
    this.#options = checked;
  }

  build(inputShape: Shape): void {
    checkHasFeatures(this.path, inputShape.length + 1);
    // Named scaleInitializer, scaleRegularizer and scaleConstraint in the options; named <model>/scale/scale in files.
    this.scale = this.addVariable("scale", variableOptions("scale", this.#options, inputShape.slice(-1), "ones"));
  }

  call(input: Tensor): Tensor {
    checkFeatures(this, input, input.rank - 1, this.scale.size);
    return add(mul(input, this.scale.read()), this.#options.offset ?? 0);
  }
}
