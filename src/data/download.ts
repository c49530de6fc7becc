import { fetchBytes } from "#platform";
import { DataError } from "../base/errors.ts";

/** When a download is tried again, and when it is given up. Times are in milliseconds. */
export interface DownloadOptions {
  /** Addresses of folders that hold the same files, in the order they are tried. */
  readonly mirrors?: readonly string[];
  /** Give up when no mirror has sent a first byte by then (9,000): a machine without network is to know soon. */
  readonly offlineTimeoutMs?: number;
  /** Try the next mirror when this one has not sent its first byte by then (3,000). */
  readonly firstByteTimeoutMs?: number;
  /** Try the next mirror when this one has sent nothing for so long (10,000). */
  readonly stallTimeoutMs?: number;
  /** Give up when not all files have arrived by then (600,000). */
  readonly timeoutMs?: number;
  /** How often every mirror is tried for a file (3). */
  readonly attempts?: number;
  /** The pause before all mirrors are tried again (500); it doubles each time. */
  readonly backoffMs?: number;
}

/** Downloads one file, hands it to `verify`, and tries the next mirror when either of them throws DataError. */
export type Download = <Result>(
  name: string,
  maxBytes: number,
  verify: (bytes: Uint8Array, url: string) => Promise<Result>,
) => Promise<Result>;

/**
 * Starts the clock of a download of several files: a mirror that failed is asked last from then on, and the time-outs
 * hold for all files together.
 */
export function startDownload(options: DownloadOptions): Download {
  const { offlineTimeoutMs = 9_000, firstByteTimeoutMs = 3_000, stallTimeoutMs = 10_000 } = options;
  const { timeoutMs = 600_000, attempts = 3, backoffMs = 500 } = options;
  const mirrors = (options.mirrors ?? []).map((mirror) => (mirror.endsWith("/") ? mirror : `${mirror}/`));
  const start = Date.now();
  let online = false;
  const remainingMs = (): number => start + (online ? timeoutMs : Math.min(offlineTimeoutMs, timeoutMs)) - Date.now();

  return async (name, maxBytes, verify) => {
    const reasons = new Set<string>();
    const errors: Error[] = [];
    for (let attempt = 0; attempt < attempts * mirrors.length; attempt++) {
      if (attempt > 0 && attempt % mirrors.length === 0) {
        const pauseMs = backoffMs * 2 ** (attempt / mirrors.length - 1);
        await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, Math.max(remainingMs(), 0))));
      }
      const leftMs = remainingMs();
      if (leftMs <= 0) {
        reasons.add(online ? `no end of all files within ${timeoutMs} ms` : "no answer from any mirror in time");
        break;
      }
      const url = mirrors[0] + name;
      try {
        const bytes = await fetchBytes(url, {
          maxBytes,
          firstByteTimeoutMs: Math.min(firstByteTimeoutMs, leftMs),
          stallTimeoutMs,
          timeoutMs: start + timeoutMs - Date.now(),
          onProgress: () => {
            online = true;
          },
        });
        return await verify(bytes, url);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        reasons.add(reasonOf(error, url));
        errors.push(error);
        mirrors.push(mirrors.shift() as string);
      }
    }
    throw new DataError(
      `mnist: one of ${mirrors.length} mirrors must deliver ${name}, got ${[...reasons].join("; ") || "no mirrors"}. ` +
        "Connect to the network; or name a folder that holds the files, with { folder: ... } or GRADUS_DATA; " +
        "or use loadDigits(), which needs no files.",
      errors.length === 0 ? undefined : { cause: new AggregateError(errors, "what each mirror did") },
    );
  };
}

/** Why a mirror failed, without its address, which is another for each: most often all of them fail for one reason. */
const reasonOf = ({ message }: DataError, url: string): string => {
  const [, got] = /^fetch: .*?, got (.+?)\. [A-Z]/s.exec(message) ?? [];
  if (got === undefined) return message.replace(`${url}: `, "").replace(/\.$/, "");
  // An address may be relative, in a page.
  const host = /^\w+:\/\/([^/]+)/.exec(url)?.[1];
  return host === undefined ? got : got.replaceAll(host, "").replaceAll(host.replace(/:\d+$/, ""), "").trim();
};
