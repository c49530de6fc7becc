import { DataError } from "../base/errors.ts";
import type { GunzipOptions } from "./platform.ts";

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
