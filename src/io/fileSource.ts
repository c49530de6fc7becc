import { readFile } from "#platform";
import { DataError, DTypeError } from "../base/errors.ts";

/** A file: a path (in Node), or its bytes. */
export type FileSource = string | Uint8Array | ArrayBuffer | Blob;

/** The name of a source in errors: its path, or the function that got the bytes. */
export const nameOfSource = (operation: string, source: FileSource): string =>
  typeof source === "string" ? source : operation;

/**
 * The bytes of a source; those of an array are not copied.
 * @throws DataError when the file is missing or has more than `maxBytes`; DTypeError for another kind of source.
 */
export const readSource = async (operation: string, source: FileSource, maxBytes: number): Promise<Uint8Array> => {
  if (typeof source === "string") return readFile(source, { maxBytes });
  const length = source instanceof Blob ? source.size : lengthOf(operation, source);
  if (length > maxBytes) {
    throw new DataError(
      `${operation}: the file must have at most ${maxBytes} bytes, got ${length}. Check that this is the right file.`,
    );
  }
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  return source instanceof ArrayBuffer ? new Uint8Array(source) : source;
};

const lengthOf = (operation: string, source: unknown): number => {
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return source.byteLength;
  throw new DTypeError(
    `${operation}: a file must be a path, Uint8Array, ArrayBuffer or Blob, got ${Object.prototype.toString.call(source).slice(8, -1)}.`,
  );
};
