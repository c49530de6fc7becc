import { DataError } from "../../base/errors.ts";
import { bytesOf, type DType, newArray, type TypedArray } from "../../tensor/dtype.ts";
import { formatShape, maxRank, type Shape, sizeOf } from "../../tensor/shape.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";

/** How files store elements. */
export type ElementType =
  | "bool"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64";

interface ElementFormat {
  readonly bytes: number;
  /** The dtype of the tensor. */
  readonly dtype: DType;
  /**
   * Reads the elements into an array; returns the position of the first that does not fit into the dtype, or -1.
   * Absent where an element is stored as the dtype stores it.
   */
  readonly convert?: (from: DataView, to: TypedArray, littleEndian: boolean) => number;
}

/** Reads every element with a function that returns undefined for a value that does not fit. */
const each =
  (bytes: number, read: (from: DataView, offset: number, littleEndian: boolean) => number | undefined) =>
  (from: DataView, to: TypedArray, littleEndian: boolean): number => {
    for (let index = 0; index < to.length; index++) {
      const value = read(from, index * bytes, littleEndian);
      if (value === undefined) return index;
      to[index] = value;
    }
    return -1;
  };

/** Writes the bits of a float32 as a whole number, so that NaNs keep their bits. */
const eachBits =
  (toBits: (half: number) => number) =>
  (from: DataView, to: TypedArray, littleEndian: boolean): number => {
    const bits = new Uint32Array(to.buffer, to.byteOffset, to.length);
    for (let index = 0; index < bits.length; index++) bits[index] = toBits(from.getUint16(2 * index, littleEndian));
    return -1;
  };

/** The bits of a binary32 with the value of an IEEE 754 binary16: exact for all values. */
const halfToFloatBits = (half: number): number => {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal number, fraction·2⁻²⁴, is normal here: its leading 1 becomes the implicit bit.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
};

const signed64 = (from: DataView, offset: number, littleEndian: boolean): number | undefined => {
  const low = from.getInt32(offset + (littleEndian ? 0 : 4), littleEndian);
  return from.getInt32(offset + (littleEndian ? 4 : 0), littleEndian) === low >> 31 ? low : undefined;
};

const unsigned64 = (from: DataView, offset: number, littleEndian: boolean): number | undefined => {
  const low = from.getInt32(offset + (littleEndian ? 0 : 4), littleEndian);
  return from.getInt32(offset + (littleEndian ? 4 : 0), littleEndian) === 0 && low >= 0 ? low : undefined;
};

const unsigned32 = (from: DataView, offset: number, littleEndian: boolean): number | undefined => {
  const value = from.getInt32(offset, littleEndian);
  return value >= 0 ? value : undefined;
};

const formats: Readonly<Record<ElementType, ElementFormat>> = {
  bool: { bytes: 1, dtype: "bool" },
  uint8: { bytes: 1, dtype: "uint8" },
  uint16: {
    bytes: 2,
    dtype: "int32",
    convert: /* @__PURE__ */ each(2, (from, at, little) => from.getUint16(at, little)),
  },
  uint32: { bytes: 4, dtype: "int32", convert: /* @__PURE__ */ each(4, unsigned32) },
  uint64: { bytes: 8, dtype: "int32", convert: /* @__PURE__ */ each(8, unsigned64) },
  int8: { bytes: 1, dtype: "int32", convert: /* @__PURE__ */ each(1, (from, at) => from.getInt8(at)) },
  int16: {
    bytes: 2,
    dtype: "int32",
    convert: /* @__PURE__ */ each(2, (from, at, little) => from.getInt16(at, little)),
  },
  int32: { bytes: 4, dtype: "int32" },
  int64: { bytes: 8, dtype: "int32", convert: /* @__PURE__ */ each(8, signed64) },
  float16: { bytes: 2, dtype: "float32", convert: /* @__PURE__ */ eachBits(halfToFloatBits) },
  bfloat16: { bytes: 2, dtype: "float32", convert: /* @__PURE__ */ eachBits((bits) => bits << 16) },
  float32: { bytes: 4, dtype: "float32" },
  float64: { bytes: 8, dtype: "float64" },
};

/** Bytes that an element has in a file. */
export const bytesOfElement = (type: ElementType): number => formats[type].bytes;

/** An array as a file stores it. */
export interface StoredArray {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
  /** The caller has checked their number against type and shape: memory is allocated for all elements. */
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  /** What errors call the file. */
  readonly where: string;
}

/**
 * Makes a tensor from a stored array. float16 and bfloat16 become float32, which holds all their values. Whole numbers of
 * other widths become int32. float32, float64, int32, uint8 and bool keep their type.
 * @throws DataError, naming the array, for more axes than a tensor has, a bool that is neither 0 nor 1, or a whole number
 * beyond int32.
 */
export const decodeElements = ({ name, type, shape, bytes, littleEndian, where }: StoredArray): Tensor => {
  if (shape.length > maxRank) {
    throw new DataError(
      `${where}: a tensor has at most ${maxRank} axes, got ${formatShape(shape)} for "${name}". Leave it out with match.`,
    );
  }
  const { bytes: width, dtype, convert } = formats[type];
  const array = newArray(dtype, sizeOf(shape));
  if (convert) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const misfit = convert(view, array, littleEndian);
    if (misfit >= 0) {
      throw new DataError(
        `${where}: whole numbers become int32, from ${-(2 ** 31)} to ${2 ** 31 - 1}, got ${showWhole(view, misfit, type, littleEndian)} ` +
          `at position ${misfit} of "${name}" (${type}). Leave it out with match.`,
      );
    }
  } else {
    const raw = new Uint8Array(array.buffer);
    raw.set(bytes);
    if (!littleEndian) reverseEach(raw, width);
    if (type === "bool") checkBools(name, raw, where);
  }
  return ownTensor(shape, dtype, array, dtype === "uint8" ? 1 : undefined);
};

const showWhole = (view: DataView, index: number, type: ElementType, littleEndian: boolean): string => {
  if (type === "uint32") return String(view.getUint32(4 * index, littleEndian));
  return String(
    type === "int64" ? view.getBigInt64(8 * index, littleEndian) : view.getBigUint64(8 * index, littleEndian),
  );
};

const reverseEach = (bytes: Uint8Array, width: number): void => {
  if (width === 1) return;
  for (let start = 0; start < bytes.length; start += width) bytes.subarray(start, start + width).reverse();
};

const checkBools = (name: string, values: Uint8Array, where: string): void => {
  const position = values.findIndex((value) => value > 1);
  if (position < 0) return;
  throw new DataError(
    `${where}: "${name}" must hold 0 or 1 for each bool, got ${values[position]} at position ${position}. Check that this is a sound file.`,
  );
};

/** The bytes of a tensor's elements, as files store its dtype. */
export const bytesOfTensor = (value: Tensor): Uint8Array => {
  const elements = value.storage.view();
  return new Uint8Array(elements.buffer, elements.byteOffset, value.size * bytesOf(value.dtype));
};
