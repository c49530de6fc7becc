import { isFloat } from "../tensor/dtype.ts";
import type { NonFiniteOrigin } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Tape, TapeRecord } from "./tape.ts";

/** Where the first number came up that is NaN or infinite, and the operand that holds it. */
export interface Origin extends NonFiniteOrigin {
  readonly tensor?: Tensor;
}

// Only called when a step has failed, so that a plain loop will do.

const firstBad = (x: Tensor): number => {
  if (!isFloat(x.dtype)) return -1;
  const values = x.storage.view();
  for (let position = 0; position < values.length; position++) if (!Number.isFinite(values[position])) return position;
  return -1;
};

const numberAt = (x: Tensor, position: number): number => x.storage.view()[position];

const operandsAt = (inputs: readonly Tensor[], position: number, size: number): Origin["operands"] =>
  inputs.map((input) =>
    input.size === size ? numberAt(input, position) : input.size === 1 ? numberAt(input, 0) : undefined,
  );

/**
 * Where what a tape has written down went wrong first: the values are all there until the step ends, so nothing is computed
 * again, and no state changes. Undefined when everything that was written down is finite.
 */
export const originOfValue = (tape: Tape): Origin | undefined => {
  const made = new Set<Tensor>();
  for (const { primitive, inputs, outputs } of tape.records) {
    for (const [operand, input] of inputs.entries()) {
      const position = made.has(input) ? -1 : firstBad(input);
      if (position < 0) continue;
      return {
        operation: primitive.name,
        role: tape.isWatched(input) ? "variable" : "constant",
        tensor: input,
        operand,
        value: numberAt(input, position),
        position,
        shape: input.shape,
        operands: [],
      };
    }
    for (const output of outputs) {
      made.add(output);
      const position = firstBad(output);
      if (position < 0) continue;
      return {
        operation: primitive.name,
        role: "result",
        operand: 0,
        value: numberAt(output, position),
        position,
        shape: output.shape,
        operands: operandsAt(inputs, position, output.size),
      };
    }
  }
  return undefined;
};

/** Where the gradients of an output went wrong first; they are computed once more, and each is looked at. */
export const originOfGradient = (
  tape: Tape,
  output: Tensor,
  seed: Tensor,
  sources: readonly Tensor[],
): Origin | undefined => {
  let found: Origin | undefined;
  const look = ({ primitive, inputs }: TapeRecord, operand: number, gradient: Tensor): void => {
    if (found) return;
    const position = firstBad(gradient);
    if (position < 0) return;
    found = {
      operation: primitive.name,
      role: "derivative",
      operand,
      value: numberAt(gradient, position),
      position,
      shape: gradient.shape,
      operands: operandsAt(inputs, position, gradient.size),
    };
  };
  tape.gradients(output, seed, sources, look);
  return found;
};
