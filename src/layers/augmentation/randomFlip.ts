import { copyOptions, oneOf } from "../../base/options.ts";
import { type LayerOptions, layerRules } from "../base/layerOptions.ts";
import { RandomTransform } from "./randomTransform.ts";

/** Options of `RandomFlip`. */
export interface RandomFlipOptions extends LayerOptions {
  /** "horizontal" (left and right change places), "vertical" (top and bottom), or "both", each by itself. Default: "both". */
  readonly mode?: "horizontal" | "vertical" | "both";
}

/**
 * Mirrors each image in training, with probability ½ in each direction of its mode; otherwise images stay as they are.
 * Images are [rows, height, width, channels]. The default is that of Keras, where "both" is "horizontal_and_vertical".
 * @throws ValueError for options out of range; ShapeError for an input that is not images.
 * @example
 * const image = tensor([1, 2, 3], { shape: [1, 1, 3, 1] });
 * const flip = new RandomFlip({ mode: "horizontal", seed: 1 });
 * flip.call(image, { training: true }); // as it is, or mirrored
 */
export class RandomFlip extends RandomTransform {
  /** In which directions images are mirrored. */
  readonly mode: "horizontal" | "vertical" | "both";

  constructor(options: RandomFlipOptions = {}) {
    const checked = copyOptions("RandomFlip", options, {
      mode: oneOf("horizontal", "vertical", "both"),
      ...layerRules,
    });
    const { mode = "both" } = checked;
    // Every pixel moves to the place of another one.
    super(checked, "random_flip", { interpolation: "nearest" }, 2, ([first, second], height, width) => {
      const isMirrored = mode !== "vertical" && first < 0.5;
      const isUpsideDown = mode !== "horizontal" && second < 0.5;
      return [
        ...(isMirrored ? ([-1, 0, width - 1] as const) : ([1, 0, 0] as const)),
        ...(isUpsideDown ? ([0, -1, height - 1] as const) : ([0, 1, 0] as const)),
      ];
    });
    this.mode = mode;
  }

  override get computesOnly(): boolean {
    return this.constructor === RandomFlip;
  }
}
