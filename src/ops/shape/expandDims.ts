import { ShapeError } from "../../base/errors.ts";
import { anything, checkOptions, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { formatShape, normalizeAxes } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { reshape } from "./reshape.ts";

/** Options of `expandDims` and `squeeze`. */
export interface AxesOptions {
  /** The axis or axes, each named once; negative ones count from the end. */
  readonly axis?: number | readonly number[];
}

/** Axes are checked with the shape. */
const rules: OptionRules<AxesOptions> = { axis: anything };

/**
 * x with new axes of length 1.
 * @param options.axis Where the new axes are in the result. Default: 0.
 * @throws ShapeError for an axis that the result does not have.
 * @example
 * expandDims(tensor([1, 2])).shape; // [1, 2]
 * expandDims(tensor([1, 2]), { axis: -1 }).shape; // [2, 1]
 */
export const expandDims = (x: Tensor, options: AxesOptions = noOptions): Tensor => {
  checkOptions("expandDims", options, rules);
  const rest = [...checkTensor("expandDims", x).axes];
  const axis = options.axis ?? 0;
  const count = [axis].flat().length;
  // The lengths of the result are not known yet; its rank is.
  const axes = normalizeAxes("expandDims", axis, [...rest, ...new Array<number>(count).fill(1)]);
  for (const at of axes) rest.splice(at, 0, 1);
  return reshape(x, rest);
};

/**
 * x without axes of length 1.
 * @param options.axis The axes that go. Default: all that have length 1.
 * @throws ShapeError for an axis that has another length, or does not exist.
 * @example
 * squeeze(tensor([[[1], [2]]])).shape; // [2]
 * squeeze(tensor([[[1], [2]]]), { axis: 0 }).shape; // [2, 1]
 */
export const squeeze = (x: Tensor, options: AxesOptions = noOptions): Tensor => {
  checkOptions("squeeze", options, rules);
  const { axes: shape } = checkTensor("squeeze", x);
  const axes = options.axis === undefined ? undefined : normalizeAxes("squeeze", options.axis, shape);
  for (const axis of axes ?? []) {
    if (shape[axis] === 1) continue;
    throw new ShapeError(
      `squeeze: an axis must have length 1, got length ${shape[axis]} for axis=${axis} of shape ${formatShape(shape)}.`,
    );
  }
  return reshape(
    x,
    shape.filter((length, axis) => (axes ? !axes.includes(axis) : length !== 1)),
  );
};
