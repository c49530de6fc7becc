import { type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { broadcastTo } from "./broadcast.ts";
import { reshape } from "./reshape.ts";
import { transpose } from "./transpose.ts";

/** A tensor seen with all axes of its features as one: kernels that know one axis of channels then serve any axes. */
export interface FeatureView {
  /** The axis of the features in the view. */
  readonly axis: number;
  /** From the tensor to the view. */
  readonly enter: (x: Tensor) => Tensor;
  /** From the view back to the tensor. */
  readonly leave: (y: Tensor) => Tensor;
}

const itself = (x: Tensor): Tensor => x;

/** The view of a tensor with one axis of features: the tensor itself. */
export const plainView = (axis: number): FeatureView => ({ axis, enter: itself, leave: itself });

/** Neighbouring axes of one kind. */
interface Run {
  readonly isFeature: boolean;
  length: number;
}

/**
 * The view of a tensor by its features, and by groups of its rows where there is more than one: row i belongs to group
 * i mod groups, since [rows, ...] becomes [rows / groups, groups, ...]. Features stand in the order of their axes, groups
 * before them. Neighbouring axes of one kind become one by a reshape; only where features still stand in two places are
 * they brought together by a transposition.
 * @param axes Ascending, from 1.
 */
export const featureView = (shape: Shape, axes: readonly number[], groups: number): FeatureView => {
  const grouped = groups === 1 ? shape : [shape[0] / groups, groups, ...shape.slice(1)];
  const shift = grouped.length - shape.length;
  const runs: Run[] = [];
  for (const [index, length] of grouped.entries()) {
    const isFeature = axes.includes(index - shift) || (shift === 1 && index === 1);
    const last = runs.at(-1);
    if (last?.isFeature === isFeature) last.length *= length;
    else runs.push({ isFeature, length });
  }
  const merged = runs.map(({ length }) => length);
  const placesOf = (isFeature: boolean): number[] => [...runs.keys()].filter((at) => runs[at].isFeature === isFeature);
  const features = placesOf(true);
  if (features.length === 1) {
    return { axis: features[0], enter: (x) => reshape(x, merged), leave: (y) => reshape(y, shape) };
  }
  const order = [...placesOf(false), ...features];
  const sorted = order.map((at) => merged[at]);
  const flat = [sizeOf(placesOf(false).map((at) => merged[at])), sizeOf(features.map((at) => merged[at]))];
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return {
    axis: 1,
    enter: (x) => reshape(transpose(reshape(x, merged), order), flat),
    leave: (y) => reshape(transpose(reshape(y, sorted), inverse), shape),
  };
};

/** Numbers per feature as a view by `groups` has them: once for every group, in one row. */
export const forGroups = (values: Tensor, groups: number): Tensor => {
  if (groups > 1)
    return reshape(broadcastTo(reshape(values, [1, values.size]), [groups, values.size]), [groups * values.size]);
  return values.rank === 1 ? values : reshape(values, [values.size]);
};
