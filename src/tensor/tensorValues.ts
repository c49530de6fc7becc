import { DTypeError, ShapeError, ValueError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";
import { type DType, isFloat, newArray, type TypedArray } from "./dtype.ts";
import { checkShape, formatShape, maxRank, type Shape } from "./shape.ts";

/** Nested arrays of numbers, nested as deeply as the rank. */
export type NestedArray = number | readonly NestedArray[];

/** The values of a tensor: a number, an array of numbers of any type, or nested arrays, whose rows may be typed arrays. */
export type TensorValues =
  | number
  | TypedArray
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly TensorValues[];

/** A typed array of any kind. */
export type NumberArray = Exclude<TensorValues, number | readonly TensorValues[]>;

/** The elements as numbers; whole numbers of 64 bits must be exact in double. */
export const numbersOf = (values: NumberArray): ArrayLike<number> =>
  kindOfArray(values).startsWith("Big") ? Array.from(values, Number) : (values as ArrayLike<number>);

/** The name of the array's class; of its base class when the class is derived, as Node's Buffer is. */
const kindOfArray = (values: NumberArray): string => values[Symbol.toStringTag];

export const dtypeOfArray = (values: NumberArray): DType => {
  const kind = kindOfArray(values);
  if (kind === "DataView") throw notNumbers(kind);
  return dtypes[kind] ?? "int32";
};

/** The dtypes of arrays that do not become int32. */
const dtypes: Readonly<Record<string, DType | undefined>> = {
  Float16Array: "float32",
  Float32Array: "float32",
  Float64Array: "float64",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
};

const notNumbers = (got: string): DTypeError =>
  new DTypeError(`tensor: values must be numbers, arrays of them or a typed array, got ${got}.`);

export const convert = (operation: string, values: ArrayLike<number>, dtype: DType): TypedArray => {
  if (!isFloat(dtype)) checkWhole(operation, values, dtype);
  const array = newArray(dtype, values.length);
  array.set(values);
  return array;
};

/** The least and the largest number of each dtype of whole numbers. */
const ranges = { int32: [-0x8000_0000, 0x7fff_ffff], uint8: [0, 255], bool: [0, 1] } as const;

/** Whole-number dtypes throw for what they cannot hold, instead of wrapping it around. */
const checkWhole = (operation: string, values: ArrayLike<number>, dtype: keyof typeof ranges): void => {
  if (dtype === "int32" && values instanceof Int32Array) return;
  if (dtype === "uint8" && values instanceof Uint8Array) return;
  const [from, to] = ranges[dtype];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (!Number.isInteger(value) || value < from || value > to) {
      throw new ValueError(
        `${operation}: ${dtype} holds whole numbers from ${from} to ${to}, got ${value} at position ${index}. Choose another dtype, or round.`,
      );
    }
  }
};

/** Whether it is a row of numbers in a typed array. */
const isRow = (value: unknown): value is NumberArray => ArrayBuffer.isView(value) && !(value instanceof DataView);

export const flatten = (values: TensorValues, shape: number[]): number[] => {
  for (let level: unknown = values; Array.isArray(level) || isRow(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0 || shape.length > maxRank) break;
  }
  checkShape("tensor", shape);
  const flat: number[] = [];
  const visit = (value: TensorValues, depth: number): void => {
    if (typeof value === "number") {
      if (depth !== shape.length) throw uneven(shape, depth, "a number");
      flat.push(value);
      return;
    }
    const row = isRow(value) ? numbersOf(value) : undefined;
    if (!row && !Array.isArray(value)) throw notNumbers(`${showValue(value)} at depth ${depth}`);
    if (row && depth !== shape.length - 1) throw uneven(shape, depth, "a typed array");
    if (value.length !== shape[depth]) throw uneven(shape, depth, `${value.length} entries`);
    if (row) for (let index = 0; index < row.length; index++) flat.push(row[index]);
    else for (const entry of value as readonly TensorValues[]) visit(entry, depth + 1);
  };
  visit(values, 0);
  return flat;
};

const uneven = (shape: Shape, depth: number, got: string): ShapeError =>
  new ShapeError(
    `tensor: nested arrays must have equal lengths at every depth, got ${got} at depth ${depth} where shape ${formatShape(shape)} was begun.`,
  );
