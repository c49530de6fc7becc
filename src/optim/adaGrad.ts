import { ValueError } from "../base/errors.ts";
import { copyOptions, number } from "../base/options.ts";
import { type UpdatePrimitive, updatePrimitive } from "../ops/update/updateRule.ts";
import { Optimizer } from "./optimizer/optimizer.ts";
import { commonRules, type OptimizerOptions, optimizerRules } from "./optimizer/optimizerOptions.ts";
import { updateWith } from "./optimizer/variableUpdate.ts";
import type { Schedule } from "./schedules/schedule.ts";

/** Options of `AdaGrad`. */
export interface AdaGradOptions extends Omit<OptimizerOptions, "learningRate"> {
  /** Default: 0.001 (`keras`), 0.01 (`pytorch`); `tensorflow1` has none. */
  readonly learningRate?: number | Schedule;
  /** Where the sums of squares start. Default: 0.1, of `pytorch` 0. */
  readonly initialAccumulator?: number;
  /** ε. Default: 0 (`tensorflow1`), 1e-7 (`keras`), 1e-10 (`pytorch`). */
  readonly epsilon?: number;
  /** The rate of a variable's update number t is η / (1 + (t − 1)·learningRateDecay). Default: 0. */
  readonly learningRateDecay?: number;
}

const defaults = {
  tensorflow1: { learningRate: undefined, initialAccumulator: 0.1, epsilon: 0 },
  keras: { learningRate: 0.001, initialAccumulator: 0.1, epsilon: 1e-7 },
  pytorch: { learningRate: 0.01, initialAccumulator: 0, epsilon: 1e-10 },
} as const;

/** The update of `AdaGrad`. ε is `inside` the root or `outside`; the other is 0. */
export const adaGradPrimitive: UpdatePrimitive<"accumulator", "rate", "inside" | "outside"> =
  /* @__PURE__ */ updatePrimitive({
    name: "adaGrad",
    slots: { accumulator: 0.1 },
    rates: ["rate"],
    constants: ["inside", "outside"],
    skipsZeros: true,
    formula: ({ add, sub, mul, div, sqrt, shared }, { w, accumulator, g }, { rate, inside, outside }) => {
      const squares = shared(add(accumulator, mul(g, g)));
      return { w: sub(w, div(mul(rate, g), add(sqrt(add(squares, inside)), outside))), accumulator: squares };
    },
  });

/**
 * AdaGrad: each element has its own rate, which falls with the gradients that it has seen. a starts at
 * `initialAccumulator`; a ← a + g².
 *
 * - `tensorflow1`, `keras`: w ← w − η·g / √(a + ε)
 * - `pytorch`: w ← w − η·g / (√a + ε)
 *
 * Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011;
 * `ApplyAdagrad` of TensorFlow 1.15, `keras.optimizers.Adagrad`, `torch.optim.Adagrad`.
 * @throws ValueError for options out of range or unknown; also when `initialAccumulator` and `epsilon` are both 0, where a
 * gradient of zero would be divided by zero.
 * @example
 * const optimizer = new AdaGrad({ learningRate: 0.01 });
 */
export class AdaGrad extends Optimizer {
  constructor(options: AdaGradOptions) {
    const from0 = number({ from: 0 });
    const rules = { initialAccumulator: from0, epsilon: from0, learningRateDecay: from0 };
    const own = copyOptions("AdaGrad", options, { ...optimizerRules, ...commonRules, ...rules });
    const { variant = "tensorflow1", learningRateDecay = 0 } = own;
    const preset = defaults[variant];
    const { initialAccumulator = preset.initialAccumulator, epsilon = preset.epsilon } = own;
    if (Math.fround(initialAccumulator) === 0 && Math.fround(epsilon) === 0) {
      throw new ValueError(
        `AdaGrad: initialAccumulator or epsilon must be above 0 in float32, got ${initialAccumulator} and ${epsilon}. Pass one of them.`,
      );
    }
    const update = updateWith(adaGradPrimitive, {
      starts: { accumulator: initialAccumulator },
      constants: variant === "pytorch" ? { inside: 0, outside: epsilon } : { inside: epsilon, outside: 0 },
      rates: (rate, count) => ({ rate: rate / (1 + (count - 1) * learningRateDecay) }),
      countsVariables: true,
    });
    super("AdaGrad", { ...own, learningRate: own.learningRate ?? preset.learningRate } as OptimizerOptions, update);
  }
}
