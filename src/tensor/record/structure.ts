import { checkDepth } from "../../base/checkDepth.ts";
import { Tensor } from "../tensor.ts";

/** An object that is made of its fields alone: `{ ... }`. */
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** The value with everything in it that is not an array or a plain object replaced. */
export const mapLeaves = (value: unknown, replace: (leaf: unknown) => unknown, depth: number = 0): unknown => {
  checkDepth("compile", "arguments and results", depth);
  if (Array.isArray(value)) return value.map((entry) => mapLeaves(entry, replace, depth + 1));
  if (!isPlain(value)) return replace(value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, mapLeaves(entry, replace, depth + 1)]));
};

/** The value with each tensor in it, also in arrays and plain objects, replaced by another value. */
export const mapTensors = (value: unknown, replace: (tensor: Tensor) => unknown): unknown =>
  mapLeaves(value, (leaf) => (leaf instanceof Tensor ? replace(leaf) : leaf));

/**
 * Adds all that tells whether two values can share a recording to `signature`, and the tensors in them to `tensors`: shapes and dtypes of
 * tensors, the structure of arrays and plain objects, other values themselves.
 */
export const describe = (value: unknown, signature: unknown[], tensors: Tensor[], depth: number = 0): void => {
  checkDepth("compile", "arguments and results", depth);
  if (value instanceof Tensor) {
    const { axes: shape, dtype, scale } = value;
    tensors.push(value);
    signature.push(dtype, scale, shape.length);
    for (let axis = 0; axis < shape.length; axis++) signature.push(shape[axis]);
  } else if (Array.isArray(value)) {
    signature.push("array", value.length);
    for (const entry of value) describe(entry, signature, tensors, depth + 1);
  } else if (isPlain(value)) {
    const keys = Object.keys(value);
    signature.push("object", keys.length);
    for (const key of keys) {
      signature.push(key);
      describe(value[key], signature, tensors, depth + 1);
    }
  } else signature.push(value);
};

/**
 * Whether a value has the signature from `start` on; then its tensors are added to `tensors`. Without building a signature of its own:
 * the smallest steps take a few microseconds.
 * @returns The position behind it, or -1.
 */
export const match = (value: unknown, signature: readonly unknown[], start: number, tensors: Tensor[]): number => {
  if (value instanceof Tensor) {
    const { axes: shape, dtype, scale } = value;
    const { length } = shape;
    if (signature[start] !== dtype || signature[start + 1] !== scale || signature[start + 2] !== length) return -1;
    for (let axis = 0; axis < length; axis++) if (signature[start + 3 + axis] !== shape[axis]) return -1;
    tensors.push(value);
    return start + 3 + length;
  }
  if (Array.isArray(value)) {
    if (signature[start] !== "array" || signature[start + 1] !== value.length) return -1;
    let position = start + 2;
    for (let index = 0; index < value.length && position >= 0; index++) {
      position = match(value[index], signature, position, tensors);
    }
    return position;
  }
  if (!isPlain(value)) return Object.is(signature[start], value) ? start + 1 : -1;
  const keys = Object.keys(value);
  if (signature[start] !== "object" || signature[start + 1] !== keys.length) return -1;
  let position = start + 2;
  for (let index = 0; index < keys.length && position >= 0; index++) {
    if (signature[position] !== keys[index]) return -1;
    position = match(value[keys[index]], signature, position + 1, tensors);
  }
  return position;
};
