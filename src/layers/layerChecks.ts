import { DTypeError, ShapeError, ValueError } from "../tensor/errors.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Layer } from "./layer.ts";

/** BatchNorm → batch_norm, PReLU → prelu: TensorFlow's habit, since variables are matched by these names. */
export const snakeCase = (name: string): string =>
  name.replace(/([a-z\d])([A-Z][a-z])/g, "$1_$2").toLowerCase() || "layer";

/** @throws ValueError for a name that is no text, or would look like a path. */
export const checkName = (className: string, name: unknown): string => {
  if (typeof name === "string" && /^[^/]+$/.test(name)) return name;
  throw new ValueError(
    `${className}: a name must be text without "/", got "${String(name)}". The model's name is put in front of it.`,
  );
};

/** Checks that a layer is called with a tensor of rows. */
export const checkInput = (layer: Layer, input: unknown): void => {
  if (!(input instanceof Tensor)) {
    throw new DTypeError(
      `${layer.path}: the input must be a tensor, got ${Array.isArray(input) ? "an array" : typeof input}. Wrap values with tensor(...).`,
    );
  }
  if (input.rank === 0) {
    throw new ShapeError(
      `${layer.path}: the first axis of the input counts its rows, got shape []. Reshape it to [1, ...].`,
    );
  }
};

/** An operation does not know in which layer it stands: its error gets the layer's name in front. */
export const namedAfter = (path: string, cause: unknown): unknown => {
  if (!(cause instanceof ShapeError || cause instanceof DTypeError) || cause.message.startsWith(path)) return cause;
  const message = `${path}: ${cause.message}`;
  return cause instanceof ShapeError ? new ShapeError(message, { cause }) : new DTypeError(message, { cause });
};

/**
 * Checks that an axis of a layer's input has the length for which the layer was built.
 * @throws ShapeError that names the layer and the shape it expects.
 */
export const checkFeatures = (layer: { readonly path: string }, input: Tensor, axis: number, length: number): void => {
  if (axis < input.rank && input.shape[axis] === length) return;
  const expected = input.shape.map((_, index) => (index === axis ? length : "*"));
  throw new ShapeError(
    `${layer.path}: axis ${axis} of the input must have the length ${length} for which the layer was built, ` +
      `got shape ${formatShape(input.shape)} where [${expected.join(", ")}] is expected. Reshape the input, or make another layer for it.`,
  );
};
