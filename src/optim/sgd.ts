import { copyOptions } from "../base/options.ts";
import { type UpdatePrimitive, updatePrimitive } from "../ops/update/updateRule.ts";
import { Optimizer } from "./optimizer/optimizer.ts";
import {
  type OptimizerOptions,
  optimizerRules,
  type WeightDecayOptions,
  weightDecayRules,
} from "./optimizer/optimizerOptions.ts";
import { updateWith } from "./optimizer/variableUpdate.ts";

/** Options of `SGD`; the variants do not differ. */
export interface SGDOptions extends OptimizerOptions, WeightDecayOptions {}

/** The update of `SGD`. */
export const sgdPrimitive: UpdatePrimitive<never, "rate", never> = /* @__PURE__ */ updatePrimitive({
  name: "sgd",
  slots: {},
  rates: ["rate"],
  constants: [],
  skipsZeros: true,
  formula: ({ sub, mul }, { w, g }, { rate }) => ({ w: sub(w, mul(rate, g)) }),
});

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
    const own = copyOptions("SGD", options, { ...optimizerRules, ...weightDecayRules });
    const { weightDecay } = own;
    super("SGD", own, updateWith(sgdPrimitive, { constants: {}, rates: (rate) => ({ rate }), weightDecay }));
  }
}
