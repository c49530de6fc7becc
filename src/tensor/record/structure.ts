import { Tensor } from "../tensor.ts";

/** An object that is made of its fields alone: `{ ... }`. */
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** The value with each tensor in it, also in arrays and plain objects, replaced by another value. */
export const mapTensors = (value: unknown, replace: (tensor: Tensor) => unknown): unknown => {
  if (value instanceof Tensor) return replace(value);
  if (Array.isArray(value)) return value.map((entry) => mapTensors(entry, replace));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapTensors(entry, replace)]));
};

/**
 * Adds all that tells whether two values can share a recording to `signature`, and the tensors in them to `tensors`: shapes and dtypes of
 * tensors, the structure of arrays and plain objects, other values themselves.
 */
export const describe = (value: unknown, signature: unknown[], tensors: Tensor[]): void => {
  if (value instanceof Tensor) {
    const { shape, dtype, scale } = value;
    tensors.push(value);
    signature.push(dtype, scale, shape.length);
    for (let axis = 0; axis < shape.length; axis++) signature.push(shape[axis]);
  } else if (Array.isArray(value)) {
    signature.push("array", value.length);
    for (const entry of value) describe(entry, signature, tensors);
  } else if (isPlain(value)) {
    const keys = Object.keys(value);
    signature.push("object", keys.length);
    for (const key of keys) {
      signature.push(key);
      describe(value[key], signature, tensors);
    }
  } else signature.push(value);
};

export const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!Object.is(a[index], b[index])) return false;
  return true;
};
