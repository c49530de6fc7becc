import {
  damaged,
  decode,
  flag,
  list,
  map,
  oneOf,
  optional,
  type Reader,
  record,
  text,
  whole,
} from "../../base/codec.ts";
import type { Several } from "../../layers/base/layerInputs.ts";
import type { InputDescription } from "../../layers/functional/symbol.ts";
import { sourcesOfCall, type Wiring } from "../../layers/functional/wiring.ts";
import type { DType } from "../../tensor/dtype.ts";

/** More than any model has. */
const maxCalls = 100_000;
const maxInputs = 10_000;
const maxAxes = 8;

const numbers = /* @__PURE__ */ list(whole, maxInputs);
const namedNumbers = /* @__PURE__ */ map(whole, maxInputs);

/** The number of a value; several as a list or an object. */
const valueNumbers: Reader<number | Several<number>> = (value) => {
  if (Array.isArray(value)) return numbers(value);
  return typeof value === "object" && value !== null ? namedNumbers(value) : whole(value);
};

const inputReader: Reader<InputDescription> = /* @__PURE__ */ record<InputDescription>(() => ({
  name: text,
  shape: list(whole, maxAxes),
  dtype: oneOf<DType>("float32", "float64", "int32", "bool", "uint8"),
}));

const wiringReader: Reader<Wiring> = /* @__PURE__ */ record<Wiring>(() => ({
  inputs: list(inputReader, maxInputs),
  calls: list(
    record<Wiring["calls"][number]>(() => ({ layer: whole, inputs: valueNumbers, training: optional(flag) })),
    maxCalls,
  ),
  outputs: list(
    record<Wiring["outputs"][number]>(() => ({ name: text, value: whole })),
    maxInputs,
  ),
}));

/**
 * Reads how a model of a file calls its layers.
 * @param layers How many layers it has.
 * @throws DataError for a value that is not a wiring, a call of a layer that does not exist, and values that are used before they
 * are computed.
 */
export const readWiring = (where: string, value: unknown, layers: number): Wiring => {
  const wiring = decode(where, "wiring", wiringReader, value);
  const { inputs, calls, outputs } = wiring;
  if (inputs.length === 0 || outputs.length === 0) {
    throw damaged(where, "a wiring must have inputs and outputs", `${inputs.length} and ${outputs.length}`);
  }
  for (const [index, call] of calls.entries()) {
    if (call.layer >= layers) throw damaged(where, `a call must be of one of ${layers} layers`, `number ${call.layer}`);
    const sources = sourcesOfCall(call);
    const late = sources.find((source) => source >= inputs.length + index);
    if (sources.length === 0 || late !== undefined) {
      throw damaged(where, `call ${index} must take values that are computed before it`, `${late ?? "none"}`);
    }
  }
  for (const { name, value: number } of outputs) {
    if (number >= inputs.length + calls.length) {
      throw damaged(
        where,
        `the output "${name}" must be one of ${inputs.length + calls.length} values`,
        `number ${number}`,
      );
    }
  }
  return wiring;
};
