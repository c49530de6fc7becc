import { type PlainOptions, plainOptions } from "../tensor/plainOptions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type ActivationFunction,
  type ActivationName,
  type ActivationParameters,
  activationOf,
  labelOfActivation,
  nameOfActivation,
} from "./activations.ts";
import { Layer } from "./layer.ts";
import { type LayerOptions, layerOptions } from "./layerOptions.ts";

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
  readonly #given: ActivationName | ActivationFunction;
  readonly #activation: ActivationFunction;

  constructor(activation: ActivationName | ActivationFunction, options: ActivationOptions = {}) {
    super(options, (typeof activation === "function" ? nameOfActivation(activation) : activation) ?? "activation");
    this.#given = activation;
    const parameters = Object.entries(options).filter(([name]) => !layerOptions.includes(name));
    this.#activation = activationOf("Activation", activation, Object.fromEntries(parameters));
  }

  build(): void {}

  call(input: Tensor): Tensor {
    return this.#activation(input);
  }

  /** The name of the activation. @internal */
  get activationName(): string {
    return labelOfActivation(this.#given);
  }

  override config(): PlainOptions {
    return { ...super.config(), ...plainOptions(this.path, { activation: this.#given }) };
  }
}

/** A function among the layers of a model, as a layer. */
export const asLayer = (given: Layer | ActivationFunction): Layer =>
  given instanceof Layer ? given : new Activation(given);
