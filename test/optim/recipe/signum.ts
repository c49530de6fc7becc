import { copyOptions } from "../../../src/base/options.ts";
import { average, type UpdatePrimitive, updatePrimitive } from "../../../src/ops/update/updateRule.ts";
import { Optimizer } from "../../../src/optim/optimizer/optimizer.ts";
import { averageRule, type OptimizerOptions, optimizerRules } from "../../../src/optim/optimizer/optimizerOptions.ts";
import { updateWith } from "../../../src/optim/optimizer/variableUpdate.ts";

/** Options of `Signum`; the variants do not differ. */
export interface SignumOptions extends OptimizerOptions {
  /** β, from 0 to below 1. Default: 0.9. */
  readonly beta?: number;
}

/** The update of `Signum`. The weight is 1 − β. */
export const signumPrimitive: UpdatePrimitive<"momentum", "rate", "weight"> = /* @__PURE__ */ updatePrimitive({
  name: "signum",
  // The start value of each slot, by its name in checkpoints.
  slots: { momentum: 0 },
  // Numbers that change with the step, and numbers that do not.
  rates: ["rate"],
  constants: ["weight"],
  // The reference and the SIMD kernel come from this formula.
  formula: (algebra, { w, momentum, g }, { rate, weight }) => {
    const { sub, mul, sign, shared } = algebra;
    const moved = shared(average(algebra, momentum, g, weight));
    return { w: sub(w, mul(rate, sign(moved))), momentum: moved };
  },
});

/**
 * Every element moves by the learning rate, against the sign of a moving average of the gradient.
 * m ← β·m + (1 − β)·g, from 0; w ← w − η·sign(m).
 *
 * Source: Bernstein et al., "signSGD: compressed optimisation for non-convex problems", 2018, algorithm 2.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new Signum({ learningRate: 0.001 });
 */
export class Signum extends Optimizer {
  constructor(options: SignumOptions) {
    // One rule for each option; the copy is what a checkpoint records.
    const own = copyOptions("Signum", options, { ...optimizerRules, beta: averageRule });
    const { beta = 0.9 } = own;
    super("Signum", own, updateWith(signumPrimitive, { constants: { weight: 1 - beta }, rates: (rate) => ({ rate }) }));
  }
}
