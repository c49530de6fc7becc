import { anything, checkOptions, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { normalizeAxes } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../support/checkTensor.ts";
import type { AxesOptions } from "./expandDims.ts";
import { slice } from "./slice.ts";

/** Axes are checked with the shape. */
const rules: OptionRules<AxesOptions> = { axis: anything };

/**
 * The elements in reverse order along axes.
 * @param options.axis Default: all axes.
 * @throws ShapeError for an axis that does not exist.
 * @example
 * flip(tensor([1, 2, 3])).toArray(); // [3, 2, 1]
 * flip(tensor([[1, 2], [3, 4]]), { axis: 1 }).toArray(); // [[2, 1], [4, 3]]
 */
export const flip = (x: Tensor, options: AxesOptions = noOptions): Tensor => {
  checkOptions("flip", options, rules);
  const { axes: shape } = checkTensor("flip", x);
  const axes = normalizeAxes("flip", options.axis, shape);
  return slice(
    x,
    [],
    [],
    shape.map((_, axis) => (axes.includes(axis) ? -1 : 1)),
  );
};
