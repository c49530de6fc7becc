import { described } from "../tensor/describe.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkOptions, showValue } from "../tensor/options.ts";
import { checkNumber } from "./options.ts";
import type { Schedule } from "./schedule.ts";

/** Options of `piecewiseConstant`. */
export interface PiecewiseConstantOptions {
  /** The last step of each value but the last one, ascending. */
  readonly boundaries: readonly number[];
  /** One more than there are boundaries. */
  readonly values: readonly number[];
}

/**
 * A learning rate in steps of one's own: values[0] up to and including step boundaries[0], then values[1] up to and
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
  checkOptions(where, options, ["boundaries", "values"]);
  const boundaries = checkList(where, "boundaries", options.boundaries);
  const values = checkList(where, "values", options.values);
  if (boundaries.some((one, index) => index > 0 && one <= boundaries[index - 1])) {
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
  return described(schedule, where, { boundaries, values });
};

const checkList = (where: string, name: string, list: readonly number[]): readonly number[] => {
  if (!Array.isArray(list)) {
    throw new ValueError(`${where}: ${name} must be a list of numbers, got ${showValue(list)}. Pass [0.1, 0.01], say.`);
  }
  return list.map((one: unknown, index) => checkNumber(where, `${name}[${index}]`, one, { from: 0 }));
};
