import { DTypeError, ShapeError, ValueError } from "../base/errors.ts";
import { inspectText } from "../base/inspectText.ts";
import { anything, checkOptions, type OptionRules } from "../base/options.ts";
import { noOptions, showValue } from "../base/showValue.ts";
import { checkDType, type DType, isFloat, newArray, type TensorType, type TypedArray } from "./dtype.ts";
import { arrayStorage, type Storage } from "./memory/storage.ts";
import { formatTensor } from "./printTensor.ts";
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from "./shape.ts";
import {
  convert,
  dtypeOfArray,
  flatten,
  type NestedArray,
  type NumberArray,
  numbersOf,
  type TensorValues,
} from "./tensorValues.ts";

/** The shapes that programs have asked for. A field would make every tensor larger. */
const frozenShapes = /* @__PURE__ */ new WeakMap<object, Shape>();

/**
 * An immutable array of numbers with a shape. There is nothing to dispose: a tensor stays valid for as long as it is
 * held; the temporaries of a step end with the step, and throw when they are read later.
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.shape; // [2, 2]
 * x.data; // [1, 2, 3, 4]
 * sum(x).item(); // 10
 */
export class Tensor implements TensorType {
  /** The shape as the library reads it, which never leaves it. @internal */
  readonly axes: Shape;
  /** The type of the elements. */
  readonly dtype: DType;
  readonly scale?: number;
  /** @internal */
  readonly storage: Storage;

  /** @internal Use `tensor(...)`. */
  constructor(shape: Shape, dtype: DType, storage: Storage, scale?: number) {
    this.axes = shape;
    this.dtype = dtype;
    this.storage = storage;
    if (scale !== undefined) this.scale = scale;
  }

  /** The lengths of the axes: [rows, columns] for a matrix, [] for one number. It is frozen. */
  get shape(): Shape {
    // A copy, made when a program asks: freezing the arrays that every operation reads would make each step slower.
    let shape = frozenShapes.get(this);
    if (!shape) {
      shape = Object.freeze(this.axes.slice());
      frozenShapes.set(this, shape);
    }
    return shape;
  }

  /** The number of axes. */
  get rank(): number {
    return this.axes.length;
  }

  /** The number of elements. */
  get size(): number {
    return this.storage.size;
  }

  /** A copy of the elements in row-major order: Float32Array, Float64Array, Int32Array, or Uint8Array for bool and uint8. */
  get data(): TypedArray {
    return this.storage.view().slice() as TypedArray;
  }

  /**
   * The one number in a tensor of one element.
   * @throws ShapeError when there is more than one element, or none.
   */
  item(): number {
    if (this.size !== 1) {
      throw new ShapeError(
        `item: the tensor must hold one number, got shape ${formatShape(this.axes)}. Use toArray() or data for more.`,
      );
    }
    return this.storage.view()[0]! * (this.scale ?? 1);
  }

  /** The elements as nested arrays; of uint8 data, the numbers that the bytes encode. */
  toArray(): NestedArray {
    const view = this.storage.view();
    const scale = this.scale ?? 1;
    let next = 0;
    const build = (axis: number): NestedArray =>
      axis === this.axes.length
        ? view[next++]! * scale
        : Array.from({ length: this.axes[axis]! }, () => build(axis + 1));
    return build(0);
  }

  /**
   * What `JSON.stringify` writes: shape, dtype and the elements in row-major order, from which `tensor(data, { shape, dtype })`
   * makes an equal tensor; of uint8 data also the scale. NaN and infinities become null, as JSON has none.
   */
  toJSON(): TensorType & {
    /** The elements in row-major order; uint8 as stored. */
    readonly data: number[];
  } {
    const { axes, dtype, scale, data } = this;
    return { shape: [...axes], dtype, ...(scale && { scale }), data: [...data] };
  }

  toString(): string {
    return formatTensor(this, this.storage.view());
  }
}

inspectText(Tensor.prototype);

/** Options of `tensor`. */
export interface TensorOptions {
  /** The shape of a flat or typed array; nested arrays have theirs. */
  readonly shape?: Shape;
  /**
   * Default: float32 for nested arrays and Float32Array, float64 for Float64Array, uint8 for Uint8Array and
   * Uint8ClampedArray, int32 for the other arrays of whole numbers, whose numbers must fit.
   */
  readonly dtype?: DType;
  /** uint8 only: the factor that turns a stored byte into a number (1/255 for pixels). */
  readonly scale?: number;
}

const tensorRules: OptionRules<TensorOptions> = { shape: anything, dtype: anything, scale: anything };

/**
 * A tensor of numbers, which are copied.
 * @param values A number, nested arrays of equal lengths, whose rows may be typed arrays, or a typed array (with its shape,
 * else of rank 1).
 * @throws ShapeError when the nesting is uneven or the shape does not fit the number of values; DTypeError for a value
 * that is not a number and for an unknown dtype; ValueError for a number that a whole-number dtype does not hold.
 * @example
 * tensor([[1, 2, 3], [4, 5, 6]]).shape; // [2, 3]
 * tensor(new Int32Array([3, 1]), { shape: [2, 1] }).dtype; // "int32"
 * tensor([new Float32Array([1, 2]), new Float32Array([3, 4])]).shape; // [2, 2]
 */
export const tensor = (values: TensorValues, options: TensorOptions = noOptions): Tensor => {
  checkOptions("tensor", options, tensorRules);
  const typed = ArrayBuffer.isView(values);
  const dtype = checkDType("tensor", options.dtype ?? (typed ? dtypeOfArray(values as NumberArray) : "float32"));
  const nested: number[] = [];
  const flat = typed ? numbersOf(values as NumberArray) : flatten(values, nested);
  const shape = checkShape("tensor", options.shape ?? (typed ? [flat.length] : nested));
  if (sizeOf(shape) !== flat.length) {
    throw new ShapeError(
      `tensor: the shape must have as many elements as there are values, got shape ${formatShape(shape)} ` +
        `(${sizeOf(shape)}) and ${flat.length} values.`,
    );
  }
  if (options.scale !== undefined && dtype !== "uint8") {
    throw new DTypeError(`tensor: scale belongs to uint8 data, got dtype ${dtype}.`);
  }
  const scale = dtype === "uint8" ? (options.scale ?? 1) : undefined;
  return new Tensor(shape, dtype, arrayStorage(dtype, convert("tensor", flat, dtype)), scale);
};

/** A tensor of an array that nothing else refers to: no copy is made. @internal */
export const ownTensor = (shape: Shape, dtype: DType, array: TypedArray, scale?: number): Tensor =>
  new Tensor(shape, dtype, arrayStorage(dtype, array), scale);

/** A tensor full of one value that the dtype can hold. */
const filled = (operation: string, shape: Shape, value: number, dtype: DType): Tensor => {
  const own = checkShape(operation, shape);
  return ownTensor(own, dtype, newArray(checkDType(operation, dtype), sizeOf(own)).fill(value));
};

/**
 * A number as a tensor without axes: what `tensor(value)` makes, without what it needs for arrays. A number that an integer
 * dtype cannot hold is float32.
 * @internal
 */
export const scalar = (value: number, dtype: DType): Tensor => {
  const fits = isFloat(dtype) || newArray(dtype, 1).fill(value)[0] === value;
  return filled("tensor", [], value, fits ? dtype : "float32");
};

/** Options of the functions that create tensors. */
export interface CreateOptions {
  /** Default: float32. */
  readonly dtype?: DType;
}

/**
 * A tensor of zeros.
 * @example
 * zeros([2, 2]).toArray(); // [[0, 0], [0, 0]]
 */
export const zeros = (shape: Shape, options: CreateOptions = noOptions): Tensor =>
  filled("zeros", shape, 0, dtypeOption("zeros", options));

/**
 * A tensor of ones.
 * @example
 * ones([2], { dtype: "int32" }).toArray(); // [1, 1]
 */
export const ones = (shape: Shape, options: CreateOptions = noOptions): Tensor =>
  filled("ones", shape, 1, dtypeOption("ones", options));

/**
 * A tensor full of one value.
 * @throws DTypeError for a value that is not a number; ValueError for one that the dtype does not hold.
 * @example
 * fill([2], 0.5).toArray(); // [0.5, 0.5]
 */
export const fill = (shape: Shape, value: number, options: CreateOptions = noOptions): Tensor => {
  const dtype = checkDType("fill", dtypeOption("fill", options));
  if (typeof value !== "number") {
    throw new DTypeError(`fill: the value must be a number, got ${showValue(value)}.`);
  }
  const [exact] = convert("fill", [value], dtype);
  return filled("fill", shape, exact, dtype);
};

const createRules: OptionRules<CreateOptions> = { dtype: anything };

/** Initializers are called as `(shape, random)`: a `Random` passes for options, because all of it is private. */
const dtypeOption = (operation: string, options: CreateOptions): DType => {
  checkOptions(operation, options, createRules);
  return options.dtype ?? "float32";
};

/**
 * Whole numbers from `from` towards, but not including, `to`, as an int32 tensor of rank 1.
 * @param step The distance between them; negative to count down. Default: 1.
 * @throws ValueError when a bound is not a whole number, or beyond int32; when the step is not a whole number, or 0.
 * @example
 * range(2, 5).toArray(); // [2, 3, 4]
 * range(0, 10, 4).toArray(); // [0, 4, 8]
 * range(3, 0, -1).toArray(); // [3, 2, 1]
 */
export const range = (from: number, to: number, step: number = 1): Tensor => {
  if (!Number.isInteger(from) || !Number.isInteger(to)) {
    const bounds = `from=${showValue(from)}, to=${showValue(to)}`;
    throw new ValueError(`range: bounds must be whole numbers, got ${bounds}. Round them.`);
  }
  if (!Number.isInteger(step) || step === 0) {
    throw new ValueError(`range: the step must be a whole number other than 0, got ${showValue(step)}.`);
  }
  const length = Math.max(Math.ceil((to - from) / step), 0);
  const last = from + (length - 1) * step;
  if (length > 0 && (Math.min(from, last) < -(2 ** 31) || Math.max(from, last) >= 2 ** 31)) {
    throw new ValueError(
      `range: bounds must lie in the range of int32, got from=${from}, to=${to}. Choose smaller ones.`,
    );
  }
  const values = newArray("int32", length);
  for (let index = 0; index < length; index++) values[index] = from + index * step;
  return ownTensor([length], "int32", values);
};

/** Whether two tensors have the same dtype, shape and bits. */
export const sameBits = (a: Tensor, b: Tensor): boolean => {
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false;
  const [x, y] = [a.data, b.data].map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return x!.every((byte, index) => byte === y![index]);
};
