import { DTypeError, ShapeError, ValueError } from "../../base/errors.ts";
import { isPlainObject } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { checkTensor } from "../../ops/support/checkTensor.ts";
import { formatRows, formatShape, type Shape, sameShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** What the checks ask of a layer. */
interface Called {
  readonly path: string;
  readonly takesSeveral: boolean;
}

/** Checks that a layer is called with a tensor of rows, or several, and with options. */
export const checkInput = ({ path, takesSeveral }: Called, input: unknown, options: unknown): void => {
  if (typeof options !== "object" || options === null) {
    throw new ValueError(`${path}: options of a call are one object, got ${showValue(options)}.`);
  }
  if (takesSeveral && (Array.isArray(input) || isPlainObject(input))) checkSeveral(path, input);
  else checkRows(path, input);
};

const checkRows = (path: string, input: unknown): Tensor => {
  const tensor = checkTensor(path, input, "the input");
  if (tensor.rank > 0) return tensor;
  throw new ShapeError(`${path}: the first axis of the input counts its rows, got shape []. Reshape it to [1, ...].`);
};

const checkSeveral = (path: string, input: object): void => {
  const tensors = Object.values(input).map((value) => checkRows(path, value));
  if (tensors.length === 0) throw new ValueError(`${path}: there must be an input, got none.`);
  if (tensors.some(({ axes }) => axes[0] !== tensors[0].axes[0])) {
    const shapes = tensors.map(({ axes: shape }) => formatShape(shape)).join(", ");
    throw new ShapeError(`${path}: all inputs must have the same number of rows, got ${shapes}.`);
  }
};

/** @throws ValueError unless the result of a layer's `call` is a tensor. */
export const checkOutput = (layer: { readonly path: string }, output: unknown): Tensor => {
  if (output instanceof Tensor) return output;
  throw new ValueError(
    `${layer.path}: call must return a tensor, got ${showValue(output)}. ` +
      "Return what it computes; it must be synchronous.",
  );
};

/** An operation does not know which layer calls it: puts the layer's path in front of its error. */
export const namedAfter = (path: string, cause: unknown): unknown => {
  if (!(cause instanceof ShapeError || cause instanceof DTypeError) || cause.message.startsWith(path)) return cause;
  const message = `${path}: ${cause.message}`;
  return cause instanceof ShapeError ? new ShapeError(message, { cause }) : new DTypeError(message, { cause });
};

/** @throws ShapeError for an input without an axis of features: one of rank 1. */
export const checkHasFeatures = (path: string, rank: number): void => {
  if (rank > 1) return;
  throw new ShapeError(
    `${path}: the input must have an axis of rows and one of features, got rank ${rank}. Reshape one row to [1, features].`,
  );
};

/**
 * Checks that an axis of a layer's input has the length for which the layer was built.
 * @throws ShapeError that names the layer and the shape it expects.
 */
export const checkFeatures = (layer: { readonly path: string }, input: Tensor, axis: number, length: number): void => {
  if (axis < input.rank && input.axes[axis] === length) return;
  const expected = input.axes.map((_, index) => (index === axis ? length : "*"));
  throw new ShapeError(
    `${layer.path}: axis ${axis} of the input must have the length ${length} for which the layer was built, ` +
      `got shape ${formatShape(input.axes)} where [${expected.join(", ")}] is expected. Reshape the input, or make another layer for it.`,
  );
};

/**
 * The error of a model that is called with rows of another shape.
 * @param input What errors call the input.
 */
export const otherRows = (path: string, input: string, shape: Shape, expected: Shape): ShapeError => {
  const [, first, ...others] = shape;
  // Images of another library: a reshape would mix their pixels.
  const isChannelsFirst = others.length === 2 && sameShape([...others, first], expected);
  return new ShapeError(
    `${path}: each row of ${input} must have the shape that the model was built for, got shape ${formatShape(shape)} where ` +
      `${formatRows(expected)} is expected. ` +
      (isChannelsFirst
        ? "Put the channels last: transpose(x, [0, 2, 3, 1])."
        : "Reshape the input, or make another model for it."),
  );
};

/** A ShapeError with the shapes of rows up to a layer, each with its name: the layer that made the wrong one is often another. */
export const alongNetwork = (
  cause: ShapeError,
  shapes: readonly (readonly [name: string, row: Shape])[],
): ShapeError => {
  const path = shapes.map(([name, row]) => `${name} ${formatRows(row)}`).join(", ");
  return new ShapeError(`${cause.message} Shapes up to this layer: ${path}.`, { cause });
};
