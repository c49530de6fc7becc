import { DataError } from "../base/errors.ts";
import type { FetchOptions } from "./platform.ts";

/**
 * Downloads the body of a GET, with a bound on its size and three bounds on its time (`FetchOptions`). `fetch` is the
 * same in Node and in browsers, hence one implementation.
 *
 * @throws DataError with the address and the reason.
 */
export async function fetchBytes(url: string, options: FetchOptions): Promise<Uint8Array> {
  const { maxBytes, firstByteTimeoutMs, stallTimeoutMs, timeoutMs, onProgress } = options;
  const abort = new AbortController();
  const fail = (reason: string): DataError =>
    new DataError(`fetch: ${url} must deliver the file, got ${reason}. Try again, or name another address.`);
  const giveUp = (reason: string) => () => abort.abort(fail(reason));
  const total = after(timeoutMs, giveUp(`no end within ${timeoutMs} ms`));
  let waiting = after(firstByteTimeoutMs, giveUp(`no byte within ${firstByteTimeoutMs} ms`));
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok) throw fail(`HTTP status ${response.status}`);
    const declared = Number(response.headers.get("content-length") ?? 0);
    if (declared > maxBytes) throw fail(`a body of ${declared} bytes where at most ${maxBytes} are allowed`);
    const pieces: Uint8Array[] = [];
    let received = 0;
    const reader = response.body?.getReader();
    for (;;) {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) break;
      received += piece.value.length;
      clearTimeout(waiting);
      waiting = after(stallTimeoutMs, giveUp(`no further byte within ${stallTimeoutMs} ms after ${received}`));
      if (received > maxBytes) throw fail(`more than the ${maxBytes} bytes that are allowed`);
      pieces.push(piece.value);
      onProgress?.(received);
    }
    return concatenate(pieces, received);
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (abort.signal.reason instanceof DataError) throw abort.signal.reason;
    throw fail(reasonOf(error));
  } finally {
    clearTimeout(total);
    clearTimeout(waiting);
    // Closes the connection of a body that was not read to its end; does nothing after a whole one.
    abort.abort();
  }
}

/** Puts pieces of `length` bytes in all behind each other. */
export function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** setTimeout, which would run at once for a time that does not fit into 31 bits (as Infinity does not). */
function after(milliseconds: number, action: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(action, Math.min(milliseconds, 2 ** 31 - 1));
}

/** `fetch` says only "fetch failed"; what happened is in its causes, or in the errors that a cause gathers. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.message;
}
