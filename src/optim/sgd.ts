import { updateVariables } from "../autograd/variable.ts";
import { sgdPrimitive } from "../ops/update.ts";
import { checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import { Optimizer } from "./optimizer.ts";
import { type OptimizerOptions, optimizerOptions } from "./options.ts";

/** Options of `SGD`; the variants do not differ. */
export interface SGDOptions extends OptimizerOptions {}

/**
 * Stochastic gradient descent: w ← w − η·g.
 *
 * Source: Robbins and Monro, "A stochastic approximation method", 1951; `tf.train.GradientDescentOptimizer`,
 * `keras.optimizers.SGD`, `torch.optim.SGD`, which agree.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const w = new Variable(tensor([1, 2]), { name: "w" });
 * new SGD({ learningRate: 0.25 }).minimize(() => sum(square(w.read())));
 * w.read().toArray(); // [0.5, 1]
 */
export class SGD extends Optimizer {
  constructor(options: SGDOptions) {
    checkOptions("SGD", options, optimizerOptions);
    checkVariant("SGD", options.variant);
    super("SGD", options, {
      slots: {},
      rates: (learningRate) => [learningRate],
      apply: (updates, rates) => updateVariables(sgdPrimitive, updates, [rates], undefined),
      countsVariables: false,
    });
  }
}
