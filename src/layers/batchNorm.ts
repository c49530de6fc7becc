import { type StateUpdate, updateVariables, type Variable } from "../autograd/variable.ts";
import { batchNormTraining } from "../ops/batchNorm.ts";
import { batchNormInference } from "../ops/batchNormInference.ts";
import { movingAveragePrimitive } from "../ops/movingAverage.ts";
import { ShapeError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { formatShape, normalizeAxis, type Shape } from "../tensor/shape.ts";
import { atEndOfStep } from "../tensor/step.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Initializer, type InitializerName, initializerOf } from "./initializers.ts";
import { type CallOptions, checkFeatures, Layer, type LayerOptions, layerOptions } from "./layer.ts";
import { checkFlag, checkNumber, checkVariant, type LayerVariant } from "./options.ts";

/** Options of `BatchNorm`. */
export interface BatchNormOptions extends LayerOptions {
  /** The axis of the features, counted with the rows as axis 0. Default: -1, the last. */
  readonly axis?: number;
  /** The part of the moving statistics that a step keeps; for "pytorch" the part that it replaces. Default: 0.99; 0.1. */
  readonly momentum?: number;
  /** Added to the variance under the root. Default: 1e-3; for "pytorch" 1e-5. */
  readonly epsilon?: number;
  /** Whether beta is added. Default: true. */
  readonly center?: boolean;
  /** Whether gamma multiplies. Default: true. */
  readonly scale?: boolean;
  /** Default: zeros. */
  readonly betaInitializer?: Initializer | InitializerName;
  /** Default: ones. */
  readonly gammaInitializer?: Initializer | InitializerName;
  /** Default: zeros. */
  readonly movingMeanInitializer?: Initializer | InitializerName;
  /** Default: ones. */
  readonly movingVarianceInitializer?: Initializer | InitializerName;
  /** Whose momentum, epsilon and running variance; TensorFlow 1 and Keras agree. Default: "tensorflow1". */
  readonly variant?: LayerVariant;
}

const initializers = [
  "betaInitializer",
  "gammaInitializer",
  "movingMeanInitializer",
  "movingVarianceInitializer",
] as const;

const optionNames: readonly string[] = [
  "axis",
  "momentum",
  "epsilon",
  "center",
  "scale",
  ...initializers,
  "variant",
  ...layerOptions,
];

/**
 * Batch normalization, per feature:
 *
 *     training    y = gamma·(x − mean(batch)) / √(variance(batch) + epsilon) + beta
 *     otherwise   y = gamma·(x − moving_mean) / √(moving_variance + epsilon) + beta
 *
 * with the biased variance. At the end of a training step moving = moving·momentum + batch·(1 − momentum); outside of a
 * step (a plain call with `training: true`) at once. The variant "pytorch" takes momentum as the part that is new, and
 * moves the variance towards the unbiased one, n/(n − 1) of it. A frozen layer (`trainable: false`) computes as outside
 * of training, and its statistics stay.
 *
 * With one value per feature (a batch of one row) the variance is 0 and y is beta, as in TensorFlow; "pytorch", whose
 * unbiased variance does not exist then, refuses it. Without values nobody can normalize: that is refused too.
 *
 * Source: Ioffe & Szegedy, "Batch normalization", 2015.
 * @throws ValueError for an option out of range; ShapeError, when it is called, for another number of features than the
 * first, or too few rows in training.
 * @example
 * const norm = new BatchNorm({ momentum: 0.9 });
 * norm.call(tensor([[1], [3]]), { training: true }).toArray(); // about [[-1], [1]]
 */
export class BatchNorm extends Layer {
  /** Each of [features], and there once the layer is built; gamma not with `scale: false`, beta not with `center: false`. */
  gamma!: Variable;
  beta!: Variable;
  movingMean!: Variable;
  movingVariance!: Variable;
  /** The part of the moving statistics that a step keeps, whatever the variant calls momentum. */
  readonly #kept: number;
  readonly #epsilon: number;
  readonly #unbiased: boolean;
  readonly #options: BatchNormOptions;
  #rank = 0;
  #axis = 0;

  constructor(options: BatchNormOptions = {}) {
    checkOptions("BatchNorm", options, optionNames);
    super(options, "batch_norm");
    this.#options = options;
    this.#unbiased = checkVariant("BatchNorm", options.variant) === "pytorch";
    const momentum = options.momentum ?? (this.#unbiased ? 0.1 : 0.99);
    checkNumber("BatchNorm", "momentum", momentum, "a number from 0 to 1", (one) => one >= 0 && one <= 1);
    this.#kept = this.#unbiased ? 1 - momentum : momentum;
    this.#epsilon = options.epsilon ?? (this.#unbiased ? 1e-5 : 1e-3);
    checkNumber("BatchNorm", "epsilon", this.#epsilon, "a finite number above 0", (one) => one > 0 && one < Infinity);
    checkNumber("BatchNorm", "axis", options.axis ?? -1, "a whole number other than 0 (the rows)", (one) => {
      return Number.isInteger(one) && one !== 0;
    });
    checkFlag("BatchNorm", "center", options.center ?? true);
    checkFlag("BatchNorm", "scale", options.scale ?? true);
    for (const name of initializers) {
      const given = options[name];
      if (given !== undefined) initializerOf("BatchNorm", name, given);
    }
  }

  build(inputShape: Shape): void {
    const options = this.#options;
    // The number of rows does not matter here: it stands for any.
    const whole = [1, ...inputShape];
    const axis = normalizeAxis(this.path, options.axis ?? -1, whole);
    if (axis === 0) {
      throw new ShapeError(
        `${this.path}: the axis of the features must not be that of the rows, got axis=${options.axis ?? -1} for an input ` +
          `of rank ${whole.length}. Reshape the input to [rows, features].`,
      );
    }
    const shape = [whole[axis]];
    if (options.scale ?? true) {
      this.gamma = this.addVariable("gamma", { shape, initializer: options.gammaInitializer ?? "ones" });
    }
    if (options.center ?? true) {
      this.beta = this.addVariable("beta", { shape, initializer: options.betaInitializer ?? "zeros" });
    }
    this.movingMean = this.addVariable("moving_mean", {
      shape,
      initializer: options.movingMeanInitializer ?? "zeros",
      trainable: false,
    });
    this.movingVariance = this.addVariable("moving_variance", {
      shape,
      initializer: options.movingVarianceInitializer ?? "ones",
      trainable: false,
    });
    this.#rank = whole.length;
    this.#axis = axis;
  }

  call(input: Tensor, { training = false }: CallOptions = {}): Tensor {
    if (input.rank !== this.#rank) {
      throw new ShapeError(
        `${this.path}: the input must have the rank ${this.#rank} for which the layer was built, got shape ${formatShape(input.shape)}. Reshape it.`,
      );
    }
    checkFeatures(this, input, this.#axis, this.movingMean.size);
    const gamma = this.gamma?.read();
    const beta = this.beta?.read();
    const options = { axis: this.#axis, epsilon: this.#epsilon };
    if (!training || !this.trainable) {
      return batchNormInference(input, this.movingMean.read(), this.movingVariance.read(), gamma, beta, options);
    }
    const count = this.#checkCount(input);
    const { y, mean, variance } = batchNormTraining(input, gamma, beta, options);
    const correction = this.#unbiased ? count / (count - 1) : 1;
    const ofMean = { states: [this.movingMean], by: mean };
    const ofVariance = { states: [this.movingVariance], by: variance };
    atEndOfStep(() => {
      if (correction === 1) {
        this.#move([ofMean, ofVariance], 1);
      } else {
        this.#move([ofMean], 1);
        this.#move([ofVariance], correction);
      }
    });
    return y;
  }

  /** The number of values per feature, where it is enough of them. */
  #checkCount(input: Tensor): number {
    const { shape } = input;
    const count = shape.reduce((product, length, axis) => (axis === this.#axis ? product : product * length), 1);
    const least = this.#unbiased ? 2 : 1;
    if (count >= least) return count;
    throw new ShapeError(
      `${this.path}: training needs at least ${least} ${least === 1 ? "value" : "values"} per feature` +
        `${this.#unbiased ? " (the unbiased variance divides by their number less one)" : ""}, ` +
        `got ${count} in shape ${formatShape(shape)}. Use larger batches, or call with { training: false }.`,
    );
  }

  /** moving = moving·kept + batch·(1 − kept)·correction */
  #move(statistics: readonly StateUpdate[], correction: number): void {
    const attributes = { kept: this.#kept, share: (1 - this.#kept) * correction };
    updateVariables(movingAveragePrimitive, statistics, [], attributes);
  }
}
