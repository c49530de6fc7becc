import {
  access,
  appendFile as append,
  constants,
  type FileHandle,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { Worker } from "node:worker_threads";
import { DataError, GradusError } from "../base/errors.ts";
import { damagedGzip, damagedZlib, gunzipMembers, inflatedSize } from "./gzipMember.ts";
import type { Platform } from "./platform.ts";

export { fetchBytes } from "./fetchBytes.ts";
export { onInterrupt } from "./nodeInterrupt.ts";

// Loaded when a file is saved, or packed data are read: together they are a tenth of what an import of the library takes.
const loadCrypto = (): Promise<typeof import("node:crypto")> => import("node:crypto");
const loadZlib = (): Promise<typeof import("node:zlib")> => import("node:zlib");

/** @throws DataError for a folder or a device. */
const plainFile = async (path: string, file: FileHandle): Promise<{ readonly size: number }> => {
  const status = await file.stat();
  if (status.isFile()) return status;
  throw new DataError(`${path}: this must be a plain file, got a folder or a device. Name a file.`);
};

export const readFile: Platform["readFile"] = async (path, { maxBytes }) => {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const status = await plainFile(path, file);
    if (status.size > maxBytes) {
      throw new DataError(
        `${path}: the file must have at most ${maxBytes} bytes, got ${status.size}. Check that this is the right file.`,
      );
    }
    // Not file.readFile(): it would follow a file that grows, and lend memory from the pool that buffers share.
    const bytes = new Uint8Array(status.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length === bytes.length ? bytes : bytes.slice(0, length);
  } catch (error) {
    throw fileError(path, "read", error);
  } finally {
    await file?.close();
  }
};

export const readPieces: Platform["readPieces"] = async function* (path, { pieceBytes }) {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    await plainFile(path, file);
    for (;;) {
      const piece = new Uint8Array(pieceBytes);
      const { bytesRead } = await file.read(piece, 0, pieceBytes, null);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fileError(path, "read", error);
  } finally {
    await file?.close();
  }
};

export const writeFile: Platform["writeFile"] = async (path, bytes, options = {}) => {
  // In the same folder, because a rename is atomic only within one file system.
  const temporary = await temporaryName(path);
  try {
    if (options.makeFolders) await mkdir(dirname(path), { recursive: true });
    await removeStale(path);
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      // Without this a power cut may leave the new name on an empty file.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(path, "written", error);
  }
};

export const checkFolder: Platform["checkFolder"] = async (path) => {
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw fileError(path, "written", error);
  }
};

export const appendFile: Platform["appendFile"] = async (path, bytes) => {
  try {
    await append(path, bytes);
  } catch (error) {
    throw fileError(path, "written", error);
  }
};

/** Nobody writes a file for longer than this: 24 hours, in milliseconds. */
const longestWrite = 86_400_000;

let ownHost: string | undefined;

/** Names the machine. Deno does not tell its name without permission: then every process counts as a machine. */
const host = async (): Promise<string> => {
  if (ownHost === undefined) {
    const { createHash, randomBytes } = await loadCrypto();
    try {
      ownHost = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
    } catch {
      ownHost = randomBytes(4).toString("hex");
    }
  }
  return ownHost;
};

/** Where a file is written before it gets its name: beside it, and saying who writes. */
const temporaryName = async (path: string): Promise<string> => {
  const { randomBytes } = await loadCrypto();
  return `${path}.${await host()}-${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
};

/**
 * Removes what writers that were killed have left of a file. One that may still be writing is left alone: it runs on this
 * machine, or it is on another one and began less than a day ago.
 */
const removeStale = async (path: string): Promise<void> => {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(start)) continue;
    const writer = /^([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp$/.exec(name.slice(start.length));
    if (!writer) continue;
    const file = join(folder, name);
    // Somebody else may be removing it at the same time, or it may not be ours to remove: the write itself matters.
    const status = await stat(file).catch(() => undefined);
    if (!status || !isStale(status.mtimeMs, writer[1] === (await host()), Number(writer[2]))) continue;
    await rm(file, { force: true }).catch(() => undefined);
  }
};

const isStale = (written: number, isFromHere: boolean, pid: number): boolean => {
  const now = Date.now();
  if (now - written > longestWrite) return true;
  if (!isFromHere) return false;
  // In a container every run may have the same number: what is older than this process was another one's.
  return pid === process.pid ? written < now - process.uptime() * 1000 : !isRunning(pid);
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Whoever may not be signalled is there.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
};

export const fileExists: Platform["fileExists"] = async (path) => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};

export const resolveLinks: Platform["resolveLinks"] = async (path) => {
  try {
    return await realpath(path);
  } catch (error) {
    throw fileError(path, "read", error);
  }
};

export const listFolder: Platform["listFolder"] = async (path) => {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return await Promise.all(
      entries.map(async (entry) => {
        const isFolder = entry.isSymbolicLink()
          ? (await stat(join(path, entry.name))).isDirectory()
          : entry.isDirectory();
        return { name: entry.name, isFolder };
      }),
    );
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOENT" && code !== "ENOTDIR") throw fileError(path, "read", error);
    const got = code === "ENOENT" ? "folder not found" : "a file";
    throw new DataError(`${path}: the folder must exist, got ${got}. Check the path.`);
  }
};

export const joinPath: Platform["joinPath"] = (...parts) => join(...parts);

export const cacheFolder: Platform["cacheFolder"] = () => {
  const chosen = environment("GRADUS_CACHE");
  if (chosen !== undefined) return chosen;
  if (process.platform === "win32") {
    return join(environment("LOCALAPPDATA") ?? join(homedir(), "AppData", "Local"), "gradus", "cache");
  }
  // A relative XDG path is to be ignored (XDG Base Directory Specification).
  const xdg = environment("XDG_CACHE_HOME");
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), ".cache"), "gradus");
};

export const environment: Platform["environment"] = (name) => process.env[name] || undefined;

export const gunzip: Platform["gunzip"] = (bytes, options) => gunzipMembers(bytes, options, gunzipMember);

const gunzipMember: Platform["gunzip"] = async (bytes, options) => {
  const size = inflatedSize(bytes, options);
  // One byte above the claimed size, so that the first output buffer takes everything.
  const limits = { maxOutputLength: size + 1, chunkSize: Math.max(64, size + 1) };
  const { gunzip: inflate } = await loadZlib();
  return new Promise((resolve, reject) => {
    inflate(bytes, limits, (error, inflated) => {
      if (error) reject(damagedGzip(options.where, bytes, error.message));
      else if (inflated.length !== size) {
        reject(
          damagedGzip(options.where, bytes, `its last bytes claim ${size} inflated bytes, not ${inflated.length}`),
        );
      } else resolve(new Uint8Array(inflated));
    });
  });
};

export const inflate: Platform["inflate"] = async (bytes, options) => {
  const { size } = options;
  const limits = { maxOutputLength: size + 1, chunkSize: Math.max(64, size + 1) };
  const zlib = await loadZlib();
  return new Promise((resolve, reject) => {
    zlib.inflate(bytes, limits, (error, inflated) => {
      if (error) reject(damagedZlib(options, bytes, error.message));
      else if (inflated.length !== size) reject(damagedZlib(options, bytes, `they inflate to ${inflated.length}`));
      else resolve(new Uint8Array(inflated));
    });
  });
};

export const gzip: Platform["gzip"] = async (bytes) => {
  const { gzip: deflate } = await loadZlib();
  return new Promise((resolve, reject) => {
    deflate(bytes, (error, packed) => (error ? reject(error) : resolve(new Uint8Array(packed))));
  });
};

export const sha256: Platform["sha256"] = async (bytes) => {
  const { createHash } = await loadCrypto();
  return createHash("sha256").update(bytes).digest("hex");
};

/** What the text of a worker's program calls to speak and to listen. */
const prelude = `const { parentPort } = require("node:worker_threads");
const post = (message) => parentPort.postMessage(message);
const listen = (receive) => parentPort.on("message", receive);
`;

export const startWorker: Platform["startWorker"] = (program, { received, ended }) => {
  let worker: Worker;
  try {
    // Neither the options of this process nor its environment: what they preload would only make the start slower.
    worker = new Worker(prelude + program, { eval: true, execArgv: [], env: {}, name: "gradus" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new GradusError(`threads: workers must be allowed, got "${reason}" from new Worker.`);
  }
  let isEnding = false;
  worker.on("message", (message: unknown) => {
    worker.unref();
    received(message);
  });
  worker.on("error", (error: unknown) => ended(error instanceof Error ? error.message : String(error)));
  worker.on("exit", () => {
    if (!isEnding) ended("a worker that ended");
  });
  return {
    send: (message) => worker.postMessage(message),
    end: () => {
      isEnding = true;
      void worker.terminate();
    },
  };
};

/** What helps against errors of the file system. */
const adviceByCode: Readonly<Record<string, string>> = {
  EACCES: "Check its permissions.",
  EPERM: "Check its permissions.",
  EROFS: "Choose a folder that can be written to.",
  EISDIR: "Name a file, not a folder.",
  ENOSPC: "Make room on the disk.",
  EDQUOT: "Make room on the disk.",
  EMFILE: "Open fewer files at once.",
  ENAMETOOLONG: "Choose a shorter name.",
};

/** The error of the file system in the words of gradus. */
function fileError(path: string, verb: "read" | "written", error: unknown): unknown {
  if (error instanceof DataError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return verb === "read"
      ? new DataError(`${path}: the file must exist, got file not found. Check the path.`)
      : new DataError(`${path}: the folder of a file must exist, got folder not found. Create it first.`);
  }
  const advice = code === undefined ? undefined : adviceByCode[code];
  return new DataError(`${path}: the file must be ${verb}, got ${code ?? error.message}.${advice ? ` ${advice}` : ""}`);
}
