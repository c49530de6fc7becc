import { DataError } from "../base/errors.ts";
import { concatenate } from "./fetchBytes.ts";
import type { GunzipOptions, InflateOptions } from "./platform.ts";

/** Deflate spends at least 2 bits on a match of at most 258 bytes, so that it never packs better than this (zlib). */
const MAX_RATIO = 1032;

/** A gzip member is at least its header (10), an empty deflate block (2), its CRC and its length (RFC 1952). */
const MIN_LENGTH = 20;

/** Whether the bytes start with the magic of gzip. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The error for gzip data that does not inflate. */
export function damagedGzip(where: string, bytes: Uint8Array, reason: string): DataError {
  return new DataError(
    `${where}: the data must be one whole gzip member, got ${bytes.length} bytes (${reason}). ` +
      "Fetch or write the file again.",
  );
}

/** The error for zlib data that do not inflate to their size. */
export function damagedZlib({ where, size }: InflateOptions, bytes: Uint8Array, reason: string): DataError {
  return new DataError(
    `${where}: the packed data must inflate to ${size} bytes, got ${bytes.length} bytes of other data (${reason}). ` +
      "Fetch or write the file again.",
  );
}

/**
 * Reads the inflated size off the last four bytes of a gzip member and throws before anything is allocated when it
 * is more than the limit, or more than the packed bytes can hold. The size may still be wrong: the caller that inflates must stop
 * at this many bytes, and check that it got as many.
 *
 * @throws DataError when the bytes cannot be a gzip member, or its size is beyond `maxBytes`.
 */
export function inflatedSize(bytes: Uint8Array, { maxBytes, where }: GunzipOptions): number {
  if (!isGzip(bytes)) throw damagedGzip(where, bytes, "it does not start with 1f 8b");
  if (bytes.length < MIN_LENGTH) throw damagedGzip(where, bytes, "it is truncated");
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.length - 4, true);
  if (size > MAX_RATIO * bytes.length) {
    throw damagedGzip(where, bytes, `its last bytes claim ${size} inflated bytes, which it cannot hold`);
  }
  if (size > maxBytes) {
    throw new DataError(
      `${where}: the inflated data must have at most ${maxBytes} bytes, got ${size}. ` +
        "Check that this is the right file.",
    );
  }
  return size;
}

/**
 * Inflates gzip data of one member or several, one behind the other, as `cat a.gz b.gz` and bgzip make them.
 *
 * @param inflate inflates one member, and fails for anything else.
 * @throws DataError when the data are not whole members, or have more than `maxBytes`.
 */
export async function gunzipMembers(
  bytes: Uint8Array,
  options: GunzipOptions,
  inflate: (member: Uint8Array, options: GunzipOptions) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  try {
    return await inflate(bytes, options);
  } catch (error) {
    const ends = [...memberStarts(bytes), bytes.length];
    if (ends.length === 1) throw error;
    const pieces: Uint8Array[] = [];
    let [start, length] = [0, 0];
    // The bytes of a header may occur in packed data: a member ends where it inflates, which its checksum proves.
    for (const end of ends) {
      const piece = await inflate(bytes.subarray(start, end), options).catch(() => undefined);
      if (!piece) continue;
      pieces.push(piece);
      length += piece.length;
      start = end;
      if (length > options.maxBytes) {
        throw new DataError(
          `${options.where}: the inflated data must have at most ${options.maxBytes} bytes, got more. Check that this is the right file.`,
        );
      }
    }
    if (start !== bytes.length) throw error;
    return concatenate(pieces, length);
  }
}

/** Where further members may begin: at each magic of gzip with the method deflate. */
function* memberStarts(bytes: Uint8Array): Generator<number> {
  for (let at = bytes.indexOf(0x1f, 1); at > 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (bytes[at + 1] === 0x8b && bytes[at + 2] === 8) yield at;
  }
}
