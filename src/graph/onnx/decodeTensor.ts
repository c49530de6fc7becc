import { DataError } from "../../base/errors.ts";
import { bytesOfElement, decodeElements, type ElementType } from "../../io/formats/elements.ts";
import { ownTensor, type Tensor } from "../../tensor/tensor.ts";
import { HostArray } from "../core/hostArray.ts";
import { elementTypeOf, nameOfElementType } from "./elementTypes.ts";
import type { StoredTensor } from "./onnxModel.ts";
import { damaged } from "./onnxModel.ts";

/** The number of elements of a stored tensor. @throws DataError for lengths that no array can have. */
export const sizeOfStored = ({ name, dims }: StoredTensor, where: string): number => {
  const size = dims.reduce((product, length) => product * length, 1);
  if (dims.every((length) => Number.isSafeInteger(length) && length >= 0) && Number.isSafeInteger(size)) return size;
  throw damaged(where, `the lengths of "${name}" must be whole numbers from 0`, `[${dims.join(", ")}]`);
};

/**
 * The elements of a stored tensor: floats of any width as a tensor of float32, whole numbers and bools as an array of the
 * host. Memory is taken only for elements that the file has.
 * @param external The bytes of elements that are in another file.
 * @throws DataError for other types of elements, and where type, lengths and bytes do not fit together.
 */
export const decodeTensor = (stored: StoredTensor, where: string, external?: Uint8Array): Tensor | HostArray => {
  const { name, dims } = stored;
  const type = elementTypeOf(stored.type);
  if (type === undefined) {
    throw new DataError(
      `${where}: tensors must hold numbers of 8 bits or more, got ${nameOfElementType(stored.type)} for "${name}". Export the model in float32.`,
    );
  }
  const size = sizeOfStored(stored, where);
  const raw = external ?? stored.raw;
  const count = raw ? raw.length / bytesOfElement(type) : stored.numbers.length;
  if (count !== size)
    throw damaged(
      where,
      `"${name}" must have ${size} elements of ${type}`,
      raw ? `${raw.length} bytes` : String(count),
    );
  if (!type.includes("float")) {
    const dtype = type === "bool" ? "bool" : "int32";
    return new HostArray(dims, dtype, raw ? wholesOf(raw, type, size) : Float64Array.from(stored.numbers));
  }
  const bytes = raw ?? bytesOfNumbers(stored.numbers, type);
  const decoded = decodeElements({ name, type, shape: dims, bytes, littleEndian: true, where });
  if (decoded.dtype === "float32") return decoded;
  const floats = Float32Array.from(decoded.data);
  const position = floats.findIndex((value, index) => !Number.isFinite(value) && Number.isFinite(decoded.data[index]));
  if (position < 0) return ownTensor(dims, "float32", floats);
  throw new DataError(
    `${where}: float64 becomes float32, whose largest number is about 3.4e38, got ${decoded.data[position]} at position ${position} of "${name}".`,
  );
};

/** Numbers that the file has one by one. Those of 16 bits are written as the whole numbers with the same bits. */
const bytesOfNumbers = (numbers: readonly number[], type: ElementType): Uint8Array => {
  if (type === "float32") return new Uint8Array(Float32Array.from(numbers).buffer);
  if (type === "float64") return new Uint8Array(Float64Array.from(numbers).buffer);
  return new Uint8Array(Uint16Array.from(numbers).buffer);
};

/** Whole numbers, those of 64 bits as the nearest float64. */
const wholesOf = (bytes: Uint8Array, type: ElementType, size: number): Float64Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readers: Partial<Record<ElementType, (at: number) => number>> = {
    int8: (at) => view.getInt8(at),
    uint16: (at) => view.getUint16(2 * at, true),
    int16: (at) => view.getInt16(2 * at, true),
    int32: (at) => view.getInt32(4 * at, true),
    uint32: (at) => view.getUint32(4 * at, true),
    int64: (at) => view.getInt32(8 * at + 4, true) * 2 ** 32 + view.getUint32(8 * at, true),
    uint64: (at) => view.getUint32(8 * at + 4, true) * 2 ** 32 + view.getUint32(8 * at, true),
  };
  const read = readers[type] ?? ((at: number) => view.getUint8(at));
  return Float64Array.from({ length: size }, (_, index) => read(index));
};
