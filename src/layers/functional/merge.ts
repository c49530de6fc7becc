import { ShapeError } from "../../base/errors.ts";
import { copyOptions, type OptionRules, whole } from "../../base/options.ts";
import { add, div, maximum, minimum, mul, sub } from "../../ops/elementwise/arithmetic.ts";
import { concat } from "../../ops/shape/concat.ts";
import { formatShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { valuesOf } from "../base/layerInputs.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";

/** What a layer that joins tensors is called with: a list of them, or one, which comes out as it is. */
export type MergeInputs = Tensor | readonly Tensor[];

/** A layer that joins several tensors. */
abstract class Merge extends Layer {
  constructor(className: string, options: LayerOptions, name: string, rules: OptionRules<LayerOptions> = layerRules) {
    super(copyOptions(className, options, rules), name);
  }

  override get takesSeveral(): boolean {
    return true;
  }

  /** Joins at least one tensor. */
  protected abstract merge(inputs: readonly Tensor[]): Tensor;

  call(inputs: MergeInputs, _options?: CallOptions): Tensor {
    return this.merge(inputs instanceof Tensor ? [inputs] : valuesOf(inputs));
  }
}

/**
 * The sum of its inputs, as in a residual connection: y = x₁ + x₂ + …, of shapes that broadcast.
 * @throws ShapeError for shapes that do not broadcast.
 * @example
 * new Add().call([ones([2, 3]), ones([2, 3])]).toArray(); // [[2, 2, 2], [2, 2, 2]]
 */
export class Add extends Merge {
  constructor(options: LayerOptions = {}) {
    super("Add", options, "add");
  }

  override get computesOnly(): boolean {
    return this.constructor === Add;
  }

  protected merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((sum, x) => add(sum, x));
  }
}

/**
 * The difference of two inputs: y = x₁ − x₂, of shapes that broadcast.
 * @throws ShapeError unless there are two inputs, of shapes that broadcast.
 * @example
 * new Subtract().call([tensor([[5, 6]]), tensor([[1, 2]])]).toArray(); // [[4, 4]]
 */
export class Subtract extends Merge {
  constructor(options: LayerOptions = {}) {
    super("Subtract", options, "subtract");
  }

  override get computesOnly(): boolean {
    return this.constructor === Subtract;
  }

  protected merge(inputs: readonly Tensor[]): Tensor {
    const [a, b] = inputs;
    if (inputs.length === 2) return sub(a, b);
    const got = inputs.map(({ axes: shape }) => formatShape(shape)).join(", ");
    throw new ShapeError(`${this.path}: there must be two inputs, got ${inputs.length}: ${got}. Pass a list of two.`);
  }
}

/**
 * The product of its inputs, element by element: y = x₁ · x₂ · …, of shapes that broadcast.
 * @throws ShapeError for shapes that do not broadcast.
 * @example
 * new Multiply().call([tensor([[2, 3]]), tensor([[4, 5]])]).toArray(); // [[8, 15]]
 */
export class Multiply extends Merge {
  constructor(options: LayerOptions = {}) {
    super("Multiply", options, "multiply");
  }

  override get computesOnly(): boolean {
    return this.constructor === Multiply;
  }

  protected merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((product, x) => mul(product, x));
  }
}

/**
 * The mean of its n inputs: y = (x₁ + x₂ + …)/n, of shapes that broadcast.
 * @throws ShapeError for shapes that do not broadcast.
 * @example
 * new Average().call([tensor([[1, 2]]), tensor([[3, 6]])]).toArray(); // [[2, 4]]
 */
export class Average extends Merge {
  constructor(options: LayerOptions = {}) {
    super("Average", options, "average");
  }

  override get computesOnly(): boolean {
    return this.constructor === Average;
  }

  protected merge(inputs: readonly Tensor[]): Tensor {
    const sum = inputs.reduce((partial, x) => add(partial, x));
    return inputs.length === 1 ? sum : div(sum, inputs.length);
  }
}

/**
 * The largest of its inputs, element by element: y = max(x₁, x₂, …), of shapes that broadcast.
 * @throws ShapeError for shapes that do not broadcast.
 * @example
 * new Maximum().call([tensor([[1, 9]]), tensor([[3, 6]])]).toArray(); // [[3, 9]]
 */
export class Maximum extends Merge {
  constructor(options: LayerOptions = {}) {
    super("Maximum", options, "maximum");
  }

  override get computesOnly(): boolean {
    return this.constructor === Maximum;
  }

  protected merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((largest, x) => maximum(largest, x));
  }
}

/**
 * The smallest of its inputs, element by element: y = min(x₁, x₂, …), of shapes that broadcast.
 * @throws ShapeError for shapes that do not broadcast.
 * @example
 * new Minimum().call([tensor([[1, 9]]), tensor([[3, 6]])]).toArray(); // [[1, 6]]
 */
export class Minimum extends Merge {
  constructor(options: LayerOptions = {}) {
    super("Minimum", options, "minimum");
  }

  override get computesOnly(): boolean {
    return this.constructor === Minimum;
  }

  protected merge(inputs: readonly Tensor[]): Tensor {
    return inputs.reduce((smallest, x) => minimum(smallest, x));
  }
}

/** Options of `Concatenate`. */
export interface ConcatenateOptions extends LayerOptions {
  /** The axis along which the inputs are joined; negative axes count from the last. Not 0, which counts rows. Default: -1. */
  readonly axis?: number;
}

/**
 * Its inputs side by side along an axis; the other axes have the same lengths.
 * @throws ValueError for axis 0; ShapeError for lengths that differ along another axis.
 * @example
 * new Concatenate().call([ones([2, 3]), zeros([2, 1])]).shape; // [2, 4]
 */
export class Concatenate extends Merge {
  /** The axis along which the inputs are joined. */
  readonly axis: number;

  constructor(options: ConcatenateOptions = {}) {
    const rules: OptionRules<ConcatenateOptions> = { axis: anAxisOfRows, ...layerRules };
    super("Concatenate", options, "concatenate", rules);
    this.axis = options.axis ?? -1;
  }

  override get computesOnly(): boolean {
    return this.constructor === Concatenate;
  }

  protected merge(inputs: readonly Tensor[]): Tensor {
    return concat(inputs, { axis: this.axis });
  }
}

/** Axis 0 counts the rows, which a layer keeps. */
const anAxisOfRows = {
  words: "a whole number other than 0, whose axis counts the rows",
  holds: (value: unknown): boolean => whole().holds(value) && value !== 0,
};
