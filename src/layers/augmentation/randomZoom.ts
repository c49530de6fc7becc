import { copyOptions, required } from "../../base/options.ts";
import { warpOf } from "../../ops/image/affineTransform.ts";
import {
  type AugmentationOptions,
  augmentationRules,
  between,
  type Factor,
  factorRule,
  RandomTransform,
  rangeOf,
} from "./randomTransform.ts";

/** Options of `RandomZoom`. */
export interface RandomZoomOptions extends AugmentationOptions {
  /**
   * By which share of the height images shrink (positive) or grow (negative), above −1: f means from −f to f,
   * [lower, upper] means these.
   */
  readonly heightFactor: Factor;
  /** The same for the width. Default: the share that was drawn for the height, so that shapes keep their proportions. */
  readonly widthFactor?: Factor;
}

/**
 * Makes each image smaller or larger around its centre in training, by a factor of its own: a result of the same size shows
 * 1 + h of the height, where h is drawn uniformly from a range; otherwise images stay as they are. Images are
 * [rows, height, width, channels]. The formula and the defaults are those of Keras.
 * @throws ValueError for options out of range; ShapeError for an input that is not images.
 * @example
 * const image = tensor([0, 4, 8, 4, 0], { shape: [1, 1, 5, 1] });
 * new RandomZoom({ heightFactor: [-0.5, -0.5] }).call(image, { training: true }).data; // [4, 6, 8, 6, 4]
 */
export class RandomZoom extends RandomTransform {
  constructor(options: RandomZoomOptions) {
    const rule = factorRule("each above -1", (end) => end > -1);
    const checked = copyOptions("RandomZoom", options, {
      heightFactor: required(rule),
      widthFactor: rule,
      ...augmentationRules,
    });
    const heightRange = rangeOf(checked.heightFactor);
    const widthRange = checked.widthFactor === undefined ? undefined : rangeOf(checked.widthFactor);
    super(checked, "random_zoom", warpOf(checked), 2, ([first, second], height, width) => {
      const down = 1 + between(heightRange, first);
      const across = widthRange ? 1 + between(widthRange, second) : down;
      return [across, 0, ((width - 1) / 2) * (1 - across), 0, down, ((height - 1) / 2) * (1 - down)];
    });
  }

  override get computesOnly(): boolean {
    return this.constructor === RandomZoom;
  }
}
