import type { Constraint, Regularizer, Variable } from "../autograd/variable.ts";
import { affine, linear } from "../ops/affine.ts";
import { randomUniform } from "../ops/distributions.ts";
import { ShapeError } from "../tensor/errors.ts";
import { checkFlag, checkFunction, checkNumber, checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import { formatShape, type Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type ActivationFunction, type ActivationName, activationOf, labelOfActivation } from "./activations.ts";
import { type Initializer, type InitializerName, initializerOf } from "./initializers.ts";
import { Layer } from "./layer.ts";
import { checkFeatures } from "./layerChecks.ts";
import { type LayerOptions, layerOptions } from "./layerOptions.ts";
import type { LayerVariant } from "./options.ts";

/** Options of `Dense`. */
export interface DenseOptions extends LayerOptions {
  /** The number of outputs. */
  readonly units: number;
  /** What is applied to the output: a name, or a function. Default: nothing. */
  readonly activation?: ActivationName | ActivationFunction;
  /** Default: true. */
  readonly useBias?: boolean;
  /** Default: Glorot uniform. */
  readonly kernelInitializer?: Initializer | InitializerName;
  /** Default: zeros. */
  readonly biasInitializer?: Initializer | InitializerName;
  /** A penalty on the kernel. Default: none. */
  readonly kernelRegularizer?: Regularizer;
  /** A penalty on the bias. Default: none. */
  readonly biasRegularizer?: Regularizer;
  /** What the kernel is replaced by after each update. Default: nothing. */
  readonly kernelConstraint?: Constraint;
  /** What the bias is replaced by after each update. Default: nothing. */
  readonly biasConstraint?: Constraint;
  /** "pytorch" draws kernel and bias from U(±1/√inputs); the others agree. Default: "tensorflow1". */
  readonly variant?: LayerVariant;
}

const optionNames: readonly string[] = [
  "units",
  "activation",
  "useBias",
  "kernelInitializer",
  "biasInitializer",
  "kernelRegularizer",
  "biasRegularizer",
  "kernelConstraint",
  "biasConstraint",
  "variant",
  ...layerOptions,
];

/**
 * A fully connected layer: y = activation(x·kernel + bias), along the last axis.
 *
 * x is [rows, ..., inputs] with any axes between, kernel [inputs, units], bias [units], y [rows, ..., units].
 * @throws ValueError for an option that does not exist or is out of range; ShapeError, when it is called, for an input of
 * rank 1 or of another number of inputs than the first.
 * @example
 * const hidden = new Dense({ name: "hidden1", units: 300, activation: "relu" });
 * hidden.call(ones([2, 784])).shape; // [2, 300]
 */
export class Dense extends Layer {
  /** The number of outputs. */
  readonly units: number;
  /** The weights, [inputs, units]; there once the layer is built. */
  kernel!: Variable;
  /** The bias, [units]; there once the layer is built, unless `useBias` is false. */
  bias!: Variable;
  readonly #options: DenseOptions;
  readonly #activation: ActivationFunction | undefined;

  constructor(options: DenseOptions) {
    checkOptions("Dense", options, optionNames);
    super(options, "dense");
    this.#options = options;
    this.units = checkNumber("Dense", "units", options.units, "a whole number from 1", (units) => {
      return Number.isSafeInteger(units) && units >= 1;
    });
    const { activation, kernelInitializer, biasInitializer } = options;
    this.#activation = activation === undefined ? undefined : activationOf("Dense", activation);
    if (kernelInitializer !== undefined) initializerOf("Dense", "kernelInitializer", kernelInitializer);
    if (biasInitializer !== undefined) initializerOf("Dense", "biasInitializer", biasInitializer);
    checkFlag("Dense", "useBias", options.useBias ?? true);
    checkVariant("Dense", options.variant);
    for (const name of ["kernelRegularizer", "biasRegularizer", "kernelConstraint", "biasConstraint"] as const) {
      checkFunction("Dense", name, options[name]);
    }
  }

  build(inputShape: Shape): void {
    if (inputShape.length === 0) {
      throw new ShapeError(
        `${this.path}: the input must have an axis of rows and one of features, got rank 1. Reshape one row to [1, features].`,
      );
    }
    const options = this.#options;
    const inputs = inputShape[inputShape.length - 1];
    const limit = 1 / Math.sqrt(Math.max(inputs, 1));
    const spread: Initializer = (shape, random) => randomUniform(shape, { min: -limit, max: limit, random });
    const pytorch = options.variant === "pytorch" ? spread : undefined;
    this.kernel = this.addVariable("kernel", {
      shape: [inputs, this.units],
      initializer: options.kernelInitializer ?? pytorch ?? "glorotUniform",
      regularizer: options.kernelRegularizer,
      constraint: options.kernelConstraint,
    });
    if (options.useBias === false) return;
    this.bias = this.addVariable("bias", {
      shape: [this.units],
      initializer: options.biasInitializer ?? pytorch ?? "zeros",
      regularizer: options.biasRegularizer,
      constraint: options.biasConstraint,
    });
  }

  call(input: Tensor): Tensor {
    if (input.rank < 2) {
      throw new ShapeError(
        `${this.path}: the input must have an axis of rows and one of features, got shape ${formatShape(input.shape)}. Reshape one row to [1, features].`,
      );
    }
    checkFeatures(this, input, input.rank - 1, this.kernel.shape[0]);
    const y = this.linear(input);
    return this.#activation ? this.#activation(y) : y;
  }

  /** What the activation is applied to: x·kernel + bias. @internal */
  linear(input: Tensor): Tensor {
    return this.bias ? affine(input, this.kernel.read(), this.bias.read()) : linear(input, this.kernel.read());
  }

  /** What is applied to x·kernel + bias; undefined where nothing is. @internal */
  get activation(): ActivationFunction | undefined {
    return this.#activation;
  }

  /** The name of the activation; undefined where there is none. @internal */
  get activationName(): string | undefined {
    const { activation } = this.#options;
    return activation === undefined ? undefined : labelOfActivation(activation);
  }
}
