import { broadcastTo } from "../../../ops/shape/broadcast.ts";
import { transpose } from "../../../ops/shape/transpose.ts";
import { broadcastShapes, broadcastStrides, normalizeAxes, type Shape, sizeOf } from "../../../tensor/shape.ts";
import type { GraphNode, Inputs, Operator, Operators, RunContext } from "../../core/graphNode.ts";
import { HostArray } from "../../core/hostArray.ts";
import { hostWalk } from "../../core/hostOperations.ts";
import { reshapeValue, tileValue, transposeValue } from "../../core/values.ts";

/**
 * The shape that a Reshape asks for: an input from opset 5 on, before an attribute. 0 keeps the length of an axis, unless
 * `allowzero` (from 14 on). Where the file is fixed to a number of rows and the shape is written down in it, the rows of this run take their place.
 */
const targetShape = (node: GraphNode, inputs: Inputs, { rows }: RunContext): Shape => {
  const { shape } = node.input(inputs, 0);
  const target = (node.version < 5 ? node.list("shape") : node.numbers(inputs, 1, "the shape")) ?? [];
  const keepsZeros = node.whole("allowzero", 0) !== 0;
  const resolved = target.map((length, axis) => (length === 0 && !keepsZeros ? (shape[axis] ?? 0) : length));
  const isFixed = rows !== undefined && resolved[0] === rows.declared && shape[0] === rows.actual;
  return isFixed ? [rows.actual, ...resolved.slice(1)] : resolved;
};

/** The axes of Squeeze and Unsqueeze: an attribute up to opset 12, later an input. */
const axesOf = (node: GraphNode, inputs: Inputs): readonly number[] | undefined =>
  node.version < 13 ? node.list("axes") : node.numbers(inputs, 1, "the axes");

const squeeze: Operator = (node) => (inputs) => {
  const value = node.input(inputs, 0);
  const axes = axesOf(node, inputs);
  const removed = axes ? normalizeAxes("Squeeze", axes, value.shape) : undefined;
  const wrong = removed?.find((axis) => value.shape[axis] !== 1);
  if (wrong !== undefined) node.refuse("a squeezed axis must have the length 1", value.shape[wrong]);
  return reshapeValue(
    value,
    value.shape.filter((length, axis) => (removed ? !removed.includes(axis) : length !== 1)),
  );
};

const unsqueeze: Operator = (node) => (inputs) => {
  const value = node.input(inputs, 0);
  const axes = axesOf(node, inputs) ?? [];
  // A shape of the rank of the result, in which the axes are found.
  const result = new Array<number>(value.shape.length + axes.length).fill(1);
  const added = normalizeAxes("Unsqueeze", axes, result);
  let next = 0;
  return reshapeValue(
    value,
    result.map((_, axis) => (added.includes(axis) ? 1 : value.shape[next++])),
  );
};

const transposed: Operator = (node) => {
  const order = node.list("perm");
  return (inputs, { budget }) => {
    const value = node.input(inputs, 0);
    if (!order && !(value instanceof HostArray)) return transpose(value);
    const rank = value.shape.length;
    const axes = order ?? value.shape.map((_, axis) => rank - 1 - axis);
    if (normalizeAxes("Transpose", axes, value.shape).length !== rank) node.refuse("perm must name every axis", axes);
    return transposeValue(value, axes, budget);
  };
};

const expand: Operator =
  (node) =>
  (inputs, { budget }) => {
    const value = node.input(inputs, 0);
    const shape = broadcastShapes("Expand", value.shape, node.numbers(inputs, 1, "the shape") ?? []);
    if (value instanceof HostArray) return hostWalk(value, shape, broadcastStrides(value.shape, shape), budget);
    return broadcastTo(value, shape);
  };

const tile: Operator =
  (node) =>
  (inputs, { budget }) => {
    const value = node.input(inputs, 0);
    const repeats = node.numbers(inputs, 1, "the repeats") ?? [];
    if (repeats.length !== value.shape.length || !repeats.every((count) => Number.isSafeInteger(count) && count >= 0)) {
      node.refuse("repeats must have a count from 0 for each axis", repeats);
    }
    return tileValue(value, repeats, budget);
  };

/** Another shape for the same elements, and repetitions. */
export const layoutOperators: Operators = {
  Reshape: (node) => (inputs, context) => reshapeValue(node.input(inputs, 0), targetShape(node, inputs, context)),
  // [a, b, c, d] at axis 2 becomes [a·b, c·d]. Negative axes exist from opset 11 on.
  Flatten: (node) => {
    const axis = node.whole("axis", 1);
    return (inputs) => {
      const value = node.input(inputs, 0);
      const at = axis < 0 ? axis + value.shape.length : axis;
      if (at < 0 || at > value.shape.length) node.refuse(`axis must be one of ${value.shape.length} axes`, axis);
      return reshapeValue(value, [sizeOf(value.shape.slice(0, at)), sizeOf(value.shape.slice(at))]);
    };
  },
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transposed,
  Expand: expand,
  Tile: tile,
  Identity: (node) => (inputs) => node.input(inputs, 0),
};
