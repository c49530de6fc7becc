import { DTypeError, OutOfMemoryError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";

/**
 * Element types. Arithmetic is in float32 (float64 on the reference kernels, for gradient checks); int32 holds labels
 * and indices, bool the results of comparisons (one byte, 0 or 1), uint8 stored data such as pixels.
 */
export type DType = "float32" | "float64" | "int32" | "bool" | "uint8";

/** The arrays that hold elements: float32, float64, int32, and uint8 for uint8 and bool. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** What is known of a tensor before it is computed. */
export interface TensorType {
  /** The lengths of the axes. */
  readonly shape: readonly number[];
  /** The type of the elements. */
  readonly dtype: DType;
  /** uint8 only: the factor that turns a stored byte into its number. */
  readonly scale?: number;
}

/** The type of a tensor as shape rules and kernels read it. @internal */
export interface OperandType extends TensorType {
  /** The shape. The public one is a frozen copy, which is made when a program asks for it. */
  readonly axes: readonly number[];
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
  uint8: Uint8Array,
} as const;

/** Throws for an unknown dtype, which plain JavaScript may pass. */
export const checkDType = (operation: string, dtype: DType): DType => {
  if (typeof dtype !== "string" || !Object.hasOwn(arrays, dtype)) {
    throw new DTypeError(`${operation}: dtype must be ${Object.keys(arrays).join(", ")}, got ${showValue(dtype)}.`);
  }
  return dtype;
};

/** Bytes of one element. */
export const bytesOf = (dtype: DType): number =>
  dtype === "float64" ? 8 : dtype === "float32" || dtype === "int32" ? 4 : 1;

/**
 * A new array of `size` zeros.
 * @throws OutOfMemoryError when the engine cannot allocate it.
 */
export const newArray = (dtype: DType, size: number): TypedArray => {
  try {
    return new arrays[dtype](size);
  } catch (cause) {
    throw new OutOfMemoryError(
      `memory: tensors need ${Math.ceil((size * bytesOf(dtype)) / 2 ** 20)} MiB more, got none from this machine. Use a smaller batch or model.`,
      { cause },
    );
  }
};

/** The elements at `address` of a buffer, without a copy. */
export const viewArray = (dtype: DType, buffer: ArrayBufferLike, address: number, size: number): TypedArray =>
  new arrays[dtype](buffer as ArrayBuffer, address, size);

export const isFloat = (dtype: DType): dtype is "float32" | "float64" => dtype === "float32" || dtype === "float64";
