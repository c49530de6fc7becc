import { ShapeError, ValueError } from "../../base/errors.ts";
import { copyOptions, type OptionRule, oneOf, required, whole } from "../../base/options.ts";
import { sub } from "../../ops/elementwise/arithmetic.ts";
import { equal } from "../../ops/elementwise/compare.ts";
import { matmul } from "../../ops/matmul/matmul.ts";
import { concat } from "../../ops/shape/concat.ts";
import { gather } from "../../ops/shape/gather.ts";
import { reshape } from "../../ops/shape/reshape.ts";
import { toFloat } from "../../ops/support/toFloat.ts";
import { decide } from "../../tensor/interpret/hostWork.ts";
import { onShapesAlone } from "../../tensor/interpret/shapeInterpreter.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";

/** How an unknown category is encoded; "slot": in an extra column. */
export type UnknownRule = "error" | "zeros" | "slot";

/** The rules for unknown categories. @internal */
export const unknownRules: readonly UnknownRule[] = ["error", "zeros", "slot"];

/** Options of `OneHot`. */
export interface OneHotOptions extends LayerOptions {
  /** The number of categories; a list where columns have different numbers of them. */
  readonly depth: number | readonly number[];
  /** How a number outside of 0 to depth − 1 is encoded; "slot": in an extra place for each column, at the end. Default: "error". */
  readonly unknown?: UnknownRule;
}

const depthRule: OptionRule = /* @__PURE__ */ whole({ from: 1, to: 2 ** 24 });

const depthsRule: OptionRule = {
  words: "a whole number from 1 to 2^24, or a list of one for each column",
  holds: (value) => (Array.isArray(value) ? value.length > 0 && value.every(depthRule.holds) : depthRule.holds(value)),
};

/**
 * Numbers of categories as vectors: y is 1 at the place of the category and 0 elsewhere. x holds whole numbers from 0 to
 * depth − 1 (float or int32), [rows] or [rows, columns]; y is [rows, depth], or [rows, sum of the depths], the columns side
 * by side. It has no variables, and no gradient flows to x.
 * @throws ValueError for an option out of range, and with `unknown: "error"` for a number that is not a category;
 * ShapeError for an input of another form.
 * @example
 * const oneHot = new OneHot({ depth: [3, 2] });
 * oneHot.call(tensor([[2, 0], [0, 1]])).toArray(); // [[0, 0, 1, 1, 0], [1, 0, 0, 0, 1]]
 */
export class OneHot extends Layer {
  /** How a number that is not a category is encoded. */
  readonly unknown: UnknownRule;
  readonly #depth: number | readonly number[];
  /** The number of categories of each column of the input. */
  #depths: readonly number[] = [];
  /** The column of the input that each place of the output comes from. */
  #columns!: Tensor;
  /** The category of each place of the output. */
  #categories!: Tensor;
  /** A matrix that sums the places of each column: 1 where a place of the output belongs to a column. */
  #belongs: Tensor | undefined;

  constructor(options: OneHotOptions) {
    const checked = copyOptions("OneHot", options, {
      depth: required(depthsRule),
      unknown: oneOf(...unknownRules),
      ...layerRules,
    });
    super(checked, "one_hot");
    this.#depth = checked.depth;
    this.unknown = checked.unknown ?? "error";
  }

  /** Prepares the layer for rows of this shape, once, before its first call. */
  build(inputShape: Shape): void {
    const columns = inputShape.length === 0 ? 1 : inputShape[0];
    if (inputShape.length > 1 || (Array.isArray(this.#depth) && this.#depth.length !== columns)) {
      const expected = Array.isArray(this.#depth) ? `[rows, ${this.#depth.length}]` : "[rows] or [rows, columns]";
      throw new ShapeError(
        `${this.path}: the input must have the shape ${expected}, got rows of shape ${formatShape(inputShape)}. Reshape it.`,
      );
    }
    const depths = Array.from({ length: columns }, (_, column) =>
      typeof this.#depth === "number" ? this.#depth : this.#depth[column],
    );
    const sources = depths.flatMap((depth, column) => Array<number>(depth).fill(column));
    const width = sources.length;
    this.#depths = depths;
    this.#columns = ownTensor([width], "int32", Int32Array.from(sources));
    this.#categories = ownTensor(
      [width],
      "float32",
      Float32Array.from(depths.flatMap((depth) => [...Array(depth).keys()])),
    );
    if (this.unknown !== "slot") return;
    const belongs = new Float32Array(width * columns);
    for (const [place, column] of sources.entries()) belongs[place * columns + column] = 1;
    this.#belongs = ownTensor([width, columns], "float32", belongs);
  }

  override get computesOnly(): boolean {
    return this.constructor === OneHot;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    const columns = this.#depths.length;
    if (input.rank > 2 || (input.rank === 2 ? input.axes[1] : 1) !== columns) {
      throw new ShapeError(
        `${this.path}: the input must have the shape [rows, ${columns}] for which the layer was built, got ` +
          `${formatShape(input.axes)}. Reshape it.`,
      );
    }
    if (this.unknown === "error" && !onShapesAlone()) decide(() => this.#checkValues(input));
    const x = reshape(toFloat(input), [input.axes[0], columns]);
    const known = toFloat(equal(gather(x, this.#columns, { axis: 1 }), this.#categories));
    return this.#belongs ? concat([known, sub(1, matmul(known, this.#belongs))], { axis: 1 }) : known;
  }

  #checkValues(input: Tensor): void {
    const values = input.storage.elements();
    const columns = this.#depths.length;
    for (let at = 0; at < values.length; at++) {
      const [value, depth] = [values[at], this.#depths[at % columns]];
      if (value >= 0 && value < depth && Number.isInteger(value)) continue;
      throw new ValueError(
        `${this.path}: a category must be a whole number from 0 to ${depth - 1}, got ${value} in row ${Math.floor(at / columns)}, ` +
          `column ${at % columns}. Correct it, or pass { unknown: "zeros" } or { unknown: "slot" }.`,
      );
    }
  }
}
