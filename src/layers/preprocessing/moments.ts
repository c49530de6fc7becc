import { DTypeError, ValueError } from "../../base/errors.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Mean and biased variance of features, in double. */
export interface Moments {
  readonly mean: Float64Array;
  /** Exactly 0 for a feature that never varies. */
  readonly variance: Float64Array;
}

/**
 * Mean and variance over all axes but these, in two passes, so that small variances keep their digits beside large means.
 * @param axes The axes to keep, ascending; axis 0 is that of the rows.
 * @param skipsNaN Whether NaN is a missing value.
 * @throws ValueError, naming row and feature, for a value that is not finite, or a feature without values.
 */
export const momentsAlong = (where: string, data: Tensor, axes: readonly number[], skipsNaN: boolean): Moments => {
  if (data.dtype === "bool") {
    throw new DTypeError(`${where}: adapt takes numbers, got bool. Convert with toFloat(...).`);
  }
  const rows = data.axes[0];
  const groupOf = groups(data.axes.slice(1), axes);
  const width = groupOf.length;
  const count = axes.reduce((size, axis) => size * data.axes[axis], 1);
  const values = data.storage.view();
  const scale = data.scale ?? 1;
  const each = (visit: (value: number, group: number, row: number) => void): void => {
    for (let row = 0, at = 0; row < rows; row++) {
      for (let place = 0; place < width; place++, at++) {
        const value = values[at] * scale;
        if (Number.isNaN(value) && skipsNaN) continue;
        visit(value, groupOf[place], row);
      }
    }
  };
  const [counts, mean, variance] = [0, 0, 0].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const low = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  each((value, group, row) => {
    if (!Number.isFinite(value)) {
      throw new ValueError(
        `${where}: adapt needs finite values, got ${value} in row ${row}, feature ${group}. ` +
          'Leave such rows out, or pass { missing: "mean" } where NaN is a missing value.',
      );
    }
    counts[group]++;
    mean[group] += value;
    low[group] = Math.min(low[group], value);
    high[group] = Math.max(high[group], value);
  });
  for (let group = 0; group < count; group++) {
    if (counts[group] === 0) {
      throw new ValueError(
        `${where}: adapt needs a value of every feature, got none of feature ${group} in ${rows} rows. Pass the training data.`,
      );
    }
    // Rounding must not turn a feature that never varies into one that does.
    mean[group] = low[group] === high[group] ? low[group] : mean[group] / counts[group];
  }
  each((value, group) => {
    variance[group] += (value - mean[group]) ** 2;
  });
  for (let group = 0; group < count; group++) variance[group] /= counts[group];
  return { mean, variance };
};

/** The feature of each place of a row. */
const groups = (row: Shape, axes: readonly number[]): Uint32Array => {
  const size = row.reduce((product, length) => product * length, 1);
  const groupOf = new Uint32Array(size);
  let inner = size;
  for (const [axis, length] of row.entries()) {
    inner /= length || 1;
    if (!axes.includes(axis + 1)) continue;
    for (let place = 0; place < size; place++) {
      groupOf[place] = groupOf[place] * length + (Math.floor(place / inner) % length);
    }
  }
  return groupOf;
};
