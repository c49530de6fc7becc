import { cosPi } from "../../base/math.ts";
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

/** Options of `RandomRotation`. */
export interface RandomRotationOptions extends AugmentationOptions {
  /**
   * The angles, as fractions of a whole turn (2π): f means from −f to f, [lower, upper] means these. Positive angles turn
   * counter-clockwise.
   */
  readonly factor: Factor;
}

/**
 * Turns each image around its centre in training, by an angle of its own that is drawn uniformly from a range; otherwise
 * images stay as they are. Images are [rows, height, width, channels]. The formula and the defaults are those of Keras.
 *
 * Sines and cosines are our own, so that a seed gives the same bits on every machine.
 * @throws ValueError for options out of range; ShapeError for an input that is not images.
 * @example
 * const image = tensor([1, 2, 3, 4], { shape: [1, 2, 2, 1] });
 * const quarter = new RandomRotation({ factor: [0.25, 0.25] });
 * quarter.call(image, { training: true }).data; // [2, 4, 1, 3]
 * quarter.call(image).data; // [1, 2, 3, 4]
 */
export class RandomRotation extends RandomTransform {
  constructor(options: RandomRotationOptions) {
    const checked = copyOptions("RandomRotation", options, {
      factor: required(factorRule("fractions of a turn")),
      ...augmentationRules,
    });
    const range = rangeOf(checked.factor);
    super(checked, "random_rotation", warpOf(checked), 1, ([share], height, width) => {
      const turns = between(range, share);
      const [cosine, sine] = [cosPi(2 * turns), cosPi(2 * turns - 0.5)];
      const [right, bottom] = [width - 1, height - 1];
      return [
        cosine,
        -sine,
        (right - (cosine * right - sine * bottom)) / 2,
        sine,
        cosine,
        (bottom - (sine * right + cosine * bottom)) / 2,
      ];
    });
  }

  override get computesOnly(): boolean {
    return this.constructor === RandomRotation;
  }
}
