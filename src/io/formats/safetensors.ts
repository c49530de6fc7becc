import { damagedFile } from "../../base/codec.ts";
import { DataError, DTypeError, ValueError } from "../../base/errors.ts";
import { checkOptions, type OptionRules, regularExpression, text } from "../../base/options.ts";
import { bytesIn } from "../../data/fileSource.ts";
import { checkForeign } from "../../data/foreignFormat.ts";
import { entriesOf, type NamedTensors } from "../../layers/base/namedTensors.ts";
import { bytesOf, type DType } from "../../tensor/dtype.ts";
import { formatShape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { bytesOfElement, bytesOfTensor, decodeElements, type ElementType } from "./elements.ts";

/** The contents of a safetensors file. */
export interface Safetensors {
  /** The tensors by name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Free texts about them. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Options of `encodeSafetensors`. */
export interface EncodeOptions {
  /** Free texts that are stored with the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Options of `decodeSafetensors`. */
export interface DecodeOptions {
  /** The name of the bytes in errors. Default: "safetensors". */
  readonly where?: string;
  /** Matches the names of the tensors to read. The others may have unsupported dtypes. Default: all. */
  readonly match?: RegExp;
}

const encodeRules: OptionRules<EncodeOptions> = {
  metadata: {
    words: "an object of texts",
    holds: (value) => isRecord(value) && Object.values(value).every((entry) => typeof entry === "string"),
  },
};

const decodeRules: OptionRules<DecodeOptions> = { where: text, match: regularExpression };

const names: Readonly<Record<DType, string>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  uint8: "U8",
  bool: "BOOL",
};

const types: Readonly<Record<string, ElementType>> = {
  BOOL: "bool",
  U8: "uint8",
  I8: "int8",
  U16: "uint16",
  I16: "int16",
  F16: "float16",
  BF16: "bfloat16",
  U32: "uint32",
  I32: "int32",
  F32: "float32",
  U64: "uint64",
  I64: "int64",
  F64: "float64",
};

/** The limit of the reference implementation. */
const maxHeaderBytes = 100_000_000;

const metadataKey = "__metadata__";

/**
 * Tensors and text as the bytes of a safetensors file: the length of the header (8 bytes), the header (JSON), and the
 * elements, little-endian. Wider element types come first, so that all are aligned.
 * @param tensors By name, in a map or a plain object; float32, float64, int32, bool, or uint8 without a scale.
 * @throws ValueError for the name that the format reserves; DTypeError for a scale, which the format cannot store.
 * @example
 * const bytes = encodeSafetensors(new Map([["w", tensor([1, 2, 3])]]));
 * decodeSafetensors(bytes).tensors.get("w")?.toArray(); // [1, 2, 3]
 * @see https://github.com/huggingface/safetensors#format
 */
export const encodeSafetensors = (tensors: NamedTensors, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> => {
  checkOptions("encodeSafetensors", options, encodeRules);
  const { metadata = {} } = options;
  const entries = [...entriesOf("encodeSafetensors", tensors)].sort(
    ([, a], [, b]) => bytesOf(b.dtype) - bytesOf(a.dtype),
  );
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[metadataKey, metadata]] : [];
  let length = 0;
  for (const [name, value] of entries) {
    if (name === metadataKey) {
      throw new ValueError(`encodeSafetensors: a tensor must not be named "${name}", got such a tensor. Rename it.`);
    }
    if (value.scale !== undefined && value.scale !== 1) {
      throw new DTypeError(
        `encodeSafetensors: the format cannot store a scale, got ${value.scale} for "${name}". Convert it with toFloat(...).`,
      );
    }
    const end = length + value.size * bytesOf(value.dtype);
    header.push([name, { dtype: names[value.dtype], shape: value.shape, data_offsets: [length, end] }]);
    length = end;
  }
  // fromEntries, so that a tensor may be named "__proto__".
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, 8, 8 + headerBytes);
  bytes.set(text, 8);
  let offset = 8 + headerBytes;
  for (const [, value] of entries) {
    const elements = bytesOfTensor(value);
    bytes.set(elements, offset);
    offset += elements.length;
  }
  return bytes;
};

/**
 * Reads the bytes of a safetensors file. The header is checked as a whole before memory is allocated for any tensor: every
 * offset in range, every length that of its dtype and shape, no byte in two tensors or in none.
 *
 * F32, F64, I32, U8 and BOOL keep their type; F16 and BF16 become float32, which holds all their values; I8, I16, I64, U16,
 * U32 and U64 become int32, and a number that does not fit is an error.
 * @param source An ArrayBuffer or any typed array.
 * @returns The tensors, which are copies.
 * @throws DataError for bytes that are not such a file, are damaged, or have another dtype.
 * @example
 * const bytes = encodeSafetensors(new Map([["w", ones([2])]]), { metadata: { epoch: "3" } });
 * decodeSafetensors(bytes).metadata; // { epoch: "3" }
 * @see https://github.com/huggingface/safetensors#format
 */
export const decodeSafetensors = (source: ArrayBuffer | ArrayBufferView, options: DecodeOptions = {}): Safetensors => {
  checkOptions("decodeSafetensors", options, decodeRules);
  const { where = "safetensors", match } = options;
  return readSafetensors(bytesIn(where, source), where, (name) => !match || name.search(match) >= 0);
};

/** Like `decodeSafetensors`, with a function that selects the tensors. */
export const readSafetensors = (bytes: Uint8Array, where: string, isWanted: (name: string) => boolean): Safetensors => {
  // A sound file begins with the length of its header in 8 bytes, and a brace; JSON has a brace there by chance.
  if (bytes[8] !== 0x7b || bytes[7] !== 0) checkForeign(where, "safetensors", bytes);
  const headerBytes = headerLength(bytes, where);
  const header = parseHeader(bytes.subarray(8, 8 + headerBytes), where);
  const data = bytes.subarray(8 + headerBytes);
  const metadata = checkMetadata(header, where);
  const entries = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => checkEntry(name, value, where));
  checkCover(entries, data.length, where);
  const tensors = new Map<string, Tensor>();
  for (const { name, type, shape, begin, end } of entries) {
    if (!isWanted(name)) continue;
    const known = checkType(name, type, where);
    const elements = data.subarray(begin, end);
    tensors.set(name, decodeElements({ name, type: known, shape, bytes: elements, littleEndian: true, where }));
  }
  return { tensors, metadata };
};

const damaged = /* @__PURE__ */ damagedFile("safetensors file");

interface Entry {
  readonly name: string;
  /** The dtype in the file, supported or not. */
  readonly type: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const headerLength = (bytes: Uint8Array, where: string): number => {
  if (bytes.length < 8) {
    throw damaged(where, "the first 8 bytes must hold the length of the header", `${bytes.length} bytes`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > maxHeaderBytes || Number(length) > bytes.length - 8) {
    throw damaged(
      where,
      `the header must have at most ${maxHeaderBytes} bytes and end within the file`,
      `a header of ${length} bytes in a file of ${bytes.length}`,
    );
  }
  return Number(length);
};

const parseHeader = (bytes: Uint8Array, where: string): Readonly<Record<string, unknown>> => {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw damaged(where, "the header must be JSON in UTF-8", error instanceof Error ? error.message : String(error));
  }
  if (!isRecord(header) || bytes[0] !== 0x7b) {
    throw damaged(where, "the header must be a JSON object, from its first byte", show(header));
  }
  return header;
};

const checkMetadata = (header: Readonly<Record<string, unknown>>, where: string): Record<string, string> => {
  const metadata = Object.hasOwn(header, metadataKey) ? header[metadataKey] : {};
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw damaged(where, `${metadataKey} must map names to text`, show(metadata));
  }
  return metadata as Record<string, string>;
};

const checkEntry = (name: string, value: unknown, where: string): Entry => {
  if (!isRecord(value)) throw damaged(where, `"${name}" must be described by an object`, show(value));
  const { dtype: type, shape, data_offsets: offsets } = value;
  if (typeof type !== "string") throw damaged(where, `the dtype of "${name}" must be text`, show(type));
  if (!isWholeNumbers(shape)) {
    throw damaged(where, `the shape of "${name}" must be a list of whole numbers from 0`, show(shape));
  }
  if (!isWholeNumbers(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw damaged(where, `the offsets of "${name}" must be a begin and an end`, show(offsets));
  }
  const [begin, end] = offsets;
  const known = typeOf(type);
  const length = known ? sizeOf(shape) * bytesOfElement(known) : end - begin;
  if (end - begin !== length) {
    throw damaged(where, `"${name}" of ${type} ${formatShape(shape)} must have ${length} bytes`, `${end - begin}`);
  }
  return { name, type, shape, begin, end };
};

const typeOf = (type: string): ElementType | undefined => (Object.hasOwn(types, type) ? types[type] : undefined);

const checkType = (name: string, type: string, where: string): ElementType => {
  const known = typeOf(type);
  if (known) return known;
  throw new DataError(
    `${where}: the dtype of "${name}" must be one of ${Object.keys(types).join(", ")}, got ${show(type)}. Leave it out with match.`,
  );
};

/** The tensors must fill the data from the first byte to the last, without gaps and overlaps. */
const checkCover = (entries: readonly Entry[], length: number, where: string): void => {
  let reached = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== reached) {
      throw damaged(
        where,
        `every byte must belong to one tensor`,
        `"${name}" from byte ${begin} where ${reached} is the next`,
      );
    }
    reached = end;
  }
  if (reached !== length) {
    throw damaged(where, "the tensors must end with the file", `${length} bytes of elements for tensors of ${reached}`);
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isWholeNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);

/** A value of the header, shortened: a hostile value may be long. */
const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
};
