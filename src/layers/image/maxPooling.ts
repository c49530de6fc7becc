import { copyOptions } from "../../base/options.ts";
import { maxPool1d, maxPool2d } from "../../ops/pooling/maxPool.ts";
import { type Pool1dOptions, type Pool2dOptions, pool1dRules, pool2dRules } from "../../ops/pooling/windows.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";
import { checkImages } from "./checkImages.ts";

/** Options of `MaxPooling1D`. */
export interface MaxPooling1DOptions extends LayerOptions, Pool1dOptions {}

/** Options of `MaxPooling2D`. */
export interface MaxPooling2DOptions extends LayerOptions, Pool2dOptions {}

/**
 * The maximum of each window of sequences: `maxPool1d` as a layer, [rows, length, channels].
 * @throws ValueError for options out of range; ShapeError, when it is called, where a window does not fit.
 * @example
 * new MaxPooling1D({ poolSize: 2 }).call(tensor([[[1], [5], [2], [3]]])).toArray(); // [[[5], [3]]]
 */
export class MaxPooling1D extends Layer {
  readonly #window: Pool1dOptions;

  constructor(options: MaxPooling1DOptions = {}) {
    const checked = copyOptions("MaxPooling1D", options, { ...pool1dRules(), ...layerRules });
    super(checked, "max_pooling1d");
    const { poolSize, strides, padding } = checked;
    this.#window = { poolSize, strides, padding };
  }

  /** Checks that rows of this shape are sequences. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 1);
  }

  override get computesOnly(): boolean {
    return this.constructor === MaxPooling1D;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    return maxPool1d(input, this.#window);
  }
}

/**
 * The maximum of each window of images: `maxPool2d` as a layer, [rows, height, width, channels].
 * @throws ValueError for options out of range; ShapeError, when it is called, where a window does not fit.
 * @example
 * new MaxPooling2D({ poolSize: 2 }).call(zeros([5, 28, 28, 3])).shape; // [5, 14, 14, 3]
 */
export class MaxPooling2D extends Layer {
  readonly #window: Pool2dOptions;

  constructor(options: MaxPooling2DOptions = {}) {
    const checked = copyOptions("MaxPooling2D", options, { ...pool2dRules(), ...layerRules });
    super(checked, "max_pooling2d");
    const { poolSize, strides, padding } = checked;
    this.#window = { poolSize, strides, padding };
  }

  /** Checks that rows of this shape are images. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 2);
  }

  override get computesOnly(): boolean {
    return this.constructor === MaxPooling2D;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    return maxPool2d(input, this.#window);
  }
}
