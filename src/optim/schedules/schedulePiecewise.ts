import { ValueError } from "../../base/errors.ts";
import { copyOptions, number, type OptionRule, required } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import type { Schedule } from "./schedule.ts";
import { scheduleOf } from "./schedule.ts";

/** Options of `piecewiseConstant`. */
export interface PiecewiseConstantOptions {
  /** The last step of each value but the last one, ascending. */
  readonly boundaries: readonly number[];
  /** One more than there are boundaries. */
  readonly values: readonly number[];
}

const from0 = /* @__PURE__ */ number({ from: 0 });

const ratesRule: OptionRule = /* @__PURE__ */ required({
  words: "a list of finite numbers from 0",
  holds: (value) => Array.isArray(value) && value.every(from0.holds),
});

/**
 * A learning rate in custom steps: values[0] up to and including step boundaries[0], then values[1] up to and
 * including boundaries[1], and so on. Source: `tf.train.piecewise_constant` of TensorFlow 1 (PyTorch's `MultiStepLR` changes
 * at its milestones, one step earlier).
 * @throws ValueError unless the boundaries ascend and there is one value more.
 * @example
 * const rate = piecewiseConstant({ boundaries: [100, 200], values: [0.1, 0.05, 0.01] });
 * rate(100); // 0.1
 * rate(101); // 0.05
 * rate(1000); // 0.01
 */
export const piecewiseConstant = (options: PiecewiseConstantOptions): Schedule => {
  const where = "piecewiseConstant";
  const { boundaries, values } = copyOptions(where, options, { boundaries: ratesRule, values: ratesRule });
  if (boundaries.some((step, index) => index > 0 && step <= boundaries[index - 1])) {
    throw new ValueError(`${where}: boundaries must ascend, got ${showValue(boundaries)}. Sort them, each once.`);
  }
  if (values.length !== boundaries.length + 1) {
    throw new ValueError(
      `${where}: there must be one value more than boundaries, got ${values.length} and ${boundaries.length}. ` +
        "Add the rate after the last boundary.",
    );
  }
  const schedule = (step: number): number => {
    const index = boundaries.findIndex((boundary) => step <= boundary);
    return index < 0 ? values[boundaries.length] : values[index];
  };
  return scheduleOf(where, schedule, { boundaries, values });
};
