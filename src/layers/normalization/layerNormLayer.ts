import { ShapeError } from "../../base/errors.ts";
import { copyOptions, number, type OptionRule } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { variantRule } from "../../base/variant.ts";
import { layerNorm } from "../../ops/network/layerNorm.ts";
import { formatRows, formatShape, normalizeAxes, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkFeatures } from "../base/layerChecks.ts";
import type { CallOptions, LayerVariant } from "../base/layerOptions.ts";
import { NormalizationLayer, type NormalizationLayerOptions, normalizationLayerRules } from "./normalizationLayer.ts";

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends NormalizationLayerOptions {
  /**
   * The axes that are normalized together: the last, or several at the end of the shape, counted with the rows as axis 0.
   * Default: -1, the last.
   */
  readonly axis?: number | readonly number[];
  /** Is added to the variance under the root. Default: 1e-3; for "pytorch" 1e-5. */
  readonly epsilon?: number;
  /** Whose epsilon; TensorFlow 1 and Keras agree. Default: "tensorflow1". */
  readonly variant?: LayerVariant;
}

const axisRule: OptionRule = {
  words: "a whole number other than 0 (the rows), or a list of at least one",
  holds: (value) => {
    const axes: readonly unknown[] = Array.isArray(value) ? value : [value];
    return axes.length > 0 && axes.every((axis) => Number.isInteger(axis) && axis !== 0);
  },
};

/**
 * Layer normalization: each row is normalized by its own mean and biased variance, so that nothing depends on the batch, and
 * training and prediction compute the same: y = gamma·(x − mean) / √(variance + epsilon) + beta.
 *
 * gamma and beta have the shape of what is normalized together: [features], or [height, width] for the axes [-2, -1]. Keras
 * also takes axes that are not the last; here x is to be transposed for these.
 *
 * Source: Ba, Kiros and Hinton, "Layer normalization", 2016; `keras.layers.LayerNormalization`, `torch.nn.LayerNorm`.
 * @throws ValueError for an option out of range; ShapeError, when it is called, for axes that are not the last, or for
 * another number of features than the first.
 * @example
 * new LayerNorm({ epsilon: 1e-9 }).call(tensor([[1, 3], [10, 30]])).toArray(); // [[-1, 1], [-1, 1]]
 */
export class LayerNorm extends NormalizationLayer {
  readonly #axis: number | readonly number[];
  readonly #epsilon: number;
  /** The shape of the input that the layer was built for, with one row. */
  #shape: Shape = [];
  #axes: readonly number[] = [];

  constructor(options: LayerNormOptions = {}) {
    const checked = copyOptions("LayerNorm", options, {
      axis: axisRule,
      epsilon: number({ above: 0 }),
      variant: variantRule,
      ...normalizationLayerRules(),
    });
    super(checked, "layer_norm");
    this.#axis = checked.axis ?? -1;
    this.#epsilon = checked.epsilon ?? (checked.variant === "pytorch" ? 1e-5 : 1e-3);
  }

  /** Prepares the layer for rows of this shape, once, before its first call. */
  build(inputShape: Shape): void {
    // Any number of rows will do.
    const batchShape = [1, ...inputShape];
    const axes = normalizeAxes(this.path, this.#axis, batchShape);
    const isTrailing = axes[0] === batchShape.length - axes.length;
    if (axes[0] === 0 || !isTrailing) {
      throw new ShapeError(
        `${this.path}: axis must name the last axes, without the rows, got axis=${showValue(this.#axis)} for an input of shape ` +
          `${formatRows(inputShape)}. ${axes[0] === 0 ? "Reshape the input to [rows, features]" : "Transpose the input"}.`,
      );
    }
    this.#shape = batchShape;
    this.#axes = axes;
    this.addGammaAndBeta(batchShape.slice(axes[0]));
  }

  override get computesOnly(): boolean {
    return this.constructor === LayerNorm;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    if (input.rank !== this.#shape.length) {
      throw new ShapeError(
        `${this.path}: the input must have the rank ${this.#shape.length} for which the layer was built, got shape ${formatShape(input.axes)}. Reshape it.`,
      );
    }
    for (const axis of this.#axes) checkFeatures(this, input, axis, this.#shape[axis]);
    const options = { axis: this.#axes, epsilon: this.#epsilon };
    return layerNorm(input, this.gamma?.read(), this.beta?.read(), options);
  }
}
