import { readVarint } from "./protobuf.ts";

/** A copy of 3 bytes makes at most 64 bytes: snappy never packs better than this. */
const maxRatio = 22;

/**
 * Unpacks raw snappy; undefined for damaged bytes. Allocates nothing for a size that the packed bytes cannot reach.
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export const decodeSnappy = (packed: Uint8Array): Uint8Array | undefined => {
  const size = readVarint(packed, 0);
  if (!size || size.value > maxRatio * packed.length) return undefined;
  const out = new Uint8Array(size.value);
  let length = 0;
  let at = size.end;
  /** Reads a little-endian number. */
  const take = (count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index++) value += (packed[at + index] ?? 0) * 256 ** index;
    at += count;
    return value;
  };
  while (at < packed.length) {
    const tag = packed[at++];
    const kind = tag & 3;
    if (kind === 0) {
      // From 60 to 63, 1 to 4 bytes follow that hold the length.
      const count = (tag >> 2 < 60 ? tag >> 2 : take((tag >> 2) - 59)) + 1;
      if (at + count > packed.length || length + count > out.length) return undefined;
      out.set(packed.subarray(at, at + count), length);
      at += count;
      length += count;
      continue;
    }
    const count = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const distance = kind === 1 ? (tag >> 5) * 256 + take(1) : take(kind === 2 ? 2 : 4);
    if (at > packed.length || distance === 0 || distance > length || length + count > out.length) return undefined;
    // Byte by byte: a copy may overlap the bytes that it writes.
    for (const last = length + count; length < last; length++) out[length] = out[length - distance];
  }
  return length === out.length ? out : undefined;
};
