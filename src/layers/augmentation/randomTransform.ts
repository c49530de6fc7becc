import { ShapeError } from "../../base/errors.ts";
import { joinRules, type OptionRule, type OptionRules } from "../../base/options.ts";
import { affineTransform, type WarpOptions, warpRules } from "../../ops/image/affineTransform.ts";
import { floatOperand } from "../../ops/support/operands.ts";
import { hostTensor } from "../../tensor/interpret/hostWork.ts";
import { uniform } from "../../tensor/randomKernels.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";

/** Options that the layers which augment images have in common. */
export interface AugmentationOptions extends LayerOptions, WarpOptions {}

/** A range: of numbers between two, or from −f to f. */
export type Factor = number | readonly [lower: number, upper: number];

/** Two ends of a range. */
export type Range = readonly [lower: number, upper: number];

/** The six numbers of an affine map: see `affineTransform`. */
export type AffineMap = readonly [a0: number, a1: number, a2: number, b0: number, b1: number, b2: number];

/** The map of an image from random numbers, each from 0 to below 1. */
export type DrawMap = (numbers: Float32Array, height: number, width: number) => AffineMap;

/** The rules of AugmentationOptions. @internal */
export const augmentationRules: OptionRules<AugmentationOptions> = /* @__PURE__ */ joinRules(warpRules, layerRules);

/** The ends of a factor. @internal */
export const rangeOf = (factor: Factor): Range => (typeof factor === "number" ? [-factor, factor] : factor);

/** A factor whose ends are numbers for which `holds` is true. @internal */
export const factorRule = (words: string, holds: (end: number) => boolean = () => true): OptionRule => ({
  words: `a number f, for -f to f, or [lower, upper], ${words}`,
  holds: (value) => {
    const ends: readonly unknown[] = Array.isArray(value) ? value : typeof value === "number" ? rangeOf(value) : [];
    return (
      ends.length === 2 &&
      ends.every((end) => Number.isFinite(end) && holds(end as number)) &&
      (ends[0] as number) <= (ends[1] as number)
    );
  },
});

/** The place in a range that a random number from 0 to 1 means. @internal */
export const between = ([lower, upper]: Range, share: number): number => lower + share * (upper - lower);

/**
 * Moves images in training, each by an affine map that is drawn for it; otherwise images stay as they are. What is drawn
 * depends on the layer's stream of random numbers and the image's place in the batch alone.
 * @internal
 */
export abstract class RandomTransform extends Layer {
  readonly #warp: WarpOptions;
  /** How many random numbers a map needs. */
  readonly #draws: number;

  readonly #mapOf: DrawMap;

  constructor(options: LayerOptions, defaultName: string, warp: WarpOptions, draws: number, mapOf: DrawMap) {
    super(options, defaultName);
    this.#warp = warp;
    this.#draws = draws;
    this.#mapOf = mapOf;
  }

  /** Checks the shape of the images, once, before the first call. */
  build(inputShape: Shape): void {
    if (inputShape.length !== 3) this.#refuse(["rows", ...inputShape]);
  }

  call(input: Tensor, { training = false }: CallOptions = {}): Tensor {
    if (input.rank !== 4) this.#refuse(input.axes);
    if (!training) return input;
    const images = floatOperand(this.path, input);
    const [rows, height, width] = images.axes;
    const draws = this.#draws;
    const state = this.random.draw(rows * draws);
    const maps = hostTensor([rows, 6], images.dtype, (elements) => {
      const numbers = new Float32Array(rows * draws);
      uniform(state.storage.elements() as Int32Array, 0, 1, numbers);
      for (let row = 0; row < rows; row++) {
        elements.set(this.#mapOf(numbers.subarray(row * draws, row * draws + draws), height, width), 6 * row);
      }
    });
    return affineTransform(images, maps, this.#warp);
  }

  #refuse(shape: readonly (number | string)[]): never {
    const text = shape.every((length) => typeof length === "number") ? formatShape(shape) : `[${shape.join(", ")}]`;
    throw new ShapeError(
      `${this.path}: images must be [rows, height, width, channels], got ${text}. ` +
        "Reshape them; gray ones have one channel.",
    );
  }
}
