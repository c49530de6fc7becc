import { checkOption, copyOptions, oneOf, required } from "../../base/options.ts";
import { warpOf } from "../../ops/image/affineTransform.ts";
import {
  type AugmentationOptions,
  augmentationRules,
  between,
  type Factor,
  factorRule,
  RandomTransform,
  type Range,
  rangeOf,
} from "./randomTransform.ts";

/** Options of `RandomShift`. */
export interface RandomShiftOptions extends AugmentationOptions {
  /** How far images move down (negative: up): f means from −f to f, [lower, upper] means these. */
  readonly heightFactor: Factor;
  /** How far images move to the right (negative: to the left). */
  readonly widthFactor: Factor;
  /**
   * What the factors count: "fraction" (of the height or width; any distance, as in Keras), or "pixel" (whole pixels, each
   * number as often as another, so that images stay sharp). Default: "fraction".
   */
  readonly unit?: "fraction" | "pixel";
}

/**
 * Moves each image in training, by distances of its own that are drawn uniformly from two ranges; otherwise images stay as
 * they are. Images are [rows, height, width, channels]. It is the RandomTranslation of Keras, with its defaults.
 * @throws ValueError for options out of range; ShapeError for an input that is not images.
 * @example
 * const image = tensor([1, 2, 3, 4], { shape: [1, 1, 4, 1] });
 * const shift = new RandomShift({ heightFactor: 0, widthFactor: [0.25, 0.25], fillMode: "constant" });
 * shift.call(image, { training: true }).data; // [0, 1, 2, 3]
 * shift.call(image).data; // [1, 2, 3, 4]
 */
export class RandomShift extends RandomTransform {
  constructor(options: RandomShiftOptions) {
    const rule = required(factorRule("fractions, or whole pixels"));
    const checked = copyOptions("RandomShift", options, {
      heightFactor: rule,
      widthFactor: rule,
      unit: oneOf("fraction", "pixel"),
      ...augmentationRules,
    });
    const inPixels = checked.unit === "pixel";
    if (inPixels) {
      const wholeRule = factorRule("whole numbers of pixels", Number.isSafeInteger);
      checkOption("RandomShift", "heightFactor", checked.heightFactor, wholeRule);
      checkOption("RandomShift", "widthFactor", checked.widthFactor, wholeRule);
    }
    const [heightRange, widthRange] = [rangeOf(checked.heightFactor), rangeOf(checked.widthFactor)];
    const distance = inPixels ? pixelsIn : fractionIn;
    super(checked, "random_shift", warpOf(checked), 2, ([first, second], height, width) => [
      ...([1, 0, -distance(widthRange, second, width)] as const),
      ...([0, 1, -distance(heightRange, first, height)] as const),
    ]);
  }

  override get computesOnly(): boolean {
    return this.constructor === RandomShift;
  }
}

const pixelsIn = ([lower, upper]: Range, share: number): number => lower + Math.floor(share * (upper - lower + 1));
const fractionIn = (range: Range, share: number, length: number): number => length * between(range, share);
