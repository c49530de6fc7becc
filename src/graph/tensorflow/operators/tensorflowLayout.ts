import { add, mul, sub } from "../../../ops/elementwise/arithmetic.ts";
import { broadcastTo } from "../../../ops/shape/broadcast.ts";
import { stack } from "../../../ops/shape/concat.ts";
import { oneHot } from "../../../ops/shape/oneHot.ts";
import { pad } from "../../../ops/shape/pad.ts";
import { transpose } from "../../../ops/shape/transpose.ts";
import { broadcastStrides, normalizeAxes, normalizeAxis, type Shape, sizeOf } from "../../../tensor/shape.ts";
import { ones, zeros } from "../../../tensor/tensor.ts";
import type { GraphNode, Inputs, Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, tensorOf, type Value, wholeArray } from "../../core/hostArray.ts";
import { hostWalk } from "../../core/hostOperations.ts";
import {
  boxOfValue,
  castValue,
  concatValues,
  gatherValue,
  reshapeValue,
  tileValue,
  transposeValue,
} from "../../core/values.ts";
import { hostTypeOfCode } from "../metaConstants.ts";

/** Whole numbers of an input that is known before the data. */
const wholes = (node: GraphNode, inputs: Inputs, index: number, what: string, from: number = -Infinity): number[] => {
  const values = [...node.host(inputs, index, what).data];
  const wrong = values.find((value) => !Number.isSafeInteger(value) || value < from);
  if (wrong !== undefined)
    node.refuse(`${what} must be whole numbers${from > -Infinity ? ` from ${from}` : ""}`, wrong);
  return values;
};

const squeezed: Operator = (node) => (inputs) => {
  const value = node.input(inputs, 0);
  const named = node.list("squeeze_dims") ?? [];
  const removed = named.length > 0 ? normalizeAxes("Squeeze", named, value.shape) : undefined;
  const wrong = removed?.find((axis) => value.shape[axis] !== 1);
  if (wrong !== undefined) node.refuse("a squeezed axis must have the length 1", value.shape[wrong]);
  return reshapeValue(
    value,
    value.shape.filter((length, axis) => (removed ? !removed.includes(axis) : length !== 1)),
  );
};

const expanded: Operator = (node) => (inputs) => {
  const value = node.input(inputs, 0);
  const shape = [...value.shape, 1];
  const axis = normalizeAxis("ExpandDims", wholes(node, inputs, 1, "the axis")[0], shape);
  return reshapeValue(value, [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)]);
};

const transposed: Operator =
  (node) =>
  (inputs, { budget }) => {
    const value = node.input(inputs, 0);
    const order = normalizeAxes("Transpose", wholes(node, inputs, 1, "the order of the axes"), value.shape);
    if (order.length !== value.shape.length) node.refuse("the order must name every axis", order);
    const rank = value.shape.length;
    const named = wholes(node, inputs, 1, "the order of the axes");
    return transposeValue(
      value,
      named.map((axis) => (axis < 0 ? axis + rank : axis)),
      budget,
    );
  };

/** The axis is the last input in ConcatV2, and the first in Concat. */
const joined =
  (isLast: boolean): Operator =>
  (node) =>
  (inputs, { budget }) => {
    const at = isLast ? inputs.length - 1 : 0;
    const values = inputs.flatMap((_, index) => (index === at ? [] : [node.input(inputs, index)]));
    if (values.length === 0) node.refuse("there must be values", 0);
    const axis = normalizeAxis("Concat", wholes(node, inputs, at, "the axis")[0], values[0].shape);
    return concatValues(values, axis, budget);
  };

const packed: Operator =
  (node) =>
  (inputs, { budget }) => {
    const values = inputs.map((_, index) => node.input(inputs, index));
    const first = node.input(inputs, 0);
    const axis = normalizeAxis("Pack", node.whole("axis", 0), [...first.shape, 1]);
    if (!values.every((value) => value instanceof HostArray)) return stack(values.map(tensorOf), { axis });
    const rows = values.map((value) =>
      reshapeValue(value, [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)]),
    );
    return concatValues(rows, axis, budget);
  };

/** Parts along an axis: lengths that add up to its length. */
const partsOf = (
  value: Value,
  axis: number,
  lengths: readonly number[],
  context: Parameters<ReturnType<Operator>>[1],
): Value[] => {
  let start = 0;
  return lengths.map((length) => {
    const begin = value.shape.map((_, at) => (at === axis ? start : 0));
    const size = value.shape.map((own, at) => (at === axis ? length : own));
    start += length;
    return boxOfValue(value, begin, size, new Array<number>(size.length).fill(1), context.budget);
  });
};

const unpacked: Operator = (node) => (inputs, context) => {
  const value = node.input(inputs, 0);
  const axis = normalizeAxis("Unpack", node.whole("axis", 0), value.shape);
  const shape = value.shape.filter((_, at) => at !== axis);
  const parts = partsOf(value, axis, new Array<number>(value.shape[axis]).fill(1), context);
  return parts.map((part) => reshapeValue(part, shape));
};

const split: Operator = (node) => (inputs, context) => {
  const value = node.input(inputs, 1);
  const axis = normalizeAxis("Split", wholes(node, inputs, 0, "the axis")[0], value.shape);
  const count = node.whole("num_split", node.outputs.length);
  const part = value.shape[axis] / count;
  if (!(count >= 1) || !Number.isSafeInteger(part))
    node.refuse(`num_split must divide the length ${value.shape[axis]}`, count);
  return partsOf(value, axis, new Array<number>(count).fill(part), context);
};

const splitV: Operator = (node) => (inputs, context) => {
  const value = node.input(inputs, 0);
  const axis = normalizeAxis("SplitV", wholes(node, inputs, 2, "the axis")[0], value.shape);
  const written = wholes(node, inputs, 1, "the lengths of the parts", -1);
  const rest = value.shape[axis] - written.reduce((total, length) => total + Math.max(length, 0), 0);
  const lengths = written.map((length) => (length === -1 ? rest : length));
  if (lengths.reduce((total, length) => total + length, 0) !== value.shape[axis] || rest < 0) {
    node.refuse(`parts must add up to the length ${value.shape[axis]} of the axis`, written);
  }
  return partsOf(value, axis, lengths, context);
};

const sliced: Operator =
  (node) =>
  (inputs, { budget }) => {
    const value = node.input(inputs, 0);
    const begin = wholes(node, inputs, 1, "the start", 0);
    const size = wholes(node, inputs, 2, "the size", -1).map((length, axis) =>
      length === -1 ? value.shape[axis] - begin[axis] : length,
    );
    const fits = value.shape.every((length, axis) => size[axis] >= 0 && begin[axis] + size[axis] <= length);
    if (!fits || begin.length !== value.shape.length) node.refuse("a slice must lie within its input", begin);
    return boxOfValue(value, begin, size, new Array<number>(size.length).fill(1), budget);
  };

/** Python's x[begin:end:stride]: bits of masks say what each entry is. */
const strided: Operator = (node) => {
  const [begins, ends, ellipses, news, shrinks] = ["begin", "end", "ellipsis", "new_axis", "shrink_axis"].map((name) =>
    node.whole(`${name}_mask`, 0),
  );
  const has = (mask: number, index: number): boolean => Math.floor(mask / 2 ** index) % 2 === 1;
  return (inputs, { budget }) => {
    const value = node.input(inputs, 0);
    const [from, to, by] = ["the start", "the end", "the step"].map((what, at) => wholes(node, inputs, at + 1, what));
    const named = from.filter((_, index) => !has(ellipses, index) && !has(news, index)).length;
    if (named > value.shape.length) node.refuse(`there must be at most ${value.shape.length} axes`, named);
    const begin: number[] = [];
    const size: number[] = [];
    const steps: number[] = [];
    const shape: number[] = [];
    const keep = (): void => {
      const length = value.shape[begin.length];
      begin.push(0);
      size.push(length);
      steps.push(1);
      shape.push(length);
    };
    for (const [index, start] of from.entries()) {
      if (has(ellipses, index)) {
        for (let count = value.shape.length - named; count > 0; count--) keep();
      } else if (has(news, index)) shape.push(1);
      else {
        const length = value.shape[begin.length];
        const single = has(shrinks, index);
        const step = single ? 1 : by[index];
        if (!step) node.refuse("a step must be a whole number other than 0", by[index]);
        const low = step > 0 ? 0 : -1;
        const clamp = (position: number): number =>
          Math.min(Math.max(position < 0 ? position + length : position, low), length + low);
        const first = has(begins, index) && !single ? (step > 0 ? 0 : length - 1) : clamp(start);
        const last = has(ends, index) ? (step > 0 ? length : -1) : clamp(to[index]);
        const count = single ? 1 : Math.max(0, Math.ceil((last - first) / step));
        if (single && !(start >= -length && start < length)) node.refuse(`an index must be within ${length}`, start);
        begin.push(first);
        size.push(count);
        steps.push(step);
        if (!single) shape.push(count);
      }
    }
    while (begin.length < value.shape.length) keep();
    return reshapeValue(boxOfValue(value, begin, size, steps, budget), shape);
  };
};

const gathered =
  (hasAxis: boolean): Operator =>
  (node) =>
  (inputs, { budget }) => {
    const [value, indices] = [node.input(inputs, 0), node.input(inputs, 1)];
    const axis = hasAxis ? normalizeAxis("Gather", wholes(node, inputs, 2, "the axis")[0], value.shape) : 0;
    return gatherValue(value, indices, axis, budget);
  };

/** One value in a shape. */
const filled: Operator =
  (node) =>
  (inputs, { budget }) => {
    const shape = wholes(node, inputs, 0, "the shape", 0);
    const value = node.input(inputs, 1);
    if (!(value instanceof HostArray)) return broadcastTo(value, shape);
    return hostWalk(value, shape, broadcastStrides(value.shape, shape), budget);
  };

/** Zeros or ones of the shape and type of the input. */
const like =
  (value: 0 | 1): Operator =>
  (node) =>
  (inputs, { budget }) => {
    const x = node.input(inputs, 0);
    if (!(x instanceof HostArray)) return (value === 0 ? zeros : ones)(x.axes, { dtype: x.dtype });
    return new HostArray(x.shape, x.dtype, budget.array(x.shape).fill(value));
  };

const padded =
  (hasValue: boolean): Operator =>
  (node) =>
  (inputs) => {
    const x = node.tensor(inputs, 0);
    const pairs = wholes(node, inputs, 1, "the padding", 0);
    const value = hasValue ? node.host(inputs, 2, "the value").data[0] : 0;
    if (pairs.length !== 2 * x.rank) node.refuse("there must be two lengths for each axis", pairs);
    const widths = x.axes.map((_, axis) => [pairs[2 * axis], pairs[2 * axis + 1]] as const);
    return pad(x, widths, { value });
  };

const range: Operator =
  (node) =>
  (inputs, { budget }) => {
    const [from, to, step] = ["the start", "the end", "the step"].map((what, index) => node.host(inputs, index, what));
    const [first, distance] = [from.data[0], step.data[0]];
    const length = Math.max(0, Math.ceil((to.data[0] - first) / distance));
    if (!Number.isSafeInteger(length)) node.refuse("the step must be a number other than 0", distance);
    const data = budget.array([length]);
    for (let index = 0; index < length; index++) data[index] = first + index * distance;
    return new HostArray([length], from.dtype, data);
  };

/** Rows of `off` with one `on` along a new axis, by default the last. */
const hot: Operator = (node) => {
  const axis = node.whole("axis", -1);
  return (inputs, { budget }) => {
    const indices = node.input(inputs, 0);
    const [depth] = wholes(node, inputs, 1, "the depth", 1);
    const [on, off] = [node.host(inputs, 2, "the value").data[0], node.host(inputs, 3, "the value").data[0]];
    if (indices instanceof HostArray) budget.array([indices.size, depth]);
    const rows = oneHot(tensorOf(indices), depth);
    const values = off === 0 && on === 1 ? rows : add(mul(rows, sub(on, off)), off);
    const last = values.rank - 1;
    const at = normalizeAxis("OneHot", axis, values.axes);
    if (at === last) return values;
    const order = Array.from({ length: last }, (_, index) => index);
    order.splice(at, 0, last);
    return transpose(values, order);
  };
};

/** Another type; floats of any width stay float32. */
const cast: Operator = (node) => {
  const code = node.whole("DstT", 0);
  const type = hostTypeOfCode(code);
  if (type === undefined) return node.refuse("DstT must be a type of numbers", code);
  return (inputs, { budget }) => castValue(node.input(inputs, 0), type, budget);
};

/** Shapes, types, parts, and values put together. */
export const tensorflowLayout: Operators = {
  Reshape: (node) => (inputs) => reshapeValue(node.input(inputs, 0), wholes(node, inputs, 1, "the shape", -1) as Shape),
  Squeeze: squeezed,
  ExpandDims: expanded,
  Transpose: transposed,
  Concat: joined(false),
  ConcatV2: joined(true),
  Pack: packed,
  Unpack: unpacked,
  Split: split,
  SplitV: splitV,
  Slice: sliced,
  StridedSlice: strided,
  Gather: gathered(false),
  GatherV2: gathered(true),
  ResourceGather: gathered(false),
  Tile:
    (node) =>
    (inputs, { budget }) => {
      const value = node.input(inputs, 0);
      const repeats = wholes(node, inputs, 1, "the repeats", 0);
      if (repeats.length !== value.shape.length) node.refuse("there must be a count for each axis", repeats);
      return tileValue(value, repeats, budget);
    },
  Fill: filled,
  ZerosLike: like(0),
  OnesLike: like(1),
  Pad: padded(false),
  PadV2: padded(true),
  Shape: (node) => (inputs) => wholeArray(node.input(inputs, 0).shape),
  Size: (node) => (inputs) => new HostArray([], "int32", Float64Array.of(sizeOf(node.input(inputs, 0).shape))),
  Rank: (node) => (inputs) => new HostArray([], "int32", Float64Array.of(node.input(inputs, 0).shape.length)),
  Range: range,
  OneHot: hot,
  Cast: cast,
};
