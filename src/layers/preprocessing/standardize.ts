import type { Variable } from "../../autograd/variable.ts";
import { DTypeError, ShapeError, ValueError } from "../../base/errors.ts";
import { anything, copyOptions, oneOf } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { div, sub } from "../../ops/elementwise/arithmetic.ts";
import { equal, greater, where } from "../../ops/elementwise/compare.ts";
import { sqrt } from "../../ops/elementwise/powers.ts";
import { reshape } from "../../ops/shape/reshape.ts";
import { onShapesAlone } from "../../tensor/interpret/shapeInterpreter.ts";
import { formatShape, normalizeAxes, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import { ownTensor, Tensor, zeros } from "../../tensor/tensor.ts";
import { Layer } from "../base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "../base/layerOptions.ts";
import { type Moments, momentsAlong } from "./moments.ts";

/** Options of `Standardize`. */
export interface StandardizeOptions extends LayerOptions {
  /**
   * The axes of the features, each of which has a mean and a variance; axis 0, that of the rows, cannot be among them.
   * Default: the last. `[]`: one mean and one variance for everything, as for the pixels of images.
   */
  readonly axis?: number | readonly number[];
  /** "mean": NaN is a missing value, and the mean replaces it. Default: NaN is an error in `adapt`. */
  readonly missing?: "mean";
}

/**
 * Brings features to mean 0 and variance 1: y = (x − mean)/√variance. `adapt` computes mean and (biased) variance from
 * the training data, before training, and saved with the model; no optimizer changes them. A feature that never varies
 * becomes 0: its variance counts as 1.
 *
 * The variables have the shape [features], with several axes the rank of the input and the length 1 along the others.
 * Source: `StandardScaler` of scikit-learn, `Normalization` of Keras.
 * @throws ValueError for an option out of range, and when it is called before `adapt`; ShapeError for another number of
 * features than the first.
 * @example
 * const standardize = new Standardize();
 * standardize.adapt(tensor([[1, 10], [3, 10], [5, 10]]));
 * standardize.call(tensor([[3, 10], [7, 12]])).toArray(); // [[0, 0], [2.4495, 2]]
 * standardize.mean.read().toArray(); // [3, 10]
 */
export class Standardize extends Layer {
  /** The means; they exist once the layer is built. */
  mean!: Variable;
  /** The variances; they exist once the layer is built. */
  variance!: Variable;
  readonly #options: StandardizeOptions;
  /** The shape in which variables broadcast over the input: the lengths of the axes of features, and 1 elsewhere. */
  #along: Shape = [];
  #axes: readonly number[] = [];
  /** The moments that `adapt` computed before the variables existed. */
  #learnt: { readonly moments: Moments; readonly row: Shape } | undefined;
  /** Whether the variables began as zeros, not with values of `adapt` or of a file. */
  #isBlank = false;

  constructor(options: StandardizeOptions = {}) {
    // What axes an input has is known when the layer is built.
    const checked = copyOptions("Standardize", options, { axis: anything, missing: oneOf("mean"), ...layerRules });
    super(checked, "standardize");
    this.#options = checked;
  }

  /**
   * Learns mean and variance from data: the training data alone, so that the test data stay as new to the model as later data.
   * @param data Rows as the layer gets them, [rows, ...]; stored bytes count with their scale.
   * @throws ValueError for no rows, or a value that is not finite (except NaN where values may be missing).
   */
  adapt(data: Tensor): void {
    if (!(data instanceof Tensor) || data.rank === 0) {
      const got = data instanceof Tensor ? "shape []" : showValue(data);
      throw new DTypeError(`${this.path}: adapt takes a tensor of rows, got ${got}. Pass train.x, for example.`);
    }
    const row = data.axes.slice(1);
    const axes = this.#checkAxes(row);
    if (this.built && !sameShape(row, this.builtFor ?? [])) {
      throw new ShapeError(
        `${this.path}: adapt needs rows of the shape that the layer was built for, got ${formatShape(row)} instead of ` +
          `${formatShape(this.builtFor ?? [])}. Pass what the layer gets as its input.`,
      );
    }
    const moments = momentsAlong(this.path, data, axes, this.#options.missing === "mean");
    if (this.built) {
      this.mean.assign(ownTensor(this.mean.shape, "float32", Float32Array.from(moments.mean)));
      this.variance.assign(ownTensor(this.variance.shape, "float32", Float32Array.from(moments.variance)));
      this.#isBlank = false;
    } else {
      // Variables are created with the model, whose name is part of theirs.
      this.#learnt = { moments, row };
    }
  }

  /** Prepares the layer for rows of this shape, once, before its first call. */
  build(inputShape: Shape): void {
    const axes = this.#checkAxes(inputShape);
    const learnt = this.#learnt;
    if (learnt && !sameShape(learnt.row, inputShape)) {
      throw new ShapeError(
        `${this.path}: the input must have rows of the shape that adapt got, got rows of ${formatShape(inputShape)} ` +
          `instead of ${formatShape(learnt.row)}. Call adapt with what the layer gets as its input.`,
      );
    }
    this.#axes = axes;
    this.#along = [1, ...inputShape].map((length, axis) => (axes.includes(axis) ? length : 1));
    const shape = axes.length > 1 ? this.#along : axes.map((axis) => inputShape[axis - 1]);
    const variable = (name: string, values: ArrayLike<number> | undefined): Variable =>
      this.addVariable(name, {
        shape,
        trainable: false,
        initializer: () => {
          if (values) return ownTensor(shape, "float32", Float32Array.from(values));
          this.#isBlank = true;
          return zeros(shape);
        },
      });
    this.#isBlank = false;
    this.mean = variable("mean", learnt?.moments.mean);
    this.variance = variable("variance", learnt?.moments.variance);
  }

  override get computesOnly(): boolean {
    return this.constructor === Standardize;
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    const expected = this.builtFor ?? [];
    const fits = this.#axes.every((axis) => input.axes[axis] === expected[axis - 1]);
    if (input.rank !== expected.length + 1 || !fits) {
      throw new ShapeError(
        `${this.path}: each row of the input must have the shape that the layer was built for, got ` +
          `${formatShape(input.axes.slice(1))} instead of ${formatShape(expected)}. Reshape the input, or make another layer for it.`,
      );
    }
    if (this.#isBlank && this.mean.version === 0 && !onShapesAlone()) {
      throw new ValueError(
        `${this.path}: the layer must know the data, got no mean and variance. Call adapt(train.x) before training.`,
      );
    }
    const flat = (values: Tensor): Tensor => reshape(values, this.#along);
    const variance = flat(this.variance.read());
    const stddev = sqrt(where(greater(variance, 0), variance, 1));
    const centered = sub(input, flat(this.mean.read()));
    const y = div(centered, stddev);
    return this.#options.missing === "mean" ? where(equal(y, y), y, 0) : y;
  }

  #checkAxes(row: Shape): readonly number[] {
    const shape = [1, ...row];
    const axes = normalizeAxes(this.path, this.#options.axis ?? -1, shape);
    if (axes.includes(0)) {
      throw new ShapeError(
        `${this.path}: the axis of the features must not be that of the rows, got axis=${showValue(this.#options.axis ?? -1)} for an ` +
          `input of rank ${shape.length}. Reshape the input to [rows, features], or pass { axis: [] }.`,
      );
    }
    if (sizeOf(axes.map((axis) => shape[axis])) > 0 || axes.length === 0) return axes;
    throw new ShapeError(
      `${this.path}: there must be features, got rows of shape ${formatShape(row)}. Pass other data.`,
    );
  }
}
