import { type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { broadcastTo } from "./broadcast.ts";
import { reshape } from "./reshape.ts";
import { transpose } from "./transpose.ts";

/** A tensor reshaped so that its features are one axis: kernels for one axis of channels then serve any axes. */
export interface FeatureView {
  /** The axis of the features in the view. */
  readonly axis: number;
  /** From the tensor to the view. */
  readonly enter: (x: Tensor) => Tensor;
  /** From the view back to the tensor. */
  readonly leave: (y: Tensor) => Tensor;
}

const unchanged = (x: Tensor): Tensor => x;

/** The view of a tensor with one axis of features: the tensor itself. */
export const plainView = (axis: number): FeatureView => ({ axis, enter: unchanged, leave: unchanged });

/** Neighbouring axes of one kind. */
interface Run {
  readonly isFeature: boolean;
  length: number;
}

/**
 * The view of a tensor by its features, and by groups of its rows when `groups` is above 1: row i belongs to group i mod
 * groups, since [rows, ...] becomes [rows / groups, groups, ...]. The groups come first, then the features in the order of
 * their axes. A reshape joins neighbouring axes of one kind; a transposition is needed only when features are still apart.
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

/** One number per feature, repeated for each group in one row. */
export const forGroups = (values: Tensor, groups: number): Tensor => {
  if (groups > 1)
    return reshape(broadcastTo(reshape(values, [1, values.size]), [groups, values.size]), [groups * values.size]);
  return values.rank === 1 ? values : reshape(values, [values.size]);
};
