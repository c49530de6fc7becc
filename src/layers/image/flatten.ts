import { copyOptions } from "../../base/options.ts";
import { reshape } from "../../ops/shape/reshape.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";

/**
 * Makes each row a list of its elements, row-major: [rows, ...] becomes [rows, features]. Nothing is copied.
 * @throws ValueError for an option that does not exist.
 * @example
 * new Flatten().call(zeros([2, 4, 4, 3])).shape; // [2, 48]
 */
export class Flatten extends Layer {
  constructor(options: LayerOptions = {}) {
    super(copyOptions("Flatten", options, layerRules), "flatten");
  }

  override get computesOnly(): boolean {
    return this.constructor === Flatten;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    return reshape(input, [input.axes[0], sizeOf(input.axes.slice(1))]);
  }
}
