import { inflate } from "#platform";
import { DataError } from "../../../base/errors.ts";
import { formatShape, maxRank } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { decodeElements } from "../elements.ts";
import { damagedHdf5, Hdf5Cursor, unsupportedHdf5 } from "./hdf5Cursor.ts";
import { treeLeaves } from "./hdf5Links.ts";
import { type Hdf5Type, readSpace, readType } from "./hdf5Types.ts";
import { type HeaderMessage, messageOf, messages } from "./objectHeader.ts";

/** An array in an HDF5 file. */
export interface Hdf5Dataset {
  /** Its groups and its name, with "/" between them. */
  readonly path: string;
  /** The bytes of its elements. Nothing is allocated before they are read. */
  readonly size: number;
  /** Whether they are in chunks, which may be packed. */
  readonly isChunked: boolean;
  /** @throws DataError for damaged data, and for elements that a tensor cannot hold. */
  readonly read: () => Promise<Tensor>;
}

/** Where the elements are: in one piece, or in chunks. */
type Layout =
  | { readonly kind: "whole"; readonly data: Uint8Array }
  | {
      readonly kind: "chunked";
      readonly tree: number | undefined;
      /** The lengths of a chunk along the axes. */
      readonly chunk: readonly number[];
      readonly filters: readonly Filter[];
    };

type Filter = "inflate" | "unshuffle";

const filterNumbers: Readonly<Record<number, Filter | undefined>> = { 1: "inflate", 2: "unshuffle" };

/** The best ratio that deflate can reach (zlib). */
const maxRatio = 1032;

/** The array of an object; undefined for one that is not a dataset. */
export const readDataset = (
  bytes: Uint8Array,
  file: string,
  path: string,
  header: readonly HeaderMessage[],
): Hdf5Dataset | undefined => {
  const where = `${file}: "${path.slice(0, 200)}"`;
  const space = messageOf(bytes, where, header, messages.space);
  const typeMessage = messageOf(bytes, where, header, messages.type);
  const layoutMessage = messageOf(bytes, where, header, messages.layout);
  if (!space || !typeMessage || !layoutMessage) return undefined;
  const shape = readSpace(space);
  const type = readType(typeMessage);
  const count = (shape ?? [0]).reduce((product, length) => product * length, 1);
  const size = count * type.size;
  if (!Number.isSafeInteger(size)) throw damagedHdf5(where, "an array must have a size", formatShape(shape ?? []));
  const read = async (): Promise<Tensor> => {
    if (shape === undefined || type.kind !== "number" || shape.length > maxRank) {
      const got = type.kind === "other" ? type.name : type.kind === "number" ? formatShape(shape ?? []) : "texts";
      throw new DataError(
        `${where}: an array must hold numbers along at most ${maxRank} axes, got ${got}. Leave it out with match.`,
      );
    }
    const layout = readLayout(bytes, where, header, layoutMessage, { shape, size, type });
    const data =
      layout.kind === "whole" ? layout.data : await gatherChunks(bytes, where, layout, shape, type.size, size);
    return decodeElements({
      name: path,
      type: type.type,
      shape,
      bytes: data,
      littleEndian: type.littleEndian,
      where: file,
    });
  };
  return { path, size, isChunked: layoutMessage.bytes[layoutMessage.at + 1] === 2, read };
};

const readLayout = (
  bytes: Uint8Array,
  where: string,
  header: readonly HeaderMessage[],
  message: Hdf5Cursor,
  { shape, size, type }: { readonly shape: readonly number[]; readonly size: number; readonly type: Hdf5Type },
): Layout => {
  const cursor = new Hdf5Cursor(message.bytes, where, message.at);
  const version = cursor.version("a layout", 3, 4);
  const kind = cursor.byte();
  const whole = (data: Uint8Array): Layout => {
    if (data.length === size) return { kind: "whole", data };
    throw damagedHdf5(
      where,
      `${formatShape(shape)} of ${type.size} bytes must have ${size} bytes`,
      String(data.length),
    );
  };
  if (kind === 0) return whole(cursor.take(cursor.short()));
  if (kind === 1) {
    const address = cursor.address();
    const length = cursor.long();
    // An array that was never written has no place.
    if (address === undefined && size > 0) throw damagedHdf5(where, "an array must have values", "none");
    return whole(address === undefined ? new Uint8Array(0) : new Hdf5Cursor(bytes, where, address).take(length));
  }
  if (kind !== 2 || version === 4) {
    const got = kind === 2 ? "the chunks of HDF5 1.10" : `a layout of class ${kind}`;
    throw unsupportedHdf5(where, "an array must be in one piece, or in chunks that a tree lists", got);
  }
  const rank = cursor.byte() - 1;
  const tree = cursor.address();
  const lengths = Array.from({ length: rank }, () => cursor.int());
  const elementBytes = cursor.int();
  if (rank !== shape.length || elementBytes !== type.size || lengths.some((length) => length === 0)) {
    throw damagedHdf5(
      where,
      `chunks must have the axes of ${formatShape(shape)} and elements of ${type.size} bytes`,
      `${formatShape(lengths)} of ${elementBytes} bytes`,
    );
  }
  return { kind: "chunked", tree, chunk: lengths, filters: readFilters(where, header, bytes) };
};

/** The filters of chunks, in the order in which reading undoes them. */
const readFilters = (where: string, header: readonly HeaderMessage[], bytes: Uint8Array): readonly Filter[] => {
  const cursor = messageOf(bytes, where, header, messages.filters);
  if (!cursor) return [];
  const version = cursor.version("a list of filters", 1, 2);
  const count = cursor.byte();
  if (version === 1) cursor.skip(6);
  const filters: Filter[] = [];
  for (let index = 0; index < count; index++) {
    const number = cursor.short();
    const nameBytes = version === 1 || number >= 256 ? cursor.short() : 0;
    cursor.skip(2);
    const values = cursor.short();
    cursor.skip(nameBytes + 4 * values);
    if (version === 1 && values % 2 === 1) cursor.skip(4);
    const filter = filterNumbers[number];
    if (!filter || filters.includes(filter)) {
      throw unsupportedHdf5(
        where,
        "chunks must be packed by deflate (1) and shuffle (2), each once",
        `the filter ${number}`,
      );
    }
    filters.unshift(filter);
  }
  return filters;
};

/** One chunk in the file. */
interface Chunk {
  readonly at: number;
  readonly length: number;
  /** The filters that this chunk goes without, a bit for each. */
  readonly mask: number;
  /** Where it lies in the array. */
  readonly offsets: readonly number[];
}

/** Puts the chunks of an array together. All of them are checked before memory is allocated. */
const gatherChunks = async (
  bytes: Uint8Array,
  where: string,
  { tree, chunk, filters }: Layout & { readonly kind: "chunked" },
  shape: readonly number[],
  width: number,
  size: number,
): Promise<Uint8Array> => {
  const chunkBytes = chunk.reduce((product, length) => product * length, width);
  const rank = shape.length;
  const needed = shape.reduce((product, length, axis) => product * Math.ceil(length / chunk[axis]), 1);
  const leaves = tree === undefined ? [] : treeLeaves(bytes, where, tree, 1, 8 + 8 * (rank + 1));
  if (leaves.length !== needed) {
    throw damagedHdf5(where, `the array must have all of its ${needed} chunks`, String(leaves.length));
  }
  const places = new Set<string>();
  const chunks = leaves.map(({ key, child }): Chunk => {
    const cursor = new Hdf5Cursor(bytes, where, key);
    const [length, mask] = [cursor.int(), cursor.int()];
    const offsets = shape.map(() => cursor.long());
    const fits = offsets.every((offset, axis) => offset % chunk[axis] === 0 && offset < shape[axis]);
    if (!fits || places.has(offsets.join())) {
      throw damagedHdf5(where, "each chunk must have a place in the array", formatShape(offsets));
    }
    places.add(offsets.join());
    // The end is checked here, so that what the file claims is backed by its bytes.
    new Hdf5Cursor(bytes, where, child).skip(length);
    return { at: child, length, mask, offsets };
  });
  checkPacked(where, chunks, chunkBytes, filters);
  const whole = new Uint8Array(size);
  for (const { at, length, mask, offsets } of chunks) {
    let data = bytes.subarray(at, at + length);
    for (const [index, filter] of filters.entries()) {
      if ((mask & (1 << (filters.length - 1 - index))) !== 0) continue;
      data = filter === "inflate" ? await inflate(data, { size: chunkBytes, where }) : unshuffle(data, width);
    }
    if (data.length !== chunkBytes) {
      throw damagedHdf5(where, `a chunk must have ${chunkBytes} bytes`, String(data.length));
    }
    placeChunk(data, whole, { chunk, shape, offsets, width });
  }
  return whole;
};

/** Chunks may not overlap, nor claim more than deflate can pack: a small file could unpack to any size. */
const checkPacked = (where: string, chunks: readonly Chunk[], chunkBytes: number, filters: readonly Filter[]): void => {
  let reached = 0;
  for (const { at, length } of [...chunks].sort((a, b) => a.at - b.at)) {
    if (at < reached || chunkBytes > (filters.includes("inflate") ? maxRatio * length : length)) {
      throw damagedHdf5(where, `each chunk must hold ${chunkBytes} bytes of its own`, `${length} bytes at ${at}`);
    }
    reached = at + length;
  }
};

/** Undoes the filter that stores the first bytes of all elements, then the second ones. */
const unshuffle = (data: Uint8Array, width: number): Uint8Array => {
  const count = Math.floor(data.length / width);
  const result = data.slice();
  for (let byte = 0; byte < width; byte++) {
    for (let index = 0; index < count; index++) result[index * width + byte] = data[byte * count + index];
  }
  return result;
};

/** Copies the rows of a chunk that lie within the array. */
const placeChunk = (
  data: Uint8Array,
  whole: Uint8Array,
  {
    chunk,
    shape,
    offsets,
    width,
  }: {
    readonly chunk: readonly number[];
    readonly shape: readonly number[];
    readonly offsets: readonly number[];
    readonly width: number;
  },
): void => {
  const copy = (axis: number, from: number, to: number): void => {
    if (axis === shape.length) {
      whole.set(data.subarray(from * width, from * width + width), to * width);
      return;
    }
    const inside = Math.min(chunk[axis], shape[axis] - offsets[axis]);
    if (axis === shape.length - 1) {
      const start = to * shape[axis] + offsets[axis];
      const first = from * chunk[axis];
      whole.set(data.subarray(first * width, (first + inside) * width), start * width);
      return;
    }
    for (let index = 0; index < inside; index++) {
      copy(axis + 1, from * chunk[axis] + index, to * shape[axis] + offsets[axis] + index);
    }
  };
  copy(0, 0, 0);
};
