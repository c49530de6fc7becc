import type { Variable } from "../../autograd/variable.ts";
import { ShapeError } from "../../base/errors.ts";
import { anything, copyOptions } from "../../base/options.ts";
import { add, div, sub } from "../../ops/elementwise/arithmetic.ts";
import { equal, where } from "../../ops/elementwise/compare.ts";
import { concat } from "../../ops/shape/concat.ts";
import { gather } from "../../ops/shape/gather.ts";
import { toFloat } from "../../ops/support/toFloat.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import { embeddingsInitializer } from "../base/initializers.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";
import { type EmbeddedColumn, embedColumn, vectorsOf } from "./embeddedColumn.ts";
import { checkColumns, checkTarget, type EncodedColumn, type EncodedTarget } from "./tableColumns.ts";

/** Options of `TableEncoder`. */
export interface TableEncoderOptions extends LayerOptions {
  /** The columns of the input, in order, with the statistics or categories of each. */
  readonly columns: readonly EncodedColumn[];
  /** The column that the model predicts. The layer does not compute with it: it tells how to read the outputs. */
  readonly target?: EncodedTarget;
}

/** One place of the output: the column that it comes from, and the numbers that it is computed with. */
interface Place {
  readonly name: string;
  readonly column: number;
  readonly mean: number;
  readonly deviation: number;
  readonly category: number;
  readonly missing: number;
}

/**
 * The first layer of a model on a table: a row of mixed columns becomes numbers that a network can use.
 *
 *     number     (x − mean)/deviation
 *     boolean    1 for true, 0 for false
 *     category   a 1 at the place of the category, 0 at the others
 *                with `embed`: the trained vector of the category, in the last places of y
 *
 * x is [rows, columns]: the numbers as they are, categories by their number (−1: an unknown one), NaN where a value is missing.
 * y is [rows, features]. A column has a substitute for its missing values; without one, NaN stays NaN. The
 * layer's config, and so the saved model, holds all of this in plain words; the only variables are the
 * tables of trained vectors, `<column>_embeddings`. `tableEncoder` of `gradus/table` makes such a layer from training data.
 * @throws ValueError for columns or a target that break their rules; ShapeError for another number of columns.
 * @example
 * const encoder = new TableEncoder({
 *   columns: [
 *     { name: "size", type: "number", mean: 10, deviation: 2 },
 *     { name: "colour", type: "category", categories: ["green", "red"] },
 *   ],
 * });
 * encoder.call(tensor([[12, 1], [7, 0]])).toArray(); // [[1, 0, 1], [-1.5, 1, 0]]
 * encoder.features; // ["size", "colour=green", "colour=red"]
 */
export class TableEncoder extends Layer {
  /** The columns of the input, in order, with the statistics or categories of each. */
  readonly columns: readonly EncodedColumn[];
  /** The column that the model predicts. */
  readonly target: EncodedTarget | undefined;
  readonly #places: readonly Place[];
  readonly #embedded: readonly EmbeddedColumn[];
  /** The trained vectors of each embedded column. */
  #tables: readonly Variable[] = [];
  readonly #sources: Tensor;
  readonly #mean: Tensor;
  readonly #deviation: Tensor;
  /** NaN, which nothing equals, for a place of numbers. */
  readonly #category: Tensor;
  readonly #missing: Tensor;

  constructor(options: TableEncoderOptions) {
    // checkColumns and checkTarget check the first two.
    const checked = copyOptions("TableEncoder", options, { columns: anything, target: anything, ...layerRules });
    checkColumns(checked.columns);
    if (checked.target !== undefined) checkTarget(checked.target);
    super(checked, "table_encoder");
    this.columns = checked.columns;
    this.target = checked.target;
    const places = checked.columns.flatMap(placesOf);
    const vector = (of: (place: Place) => number): Tensor =>
      ownTensor([places.length], "float32", Float32Array.from(places, of));
    this.#places = places;
    this.#embedded = checked.columns.flatMap((column, index) =>
      column.type === "category" && column.embed !== undefined
        ? [{ column: { ...column, embed: column.embed }, index }]
        : [],
    );
    this.#sources = ownTensor(
      [places.length],
      "int32",
      Int32Array.from(places, ({ column }) => column),
    );
    this.#mean = vector(({ mean }) => mean);
    this.#deviation = vector(({ deviation }) => deviation);
    this.#category = vector(({ category }) => category);
    this.#missing = vector(({ missing }) => missing);
  }

  /** The shape of one row of the input: what a `Sequential` that begins with this layer has as its `inputShape`. */
  get inputShape(): Shape {
    return [this.columns.length];
  }

  /** The name of each place of the output: `age`, `colour=red`, `city[0]`. */
  get features(): readonly string[] {
    const vectors = this.#embedded.flatMap(({ column: { name, embed } }) =>
      Array.from({ length: embed }, (_, place) => `${name}[${place}]`),
    );
    return [...this.#places.map(({ name }) => name), ...vectors];
  }

  /** Prepares the layer for rows of this shape, once, before its first call. */
  build(inputShape: Shape): void {
    this.#checkRows(inputShape);
    this.#tables = this.#embedded.map(({ column }) =>
      this.addVariable(`${column.name}_embeddings`, {
        shape: [vectorsOf(column), column.embed],
        initializer: embeddingsInitializer,
      }),
    );
  }

  #checkRows(inputShape: Shape): void {
    if (inputShape.length !== 1 || inputShape[0] !== this.columns.length) {
      throw new ShapeError(
        `${this.path}: each row of the input must have the ${this.columns.length} columns that the encoder knows, got rows of ` +
          `shape ${formatShape(inputShape)}. Make the data with tableDataset(table, encoder).`,
      );
    }
  }

  override get computesOnly(): boolean {
    return this.constructor === TableEncoder;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    this.#checkRows(input.axes.slice(1));
    const vectors = this.#embedded.map((column, index) => embedColumn(this.path, this.#tables[index], input, column));
    const parts = this.#places.length > 0 ? [this.#encode(input), ...vectors] : vectors;
    return parts.length === 1 ? parts[0] : concat(parts, { axis: 1 });
  }

  #encode(input: Tensor): Tensor {
    const hasCategories =
      this.#places.length !== this.columns.length || this.#places.some(({ category }) => category >= 0);
    const raw = hasCategories ? gather(input, this.#sources, { axis: 1 }) : input;
    const canMiss = this.columns.some(({ missing }) => missing !== undefined);
    const x = canMiss ? where(equal(raw, raw), raw, this.#missing) : raw;
    // A category is divided by infinity, so that this term is 0, or NaN where a missing value has no replacement.
    const numbers = div(sub(x, this.#mean), this.#deviation);
    return hasCategories ? add(numbers, toFloat(equal(x, this.#category))) : numbers;
  }
}

const placesOf = (column: EncodedColumn, index: number): readonly Place[] => {
  const { name, missing } = column;
  if (column.type === "category" && column.embed !== undefined) return [];
  if (column.type === "number" || column.type === "boolean") {
    const { mean, deviation } = column.type === "number" ? column : { mean: 0, deviation: 1 };
    return [{ name, column: index, mean, deviation, category: Number.NaN, missing: Number(missing ?? Number.NaN) }];
  }
  const fill = missing === undefined ? Number.NaN : column.categories.indexOf(missing as string);
  const names = column.categories.map((category) => `${name}=${category}`);
  if (column.unknown === "slot") names.push(`${name}: unknown`);
  return names.map((placeName, place) => ({
    name: placeName,
    column: index,
    mean: 0,
    deviation: Number.POSITIVE_INFINITY,
    category: place < column.categories.length ? place : -1,
    missing: fill,
  }));
};
