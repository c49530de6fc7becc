import { GradusError } from "../base/errors.ts";
import { concatenate } from "./fetchBytes.ts";
import { damagedGzip, damagedZlib, gunzipMembers, inflatedSize } from "./gzipMember.ts";
import type { Platform } from "./platform.ts";

export { startWorker } from "./browserWorker.ts";
export { fetchBytes } from "./fetchBytes.ts";

/** Input is fed in pieces of this many bytes, so that what one piece inflates to stays small, too. */
const PIECE = 16384;

export const readFile: Platform["readFile"] = async (path) => {
  throw noFiles(path);
};

// biome-ignore lint/correctness/useYield: there are no files, and so no pieces.
export const readPieces: Platform["readPieces"] = async function* (path) {
  throw noFiles(path);
};

export const writeFile: Platform["writeFile"] = async (path) => {
  throw noFiles(path, "Make it with encodeModel, encodeCheckpoint, encodeSafetensors or renderReport, and keep that.");
};

export const checkFolder: Platform["checkFolder"] = async (path) => {
  throw noFiles(path, "Pass a function that keeps what is written.");
};

export const appendFile: Platform["appendFile"] = async (path) => {
  throw noFiles(path, "Pass a function that keeps the text.");
};

export const fileExists: Platform["fileExists"] = async (path) => {
  throw noFiles(path);
};

export const resolveLinks: Platform["resolveLinks"] = async (path) => {
  throw noFiles(path);
};

export const listFolder: Platform["listFolder"] = async (path) => {
  throw noFiles(path, "Pass a list of files instead.");
};

export const joinPath: Platform["joinPath"] = (...parts) => parts.join("/");

export const cacheFolder: Platform["cacheFolder"] = () => undefined;

export const environment: Platform["environment"] = () => undefined;

export const onInterrupt: Platform["onInterrupt"] = () => () => undefined;

export const gunzip: Platform["gunzip"] = (bytes, options) => gunzipMembers(bytes, options, gunzipMember);

const gunzipMember: Platform["gunzip"] = async (bytes, options) => {
  const size = inflatedSize(bytes, options);
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of passThrough(bytes, new DecompressionStream("gzip"))) {
      length += piece.length;
      if (length > size) break;
      pieces.push(piece);
    }
  } catch (error) {
    throw damagedGzip(options.where, bytes, error instanceof Error ? error.message : String(error));
  }
  if (length !== size) {
    const actual = length > size ? "more" : String(length);
    throw damagedGzip(options.where, bytes, `its last bytes claim ${size} inflated bytes, not ${actual}`);
  }
  return concatenate(pieces, length);
};

export const inflate: Platform["inflate"] = async (bytes, options) => {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of passThrough(bytes, new DecompressionStream("deflate"))) {
      length += piece.length;
      if (length > options.size) break;
      pieces.push(piece);
    }
  } catch (error) {
    throw damagedZlib(options, bytes, error instanceof Error ? error.message : String(error));
  }
  if (length === options.size) return concatenate(pieces, length);
  throw damagedZlib(options, bytes, `they inflate to ${length > options.size ? "more" : length}`);
};

export const gzip: Platform["gzip"] = async (bytes) => {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of passThrough(bytes, new CompressionStream("gzip"))) {
    pieces.push(piece);
    length += piece.length;
  }
  return concatenate(pieces, length);
};

export const sha256: Platform["sha256"] = async (bytes) => {
  // Browsers offer crypto.subtle to secure contexts only.
  if (globalThis.crypto?.subtle === undefined) {
    throw new GradusError(
      "sha256: the page must be a secure context, got no crypto.subtle. Serve it over https or from localhost.",
    );
  }
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** What comes out of a stream while the bytes are fed into it piece by piece. */
async function* passThrough(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): AsyncGenerator<Uint8Array> {
  const writer = stream.writable.getWriter();
  const feed = async (): Promise<void> => {
    for (let offset = 0; offset < bytes.length; offset += PIECE) {
      await writer.write(bytes.subarray(offset, offset + PIECE) as Uint8Array<ArrayBuffer>);
    }
    await writer.close();
  };
  // What stops the writer also stops the reader, where it is reported.
  feed().catch(() => undefined);
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever leaves early wants the rest no longer; after the end this does nothing.
    await reader.cancel().catch(() => undefined);
  }
}

function noFiles(path: string, fix = "Pass the bytes (an ArrayBuffer or a Blob) instead of a path."): GradusError {
  return new GradusError(`${path}: files must be read and written in Node, got a platform without files. ${fix}`);
}
