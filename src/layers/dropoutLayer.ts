import { copyOptions, number } from "../base/options.ts";
import { dropout } from "../ops/network/dropout.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Layer } from "./base/layer.ts";
import { type CallOptions, type LayerOptions, layerRules } from "./base/layerOptions.ts";

/** Options of `Dropout`. */
export interface DropoutOptions extends LayerOptions {
  /** The fraction of the units that is dropped, from 0, below 1. Default: 0.5. */
  readonly rate?: number;
}

/**
 * Drops units at random, in training only: y = x·m / (1 − rate), where each m is 0 with probability `rate`, else 1. The
 * other units are scaled up, so that the expectation stays the same; outside of training y = x.
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
    const checked = copyOptions("Dropout", options, { rate: number({ from: 0, below: 1 }), ...layerRules });
    super(checked, "dropout");
    this.rate = checked.rate ?? 0.5;
  }

  override get computesOnly(): boolean {
    return this.constructor === Dropout;
  }

  call(input: Tensor, { training = false }: CallOptions = {}): Tensor {
    return training && this.rate > 0 ? dropout(input, { rate: this.rate, random: this.random }) : input;
  }
}
