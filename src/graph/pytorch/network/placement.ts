import { reshape } from "../../../ops/shape/reshape.ts";
import { transpose } from "../../../ops/shape/transpose.ts";
import { type Shape, sameShape } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";

/** How the values of a variable lie in PyTorch: its axes in another order, and then perhaps in another shape. */
export interface Placement {
  /** Default: the order that they have. */
  readonly order?: readonly number[];
  /** Default: the shape that the order gives. */
  readonly shape?: Shape;
}

/** Values as PyTorch stores them. */
export const placed = (values: Tensor, { order, shape }: Placement): Tensor => {
  const ordered = order ? transpose(values, order) : values;
  return shape ? reshape(ordered, shape) : ordered;
};

/**
 * A weight of PyTorch in Python whose axes are those of the variable, in their new order, and how to give a result the shape of
 * the weight again.
 */
export const withAxes = (
  weight: string,
  variableShape: Shape,
  { order, shape }: Placement,
): {
  readonly text: string;
  readonly back: (result: string) => string;
  readonly dims: (axes: readonly number[]) => readonly number[];
} => {
  const rank = variableShape.length;
  const places = order ?? variableShape.map((_, axis) => axis);
  const dims = (axes: readonly number[]): readonly number[] =>
    axes.map((axis) => places.indexOf(axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  const ordered = places.map((axis) => variableShape[axis]);
  if (!shape || sameShape(shape, ordered)) return { text: weight, back: (result) => result, dims };
  return {
    text: `${weight}.view(${ordered.join(", ")})`,
    back: (result) => `${result}.view_as(${weight})`,
    dims,
  };
};
