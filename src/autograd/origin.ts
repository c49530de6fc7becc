import type { NonFiniteOrigin } from "../base/errors.ts";
import { isFloat } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Tape, TapeRecord } from "./tape.ts";

/** Where the first NaN or infinite number came from, with the operand that holds it, or those that it was computed from. */
export interface Origin extends NonFiniteOrigin {
  readonly tensors: readonly Tensor[];
}

// Called only when a step has failed: plain loops are fast enough.

const firstBad = (x: Tensor): number =>
  isFloat(x.dtype) ? x.storage.view().findIndex((value) => !Number.isFinite(value)) : -1;

const numberAt = (x: Tensor, position: number): number => x.storage.view()[position];

const operandsAt = (inputs: readonly Tensor[], position: number, size: number): Origin["operands"] =>
  inputs.map((input) =>
    input.size === size ? numberAt(input, position) : input.size === 1 ? numberAt(input, 0) : undefined,
  );

/** Describes the first non-finite element of `x`, if any: an input by itself, a result with the operands that it came from. */
const originIn = (
  { primitive, inputs }: TapeRecord,
  role: Origin["role"],
  operand: number,
  x: Tensor,
): Origin | undefined => {
  const position = firstBad(x);
  if (position < 0) return undefined;
  const common = { operation: primitive.name, role, operand, value: numberAt(x, position), position, shape: x.axes };
  return role === "variable" || role === "constant"
    ? { ...common, tensors: [x], operands: [] }
    : { ...common, tensors: inputs, operands: operandsAt(inputs, position, x.size) };
};

/**
 * The first non-finite number on a tape: all values are readable until the step ends, so nothing is computed again, and no
 * state changes. Undefined when all values on the tape are finite.
 */
export const originOfValue = (tape: Tape): Origin | undefined => {
  const results = new Set<Tensor>();
  for (const record of tape.records) {
    for (const [operand, input] of record.inputs.entries()) {
      if (results.has(input)) continue;
      const origin = originIn(record, tape.isWatched(input) ? "variable" : "constant", operand, input);
      if (origin) return origin;
    }
    for (const output of record.outputs) {
      results.add(output);
      const origin = originIn(record, "result", 0, output);
      if (origin) return origin;
    }
  }
  return undefined;
};

/** The first non-finite number among the gradients of an output, which are computed once more. */
export const originOfGradient = (tape: Tape, output: Tensor, sources: readonly Tensor[]): Origin | undefined => {
  let origin: Origin | undefined;
  tape.gradients(output, sources, (record, operand, gradient) => {
    origin ??= originIn(record, "derivative", operand, gradient);
  });
  return origin;
};
