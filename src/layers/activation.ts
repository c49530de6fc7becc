import { isLibraryFunction } from "../base/describe.ts";
import { copyOptions, type OptionRules } from "../base/options.ts";
import { type PlainOptions, plainOptions } from "../base/plainOptions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type ActivationFunction,
  type ActivationName,
  type ActivationParameters,
  activationOf,
  type LayerActivation,
  lastActivationOf,
  nameOfActivation,
  parameterRule,
} from "./base/activations.ts";
import { Layer } from "./base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "./base/layerOptions.ts";

/** Options of `Activation`: those of every layer, and those of the named activation. */
export interface ActivationOptions extends LayerOptions, ActivationParameters {}

/**
 * Applies an activation: y = activation(x), of the same shape. A bare function in the layers of a `Sequential` becomes
 * one of these.
 * Its default name is that of the activation.
 * @param activation A name, or any function of one tensor.
 * @throws ValueError for an unknown name, or an option that the activation does not take.
 * @example
 * new Activation("leakyRelu", { slope: 0.2 }).call(tensor([[-1, 1]])).toArray(); // [[-0.2, 1]]
 */
export class Activation extends Layer {
  readonly #activation: ActivationName | ActivationFunction;
  readonly #apply: ActivationFunction;

  constructor(activation: ActivationName | ActivationFunction, options: ActivationOptions = {}) {
    const rule = parameterRule(activation);
    const checked = copyOptions("Activation", options, { ...rule, ...layerRules } as OptionRules<ActivationOptions>);
    const [parameter] = Object.keys(rule) as (keyof ActivationParameters)[];
    const apply = activationOf("Activation", activation, parameter && { [parameter]: checked[parameter] });
    super(checked, (typeof activation === "function" ? nameOfActivation(activation) : activation) ?? "activation");
    this.#activation = activation;
    this.#apply = apply;
  }

  override get computesOnly(): boolean {
    return this.constructor === Activation && isLibraryFunction(this.#activation);
  }

  call(input: Tensor, _options?: CallOptions): Tensor {
    return this.#apply(input);
  }

  override get lastActivation(): LayerActivation | undefined {
    return lastActivationOf(this.#activation, { before: (input) => input, apply: (input) => this.call(input) });
  }

  override config(): PlainOptions {
    return { ...super.config(), ...plainOptions(this.path, { activation: this.#activation }) };
  }
}

/** A layer as it is, and a function among the layers of a model as a layer. */
export const asLayer = (layer: Layer | ActivationFunction): Layer =>
  layer instanceof Layer ? layer : new Activation(layer);
