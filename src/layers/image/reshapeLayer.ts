import { ShapeError } from "../../base/errors.ts";
import { copyOptions, type OptionRule, required } from "../../base/options.ts";
import { reshape } from "../../ops/shape/reshape.ts";
import { formatRows, formatShape, maxRank, type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";

/** Options of `Reshape`. */
export interface ReshapeOptions extends LayerOptions {
  /** The shape of one row of the output; one length may be -1, which is computed. */
  readonly shape: Shape;
}

const shapeRule: OptionRule = {
  words: `at most ${maxRank - 1} whole numbers from 1, one of them perhaps -1`,
  holds: (value) =>
    Array.isArray(value) &&
    value.length < maxRank &&
    value.every((length) => length === -1 || (Number.isSafeInteger(length) && length > 0)) &&
    value.indexOf(-1) === value.lastIndexOf(-1),
};

/**
 * Gives each row another shape with the same elements, row-major: [rows, ...] becomes [rows, ...shape]. Nothing is copied.
 * @throws ValueError for a shape that is not a list of whole numbers, or another option that does not exist; ShapeError, when it
 * is called, for rows with another number of elements.
 * @example
 * new Reshape({ shape: [28, 28, 1] }).call(zeros([2, 784])).shape; // [2, 28, 28, 1]
 */
export class Reshape extends Layer {
  /** The shape of one row of the output; -1 for a length that is computed. */
  readonly shape: Shape;

  constructor(options: ReshapeOptions) {
    const checked = copyOptions("Reshape", options, { shape: required(shapeRule), ...layerRules });
    super(checked, "reshape");
    this.shape = checked.shape;
  }

  override get computesOnly(): boolean {
    return this.constructor === Reshape;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    const row = input.axes.slice(1);
    const size = sizeOf(row);
    const known = sizeOf(this.shape.filter((length) => length !== -1));
    if (this.shape.includes(-1) ? size % known !== 0 : size !== known) {
      throw new ShapeError(
        `${this.path}: a row must keep its number of elements, got shape ${formatRows(row)} (${size} in a row) and ` +
          `shape: ${formatShape(this.shape)}. Choose lengths with that product, or one -1.`,
      );
    }
    return reshape(input, [input.axes[0], ...this.shape.map((length) => (length === -1 ? size / known : length))]);
  }
}
