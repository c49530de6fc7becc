import { dropout } from "../ops/dropout.ts";
import { checkNumber } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Layer } from "./layer.ts";
import { type CallOptions, type LayerOptions, layerOptions } from "./layerOptions.ts";

/** Options of `Dropout`. */
export interface DropoutOptions extends LayerOptions {
  /** The share of units that is dropped, from 0 up to but not including 1. Default: 0.5. */
  readonly rate?: number;
}

/**
 * Drops units at random, in training only: y = x·m / (1 − rate), where each m is 0 with probability `rate`, else 1. What
 * is kept is scaled up, so that the expectation stays and nothing has to be done outside of training: there y = x.
 *
 * Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014; the scaling in
 * training ("inverted dropout") is that of TensorFlow, Keras and PyTorch.
 * @throws ValueError for a rate outside of [0, 1).
 * @example
 * const dropout = new Dropout({ rate: 0.2, seed: 1 });
 * dropout.call(ones([2, 5]), { training: true }); // entries of 0 and 1.25
 */
export class Dropout extends Layer {
  /** The fraction of the elements that is dropped. */
  readonly rate: number;

  constructor(options: DropoutOptions = {}) {
    checkOptions("Dropout", options, ["rate", ...layerOptions]);
    super(options, "dropout");
    this.rate = checkNumber(
      "Dropout",
      "rate",
      options.rate ?? 0.5,
      "a number from 0 up to but not including 1",
      (rate) => {
        return rate >= 0 && rate < 1;
      },
    );
  }

  build(): void {}

  call(input: Tensor, { training = false }: CallOptions = {}): Tensor {
    return training && this.rate > 0 ? dropout(input, { rate: this.rate, random: this.random }) : input;
  }
}
