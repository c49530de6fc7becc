import { fetchBytes, readFile } from "#platform";
import { DataError, DTypeError } from "../base/errors.ts";
import { showValue } from "../base/showValue.ts";

/**
 * A file: a path (in Node); a URL, which is fetched, or read where it is a `file:` URL; the response of a fetch; or its
 * bytes, in a Blob, an ArrayBuffer or any typed array.
 */
export type FileSource = string | URL | Response | Blob | ArrayBuffer | ArrayBufferView;

/** A download may take an hour, but not stop for a minute. */
const fetchTimes = { firstByteTimeoutMs: 60_000, stallTimeoutMs: 60_000, timeoutMs: 3_600_000 };

/** The path that a `file:` URL means. */
const pathOf = (url: URL): string => decodeURIComponent(url.pathname).replace(/^\/(?=[A-Za-z]:\/)/, "");

/** A source with the path in place of a `file:` URL. */
export const withPath = (source: FileSource): FileSource =>
  source instanceof URL && source.protocol === "file:" ? pathOf(source) : source;

/** The name of a source in errors: its path or address, or the function that got the bytes. */
export const nameOfSource = (operation: string, source: FileSource): string => {
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.protocol === "file:" ? pathOf(source) : source.href;
  return (source instanceof Response && source.url) || operation;
};

/**
 * The bytes of a source; those of an array are copied, because the caller may use its array again before they are decoded.
 * @throws DataError when the file is missing or has more than `maxBytes`; DTypeError for another kind of source.
 */
export const readSource = async (operation: string, source: FileSource, maxBytes: number): Promise<Uint8Array> => {
  const named = withPath(source);
  if (typeof named === "string") return readFile(named, { maxBytes });
  if (named instanceof URL) return fetchBytes(named.href, { ...fetchTimes, maxBytes });
  if (named instanceof Response) {
    const where = nameOfSource(operation, named);
    if (!named.ok || named.bodyUsed) {
      const got = named.ok ? "a response that was read before" : `HTTP status ${named.status}`;
      throw new DataError(`${where}: the response must deliver the file, got ${got}.`);
    }
    return readSource(where, await named.blob(), maxBytes);
  }
  const length = named instanceof Blob ? named.size : bytesIn(operation, named).byteLength;
  if (length > maxBytes) {
    throw new DataError(
      `${operation}: the file must have at most ${maxBytes} bytes, got ${length}. Check that this is the right file.`,
    );
  }
  return named instanceof Blob ? new Uint8Array(await named.arrayBuffer()) : copyBytes(operation, named);
};

/** A copy of the bytes of an ArrayBuffer or of any typed array. @throws DTypeError for another value. */
export const copyBytes = (operation: string, source: unknown): Uint8Array => bytesIn(operation, source).slice();

/** A source that later changes of the caller's array do not reach. */
export const ownSource = (source: FileSource): FileSource =>
  ArrayBuffer.isView(source) || source instanceof ArrayBuffer ? copyBytes("", source) : source;

/** The bytes of an ArrayBuffer or of any typed array, which share its memory. @throws DTypeError for another value. */
export const bytesIn = (operation: string, source: unknown): Uint8Array => {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  throw new DTypeError(
    `${operation}: a file must be a path, URL, Response, Blob, ArrayBuffer or typed array, got ${showValue(source)}.`,
  );
};
