import { updateVariables } from "../autograd/variable.ts";
import { momentumPrimitive } from "../ops/update.ts";
import { checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import { Optimizer } from "./optimizer.ts";
import { checkNumber, type OptimizerOptions, optimizerOptions } from "./options.ts";

/** Options of `Momentum`. */
export interface MomentumOptions extends OptimizerOptions {
  /** μ, from 0 to 1: the part of the last step that goes on. */
  readonly momentum: number;
  /** The part of a gradient that is left out of the buffer, from 0 to 1; never of the first one. Default: 0. */
  readonly dampening?: number;
}

/**
 * Gradient descent with momentum. The buffer b starts at 0; d is the dampening, 0 in a variable's first update.
 *
 * - `tensorflow1`, `pytorch`: b ← μ·b + (1 − d)·g; w ← w − η·b
 * - `keras`: b ← μ·b + η·(1 − d)·g; w ← w − b. The rate is in the buffer, so that a change of it takes effect slowly.
 *   (Keras' own velocity is −b.)
 *
 * Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964; `ApplyMomentum` of TensorFlow
 * 1.15, `keras.optimizers.SGD(momentum)`, `torch.optim.SGD(momentum, dampening)`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Momentum({ learningRate: 0.01, momentum: 0.9 });
 */
export class Momentum extends Optimizer {
  constructor(options: MomentumOptions) {
    checkOptions("Momentum", options, [...optimizerOptions, "momentum", "dampening"]);
    const variant = checkVariant("Momentum", options.variant);
    const momentum = checkNumber("Momentum", "momentum", options.momentum, { from: 0, to: 1 });
    const dampening = checkNumber("Momentum", "dampening", options.dampening ?? 0, { from: 0, to: 1 });
    super("Momentum", options, {
      slots: { momentum: 0 },
      rates: (learningRate, count) => {
        // Without momentum there is no buffer in PyTorch, and nothing to dampen.
        const part = count === 1 || momentum === 0 ? 1 : 1 - dampening;
        return variant === "keras" ? [learningRate * part, 1] : [part, learningRate];
      },
      apply: (updates, rates) => updateVariables(momentumPrimitive, updates, [rates], { momentum }),
      countsVariables: true,
    });
  }
}
