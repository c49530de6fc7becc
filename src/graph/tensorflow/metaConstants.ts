import { DataError } from "../../base/errors.ts";
import { bytesOfElement, decodeElements, type ElementType } from "../../io/formats/elements.ts";
import { tensorflowTypes } from "../../io/formats/tensorflow/tensorflowTypes.ts";
import { ownTensor } from "../../tensor/tensor.ts";
import { HostArray, type HostType, type Value } from "../core/hostArray.ts";
import { damagedMeta, type MetaTensor } from "./metaGraph.ts";

/** A number that is repeated over a shape: the file has it once, so that no memory is taken before a run asks for it. */
export interface Repeated {
  readonly dims: readonly number[];
  readonly dtype: HostType;
  readonly value: number;
}

/** Up to this size, repeated numbers are written out. */
const mostWrittenOut = 64;

/** What becomes of a type of elements; undefined for one that is not a number, such as text. */
export const hostTypeOfCode = (code: number): HostType | undefined => {
  // From 101 on: references to variables.
  const type = tensorflowTypes.get(code > 100 ? code - 100 : code);
  if (type === undefined) return undefined;
  if (type === "bool") return "bool";
  return type.includes("float") ? "float32" : "int32";
};

/** The value of a tensor that a file stores. @throws DataError for other types, and where type, shape and elements do not fit. */
export const decodeMetaTensor = (stored: MetaTensor, name: string, where: string): Value | Repeated => {
  const { dims, content, numbers } = stored;
  const type = tensorflowTypes.get(stored.type);
  const dtype = hostTypeOfCode(stored.type);
  if (type === undefined || dtype === undefined) {
    throw new DataError(
      `${where}: constants must hold numbers, got number ${stored.type} of TensorFlow's DataType for "${name}". Ask for a tensor that does not need it.`,
    );
  }
  const size = dims.reduce((product, length) => product * length, 1);
  if (!dims.every((length) => Number.isSafeInteger(length) && length >= 0) || !Number.isSafeInteger(size)) {
    throw damagedMeta(where, `the lengths of "${name}" must be whole numbers from 0`, `[${dims.join(", ")}]`);
  }
  if (content) {
    if (content.length === size * bytesOfElement(type)) return elementsOf(content, type, dims, name, where);
    throw damagedMeta(where, `"${name}" must have ${size} elements of ${type}`, `${content.length} bytes`);
  }
  if (numbers.length > size || (numbers.length === 0 && size > 0)) {
    // TensorFlow leaves out numbers that are 0 in some versions.
    if (numbers.length > size) throw damagedMeta(where, `"${name}" must have ${size} elements`, String(numbers.length));
    return repeated(dims, dtype, 0, size);
  }
  // Floats in the fields of floats, beside a type of whole numbers.
  const odd = type.includes("float") ? undefined : numbers.find((value) => !Number.isInteger(value));
  if (odd !== undefined) throw damagedMeta(where, `"${name}" must have elements of ${type}`, String(odd));
  const bytes = bytesOfValues(numbers, type);
  if (numbers.length === size) return elementsOf(bytes, type, dims, name, where);
  const written = elementsOf(bytes, type, [numbers.length], name, where);
  const data = written instanceof HostArray ? written.data : written.storage.view();
  if (numbers.length === 1) return repeated(dims, dtype, data[0], size);
  // A last element that fills the rest: the memory stays within a small multiple of the file.
  if (size > Math.max(mostWrittenOut, 16 * numbers.length)) {
    throw damagedMeta(where, `"${name}" must have ${size} elements, or one that is repeated`, String(numbers.length));
  }
  const all = new Float64Array(size).fill(data[data.length - 1]);
  all.set(data);
  return new HostArray(dims, dtype, all);
};

const repeated = (dims: readonly number[], dtype: HostType, value: number, size: number): Value | Repeated =>
  size <= mostWrittenOut ? new HostArray(dims, dtype, new Float64Array(size).fill(value)) : { dims, dtype, value };

/** Numbers that the file has one by one, as bytes. Those of 16 bits are written as the whole numbers with the same bits. */
const bytesOfValues = (numbers: readonly number[], type: ElementType): Uint8Array => {
  const arrays: Partial<Record<ElementType, (values: readonly number[]) => ArrayBufferView>> = {
    float32: (values) => Float32Array.from(values),
    float64: (values) => Float64Array.from(values),
    float16: (values) => Uint16Array.from(values),
    bfloat16: (values) => Uint16Array.from(values),
    bool: (values) => Uint8Array.from(values, (value) => Number(value !== 0)),
    uint8: (values) => Uint8Array.from(values),
    int8: (values) => Int8Array.from(values),
    uint16: (values) => Uint16Array.from(values),
    int16: (values) => Int16Array.from(values),
    int32: (values) => Int32Array.from(values),
    uint32: (values) => Uint32Array.from(values),
  };
  const make = arrays[type] ?? ((values) => BigInt64Array.from(values, (value) => BigInt(value)));
  const { buffer } = make(numbers);
  return new Uint8Array(buffer as ArrayBuffer);
};

const elementsOf = (
  bytes: Uint8Array,
  type: ElementType,
  dims: readonly number[],
  name: string,
  where: string,
): Value => {
  const decoded = decodeElements({ name, type, shape: dims, bytes, littleEndian: true, where });
  if (decoded.dtype === "float32") return decoded;
  if (decoded.dtype !== "float64") {
    const dtype = decoded.dtype === "bool" ? "bool" : "int32";
    return new HostArray(dims, dtype, Float64Array.from(decoded.data));
  }
  const floats = Float32Array.from(decoded.data);
  const position = floats.findIndex((value, index) => !Number.isFinite(value) && Number.isFinite(decoded.data[index]));
  if (position < 0) return ownTensor(dims, "float32", floats);
  throw new DataError(
    `${where}: float64 becomes float32, whose largest number is about 3.4e38, got ${decoded.data[position]} at position ${position} of "${name}". Ask for a tensor that does not need it.`,
  );
};
