import { gunzip, gzip, writeFile } from "#platform";
import { checkPath } from "../base/checkPath.ts";
import { DataError } from "../base/errors.ts";
import { checkOption, checkOptions, flag, type OptionRule, text, whole } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { isGzip } from "../platform/gzipMember.ts";
import { bytesIn, type FileSource, nameOfSource, readSource } from "./fileSource.ts";
import { checkForeign } from "./foreignFormat.ts";

/** An array of one element type. */
export interface IdxOf<Type extends string, Data> {
  /** The length of each axis, 1 to 6 of them; the last one varies fastest in `data`. */
  readonly shape: readonly number[];
  /** The type of the elements. */
  readonly type: Type;
  /** The elements in row-major order. */
  readonly data: Data;
}

/** The content of an IDX file: an array of numbers with its shape and element type. */
export type IdxArray =
  | IdxOf<"uint8", Uint8Array>
  | IdxOf<"int8", Int8Array>
  | IdxOf<"int16", Int16Array>
  | IdxOf<"int32", Int32Array>
  | IdxOf<"float32", Float32Array>
  | IdxOf<"float64", Float64Array>;

/** The name of an element type of IDX. */
export type IdxType = IdxArray["type"];

interface Format {
  readonly code: number;
  readonly type: IdxType;
  readonly ArrayType: {
    new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): IdxArray["data"];
    readonly BYTES_PER_ELEMENT: number;
  };
}

// The codes of the IDX page of the MNIST database (LeCun, Cortes, Burges). 0x0a is not among them.
const formats: readonly Format[] = [
  { code: 0x08, type: "uint8", ArrayType: Uint8Array },
  { code: 0x09, type: "int8", ArrayType: Int8Array },
  { code: 0x0b, type: "int16", ArrayType: Int16Array },
  { code: 0x0c, type: "int32", ArrayType: Int32Array },
  { code: 0x0d, type: "float32", ArrayType: Float32Array },
  { code: 0x0e, type: "float64", ArrayType: Float64Array },
];

const arrayRule: OptionRule = {
  words: "an object { shape, type, data }",
  holds: (value) => typeof value === "object" && value !== null,
  required: true,
};

const MAX_RANK = 6;
const MAX_SIZE = 2 ** 32 - 1;

/** The largest file that `readIdx` takes by default: 1 GiB, packed and unpacked. */
const DEFAULT_MAX_BYTES: number = 2 ** 30;

/**
 * Decodes the bytes of an IDX file: a magic of four bytes (0, 0, element type, rank), the size of each axis as uint32,
 * then the elements, all of it big-endian.
 *
 * The elements are a copy, in the byte order of the machine.
 * The whole header is checked against the number of bytes before any memory is allocated.
 *
 * @param source the bytes, as an ArrayBuffer or any typed array.
 * @param where the first words of an error, such as the name of the file.
 * @throws DataError for a bad magic, an unknown type, a rank outside 1 to 6, and for bytes missing or left over.
 * @example
 * const bytes = encodeIdx({ shape: [2], type: "uint8", data: new Uint8Array([7, 9]) });
 * decodeIdx(bytes).data; // [7, 9]
 * @see http://yann.lecun.com/exdb/mnist/ "The IDX file format"
 */
export function decodeIdx(source: ArrayBuffer | ArrayBufferView, where = "decodeIdx"): IdxArray {
  const decoded = idxOf(bytesIn(checkOption("decodeIdx", "where", where, text), source), where);
  return { ...decoded, data: decoded.data.slice() } as IdxArray;
}

/** Like `decodeIdx`, but arrays of one-byte elements share the memory of the bytes. @internal */
export function idxOf(bytes: Uint8Array, where: string): IdxArray {
  if (bytes[0] !== 0 || bytes[1] !== 0)
    checkForeign(where, "an IDX file", bytes, { "a gzip file": "Read it with readIdx, which unpacks it." });
  const { format, shape, headerLength } = decodeHeader(bytes, where);
  const { ArrayType, type } = format;
  const elementLength = ArrayType.BYTES_PER_ELEMENT;
  const count = shape.reduce((product, size) => product * size, 1);
  const length = headerLength + count * elementLength;
  if (bytes.length !== length) {
    const rule = bytes.length < length ? "truncated" : "bytes left over";
    throw new DataError(
      `${where}: an IDX file of ${type} [${shape.join(", ")}] must have ${length} bytes, ` +
        `got ${bytes.length} (${rule}). Fetch or write the file again.`,
    );
  }
  const elements = bytes.subarray(headerLength);
  const data =
    elementLength === 1
      ? new ArrayType(elements.buffer, elements.byteOffset, count)
      : new ArrayType(swapToNative(elements, elementLength));
  return { shape, type, data } as IdxArray;
}

/**
 * Encodes an array as the bytes of an IDX file, the inverse of `decodeIdx` to the bit.
 *
 * @throws DataError for a rank outside 1 to 6, sizes that are not counts or do not multiply to the number of elements,
 *   and data that is not of the named type.
 * @example
 * encodeIdx({ shape: [2], type: "uint8", data: new Uint8Array([7, 9]) }); // [0, 0, 8, 1, 0, 0, 0, 2, 7, 9]
 */
export function encodeIdx(array: IdxArray): Uint8Array {
  return encode("encodeIdx", array);
}

function encode(operation: string, array: IdxArray): Uint8Array {
  checkOption(operation, "the array", array, arrayRule);
  const { shape, type, data } = array;
  const format = formats.find((candidate) => candidate.type === type);
  if (format === undefined) {
    const known = formats.map((candidate) => candidate.type).join(", ");
    throw new DataError(`${operation}: the type must be one of ${known}, got ${showValue(type)}.`);
  }
  if (!(data instanceof format.ArrayType)) {
    throw new DataError(
      `${operation}: data of type ${type} must be a ${format.ArrayType.name}, ` +
        `got ${showValue(data)}. Name the type that the data has.`,
    );
  }
  if (!Array.isArray(shape) || shape.length < 1 || shape.length > MAX_RANK) {
    throw new DataError(`${operation}: the shape must be an array of 1 to ${MAX_RANK} sizes, got ${showValue(shape)}.`);
  }
  const isCount = (size: number): boolean => Number.isInteger(size) && size >= 0 && size <= MAX_SIZE;
  if (!shape.every(isCount) || shape.reduce((product, size) => product * size, 1) !== data.length) {
    throw new DataError(
      `${operation}: the sizes must be whole numbers that multiply to the number of elements, ` +
        `got shape ${showValue(shape)} and ${data.length} elements.`,
    );
  }
  const headerLength = 4 + 4 * shape.length;
  const bytes = new Uint8Array(headerLength + data.byteLength);
  bytes[2] = format.code;
  bytes[3] = shape.length;
  const view = new DataView(bytes.buffer);
  shape.forEach((size, axis) => {
    view.setUint32(4 + 4 * axis, size);
  });
  swapToBig(data, bytes.subarray(headerLength));
  return bytes;
}

/**
 * Reads an IDX array from a file or from bytes, which may be packed with gzip (recognized by its first two bytes).
 *
 * @param source a path (in Node), URL or Response, or the bytes as a Blob, an ArrayBuffer or any typed array.
 * @param options.maxBytes refuse more bytes than this, packed or unpacked; 2^30 by default.
 * @throws DataError for a missing file, damaged gzip, too many bytes, and everything that `decodeIdx` refuses.
 * @example
 * const bytes = encodeIdx({ shape: [2], type: "uint8", data: new Uint8Array([7, 9]) });
 * (await readIdx(bytes)).shape; // [2]
 */
export async function readIdx(source: FileSource, options: { readonly maxBytes?: number } = {}): Promise<IdxArray> {
  checkOptions("readIdx", options, { maxBytes: whole({ from: 0 }) });
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const where = nameOfSource("readIdx", source);
  const bytes = await readSource("readIdx", source, maxBytes);
  const unpacked = isGzip(bytes) ? await gunzip(bytes, { maxBytes, where }) : bytes;
  return idxOf(unpacked, where);
}

/**
 * Writes an IDX array into a file; a reader of the file never sees a part of it.
 *
 * @param options.gzip whether to pack the file; by default when its name ends in `.gz`.
 * @throws DataError for what `encodeIdx` refuses, and when the file cannot be written.
 * @example
 * await writeIdx({ shape: [2], type: "uint8", data: new Uint8Array([7, 9]) }, "labels.idx.gz");
 * (await readIdx("labels.idx.gz")).data; // [7, 9]
 */
export async function writeIdx(
  array: IdxArray,
  path: string,
  options: { readonly gzip?: boolean } = {},
): Promise<void> {
  checkOptions("writeIdx", options, { gzip: flag });
  checkPath("writeIdx", path, array);
  const bytes = encode("writeIdx", array);
  await writeFile(path, (options.gzip ?? path.endsWith(".gz")) ? await gzip(bytes) : bytes);
}

function decodeHeader(bytes: Uint8Array, where: string): { format: Format; shape: number[]; headerLength: number } {
  if (bytes.length < 4) {
    throw new DataError(
      `${where}: an IDX file must start with a magic of 4 bytes, got ${bytes.length} bytes in all (truncated). ` +
        "Fetch or write the file again.",
    );
  }
  const [zero, zeroToo, code, rank] = bytes;
  if (zero !== 0 || zeroToo !== 0) {
    throw new DataError(
      `${where}: the magic of an IDX file must be 00 00 type rank, got ${hex(bytes.subarray(0, 4))}. ` +
        "Name an IDX file, gzipped or not.",
    );
  }
  const format = formats.find((candidate) => candidate.code === code);
  if (format === undefined) {
    const known = formats.map((candidate) => `${hex([candidate.code])} ${candidate.type}`).join(", ");
    throw new DataError(
      `${where}: the element type of an IDX file must be one of ${known}, got ${hex([code])}. Name an IDX file.`,
    );
  }
  if (rank < 1 || rank > MAX_RANK) {
    throw new DataError(
      `${where}: the rank of an IDX file must be 1 to ${MAX_RANK}, got ${rank}. Reshape the data before writing it.`,
    );
  }
  const headerLength = 4 + 4 * rank;
  if (bytes.length < headerLength) {
    throw new DataError(
      `${where}: the header of an IDX file of rank ${rank} must have ${headerLength} bytes, ` +
        `got ${bytes.length} bytes in all (truncated). Fetch or write the file again.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  // A size of zero would hide the others from the check of the length.
  const extent = shape.reduce((product, size) => product * Math.max(size, 1), format.ArrayType.BYTES_PER_ELEMENT);
  if (extent > Number.MAX_SAFE_INTEGER) {
    throw new DataError(
      `${where}: the sizes of an IDX file must multiply to less than 2^53 bytes, ` +
        `got ${format.type} [${shape.join(", ")}]. Fetch or write the file again.`,
    );
  }
  return { format, shape, headerLength };
}

/** Big-endian elements as a buffer in native byte order. Words, not numbers, are moved: a NaN keeps all its bits. */
function swapToNative(bytes: Uint8Array, elementLength: number): ArrayBuffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / elementLength;
  const buffer = new ArrayBuffer(bytes.length);
  if (elementLength === 2) {
    const words = new Uint16Array(buffer);
    for (let i = 0; i < count; i++) words[i] = view.getUint16(2 * i);
  } else if (elementLength === 4) {
    const words = new Uint32Array(buffer);
    for (let i = 0; i < count; i++) words[i] = view.getUint32(4 * i);
  } else {
    const words = new BigUint64Array(buffer);
    for (let i = 0; i < count; i++) words[i] = view.getBigUint64(8 * i);
  }
  return buffer;
}

/** The inverse of `swapToNative`, into `target`. */
function swapToBig(data: IdxArray["data"], target: Uint8Array): void {
  const { buffer, byteOffset, length, BYTES_PER_ELEMENT: elementLength } = data;
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  if (elementLength === 1) {
    target.set(new Uint8Array(buffer, byteOffset, length));
  } else if (elementLength === 2) {
    const words = new Uint16Array(buffer, byteOffset, length);
    for (let i = 0; i < length; i++) view.setUint16(2 * i, words[i]);
  } else if (elementLength === 4) {
    const words = new Uint32Array(buffer, byteOffset, length);
    for (let i = 0; i < length; i++) view.setUint32(4 * i, words[i]);
  } else {
    const words = new BigUint64Array(buffer, byteOffset, length);
    for (let i = 0; i < length; i++) view.setBigUint64(8 * i, words[i]);
  }
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
