import { add, mul, sub } from "../../../ops/elementwise/arithmetic.ts";
import { oneHot } from "../../../ops/shape/oneHot.ts";
import { transpose } from "../../../ops/shape/transpose.ts";
import { normalizeAxis } from "../../../tensor/shape.ts";
import type { GraphNode, Inputs, Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, tensorOf } from "../../core/hostArray.ts";
import { boxOfValue, concatValues, gatherValue } from "../../core/values.ts";

/** Starts, ends, axes and steps: attributes up to opset 9, later inputs. Ends beyond an axis mean its end. */
const sliced: Operator =
  (node) =>
  (inputs, { budget }) => {
    const value = node.input(inputs, 0);
    const part = (index: number, name: string): readonly number[] | undefined =>
      node.version < 10 ? node.list(name) : node.numbers(inputs, index, name);
    const starts = part(1, "starts") ?? [];
    const ends = part(2, "ends") ?? [];
    const axes = part(3, "axes") ?? starts.map((_, index) => index);
    const named = part(4, "steps") ?? starts.map(() => 1);
    const begin = value.shape.map(() => 0);
    const size = [...value.shape];
    const steps = value.shape.map(() => 1);
    for (const [index, axis] of axes.entries()) {
      const at = normalizeAxis("Slice", axis, value.shape);
      const [length, step] = [value.shape[at], named[index]];
      if (!Number.isSafeInteger(step) || step === 0) node.refuse("a step must be a whole number other than 0", step);
      const fromStart = (position: number): number => (position < 0 ? position + length : position);
      const low = step > 0 ? 0 : -1;
      const clamp = (position: number): number => Math.min(Math.max(position, low), length + low);
      begin[at] = clamp(fromStart(starts[index]));
      size[at] = Math.max(0, Math.ceil((clamp(fromStart(ends[index])) - begin[at]) / step));
      steps[at] = step;
    }
    return boxOfValue(value, begin, size, steps, budget);
  };

/** The lengths of parts: an attribute up to opset 12, later an input; without them parts of equal lengths, the last one shorter. */
const partsOf = (node: GraphNode, inputs: Inputs, length: number): readonly number[] => {
  const written = node.version < 13 ? node.list("split") : node.numbers(inputs, 1, "the lengths of the parts");
  if (written) return written;
  const count = node.whole("num_outputs", node.outputs.length);
  if (count < 1) node.refuse("there must be an output", count);
  const part = Math.ceil(length / count);
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.min(part, length - index * part)));
};

const split: Operator =
  (node) =>
  (inputs, { budget }) => {
    const value = node.input(inputs, 0);
    const at = normalizeAxis("Split", node.whole("axis", 0), value.shape);
    const parts = partsOf(node, inputs, value.shape[at]);
    const total = parts.reduce((sum, length) => sum + length, 0);
    if (total !== value.shape[at] || parts.length < node.outputs.length) {
      node.refuse(`parts must add up to the length ${value.shape[at]} of the axis`, parts);
    }
    let start = 0;
    return parts.slice(0, node.outputs.length).map((length) => {
      const begin = value.shape.map((_, axis) => (axis === at ? start : 0));
      const size = value.shape.map((own, axis) => (axis === at ? length : own));
      start += length;
      return boxOfValue(
        value,
        begin,
        size,
        value.shape.map(() => 1),
        budget,
      );
    });
  };

const gathered: Operator = (node) => {
  const axis = node.whole("axis", 0);
  return (inputs, { budget }) => {
    const [value, indices] = [node.input(inputs, 0), node.input(inputs, 1)];
    const at = normalizeAxis("Gather", axis, value.shape);
    return gatherValue(value, indices, at, budget);
  };
};

/** `axis` is 1 by default in opset 1 to 3. */
const joined: Operator =
  (node) =>
  (inputs, { budget }) => {
    const values = inputs.map((_, index) => node.input(inputs, index));
    const first = node.input(inputs, 0);
    const axis = normalizeAxis("Concat", node.whole("axis", 1), first.shape);
    return concatValues(values, axis, budget);
  };

/** Rows of `off` with one `on`; the new axis is the last by default. */
const oneHotNode: Operator = (node) => {
  const axis = node.whole("axis", -1);
  return (inputs, { budget }) => {
    const indices = node.input(inputs, 0);
    const [depth] = node.host(inputs, 1, "the depth").data;
    const [off, on] = node.numbers(inputs, 2, "the values") ?? [];
    if (!Number.isSafeInteger(depth) || depth < 1) node.refuse("the depth must be a whole number from 1", depth);
    if (indices instanceof HostArray) budget.array([indices.size, depth]);
    const hot = oneHot(tensorOf(indices), depth);
    const values = off === 0 && on === 1 ? hot : add(mul(hot, sub(on, off)), off);
    const last = values.rank - 1;
    const at = normalizeAxis("OneHot", axis, values.axes);
    if (at === last) return values;
    const order = Array.from({ length: last }, (_, index) => index);
    order.splice(at, 0, last);
    return transpose(values, order);
  };
};

/** Parts of values, and values put together. */
export const indexingOperators: Operators = {
  Slice: sliced,
  Split: split,
  Gather: gathered,
  Concat: joined,
  OneHot: oneHotNode,
};
