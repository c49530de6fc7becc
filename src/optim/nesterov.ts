import { updateVariables } from "../autograd/variable.ts";
import { nesterovPrimitive } from "../ops/update.ts";
import { checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import { Optimizer } from "./optimizer.ts";
import { checkNumber, type OptimizerOptions, optimizerOptions } from "./options.ts";

/** Options of `Nesterov`. */
export interface NesterovOptions extends OptimizerOptions {
  /** μ, from 0 to 1: the part of the last step that goes on. */
  readonly momentum: number;
}

/**
 * Gradient descent with Nesterov's accelerated gradient: momentum that looks one step ahead. The buffer b starts at 0.
 *
 * - `tensorflow1`, `pytorch`: b ← μ·b + g; w ← w − η·(g + μ·b)
 * - `keras`: b ← μ·b + η·g; w ← w − (η·g + μ·b). (Keras' own velocity is −b.)
 *
 * Source: Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k²)", 1983, in the form
 * of Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013; `ApplyMomentum` with
 * `use_nesterov` of TensorFlow 1.15, `keras.optimizers.SGD(nesterov)`, `torch.optim.SGD(nesterov)`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Nesterov({ learningRate: 0.01, momentum: 0.9 });
 */
export class Nesterov extends Optimizer {
  constructor(options: NesterovOptions) {
    checkOptions("Nesterov", options, [...optimizerOptions, "momentum"]);
    const variant = checkVariant("Nesterov", options.variant);
    const momentum = checkNumber("Nesterov", "momentum", options.momentum, { from: 0, to: 1 });
    super("Nesterov", options, {
      slots: { momentum: 0 },
      rates: (learningRate) => (variant === "keras" ? [learningRate, 1] : [1, learningRate]),
      apply: (updates, rates) => updateVariables(nesterovPrimitive, updates, [rates], { momentum }),
      countsVariables: false,
    });
  }
}
