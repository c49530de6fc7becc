import { toFloat } from "../../ops/support/toFloat.ts";
import type { Shape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** Several tensors: in order, or by name. */
export type Several<Value> = readonly Value[] | Readonly<Record<string, Value>>;

/** What a layer is called with: one tensor, or several where its class takes several. */
export type LayerInputs = Tensor | Several<Tensor>;

/** The outputs of a model that has several. */
export interface NamedOutputs {
  readonly names: readonly string[];
  /** Computes some of them for one batch, in the order of `names`. */
  readonly compute: (
    inputs: LayerInputs,
    names: readonly string[],
    options: { readonly training?: boolean },
  ) => readonly Tensor[];
}

/** The values of several, in order. */
export const valuesOf = <Value>(several: Several<Value>): readonly Value[] => Object.values<Value>(several ?? {});

/** Several of other values, in the same order or under the same names. */
export const mapSeveral = <From, To>(several: Several<From>, change: (value: From) => To): Several<To> =>
  Array.isArray(several)
    ? several.map(change)
    : Object.fromEntries(Object.entries<From>(several).map(([name, value]) => [name, change(value)]));

/** The first tensor of what a layer is called with. */
export const firstOf = (input: LayerInputs): Tensor => (input instanceof Tensor ? input : valuesOf(input)[0]);

/** Stored bytes as the floats that they encode; other tensors as they are. */
export const asFloats = (input: LayerInputs): LayerInputs => {
  if (!(input instanceof Tensor)) return mapSeveral(input, (tensor) => asFloats(tensor) as Tensor);
  return input.dtype === "uint8" ? toFloat(input) : input;
};

/** The shapes of one row of several tensors. */
export const rowShapes = (input: Several<Tensor>): Several<Shape> => mapSeveral(input, ({ axes }) => axes.slice(1));
