import { isFloat } from "../tensor/dtype.ts";
import type { NonFiniteOrigin } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Tape, TapeRecord } from "./tape.ts";

/** Where the first number came up that is NaN or infinite, and the operand that holds it, or those that it was computed from. */
export interface Origin extends NonFiniteOrigin {
  readonly tensors: readonly Tensor[];
}

// Only called when a step has failed, so that a plain loop will do.

const firstBad = (x: Tensor): number =>
  isFloat(x.dtype) ? x.storage.view().findIndex((value) => !Number.isFinite(value)) : -1;

const numberAt = (x: Tensor, position: number): number => x.storage.view()[position];

const operandsAt = (inputs: readonly Tensor[], position: number, size: number): Origin["operands"] =>
  inputs.map((input) =>
    input.size === size ? numberAt(input, position) : input.size === 1 ? numberAt(input, 0) : undefined,
  );

/** What is told of a tensor of a record, if it has such a number; what was given to the operation is told itself. */
const originIn = (
  { primitive, inputs }: TapeRecord,
  role: Origin["role"],
  operand: number,
  x: Tensor,
): Origin | undefined => {
  const position = firstBad(x);
  if (position < 0) return undefined;
  const told = { operation: primitive.name, role, operand, value: numberAt(x, position), position, shape: x.shape };
  return role === "variable" || role === "constant"
    ? { ...told, tensors: [x], operands: [] }
    : { ...told, tensors: inputs, operands: operandsAt(inputs, position, x.size) };
};

/**
 * Where what a tape has written down went wrong first: the values are all there until the step ends, so nothing is computed
 * again, and no state changes. Undefined when everything that was written down is finite.
 */
export const originOfValue = (tape: Tape): Origin | undefined => {
  const made = new Set<Tensor>();
  for (const record of tape.records) {
    for (const [operand, input] of record.inputs.entries()) {
      if (made.has(input)) continue;
      const found = originIn(record, tape.isWatched(input) ? "variable" : "constant", operand, input);
      if (found) return found;
    }
    for (const output of record.outputs) {
      made.add(output);
      const found = originIn(record, "result", 0, output);
      if (found) return found;
    }
  }
  return undefined;
};

/** Where the gradients of an output went wrong first; they are computed once more, and each is looked at. */
export const originOfGradient = (tape: Tape, output: Tensor, sources: readonly Tensor[]): Origin | undefined => {
  let found: Origin | undefined;
  tape.gradients(output, sources, (record, operand, gradient) => {
    found ??= originIn(record, "derivative", operand, gradient);
  });
  return found;
};
