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
import { type VariableOptionsOf, variableOptions, variableRules } from "./layerVariable.ts";

/** Options of layers with a bias and an activation: those of every layer, and these. */
export interface BiasedLayerOptions extends LayerOptions {
  /** The function that is applied to the output: a name, or a function. Default: none. */
  readonly activation?: ActivationName | ActivationFunction;
  /** Default: true. */
  readonly useBias?: boolean;
  /** Default: zeros. */
  readonly biasInitializer?: Initializer | InitializerName;
  /** A penalty on the bias. Default: none. */
  readonly biasRegularizer?: Regularizer;
  /** The function that replaces the bias after each update. Default: none. */
  readonly biasConstraint?: Constraint;
  /** "pytorch" draws kernel and bias from U(±1/√inputs); the others agree. Default: "tensorflow1". */
  readonly variant?: LayerVariant;
}

/** Options of layers with a kernel: those of layers with a bias, and these. */
export interface KernelLayerOptions extends BiasedLayerOptions {
  /** Default: Glorot uniform. */
  readonly kernelInitializer?: Initializer | InitializerName;
  /** A penalty on the kernel. Default: none. */
  readonly kernelRegularizer?: Regularizer;
  /** The function that replaces the kernel after each update. Default: none. */
  readonly kernelConstraint?: Constraint;
}

/**
 * The rules for these options, with those for the kernels of these names. A function, so that bundles leave them out with the
 * layers.
 */
export const kernelLayerRules = <Name extends string = "kernel">(
  ...kernels: readonly Name[]
): OptionRules<BiasedLayerOptions & VariableOptionsOf<Name>> =>
  Object.assign(
    {
      // activationOf checks it.
      activation: anything,
      useBias: flag,
    },
    ...kernels.map(variableRules),
    variableRules("bias"),
    { variant: variantRule },
    layerRules,
  );

/**
 * A layer that computes y = activation(linear(x, kernel) + bias): `Dense` and the convolutions. A subclass checks and
 * copies its options with `kernelLayerRules`, calls `addKernel` and `addBias` in `build`, and implements `applyKernel`.
 */
export abstract class KernelLayer extends Layer {
  /** The bias, [units]; it exists once the layer is built, unless `useBias` is false. */
  bias!: Variable;
  readonly #options: BiasedLayerOptions;
  readonly #activation: ActivationFunction | undefined;

  /** @param options A copy of the checked options. */
  constructor(className: string, options: BiasedLayerOptions, defaultName: string) {
    super(options, defaultName);
    const { activation } = options;
    this.#options = options;
    this.#activation = activation === undefined ? undefined : activationOf(className, activation);
  }

  /** linear(x, kernel) + bias: the input of the activation. */
  protected abstract applyKernel(input: Tensor): Tensor;

  /**
   * Creates a kernel, in `build`.
   * @param inputs The number of inputs that each output sees, for PyTorch's initializer.
   * @param option What the names of its options begin with.
   */
  protected addKernel(shape: Shape, inputs: number, option: string = "kernel", name: string = option): Variable {
    return this.#add(name, option, shape, inputs, "glorotUniform");
  }

  /** Creates the bias, in `build`, unless `useBias` is false. */
  protected addBias(units: number, inputs: number): void {
    if (this.#options.useBias !== false) this.bias = this.#add("bias", "bias", [units], inputs, "zeros");
  }

  #add(name: string, option: string, shape: Shape, inputs: number, initializer: InitializerName): Variable {
    const limit = 1 / Math.sqrt(Math.max(inputs, 1));
    const spread: Initializer = (size, random) => randomUniform(size, { min: -limit, max: limit, random });
    const isSpread = this.#options.variant === "pytorch";
    const options = this.#options as object as VariableOptionsOf<string>;
    return this.addVariable(name, variableOptions(option, options, shape, isSpread ? spread : initializer));
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
