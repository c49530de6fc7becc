import { copyOptions, flag } from "../base/options.ts";
import { average, type UpdatePrimitive, updatePrimitive } from "../ops/update/updateRule.ts";
import type { Algebra } from "../wasm/update.ts";
import { Optimizer } from "./optimizer/optimizer.ts";
import {
  averageRule,
  commonRules,
  decayRule,
  epsilonRule,
  type OptimizerOptions,
  optimizerRules,
} from "./optimizer/optimizerOptions.ts";
import { updateWith } from "./optimizer/variableUpdate.ts";
import type { Schedule } from "./schedules/schedule.ts";

/** Options of `RMSProp`. */
export interface RMSPropOptions extends Omit<OptimizerOptions, "learningRate"> {
  /** Default: 0.001 (`keras`), 0.01 (`pytorch`); `tensorflow1` has none. */
  readonly learningRate?: number | Schedule;
  /** ρ, the decay of the averages, from 0 to below 1. Default: 0.9, of `pytorch` 0.99. */
  readonly decay?: number;
  /** μ, from 0 to 1. Default: 0. */
  readonly momentum?: number;
  /** ε, above 0. Default: 1e-10 (`tensorflow1`), 1e-7 (`keras`), 1e-8 (`pytorch`). */
  readonly epsilon?: number;
  /** Whether to divide by the standard deviation of the gradient instead of its mean square. Default: false. */
  readonly centered?: boolean;
}

const defaults = {
  tensorflow1: { learningRate: undefined, decay: 0.9, epsilon: 1e-10, start: 1 },
  keras: { learningRate: 0.001, decay: 0.9, epsilon: 1e-7, start: 0 },
  pytorch: { learningRate: 0.01, decay: 0.99, epsilon: 1e-8, start: 0 },
} as const;

type RMSPropPrimitive = UpdatePrimitive<
  string,
  "gradientRate" | "stepRate",
  "weight" | "inside" | "outside" | "momentumDecay"
>;

/**
 * The update of `RMSProp`. Where η is inside the buffer it is in `gradientRate`, else in `stepRate`; the other is 1. ε is
 * `inside` the root or `outside`; the other is 0. `weight` is 1 − ρ.
 */
const rmsPropUpdate = (name: string, centered: boolean, hasMomentum: boolean): RMSPropPrimitive =>
  updatePrimitive<string, "gradientRate" | "stepRate", "weight" | "inside" | "outside" | "momentumDecay">({
    name,
    slots: { mean_square: 0, ...(centered ? { mean_gradient: 0 } : {}), ...(hasMomentum ? { momentum: 0 } : {}) },
    rates: ["gradientRate", "stepRate"],
    constants: ["weight", "inside", "outside", ...(hasMomentum ? (["momentumDecay"] as const) : [])],
    unroll: !centered,
    formula: <N>(
      algebra: Algebra<N>,
      state: Readonly<Record<string, N>>,
      { gradientRate, stepRate, weight, inside, outside, momentumDecay }: Readonly<Record<string, N>>,
    ) => {
      const { add, sub, mul, div, max, sqrt, shared, zero } = algebra;
      let square = average(algebra, state.mean_square, mul(state.g, state.g), weight);
      const next: Record<string, N> = { ...state, mean_square: square };
      if (centered) {
        const mean = average(algebra, state.mean_gradient, state.g, weight);
        next.mean_gradient = mean;
        // Rounding may take the difference below zero.
        square = shared(max(sub(square, mul(mean, mean)), zero));
      }
      let step = shared(div(mul(gradientRate, state.g), add(sqrt(add(square, inside)), outside)));
      if (hasMomentum) {
        step = shared(add(mul(momentumDecay, state.momentum), step));
        next.momentum = step;
      }
      next.w = sub(state.w, mul(stepRate, step));
      return next;
    },
  });

export const rmsPropPrimitive: RMSPropPrimitive = /* @__PURE__ */ rmsPropUpdate("rmsProp", false, false);
export const rmsPropMomentumPrimitive: RMSPropPrimitive = /* @__PURE__ */ rmsPropUpdate("rmsPropMomentum", false, true);
export const rmsPropCenteredPrimitive: RMSPropPrimitive = /* @__PURE__ */ rmsPropUpdate("rmsPropCentered", true, false);
export const rmsPropCenteredMomentumPrimitive: RMSPropPrimitive = /* @__PURE__ */ rmsPropUpdate(
  "rmsPropCenteredMomentum",
  true,
  true,
);

/**
 * RMSProp: the gradient divided by its root mean square, a moving average. s ← ρ·s + (1 − ρ)·g², from 1 in `tensorflow1`,
 * else from 0; centered, also a ← ρ·a + (1 − ρ)·g from 0, and s − a² (not below 0, where rounding takes it) takes the
 * place of s. The buffer b starts at 0.
 *
 * - `tensorflow1`, `keras`: b ← μ·b + η·g / √(s + ε); w ← w − b
 * - `pytorch`: b ← μ·b + g / (√s + ε); w ← w − η·b
 *
 * Source: Tieleman and Hinton, "Lecture 6.5, RMSProp", 2012; centered, Graves, "Generating sequences with recurrent neural
 * networks", 2013; `ApplyRMSProp`, `ApplyCenteredRMSProp` of TensorFlow 1.15, `keras.optimizers.RMSprop`,
 * `torch.optim.RMSprop`.
 * @throws ValueError for options out of range or unknown.
 * @example
 * const optimizer = new RMSProp({ learningRate: 0.001, decay: 0.9, momentum: 0.9, epsilon: 1e-10 });
 */
export class RMSProp extends Optimizer {
  constructor(options: RMSPropOptions) {
    const rules = { decay: averageRule, momentum: decayRule, epsilon: epsilonRule, centered: flag };
    const own = copyOptions("RMSProp", options, { ...optimizerRules, ...commonRules, ...rules });
    const { variant = "tensorflow1", momentum = 0, centered = false } = own;
    const preset = defaults[variant];
    const { decay = preset.decay, epsilon = preset.epsilon } = own;
    const isPyTorch = variant === "pytorch";
    const plain = centered ? rmsPropCenteredPrimitive : rmsPropPrimitive;
    const withMomentum = centered ? rmsPropCenteredMomentumPrimitive : rmsPropMomentumPrimitive;
    const update = updateWith(momentum > 0 ? withMomentum : plain, {
      starts: { mean_square: preset.start },
      constants: {
        weight: 1 - decay,
        inside: isPyTorch ? 0 : epsilon,
        outside: isPyTorch ? epsilon : 0,
        momentumDecay: momentum,
      },
      rates: (rate) => (isPyTorch ? { gradientRate: 1, stepRate: rate } : { gradientRate: rate, stepRate: 1 }),
    });
    super("RMSProp", { ...own, learningRate: own.learningRate ?? preset.learningRate } as OptimizerOptions, update);
  }
}
