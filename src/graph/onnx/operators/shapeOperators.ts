import { sizeOf } from "../../../tensor/shape.ts";
import type { Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, type HostType, wholeArray } from "../../core/hostArray.ts";
import { castValue } from "../../core/values.ts";
import { hostTypeOf } from "../elementTypes.ts";

/** Floats of any width stay float32, whole numbers of any width are int32. `to` is a name up to opset 5, later a number. */
const castNode: Operator = (node) => {
  const code = node.version < 6 ? node.text("to", "") : node.whole("to", 0);
  const type = hostTypeOf(code);
  if (type === undefined) return node.refuse("to must be a type of numbers", code);
  return (inputs, { budget }) => castValue(node.input(inputs, 0), type, budget);
};

/** The lengths of the axes; from opset 15 on from `start` to before `end`. */
const shapeNode: Operator = (node) => {
  const [start, end] = [node.whole("start", 0), node.has("end") ? node.whole("end", 0) : undefined];
  return (inputs) => wholeArray(node.input(inputs, 0).shape.slice(start, end));
};

/** A tensor full of one value, which is an attribute: 0 by default. */
const constantOfShape: Operator = (node) => {
  const value = node.number("value", 0);
  const type = node.text("value_type", "float32") as HostType;
  return (inputs, { budget }) => {
    const shape = node.numbers(inputs, 0, "the shape") ?? [];
    if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0))
      node.refuse("lengths must be whole numbers from 0", shape);
    return new HostArray(shape, type, budget.array(shape).fill(value));
  };
};

const rangeNode: Operator =
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

/** Types, shapes, and what is made from them. */
export const shapeOperators: Operators = {
  Cast: castNode,
  Shape: shapeNode,
  Size: (node) => (inputs) => {
    return new HostArray([], "int32", Float64Array.of(sizeOf(node.input(inputs, 0).shape)));
  },
  ConstantOfShape: constantOfShape,
  Range: rangeNode,
};
