import { notEqual } from "../../ops/elementwise/compare.ts";
import { broadcastTo } from "../../ops/shape/broadcast.ts";
import { concat } from "../../ops/shape/concat.ts";
import { gather } from "../../ops/shape/gather.ts";
import { reshape } from "../../ops/shape/reshape.ts";
import { slice } from "../../ops/shape/slice.ts";
import { transpose } from "../../ops/shape/transpose.ts";
import { toFloat } from "../../ops/support/toFloat.ts";
import { toInt32 } from "../../ops/support/toInt32.ts";
import { type Shape, sizeOf, stridesOf } from "../../tensor/shape.ts";
import { type Budget, HostArray, type HostType, tensorOf, type Value } from "./hostArray.ts";
import { hostConcat, hostElementwise, hostGather, hostReshape, hostWalk } from "./hostOperations.ts";

/** The same elements in another shape, which may have one length -1. */
export const reshapeValue = (value: Value, shape: Shape): Value => {
  if (!(value instanceof HostArray)) return reshape(value, shape);
  const rest = sizeOf(shape.filter((length) => length !== -1));
  return hostReshape(
    value,
    shape.map((length) => (length === -1 ? value.size / rest : length)),
  );
};

/** A value with its axes in another order, which has each of them once. */
export const transposeValue = (value: Value, order: readonly number[], budget: Budget): Value => {
  if (!(value instanceof HostArray)) return transpose(value, order);
  const strides = stridesOf(value.shape);
  const shape = order.map((axis) => value.shape[axis]);
  return hostWalk(
    value,
    shape,
    order.map((axis) => strides[axis]),
    budget,
  );
};

/** A value repeated along each axis: [2, 3] tiled by [2, 1] is [1, 2, 1, 3] broadcast to [2, 2, 1, 3], and joined to [4, 3]. */
export const tileValue = (value: Value, repeats: readonly number[], budget: Budget): Value => {
  const shape = value.shape.map((length, axis) => length * repeats[axis]);
  if (value instanceof HostArray) {
    const spread = value.shape.flatMap((length, axis) => [repeats[axis], length]);
    const strides = stridesOf(value.shape).flatMap((stride) => [0, stride]);
    return hostReshape(hostWalk(value, spread, strides, budget), shape);
  }
  // One axis after another, so that no tensor in between has more axes than kernels take.
  return repeats.reduce((x, count, axis) => {
    if (count === 1) return x;
    const outer = sizeOf(x.axes.slice(0, axis));
    const inner = sizeOf(x.axes.slice(axis));
    const repeated = broadcastTo(reshape(x, [outer, 1, inner]), [outer, count, inner]);
    return reshape(repeated, [...x.axes.slice(0, axis), x.axes[axis] * count, ...x.axes.slice(axis + 1)]);
  }, value);
};

/** A box of a value: where it begins, how long it is, and its steps. */
export const boxOfValue = (value: Value, begin: Shape, size: Shape, steps: Shape, budget: Budget): Value => {
  if (!(value instanceof HostArray)) {
    // An empty axis has no first element for a box to begin at.
    const first = begin.map((start, axis) => (size[axis] === 0 ? 0 : start));
    return slice(value, first, [...size], [...steps]);
  }
  const strides = stridesOf(value.shape);
  const start = strides.reduce((sum, stride, axis) => sum + (size[axis] === 0 ? 0 : begin[axis]) * stride, 0);
  return hostWalk(
    value,
    size,
    strides.map((stride, axis) => stride * steps[axis]),
    budget,
    start,
  );
};

/** The rows of a value at indices along an axis; negative indices that are known count from the end. */
export const gatherValue = (value: Value, indices: Value, axis: number, budget: Budget): Value => {
  if (!(indices instanceof HostArray)) return gather(tensorOf(value), indices, { axis });
  if (value instanceof HostArray) return hostGather(value, indices, axis, budget);
  const length = value.axes[axis];
  const fromStart = indices.data.map((index) => (index < 0 ? index + length : index));
  return gather(value, new HostArray(indices.shape, "int32", fromStart).tensor, { axis });
};

/** Values one after another along an axis. */
export const concatValues = (values: readonly Value[], axis: number, budget: Budget): Value =>
  values.every((value) => value instanceof HostArray)
    ? hostConcat(values, axis, budget)
    : concat(values.map(tensorOf), { axis });

/** A value in another type. */
export const castValue = (value: Value, to: HostType, budget: Budget): Value => {
  if (value instanceof HostArray) return hostElementwise("Cast", [value], to, budget, (x) => x);
  if (to === "float32") return toFloat(value);
  if (to === "bool") return value.dtype === "bool" ? value : notEqual(toFloat(value), 0);
  return value.dtype === "int32" ? value : toInt32(toFloat(value));
};
