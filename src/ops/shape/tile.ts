import { ShapeError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { checkShape, formatShape, maxRank, outerLengthInner } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { broadcastTo } from "./broadcast.ts";
import { reshape } from "./reshape.ts";

/**
 * x repeated along its axes, by NumPy's rule: the last of `repeats` is for the last axis; where there are more repeats than axes,
 * x gets new axes in front.
 * @param repeats How often x is repeated along each axis; a number is for the last axis.
 * @throws ShapeError for a number of repeats that is not a whole number from 0, or more than 6 of them.
 * @example
 * tile(tensor([1, 2]), 2).toArray(); // [1, 2, 1, 2]
 * tile(tensor([1, 2]), [2, 1]).toArray(); // [[1, 2], [1, 2]]
 */
export const tile = (x: Tensor, repeats: number | readonly number[]): Tensor => {
  const { axes: shape } = checkTensor("tile", x);
  const counts = typeof repeats === "number" ? [repeats] : repeats;
  const isList = Array.isArray(counts) && counts.length <= maxRank;
  if (!(isList && counts.every((count) => Number.isInteger(count) && count >= 0))) {
    throw new ShapeError(
      `tile: repeats must be a whole number from 0 for each axis, got ${showValue(repeats)} for shape ${formatShape(shape)}.`,
    );
  }
  const rank = Math.max(shape.length, counts.length);
  const lengths = [...new Array<number>(rank - shape.length).fill(1), ...shape];
  let y = x;
  // From the last axis to the first, so that what is repeated is whole in memory.
  for (let axis = rank - 1; axis >= 0; axis--) {
    const count = counts[axis - rank + counts.length] ?? 1;
    if (count === 1) continue;
    const { outer, length, inner } = outerLengthInner(lengths, axis);
    const block = length * inner;
    lengths[axis] *= count;
    checkShape("tile", lengths);
    y = broadcastTo(reshape(y, [outer, 1, block]), [outer, count, block]);
  }
  return reshape(y, lengths);
};
