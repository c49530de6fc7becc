import { updateVariables } from "../autograd/variable.ts";
import { adaGradPrimitive } from "../ops/update.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkVariant } from "../tensor/optionChecks.ts";
import { checkOptions } from "../tensor/options.ts";
import { Optimizer } from "./optimizer.ts";
import { checkNumber, type OptimizerOptions, optimizerOptions } from "./options.ts";
import type { Schedule } from "./schedule.ts";

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

/**
 * AdaGrad: each element has a rate of its own, which falls with the gradients that it has seen. a starts at
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
    checkOptions("AdaGrad", options, [...optimizerOptions, "initialAccumulator", "epsilon", "learningRateDecay"]);
    const variant = checkVariant("AdaGrad", options.variant);
    const own = defaults[variant];
    const start = checkNumber("AdaGrad", "initialAccumulator", options.initialAccumulator ?? own.initialAccumulator, {
      from: 0,
    });
    const epsilon = checkNumber("AdaGrad", "epsilon", options.epsilon ?? own.epsilon, { from: 0 });
    const decay = checkNumber("AdaGrad", "learningRateDecay", options.learningRateDecay ?? 0, { from: 0 });
    if (Math.fround(start) === 0 && Math.fround(epsilon) === 0) {
      throw new ValueError(
        `AdaGrad: initialAccumulator or epsilon must be above 0 in float32, got ${start} and ${epsilon}. Pass one of them.`,
      );
    }
    const learningRate = options.learningRate ?? own.learningRate;
    const attributes = variant === "pytorch" ? { inside: 0, outside: epsilon } : { inside: epsilon, outside: 0 };
    super("AdaGrad", { ...options, learningRate } as OptimizerOptions, {
      slots: { accumulator: start },
      rates: (rate, count) => [rate / (1 + (count - 1) * decay)],
      apply: (updates, rates) => updateVariables(adaGradPrimitive, updates, [rates], attributes),
      countsVariables: true,
    });
  }
}
