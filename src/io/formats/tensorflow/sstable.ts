import { type Damaged, damagedFile } from "../../../base/codec.ts";
import { crc32c, maskCrc } from "../crc.ts";
import { readVarint } from "./protobuf.ts";
import { decodeSnappy } from "./snappy.ts";

/** The last 8 bytes of a table. The footer ends with them and begins with the positions of two blocks. */
const magic: readonly number[] = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
const footerBytes = 48;
/** After each block: its packing and its checksum. */
const trailerBytes = 5;
/** Writers repeat a whole key at least every 16 entries, so that in a sound file keys are not much longer than their block. */
const maxKeyRatio = 64;

export const damagedIndex: Damaged = /* @__PURE__ */ damagedFile("index of a checkpoint");

/** An entry of a table. */
export interface TableEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Whether the bytes end like a table. */
export const isTable = (bytes: Uint8Array): boolean =>
  bytes.length >= footerBytes && magic.every((byte, index) => bytes[bytes.length - 8 + index] === byte);

/**
 * The entries of a sorted string table: LevelDB's format, which TensorFlow uses for the index of a checkpoint. The checksum
 * of every block and the order of the keys are verified.
 * @throws DataError for bytes that are not a table, or damaged.
 * @see https://github.com/google/leveldb/blob/main/doc/table_format.md
 */
export const readTable = (bytes: Uint8Array, where: string): readonly TableEntry[] => {
  if (!isTable(bytes)) {
    throw damagedIndex(
      where,
      "an index must end with 57fb808b247547db",
      `${bytes.length} bytes that do not (truncated)`,
    );
  }
  const body = bytes.subarray(0, bytes.length - footerBytes);
  const footer = bytes.subarray(body.length, bytes.length - 8);
  const meta = readHandle(footer, 0);
  const index = meta && readHandle(footer, meta.end);
  if (!meta || !index) throw damagedIndex(where, "the footer must name two blocks", "numbers that do not end");
  // Its filters are not needed, but its checksum is verified.
  readBlock(body, meta, where);
  const entries: TableEntry[] = [];
  let reached = 0;
  for (const { value } of entriesOf(readBlock(body, index, where), where)) {
    const handle = readHandle(value, 0);
    if (!handle || handle.offset < reached) {
      throw damagedIndex(where, "blocks must be listed in order, each once", `a block before byte ${reached}`);
    }
    reached = handle.offset + handle.size;
    for (const entry of entriesOf(readBlock(body, handle, where), where)) {
      const before = entries.at(-1);
      if (before && compare(before.key, entry.key) >= 0) {
        throw damagedIndex(where, "keys must ascend", `key ${entries.length + 1} not above the key before`);
      }
      entries.push(entry);
    }
  }
  return entries;
};

/** The position of a block. */
interface Handle {
  readonly offset: number;
  readonly size: number;
  /** Where the handle itself ends. */
  readonly end: number;
}

const readHandle = (bytes: Uint8Array, at: number): Handle | undefined => {
  const offset = readVarint(bytes, at);
  const size = offset && readVarint(bytes, offset.end);
  return size && { offset: offset.value, size: size.value, end: size.end };
};

const readBlock = (body: Uint8Array, { offset, size }: Handle, where: string): Uint8Array => {
  const end = offset + size;
  if (end + trailerBytes > body.length) {
    throw damagedIndex(where, "each block must lie within the file", `bytes ${offset} to ${end} of ${body.length}`);
  }
  const expected = new DataView(body.buffer, body.byteOffset + end + 1, 4).getUint32(0, true);
  // The checksum covers the byte of the packing.
  const actual = maskCrc(crc32c(body.subarray(offset, end + 1)));
  if (actual !== expected) {
    throw damagedIndex(where, `the checksum of the block at ${offset} must be ${hex(expected)}`, hex(actual));
  }
  const block = body.subarray(offset, end);
  if (body[end] === 0) return block;
  if (body[end] !== 1)
    throw damagedIndex(where, "a block must be plain (0) or packed by snappy (1)", String(body[end]));
  const plain = decodeSnappy(block);
  if (!plain) throw damagedIndex(where, `the block at ${offset} must be sound snappy`, `${size} bytes that are not`);
  return plain;
};

const hex = (value: number): string => value.toString(16).padStart(8, "0");

/** A block holds entries, the positions of whole keys (restarts), and the number of these positions. */
const entriesOf = (block: Uint8Array, where: string): readonly TableEntry[] => {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const restarts = block.length >= 4 ? view.getUint32(block.length - 4, true) : Number.POSITIVE_INFINITY;
  const end = block.length - 4 - 4 * restarts;
  if (!(end >= 0)) throw damagedIndex(where, "a block must hold its list of restarts", `${block.length} bytes`);
  const entries: TableEntry[] = [];
  let key: Uint8Array = new Uint8Array(0);
  let keyBytes = 0;
  let at = 0;
  while (at < end) {
    const shared = readVarint(block, at);
    const unshared = shared && readVarint(block, shared.end);
    const length = unshared && readVarint(block, unshared.end);
    const last = length && length.end + unshared.value + length.value;
    if (!last || last > end || shared.value > key.length) {
      throw damagedIndex(
        where,
        "each entry must end within its block",
        `an entry at byte ${at} of ${end} that does not`,
      );
    }
    const next = new Uint8Array(shared.value + unshared.value);
    next.set(key.subarray(0, shared.value));
    next.set(block.subarray(length.end, length.end + unshared.value), shared.value);
    key = next;
    keyBytes += key.length;
    if (keyBytes > maxKeyRatio * block.length) {
      throw damagedIndex(
        where,
        "keys must not be much longer than their block",
        `${keyBytes} bytes of ${block.length}`,
      );
    }
    entries.push({ key, value: block.subarray(length.end + unshared.value, last) });
    at = last;
  }
  return entries;
};

/** The order of the keys: byte by byte. */
const compare = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return a[index] - b[index];
  return a.length - b.length;
};
