import { ValueError } from "../../../base/errors.ts";
import { formatShape } from "../../../tensor/shape.ts";
import type { ValueType } from "./exportValue.ts";
import { pairShapes, rowCounts } from "./lengths.ts";
import type { Source, Trace, TracedCall, TracedValue } from "./traceCalls.ts";

/** A tensor in both traces. */
export interface PairedValue extends ValueType {
  readonly source: Source;
  readonly layer: string;
}

/** A primitive that was applied in both traces. */
export interface PairedCall extends Omit<TracedCall, "attributes"> {
  readonly attributes: readonly [unknown, unknown];
}

/** Two traces of one function, for different numbers of rows. */
export interface PairedTrace extends Pick<Trace, "outputs" | "names"> {
  /** undefined for what no output needs. */
  readonly values: readonly (PairedValue | undefined)[];
  readonly calls: readonly PairedCall[];
}

/**
 * Puts two traces of one function together: what differs follows the number of rows.
 * @throws ValueError where the function computes something else for another number of rows, and for constants that follow it.
 */
export const pairTraces = (where: string, first: Trace, second: Trace): PairedTrace => {
  const refuse = (layer: string, rule: string, got: string, fix: string): ValueError =>
    new ValueError(`${where}: ${layer === "" ? "" : `${layer}: `}${rule}, got ${got}. ${fix}`);
  const sameCall = (call: TracedCall, other: TracedCall | undefined): boolean =>
    other !== undefined &&
    call.primitive === other.primitive &&
    String(call.inputs) === String(other.inputs) &&
    String(call.outputs) === String(other.outputs);
  const odd = first.calls.findIndex((call, index) => !sameCall(call, second.calls[index]));
  if (odd >= 0 || first.calls.length !== second.calls.length || String(first.outputs) !== String(second.outputs)) {
    const { primitive, layer } = first.calls[odd] ?? second.calls[first.calls.length] ?? { primitive: "", layer: "" };
    throw refuse(
      layer,
      "the same operations must be applied for any number of rows",
      `others for ${rowCounts.join(" and ")} rows${primitive && `, from ${primitive} on`}`,
      "Compute with operations on all rows.",
    );
  }
  const used = new Set([...first.outputs, ...first.calls.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])]);
  const values = first.values.map((value, index): PairedValue | undefined => {
    if (!used.has(index) && value.source.kind !== "input") return undefined;
    const other = second.values[index];
    const shape = pairShapes(value.shape, other.shape);
    if (!shape || !sameConstant(value, other)) {
      throw refuse(
        value.layer,
        "a constant must not depend on the number of rows",
        `${String(value.shape) === String(other.shape) ? "other values" : `shapes ${formatShape(value.shape)} and ${formatShape(other.shape)}`} for ${rowCounts.join(" and ")} rows`,
        "Make it of the input (mul(x, 0)), or let it broadcast.",
      );
    }
    const { dtype, scale, source, layer } = value;
    return { shape, dtype, scale, source, layer };
  });
  const calls = first.calls.map(
    (call, index): PairedCall => ({ ...call, attributes: [call.attributes, second.calls[index].attributes] }),
  );
  return { values, calls, outputs: first.outputs, names: first.names };
};

const sameConstant = (value: TracedValue, other: TracedValue): boolean => {
  if (value.source.kind !== other.source.kind) return false;
  if (value.source.kind !== "constant" || other.source.kind !== "constant") return true;
  if (String(value.shape) !== String(other.shape)) return false;
  const { elements } = other.source;
  return value.source.elements.every((element, index) => Object.is(element, elements[index]));
};
