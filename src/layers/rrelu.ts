import { mul } from "../ops/arithmetic.ts";
import { greater, where } from "../ops/compare.ts";
import { randomUniform } from "../ops/distributions.ts";
import { leakyRelu } from "../ops/rectifier.ts";
import { checkNumber } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Layer } from "./layer.ts";
import { type CallOptions, type LayerOptions, layerOptions } from "./layerOptions.ts";

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
    checkOptions("RReLU", options, ["min", "max", ...layerOptions]);
    super(options, "rrelu");
    this.min = checkNumber("RReLU", "min", options.min ?? 1 / 8, "a finite number", Number.isFinite);
    this.max = checkNumber("RReLU", "max", options.max ?? 1 / 3, `a finite number from min=${this.min}`, (max) => {
      return Number.isFinite(max) && max >= this.min;
    });
  }

  build(): void {}

  call(input: Tensor, { training = false }: CallOptions = {}): Tensor {
    const { min, max, random } = this;
    if (!training) return leakyRelu(input, { slope: (min + max) / 2 });
    return where(greater(input, 0), input, mul(input, randomUniform(input.shape, { min, max, random })));
  }
}
