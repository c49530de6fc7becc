import { DataError, DTypeError } from "../../base/errors.ts";
import type { DType } from "../../tensor/dtype.ts";
import { formatShape, type Shape, sizeOf, stridesOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { bytesOfElement, bytesOfTensor, decodeElements, type ElementType } from "./elements.ts";
import { damagedNpy, parseNpyHeader } from "./npyHeader.ts";

/** The first bytes of a file of NumPy. */
const magic: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Headers have a few dozen bytes; those of structured arrays, which are an error, may have more. */
const maxHeaderBytes = 65536;

/** NumPy pads headers so that the elements begin at a multiple of this. */
const alignment = 64;

const types: Readonly<Record<string, ElementType>> = {
  b1: "bool",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};

/** The names that NumPy takes for its types. */
const names: Readonly<Record<string, string>> = {
  bool: "b1",
  uint8: "u1",
  uint16: "u2",
  uint32: "u4",
  uint64: "u8",
  int8: "i1",
  int16: "i2",
  int32: "i4",
  int64: "i8",
  float16: "f2",
  float32: "f4",
  float64: "f8",
  half: "f2",
  single: "f4",
  double: "f8",
  float: "f8",
  int: "i8",
};

const descriptions: Readonly<Record<DType, string>> = {
  bool: "|b1",
  uint8: "|u1",
  int32: "<i4",
  float32: "<f4",
  float64: "<f8",
};

/** Whether the bytes begin like a file of NumPy. */
export const isNpy = (bytes: Uint8Array): boolean => magic.every((byte, index) => bytes[index] === byte);

/**
 * Reads the bytes of a `.npy` file: versions 1 to 3, either order of bytes, C and Fortran order. Memory is allocated only when
 * the header fits the number of bytes. Pickled objects, which can run code, are an error.
 * @throws DataError for bytes that are not such a file, are damaged, or have elements that are not numbers.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export const decodeNpy = (bytes: Uint8Array, where: string, name: string): Tensor => {
  const { text, end } = headerOf(bytes, where);
  const { descr, fortranOrder, shape } = parseNpyHeader(text, where);
  const type = typeOf(descr, where, name);
  const length = sizeOf(shape) * bytesOfElement(type);
  const elements = bytes.subarray(end);
  if (elements.length !== length) {
    throw damagedNpy(
      where,
      `"${name}" of ${type} ${formatShape(shape)} must have ${length} bytes`,
      `${elements.length}`,
    );
  }
  const littleEndian = descr[0] !== ">";
  if (!fortranOrder || shape.length < 2) {
    return decodeElements({ name, type, shape, bytes: elements, littleEndian, where });
  }
  const ordered = rowMajor(elements, bytesOfElement(type), shape);
  return decodeElements({ name, type, shape, bytes: ordered, littleEndian, where });
};

/** The text of the header, and where it ends. */
const headerOf = (bytes: Uint8Array, where: string): { readonly text: string; readonly end: number } => {
  if (!isNpy(bytes))
    throw damagedNpy(where, "a .npy file must begin with 93 NUMPY", `${bytes.length} bytes that do not`);
  const version = bytes[6];
  // The length of the header has 2 bytes in version 1.0 and 4 in 2.0; 3.0 is 2.0 with UTF-8 instead of Latin-1.
  const lengthBytes = version === 1 ? 2 : 4;
  if (bytes.length < 8 + lengthBytes)
    throw damagedNpy(where, "the header must be whole", `${bytes.length} bytes in all`);
  if (!(version >= 1 && version <= 3) || bytes[7] !== 0) {
    throw damagedNpy(where, "the version must be 1.0, 2.0 or 3.0", `${version}.${bytes[7]}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  const end = 8 + lengthBytes + length;
  if (length > maxHeaderBytes || end > bytes.length) {
    throw damagedNpy(
      where,
      `the header must have at most ${maxHeaderBytes} bytes and end within the file`,
      `a header of ${length} bytes in a file of ${bytes.length}`,
    );
  }
  const header = bytes.subarray(8 + lengthBytes, end);
  try {
    const text = version === 3 ? new TextDecoder("utf-8", { fatal: true }).decode(header) : latin1(header);
    return { text, end };
  } catch {
    throw damagedNpy(where, "the header of version 3.0 must be UTF-8", "other bytes");
  }
};

/** Not by TextDecoder, whose "latin1" is Windows-1252. */
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

const typeOf = (descr: string, where: string, name: string): ElementType => {
  // "=", or no order, is that of the machine that wrote the file, taken for little-endian; "|" is for types without an order.
  const [, short] = /^[<>=|]?([a-z?]\d*)$/.exec(descr) ?? [];
  const code = short ?? (Object.hasOwn(names, descr) ? names[descr] : undefined);
  if (code === "?") return "bool";
  if (code !== undefined && Object.hasOwn(types, code)) return types[code];
  const got = descr.includes("O") ? `"${descr}" (pickled Python objects, which can run code)` : `"${descr}"`;
  throw new DataError(
    `${where}: the elements of "${name}" must be numbers or flags (${Object.keys(types).join(", ")}), got ${got}. ` +
      "Save an array of numbers, or leave it out with match.",
  );
};

/** Copies elements from column-major order (the first axis varies fastest) to row-major order. */
const rowMajor = (from: Uint8Array, width: number, shape: Shape): Uint8Array => {
  const to = new Uint8Array(from.length);
  const strides = stridesOf([...shape].reverse()).reverse();
  const index = shape.map(() => 0);
  let source = 0;
  for (let target = 0; target < to.length; target += width) {
    for (let byte = 0; byte < width; byte++) to[target + byte] = from[source * width + byte];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis];
      index[axis]++;
      if (index[axis] < shape[axis]) break;
      source -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return to;
};

/**
 * A tensor as the bytes of a `.npy` file of version 1.0, as NumPy itself writes it.
 * @throws DTypeError for a scale, which the format cannot store.
 */
export const encodeNpy = (where: string, name: string, value: Tensor): Uint8Array => {
  if (value.scale !== undefined && value.scale !== 1) {
    throw new DTypeError(
      `${where}: the format cannot store a scale, got ${value.scale} for "${name}". Convert it with toFloat(...).`,
    );
  }
  const tuple = value.rank === 1 ? `(${value.shape[0]},)` : `(${value.shape.join(", ")})`;
  const dictionary = `{'descr': '${descriptions[value.dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = Math.ceil((10 + dictionary.length + 1) / alignment) * alignment;
  const text = `${dictionary.padEnd(start - 11)}\n`;
  const elements = bytesOfTensor(value);
  const bytes = new Uint8Array(start + elements.length);
  bytes.set([...magic, 1, 0, text.length & 255, text.length >> 8]);
  bytes.set(new TextEncoder().encode(text), 10);
  bytes.set(elements, start);
  return bytes;
};
