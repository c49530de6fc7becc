import { copyOptions, flag } from "../../base/options.ts";
import { max, mean } from "../../ops/reduce/reduce.ts";
import type { ReduceOptions } from "../../ops/shape/reduction.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";
import { checkImages } from "./checkImages.ts";

/** Options of the layers that pool all of a sequence or an image. */
export interface GlobalPoolingOptions extends LayerOptions {
  /** Whether the axes between rows and channels stay, with the length 1. Default: false. */
  readonly keepDims?: boolean;
}

/** A layer that reduces the axes between rows and channels. */
abstract class GlobalPooling extends Layer {
  readonly #axes: 1 | 2;
  readonly #keepDims: boolean;

  constructor(className: string, options: GlobalPoolingOptions, defaultName: string, axes: 1 | 2) {
    const checked = copyOptions(className, options, { keepDims: flag, ...layerRules });
    super(checked, defaultName);
    this.#axes = axes;
    this.#keepDims = checked.keepDims ?? false;
  }

  /** Reduces axes. */
  protected abstract reduce(input: Tensor, options: ReduceOptions): Tensor;

  /** Checks that rows of this shape have the axes. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, this.#axes);
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    return this.reduce(input, { axis: this.#axes === 1 ? 1 : [1, 2], keepDims: this.#keepDims });
  }
}

/**
 * The mean of each channel over a sequence: [rows, length, channels] becomes [rows, channels].
 * @throws ValueError for an option that does not exist; ShapeError, when it is called, for another rank.
 * @example
 * new GlobalAveragePooling1D().call(tensor([[[1, 2], [3, 6]]])).toArray(); // [[2, 4]]
 */
export class GlobalAveragePooling1D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super("GlobalAveragePooling1D", options, "global_average_pooling1d", 1);
  }

  override get computesOnly(): boolean {
    return this.constructor === GlobalAveragePooling1D;
  }

  /** Reduces axes. */
  protected reduce(input: Tensor, options: ReduceOptions): Tensor {
    return mean(input, options);
  }
}

/**
 * The mean of each channel over an image: [rows, height, width, channels] becomes [rows, channels].
 * @throws ValueError for an option that does not exist; ShapeError, when it is called, for another rank.
 * @example
 * new GlobalAveragePooling2D().call(tensor([[[[1], [3]], [[5], [7]]]])).toArray(); // [[4]]
 */
export class GlobalAveragePooling2D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super("GlobalAveragePooling2D", options, "global_average_pooling2d", 2);
  }

  override get computesOnly(): boolean {
    return this.constructor === GlobalAveragePooling2D;
  }

  /** Reduces axes. */
  protected reduce(input: Tensor, options: ReduceOptions): Tensor {
    return mean(input, options);
  }
}

/**
 * The maximum of each channel over a sequence: [rows, length, channels] becomes [rows, channels]. Equal maxima
 * share the gradient, as in TensorFlow.
 * @throws ValueError for an option that does not exist; ShapeError, when it is called, for another rank.
 * @example
 * new GlobalMaxPooling1D().call(tensor([[[1, 6], [3, 2]]])).toArray(); // [[3, 6]]
 */
export class GlobalMaxPooling1D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super("GlobalMaxPooling1D", options, "global_max_pooling1d", 1);
  }

  override get computesOnly(): boolean {
    return this.constructor === GlobalMaxPooling1D;
  }

  /** Reduces axes. */
  protected reduce(input: Tensor, options: ReduceOptions): Tensor {
    return max(input, options);
  }
}

/**
 * The maximum of each channel over an image: [rows, height, width, channels] becomes [rows, channels]. Equal maxima
 * share the gradient, as in TensorFlow.
 * @throws ValueError for an option that does not exist; ShapeError, when it is called, for another rank.
 * @example
 * new GlobalMaxPooling2D().call(tensor([[[[1], [3]], [[5], [7]]]])).toArray(); // [[7]]
 */
export class GlobalMaxPooling2D extends GlobalPooling {
  constructor(options: GlobalPoolingOptions = {}) {
    super("GlobalMaxPooling2D", options, "global_max_pooling2d", 2);
  }

  override get computesOnly(): boolean {
    return this.constructor === GlobalMaxPooling2D;
  }

  /** Reduces axes. */
  protected reduce(input: Tensor, options: ReduceOptions): Tensor {
    return max(input, options);
  }
}
