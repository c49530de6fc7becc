import { DTypeError, ShapeError, ValueError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { showValue } from "../../base/showValue.ts";
import { type NamedTensors, namedEntries } from "../../layers/base/namedTensors.ts";
import { toFloat } from "../../ops/support/toFloat.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { formatShape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { GraphRecord, TensorRecord } from "./record.ts";

/** An input in the type that a graph takes. @throws DTypeError for another type. */
export const feedOf = (where: string, { name, dtype }: TensorRecord, value: unknown): Tensor => {
  if (value instanceof Tensor) {
    if (dtype === value.dtype || (dtype === "uint8" && isFloat(value.dtype))) return value;
    if (dtype === "float32" && value.dtype === "uint8") return toFloat(value);
    if (dtype === "float32" && isFloat(value.dtype)) return value;
  }
  const got = value instanceof Tensor ? value.dtype : showValue(value);
  throw new DTypeError(
    `${where}: the input "${name}" must be a tensor of ${dtype}, got ${got}. Make it with tensor(values, { dtype: "${dtype}" }).`,
  );
};

/**
 * The inputs of a graph by name, in their order.
 * @param needed The positions of those that must be there.
 * @throws ValueError for a name that no input has, and for an input that is missing.
 */
export const feedsOf = (
  where: string,
  inputs: readonly TensorRecord[],
  needed: readonly number[],
  feeds: NamedTensors,
): readonly (Tensor | undefined)[] => {
  const values = new Map<string, unknown>(namedEntries(`${where}: run`, feeds));
  const names = inputs.map(({ name }) => name);
  for (const name of values.keys()) {
    if (names.includes(name)) continue;
    throw new ValueError(
      `${where}: run takes the inputs of the graph, got "${name}". ${adviseNames("inputs", name, names)}`,
    );
  }
  return inputs.map((input, index) => {
    const value = values.get(input.name);
    if (value !== undefined) return feedOf(where, input, value);
    if (!needed.includes(index)) return undefined;
    throw new ValueError(
      `${where}: run needs every input, got none "${input.name}". Pass { "${input.name}": tensor }.`,
    );
  });
};

/** Adds to an error about shapes what the file declares, where an input has another shape: declarations may be wrong. */
export const explainShapes = (
  where: string,
  { inputs, fixed }: GraphRecord,
  feeds: readonly (Tensor | undefined)[],
  cause: unknown,
): unknown => {
  if (!(cause instanceof ShapeError)) return cause;
  const odd = feeds.findIndex((feed, index) => {
    const { shape } = inputs[index];
    return (
      feed && (feed.rank !== shape.length || shape.some((length, axis) => length >= 0 && length !== feed.axes[axis]))
    );
  });
  if (odd < 0) return cause;
  const { name, shape } = inputs[odd];
  const expected = shape.map((length) => (length < 0 ? "*" : length)).join(", ");
  const rows = fixed === undefined ? "" : ` Other numbers of rows do not work: ${fixed}`;
  return new ShapeError(
    `${where}: the input "${name}" must have the shape [${expected}] that the file declares, ` +
      `got ${formatShape(feeds[odd]?.axes ?? [])}: ${cause.message}${rows}`,
    { cause },
  );
};
