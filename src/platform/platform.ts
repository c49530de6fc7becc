/** How a download is bounded. All times are in milliseconds. */
export interface FetchOptions {
  /** The body may have at most this many bytes (after any Content-Encoding has been undone). */
  readonly maxBytes: number;
  /** From the call to the first byte of the body. */
  readonly firstByteTimeoutMs: number;
  /** Between one piece of the body and the next. */
  readonly stallTimeoutMs: number;
  /** For the whole download. */
  readonly timeoutMs: number;
  /** Called after every piece of the body with the number of bytes received so far. */
  readonly onProgress?: (receivedBytes: number) => void;
}

/** How an inflation is bounded, and how its errors name the data. */
export interface GunzipOptions {
  /** The inflated data may have at most this many bytes. */
  readonly maxBytes: number;
  /** First words of an error: the file or function that the bytes belong to. */
  readonly where: string;
}

/** What is known of zlib data before they are inflated. */
export interface InflateOptions {
  /** The bytes that they inflate to. The caller has checked that this number may be allocated. */
  readonly size: number;
  /** First words of an error: the file or function that the bytes belong to. */
  readonly where: string;
}

/** What a worker that was started tells its starter. */
export interface WorkerEvents {
  /** Its program sent a message. */
  readonly received: (message: unknown) => void;
  /** It could not begin, failed, or is gone; why, in a few words. */
  readonly ended: (reason: string) => void;
}

/** A worker that was started. */
export interface StartedWorker {
  /** Sends a message, which may hold shared memory. */
  readonly send: (message: object) => void;
  /** Terminates the worker; no event follows. */
  readonly end: () => void;
}

/** A file or folder within a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/**
 * What gradus needs from the machine beneath it. `#platform` resolves to `node.ts` or `browser.ts`; both export exactly
 * these names, which the tests check, and nothing else in gradus knows on which of them it runs.
 */
export interface Platform {
  /** The whole file; throws DataError when it is missing, not a plain file, or longer than `maxBytes`. */
  readonly readFile: (path: string, options: { readonly maxBytes: number }) => Promise<Uint8Array>;
  /** The file piece by piece, so that it need not fit into memory; throws DataError when it is missing or not a plain file. */
  readonly readPieces: (path: string, options: { readonly pieceBytes: number }) => AsyncIterable<Uint8Array>;
  /**
   * Writes a file so that a reader sees the old content or the new one, never a part, whenever the process is killed.
   * What killed processes have left of it is removed. Missing folders are an error unless `makeFolders` is set.
   */
  readonly writeFile: (path: string, bytes: Uint8Array, options?: { readonly makeFolders?: boolean }) => Promise<void>;
  /** Throws what `writeFile` would throw where the folder of a file is missing, or nothing may be written to it. */
  readonly checkFolder: (path: string) => Promise<void>;
  /** Writes bytes at the end of a file, which is made when there is none. */
  readonly appendFile: (path: string, bytes: Uint8Array) => Promise<void>;
  /** Whether a file or folder of that name exists. */
  readonly fileExists: (path: string) => Promise<boolean>;
  /** The path of a file or folder without links; throws DataError when it is missing. */
  readonly resolveLinks: (path: string) => Promise<string>;
  /** What is in a folder, in any order; throws DataError when it is missing or not a folder. Links are followed. */
  readonly listFolder: (path: string) => Promise<readonly FolderEntry[]>;
  /** Joins parts of a path with the separator of the platform. */
  readonly joinPath: (...parts: readonly string[]) => string;
  /** Where gradus may keep what it has downloaded; undefined where there are no files. */
  readonly cacheFolder: () => string | undefined;
  /** An environment variable; undefined when it is not set, empty, or there are none. */
  readonly environment: (name: string) => string | undefined;
  /** Inflates exactly one gzip member; throws DataError when it is damaged or larger than `maxBytes`. */
  readonly gunzip: (bytes: Uint8Array, options: GunzipOptions) => Promise<Uint8Array>;
  /** Inflates zlib data (RFC 1950) of a known size; throws DataError when they are damaged or of another size. */
  readonly inflate: (bytes: Uint8Array, options: InflateOptions) => Promise<Uint8Array>;
  /** Packs bytes as one gzip member. */
  readonly gzip: (bytes: Uint8Array) => Promise<Uint8Array>;
  /** The SHA-256 of the bytes as 64 lower-case hexadecimal digits. */
  readonly sha256: (bytes: Uint8Array) => Promise<string>;
  /** The body that a GET of `url` answers with; throws DataError when it fails, is too large, or takes too long. */
  readonly fetchBytes: (url: string, options: FetchOptions) => Promise<Uint8Array>;
  /**
   * Calls `finish` when the process is asked to end (Ctrl-C, SIGTERM), waits for its promise and those of others, and then
   * ends the process as the signal would have. Where the program listens to the signal itself, or there are no signals,
   * nothing happens. `finish` gets a promise that is fulfilled when the process lives on, because another one failed.
   * @returns What stops listening.
   */
  readonly onInterrupt: (finish: (survival: Promise<void>) => Promise<void>) => () => void;
  /**
   * Starts a thread with the text of a program, which reaches its starter by `post(message)` and `listen(receive)`. Only
   * until its first message does it keep the process alive. Throws GradusError where there are no workers, or none that
   * share memory.
   */
  readonly startWorker: (program: string, events: WorkerEvents) => StartedWorker;
}
