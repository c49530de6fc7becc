import { copyOptions, type OptionRule } from "../../base/options.ts";
import { imagePadding, type Margins, type Pair, wholePair } from "../../ops/convolution/geometry.ts";
import { pad } from "../../ops/shape/pad.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";
import { checkImages } from "./checkImages.ts";

/** Options of `ZeroPadding2D`. */
export interface ZeroPadding2DOptions extends LayerOptions {
  /**
   * Zeros around the images: a number for all sides, [height, width] for both sides of an axis, or [[top, bottom], [left, right]].
   * Default: 1.
   */
  readonly padding?: number | Pair | readonly [height: Margins, width: Margins];
}

const sides = /* @__PURE__ */ wholePair(0);

const paddingRule: OptionRule = {
  words: "a whole number from 0, [height, width] or [[top, bottom], [left, right]]",
  holds: (value) => sides.holds(value) || (typeof value !== "string" && imagePadding.holds(value)),
};

/**
 * Adds rows and columns of zeros around images, [rows, height, width, channels].
 * @throws ValueError for a padding that is not made of whole numbers from 0; ShapeError, when it is called, for another rank.
 * @example
 * new ZeroPadding2D({ padding: [[0, 1], [2, 0]] }).call(ones([1, 2, 2, 1])).shape; // [1, 3, 4, 1]
 */
export class ZeroPadding2D extends Layer {
  readonly #padding: readonly [Margins, Margins];

  constructor(options: ZeroPadding2DOptions = {}) {
    const checked = copyOptions("ZeroPadding2D", options, { padding: paddingRule, ...layerRules });
    super(checked, "zero_padding2d");
    const { padding = 1 } = checked;
    const [height, width] = typeof padding === "number" ? [padding, padding] : padding;
    const margins = (side: number | Margins): Margins => (typeof side === "number" ? [side, side] : side);
    this.#padding = [margins(height), margins(width)];
  }

  /** Checks that rows of this shape are images. */
  build(inputShape: Shape): void {
    checkImages(this.path, inputShape, 2);
  }

  override get computesOnly(): boolean {
    return this.constructor === ZeroPadding2D;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    return pad(input, [[0, 0], ...this.#padding, [0, 0]]);
  }
}
