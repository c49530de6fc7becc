import { DTypeError } from "../../base/errors.ts";
import { showValue } from "../../base/showValue.ts";
import { Tensor } from "../../tensor/tensor.ts";

/** Values by name: a map, or an object. */
export type NamedTensors = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** The names and values, which are not checked. @throws DTypeError for anything but a map or an object. */
export const namedEntries = (where: string, values: NamedTensors): readonly (readonly [string, Tensor])[] => {
  const isNamed =
    typeof values === "object" && values !== null && !Array.isArray(values) && !(values instanceof Tensor);
  if (!isNamed) throw notNamed(where, values);
  return values instanceof Map ? [...values] : Object.entries(values as Readonly<Record<string, Tensor>>);
};

/** The names and values. @throws DTypeError for anything but tensors by name. */
export const entriesOf = (where: string, tensors: NamedTensors): readonly (readonly [string, Tensor])[] => {
  const entries = namedEntries(where, tensors);
  const odd = entries.find(([name, value]) => typeof name !== "string" || !(value instanceof Tensor));
  if (odd) throw notNamed(where, odd[1], ` for "${String(odd[0])}"`);
  return entries;
};

const notNamed = (where: string, value: unknown, place = ""): DTypeError =>
  new DTypeError(
    `${where}: the values must be tensors by name, in a map or a plain object, got ${showValue(value)}${place}.`,
  );
