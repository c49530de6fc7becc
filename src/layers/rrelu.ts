import { checkOption, copyOptions, number } from "../base/options.ts";
import { mul } from "../ops/elementwise/arithmetic.ts";
import { greater, where } from "../ops/elementwise/compare.ts";
import { leakyRelu } from "../ops/elementwise/rectifier.ts";
import { randomUniform } from "../ops/random/distributions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { LayerActivation } from "./base/activations.ts";
import { atLeast } from "./base/initializers.ts";
import { Layer } from "./base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "./base/layerOptions.ts";

/** Options of `RReLU`. */
export interface RReLUOptions extends LayerOptions {
  /** The smallest slope. Default: 1/8. */
  readonly min?: number;
  /** The largest slope. Default: 1/3. */
  readonly max?: number;
}

/**
 * A leaky ReLU whose slope is random: y = x where x > 0, else slope·x. In training the slope of each element is drawn
 * from U[min, max); otherwise it is their mean, (min + max)/2. At zero the derivative is the slope.
 *
 * Source: Xu et al., "Empirical evaluation of rectified activations in convolutional network", 2015; the defaults are
 * PyTorch's.
 * @throws ValueError when max is below min, or one of them is not finite.
 * @example
 * new RReLU({ min: 0.2, max: 0.3 }).call(tensor([[-4, 4]])).toArray(); // [[-1, 4]]
 */
export class RReLU extends Layer {
  /** The smallest slope. */
  readonly min: number;
  /** The largest slope. */
  readonly max: number;

  constructor(options: RReLUOptions = {}) {
    const checked = copyOptions("RReLU", options, { min: number(), max: number(), ...layerRules });
    super(checked, "rrelu");
    const { min = 1 / 8, max = 1 / 3 } = checked;
    checkOption("RReLU", "max", max, atLeast("min", min));
    this.min = min;
    this.max = max;
  }

  override get computesOnly(): boolean {
    return this.constructor === RReLU;
  }

  call(input: Tensor, { training = false }: CallOptions = {}): Tensor {
    const { min, max, random } = this;
    if (!training) return leakyRelu(input, { slope: (min + max) / 2 });
    return where(greater(input, 0), input, mul(input, randomUniform(input.axes, { min, max, random })));
  }

  override get lastActivation(): LayerActivation {
    const steps = { before: (input: Tensor) => input, apply: (input: Tensor) => this.call(input) };
    return { name: "rrelu", elementwise: true, steps };
  }
}
