import { copyOptions } from "../../base/options.ts";
import { averagePool1d, averagePool2d } from "../../ops/pooling/averagePool.ts";
import {
  type AveragePool1dOptions,
  type AveragePool2dOptions,
  averagePool1dRules,
  averagePool2dRules,
} from "../../ops/pooling/windows.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";
import { checkImages } from "./checkImages.ts";

/** Options of `AveragePooling1D`. */
export interface AveragePooling1DOptions extends LayerOptions, AveragePool1dOptions {}

/** Options of `AveragePooling2D`. */
export interface AveragePooling2DOptions extends LayerOptions, AveragePool2dOptions {}

/**
 * The mean of each window of sequences: `averagePool1d` as a layer, [rows, length, channels].
 * @throws ValueError for options out of range; ShapeError, when it is called, where a window does not fit.
 * @example
 * new AveragePooling1D({ poolSize: 2 }).call(tensor([[[1], [5], [2], [3]]])).toArray(); // [[[3], [2.5]]]
 */
export class AveragePooling1D extends Layer {
  readonly #window: AveragePool1dOptions;

  constructor(options: AveragePooling1DOptions = {}) {
    const checked = copyOptions("AveragePooling1D", options, { ...averagePool1dRules(), ...layerRules });
    super(checked, "average_pooling1d");
    const { poolSize, strides, padding, countPadding } = checked;
    this.#window = { poolSize, strides, padding, countPadding };
  }

  /** Checks that rows of this shape are sequences. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 1);
  }

  override get computesOnly(): boolean {
    return this.constructor === AveragePooling1D;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    return averagePool1d(input, this.#window);
  }
}

/**
 * The mean of each window of images: `averagePool2d` as a layer, [rows, height, width, channels].
 * @throws ValueError for options out of range; ShapeError, when it is called, where a window does not fit.
 * @example
 * new AveragePooling2D({ poolSize: 2 }).call(zeros([5, 28, 28, 3])).shape; // [5, 14, 14, 3]
 */
export class AveragePooling2D extends Layer {
  readonly #window: AveragePool2dOptions;

  constructor(options: AveragePooling2DOptions = {}) {
    const checked = copyOptions("AveragePooling2D", options, { ...averagePool2dRules(), ...layerRules });
    super(checked, "average_pooling2d");
    const { poolSize, strides, padding, countPadding } = checked;
    this.#window = { poolSize, strides, padding, countPadding };
  }

  /** Checks that rows of this shape are images. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 2);
  }

  override get computesOnly(): boolean {
    return this.constructor === AveragePooling2D;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    return averagePool2d(input, this.#window);
  }
}
