import type { Variable } from "../../autograd/variable.ts";
import type { Constraint, Regularizer } from "../../autograd/variableOptions.ts";
import { isLibraryFunction } from "../../base/describe.ts";
import { anything, flag, type OptionRules } from "../../base/options.ts";
import { variantRule } from "../../base/variant.ts";
import { randomUniform } from "../../ops/random/distributions.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import {
  type ActivationFunction,
  type ActivationName,
  activationOf,
  type LayerActivation,
  lastActivationOf,
} from "./activations.ts";
import type { Initializer, InitializerName } from "./initializers.ts";
import { Layer } from "./layer.ts";
import { type CallOptions, type LayerOptions, type LayerVariant, layerRules } from "./layerOptions.ts";
import { variableOptions, variableRules } from "./layerVariable.ts";

/** Options of layers with a kernel: those of every layer, and these. */
export interface KernelLayerOptions extends LayerOptions {
  /** The function that is applied to the output: a name, or a function. Default: none. */
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
  /** The function that replaces the kernel after each update. Default: none. */
  readonly kernelConstraint?: Constraint;
  /** The function that replaces the bias after each update. Default: none. */
  readonly biasConstraint?: Constraint;
  /** "pytorch" draws kernel and bias from U(±1/√inputs); the others agree. Default: "tensorflow1". */
  readonly variant?: LayerVariant;
}

/** The rules for these options. A function, so that bundles leave them out with the layers. */
export const kernelLayerRules = (): OptionRules<KernelLayerOptions> => ({
  // activationOf checks it.
  activation: anything,
  useBias: flag,
  ...variableRules("kernel"),
  ...variableRules("bias"),
  variant: variantRule,
  ...layerRules,
});

/**
 * A layer that computes y = activation(linear(x, kernel) + bias): `Dense`, and later convolutions. A subclass checks and
 * copies its options with `kernelLayerRules`, calls `addKernel` in `build`, and implements `applyKernel`.
 */
export abstract class KernelLayer extends Layer {
  /** The weights, [..., inputs, units]; they exist once the layer is built. */
  kernel!: Variable;
  /** The bias, [units]; it exists once the layer is built, unless `useBias` is false. */
  bias!: Variable;
  readonly #options: KernelLayerOptions;
  readonly #activation: ActivationFunction | undefined;

  /** @param options A copy of the checked options. */
  constructor(className: string, options: KernelLayerOptions, defaultName: string) {
    super(options, defaultName);
    const { activation } = options;
    this.#options = options;
    this.#activation = activation === undefined ? undefined : activationOf(className, activation);
  }

  /** linear(x, kernel) + bias: the input of the activation. */
  protected abstract applyKernel(input: Tensor): Tensor;

  /**
   * Creates kernel and bias, in `build`.
   * @param shape The shape of the kernel; its last axis is that of the units.
   */
  protected addKernel(shape: Shape): void {
    const options = this.#options;
    const inputs = shape.slice(0, -1).reduce((product, length) => product * length, 1);
    const limit = 1 / Math.sqrt(Math.max(inputs, 1));
    const spread: Initializer = (size, random) => randomUniform(size, { min: -limit, max: limit, random });
    const pytorch = options.variant === "pytorch" ? spread : undefined;
    this.kernel = this.addVariable("kernel", variableOptions("kernel", options, shape, pytorch ?? "glorotUniform"));
    if (options.useBias === false) return;
    this.bias = this.addVariable("bias", variableOptions("bias", options, shape.slice(-1), pytorch ?? "zeros"));
  }

  /** Whether its activation is one of the library. @internal */
  override get computesOnly(): boolean {
    return isLibraryFunction(this.#options.activation);
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    const y = this.applyKernel(input);
    return this.#activation ? this.#activation(y) : y;
  }

  override get lastActivation(): LayerActivation | undefined {
    const apply = this.#activation;
    // A subclass that overrides `call` may do more than apply the activation.
    const isWhole = Object.getPrototypeOf(this).call === KernelLayer.prototype.call;
    const steps = apply && isWhole ? { before: (input: Tensor) => this.applyKernel(input), apply } : undefined;
    return lastActivationOf(this.#options.activation, steps);
  }
}
