import { type StateUpdate, updateVariables, type Variable } from "../../autograd/variable.ts";
import { ShapeError, ValueError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { add, mul } from "../../ops/elementwise/arithmetic.ts";
import { sqrt } from "../../ops/elementwise/powers.ts";
import { batchNormInference } from "../../ops/network/batchNormInference.ts";
import { batchNormTraining } from "../../ops/network/batchNormTraining.ts";
import { mean as meanOf } from "../../ops/reduce/reduce.ts";
import { type FeatureView, featureView, forGroups, plainView } from "../../ops/shape/featureView.ts";
import { reshape } from "../../ops/shape/reshape.ts";
import type { Operand } from "../../ops/support/operands.ts";
import { stopGradient } from "../../ops/support/stopGradient.ts";
import { movingAveragePrimitive } from "../../ops/update/movingAverage.ts";
import { atEndOfStep } from "../../tensor/memory/step.ts";
import { formatShape, normalizeAxes, type Shape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Initializer, initializerOf } from "../base/initializers.ts";
import { checkFeatures } from "../base/layerChecks.ts";
import type { CallOptions, LayerConfig } from "../base/layerOptions.ts";
import {
  type BatchNormNumbers,
  type BatchNormOptions,
  batchNormNumbers,
  checkedOptions,
  copyClipping,
  type RenormClipping,
} from "./batchNormOptions.ts";
import { type BatchStatistics, moveRenorm, type RenormVariables, renormCorrection } from "./batchRenorm.ts";
import { NormalizationLayer } from "./normalizationLayer.ts";

/**
 * Batch normalization, per feature:
 *
 *     training    y = gamma·(x − mean(batch)) / √(variance(batch) + epsilon) + beta
 *     otherwise   y = gamma·(x − moving_mean) / √(moving_variance + epsilon) + beta
 *
 * with the biased variance. At the end of a training step moving = moving·momentum + batch·(1 − momentum); outside of a
 * step (a plain call with `training: true`) at once. The variant "pytorch" takes momentum as the weight of the new statistics, and
 * moves the variance towards the unbiased one, which is n/(n − 1) times as large. A frozen layer (`trainable: false`) computes as outside
 * of training, and its statistics stay.
 *
 * The variables have the shape [features], as in TensorFlow; with several axes they have the rank of the input, and the
 * length 1 along the other axes: [1, channels, 1, columns].
 *
 * - `renorm`: x̂·r + d replaces x̂ = (x − mean)/σ in training, with r = σ/renorm_stddev and
 *   d = (mean − renorm_mean)/renorm_stddev, σ = √(variance + epsilon), both within `renormClipping` and constants for the
 *   gradient; renorm_mean and renorm_stddev follow with `renormMomentum`. The form is that of TensorFlow 1.15 (1.4 to 1.13
 *   had other variables, with weights): moving_stddev follows σ, and moving_variance is moving_stddev² − epsilon.
 * - `virtualBatchSize`: each of b = rows / virtualBatchSize groups of rows has statistics of its own (ghost batch
 *   normalization); row i belongs to group i mod b, as in TensorFlow. The moving statistics follow the mean over the groups.
 * - `adjustment`: x̂·scale + bias replaces x̂ (after `renorm`) in training.
 *
 * With one value per feature (a batch of one row) the variance is 0 and y is beta, as in TensorFlow; "pytorch", whose
 * unbiased variance does not exist then, throws. An empty batch is an error.
 *
 * Source: Ioffe and Szegedy, "Batch normalization", 2015; Ioffe, "Batch renormalization", 2017; Hoffer et al., "Train longer,
 * generalize better", 2017 (ghost batches); `tf.layers.batch_normalization` of TensorFlow 1.15.
 * @throws ValueError for an option out of range; ShapeError, when it is called, for another number of features than the
 * first, too few rows in training, or rows that virtual batches do not divide.
 * @example
 * const norm = new BatchNorm({ momentum: 0.9 });
 * norm.call(tensor([[1], [3]]), { training: true }).toArray(); // about [[-1], [1]]
 * const ghost = new BatchNorm({ virtualBatchSize: 2 });
 * ghost.call(tensor([[1], [5], [3], [9]]), { training: true }).toArray(); // about [[-1], [-1], [1], [1]]
 */
export class BatchNorm extends NormalizationLayer {
  /** The mean used outside of training. */
  movingMean!: Variable;
  /** The variance used outside of training. */
  movingVariance!: Variable;
  readonly #numbers: BatchNormNumbers;
  readonly #options: BatchNormOptions;
  #clipping: RenormClipping;
  #renorm: RenormVariables | undefined;
  /** The shape of the input that the layer was built for, with one row. */
  #shape: Shape = [];
  #axes: readonly number[] = [];
  /** The shape in which parameters broadcast over the input: the lengths of these axes, and 1 elsewhere. */
  #along: Shape = [];
  /** The shape of the variables. */
  #parameters: Shape = [];
  /** The view of every input, where there is one axis of features. */
  #view: FeatureView | undefined;
  /** Whether the kernels for one axis compute all of training: the case that has to be fast. */
  #isPlain = false;

  constructor(options: BatchNormOptions = {}) {
    const checked = checkedOptions(options);
    super(checked, "batch_norm");
    this.#numbers = batchNormNumbers(checked);
    this.#options = checked;
    this.#clipping = checked.renormClipping ?? {};
  }

  /** The bounds of renormalization's corrections. They may be widened while it trains, as the paper does. */
  get renormClipping(): RenormClipping {
    return this.#clipping;
  }

  /** Takes effect in the next call. @throws ValueError for bounds that exclude each other, or without `renorm`. */
  set renormClipping(clipping: RenormClipping) {
    if (!this.#options.renorm) {
      throw new ValueError(
        `${this.path}: renormClipping takes effect only with renorm, got renorm=false. Pass { renorm: true }.`,
      );
    }
    this.#clipping = copyClipping(this.path, clipping);
  }

  override config(): LayerConfig {
    return { ...super.config(), ...(this.#options.renorm ? { renormClipping: this.#clipping } : {}) };
  }

  /** Prepares the layer for rows of this shape, once, before its first call. */
  build(inputShape: Shape): void {
    const options = this.#options;
    // Any number of rows will do.
    const batchShape = [1, ...inputShape];
    const axes = normalizeAxes(this.path, this.#numbers.axes, batchShape);
    if (axes[0] === 0) {
      throw new ShapeError(
        `${this.path}: the axis of the features must not be that of the rows, got axis=${showValue(options.axis ?? -1)} for an input ` +
          `of rank ${batchShape.length}. Reshape the input to [rows, features].`,
      );
    }
    this.#shape = batchShape;
    this.#axes = axes;
    this.#along = batchShape.map((length, axis) => (axes.includes(axis) ? length : 1));
    this.#parameters = axes.length === 1 ? [batchShape[axes[0]]] : this.#along;
    this.#view = axes.length === 1 ? plainView(axes[0]) : undefined;
    this.#isPlain = axes.length === 1 && !options.renorm && !options.adjustment;
    const shape = this.#parameters;
    this.addGammaAndBeta(shape);
    const moving = (name: string, initializer: Initializer): Variable =>
      this.addVariable(name, { shape, initializer, trainable: false });
    const mean = initializerOf(options.movingMeanInitializer ?? "zeros");
    const variance = initializerOf(options.movingVarianceInitializer ?? "ones");
    const stddev: Initializer = (size, random) => sqrt(variance(size, random));
    this.movingMean = moving("moving_mean", mean);
    this.movingVariance = moving("moving_variance", variance);
    if (!options.renorm) return;
    this.#renorm = {
      movingMean: this.movingMean,
      movingVariance: this.movingVariance,
      movingStddev: moving("moving_stddev", stddev),
      renormMean: moving("renorm_mean", mean),
      renormStddev: moving("renorm_stddev", stddev),
    };
  }

  override get computesOnly(): boolean {
    return this.constructor === BatchNorm && !this.#options.adjustment;
  }

  call(input: Tensor, { training = false }: CallOptions = {}): Tensor {
    this.#checkInput(input);
    const gamma = this.gamma?.read();
    const beta = this.beta?.read();
    return training && this.trainable ? this.#train(input, gamma, beta) : this.#infer(input, gamma, beta);
  }

  #infer(input: Tensor, gamma: Tensor | undefined, beta: Tensor | undefined): Tensor {
    const { axis, enter, leave } = this.#view ?? featureView(input.axes, this.#axes, 1);
    const flat = (values: Tensor): Tensor => forGroups(values, 1);
    const [mean, variance] = [flat(this.movingMean.read()), flat(this.movingVariance.read())];
    const options = { axis, epsilon: this.#numbers.epsilon };
    return leave(batchNormInference(enter(input), mean, variance, gamma && flat(gamma), beta && flat(beta), options));
  }

  #train(input: Tensor, gamma: Tensor | undefined, beta: Tensor | undefined): Tensor {
    const { epsilon, unbiased } = this.#numbers;
    const groups = this.#checkGroups(input);
    const count = this.#checkCount(input, groups);
    const correction = unbiased ? count / (count - 1) : 1;
    if (this.#isPlain && groups === 1) {
      const { y, mean, variance } = batchNormTraining(input, gamma, beta, { axis: this.#axes[0], epsilon });
      atEndOfStep(() => this.#move(mean, variance, correction));
      return y;
    }
    const { axis, enter, leave } = (groups === 1 && this.#view) || featureView(input.axes, this.#axes, groups);
    // Renormalization and adjustment come between normalization and gamma: then the kernel only normalizes.
    const isWhole = !this.#renorm && !this.#options.adjustment;
    const perGroup = (values: Tensor | undefined): Tensor | undefined =>
      isWhole && values ? forGroups(values, groups) : undefined;
    const result = batchNormTraining(enter(input), perGroup(gamma), perGroup(beta), { axis, epsilon });
    const mean = this.#overGroups(result.mean, groups);
    const variance = this.#overGroups(result.variance, groups);
    const normalized = leave(result.y);
    const output = isWhole ? normalized : this.#transform(normalized, { mean, variance }, gamma, beta);
    atEndOfStep(() => this.#move(mean, variance, correction));
    return output;
  }

  /** The statistics of a batch in the shape of the variables: their mean over the groups. */
  #overGroups(values: Tensor, groups: number): Tensor {
    const fixed = stopGradient(values);
    return groups === 1
      ? reshape(fixed, this.#parameters)
      : meanOf(reshape(fixed, [groups, ...this.#parameters]), { axis: 0 });
  }

  /** ((x̂·r + d)·scale + bias)·gamma + beta, put together per feature before it is applied. */
  #transform(
    normalized: Tensor,
    statistics: BatchStatistics,
    gamma: Tensor | undefined,
    beta: Tensor | undefined,
  ): Tensor {
    let factor: Operand | undefined;
    let offset: Operand | undefined;
    const then = (scale: Operand | undefined, shift: Operand | undefined): void => {
      if (scale !== undefined) {
        factor = factor === undefined ? scale : mul(factor, scale);
        offset = offset === undefined ? undefined : mul(offset, scale);
      }
      if (shift !== undefined) offset = offset === undefined ? shift : add(offset, shift);
    };
    const along = (values: Tensor): Tensor => reshape(values, this.#along);
    if (this.#renorm) {
      const { r, d } = renormCorrection(statistics, this.#renorm, this.#numbers.epsilon, this.#clipping);
      then(along(r), along(d));
    }
    if (this.#options.adjustment) then(...this.#adjust(normalized.axes));
    then(gamma && along(gamma), beta && along(beta));
    const scaled = factor === undefined ? normalized : mul(normalized, factor);
    const output = offset === undefined ? scaled : add(scaled, offset);
    if (sameShape(output.axes, normalized.axes)) return output;
    throw new ShapeError(
      `${this.path}: the result of adjustment must broadcast over the input, got an output of shape ` +
        `${formatShape(output.axes)} for an input of shape ${formatShape(normalized.axes)}. Return [scale, bias] of its last axes.`,
    );
  }

  #adjust(shape: Shape): readonly [scale: Operand, bias: Operand] {
    const adjusted: unknown = this.#options.adjustment?.(shape, this.random);
    if (Array.isArray(adjusted) && adjusted.length === 2) return adjusted as unknown as readonly [Operand, Operand];
    throw new ValueError(
      `${this.path}: adjustment must return a scale and a bias, got ${showValue(adjusted)}. Return [scale, bias].`,
    );
  }

  #move(mean: Tensor, variance: Tensor, correction: number): void {
    const { decay, renormDecay, epsilon } = this.#numbers;
    if (this.#renorm) {
      moveRenorm({ mean, variance }, this.#renorm, epsilon, { decay, renormDecay, correction });
      return;
    }
    const ofMean = { states: [this.movingMean], by: mean };
    const ofVariance = { states: [this.movingVariance], by: variance };
    if (correction === 1) {
      this.#average([ofMean, ofVariance], 1);
    } else {
      this.#average([ofMean], 1);
      this.#average([ofVariance], correction);
    }
  }

  /** moving = moving·decay + batch·(1 − decay)·correction */
  #average(statistics: readonly StateUpdate[], correction: number): void {
    const { decay } = this.#numbers;
    updateVariables(movingAveragePrimitive, statistics, [], { decay, share: (1 - decay) * correction });
  }

  #checkInput(input: Tensor): void {
    if (input.rank !== this.#shape.length) {
      throw new ShapeError(
        `${this.path}: the input must have the rank ${this.#shape.length} for which the layer was built, got shape ${formatShape(input.axes)}. Reshape it.`,
      );
    }
    for (const axis of this.#axes) checkFeatures(this, input, axis, this.#shape[axis]);
  }

  /** The number of groups into which virtual batches divide the rows of a batch. */
  #checkGroups({ axes: shape }: Tensor): number {
    const { virtualBatchSize } = this.#options;
    if (virtualBatchSize === undefined || shape[0] === 0) return 1;
    if (shape[0] % virtualBatchSize === 0) return shape[0] / virtualBatchSize;
    throw new ShapeError(
      `${this.path}: a batch must be a multiple of virtualBatchSize, got ${shape[0]} rows (shape ${formatShape(shape)}) and ` +
        `virtualBatchSize=${virtualBatchSize}. Choose sizes that divide; fit takes { remainder: "drop" } for the last batch.`,
    );
  }

  /** The number of values per feature and group of rows. @throws ShapeError for too few. */
  #checkCount({ axes: shape }: Tensor, groups: number): number {
    let count = shape[0] / groups;
    for (let axis = 1; axis < shape.length; axis++) if (!this.#axes.includes(axis)) count *= shape[axis];
    const least = this.#numbers.unbiased ? 2 : 1;
    if (count >= least) return count;
    throw new ShapeError(
      `${this.path}: training needs at least ${least} ${least === 1 ? "value" : "values"} per feature` +
        `${this.#numbers.unbiased ? " (the unbiased variance divides by their number minus one)" : ""}, ` +
        `got ${count} in shape ${formatShape(shape)}. Use larger batches, or call with { training: false }.`,
    );
  }
}
