import { DataError } from "../../base/errors.ts";
import { toFloat } from "../../ops/support/toFloat.ts";
import { formatShape, type Shape, sizeOf } from "../../tensor/shape.ts";
import { ownTensor, Tensor } from "../../tensor/tensor.ts";

/** The kinds of elements that the host computes with; int32 stands for whole numbers of any width. */
export type HostType = "int32" | "float32" | "bool";

/**
 * An array that the host computes with: shapes, axes and the arithmetic between them, whose results decide what the
 * kernels compute. Whole numbers are exact up to 2⁵³.
 */
export class HostArray {
  readonly shape: Shape;
  readonly dtype: HostType;
  readonly data: Float64Array;
  #tensor: Tensor | undefined;

  constructor(shape: Shape, dtype: HostType, data: Float64Array) {
    this.shape = shape;
    this.dtype = dtype;
    this.data = data;
  }

  get size(): number {
    return this.data.length;
  }

  /** The elements as a tensor, for kernels. @throws DataError for a whole number beyond int32. */
  get tensor(): Tensor {
    this.#tensor ??= ownTensor(this.shape, this.dtype, this.#elements());
    return this.#tensor;
  }

  #elements(): Float32Array | Int32Array | Uint8Array {
    if (this.dtype === "float32") return Float32Array.from(this.data);
    if (this.dtype === "bool") return Uint8Array.from(this.data);
    const whole = Int32Array.from(this.data);
    const position = whole.findIndex((value, index) => value !== this.data[index]);
    if (position < 0) return whole;
    throw new DataError(
      `graph: whole numbers become int32, from ${-(2 ** 31)} to ${2 ** 31 - 1}, got ${this.data[position]} at position ${position}.`,
    );
  }
}

/** What flows between nodes: tensors, and arrays of the host. */
export type Value = Tensor | HostArray;

/** A value for kernels; a float constant takes the precision in which derivatives are checked. */
export const tensorOf = (value: Value): Tensor => {
  if (value instanceof Tensor) return value;
  return value.dtype === "float32" ? toFloat(value.tensor) : value.tensor;
};

/** An array of whole numbers, as shapes and axes are. */
export const wholeArray = (values: readonly number[]): HostArray =>
  new HostArray([values.length], "int32", Float64Array.from(values));

/** How many elements the host may compute in one run. */
export class Budget {
  readonly #limit: number;
  #left: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** An array of zeros for a result. @throws DataError when the run has computed too many elements on the host. */
  array(shape: Shape): Float64Array {
    const size = sizeOf(shape);
    if (!(size <= this.#left)) {
      throw new DataError(
        `graph: what is computed from shapes and constants alone may have ${this.#limit} elements, got more with one of shape ` +
          `${formatShape(shape)}. Check that this is the right file.`,
      );
    }
    this.#left -= size;
    return new Float64Array(size);
  }
}
