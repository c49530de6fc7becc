import { cacheFolder, environment, fileExists, gunzip, joinPath, readFile, sha256, writeFile } from "#platform";
import { DataError } from "../base/errors.ts";
import { functionLike, number, type OptionRules, text, whole } from "../base/options.ts";
import { isGzip } from "../platform/gzipMember.ts";
import { type Download, type DownloadOptions, startDownload } from "./download.ts";
import { type IdxArray, idxOf } from "./idx.ts";

/** A file that is known by its content. */
export interface KnownFile {
  readonly name: string;
  /** The length of its uncompressed content. */
  readonly bytes: number;
  /** The SHA-256 of its uncompressed content: mirrors pack the same file differently. */
  readonly sha256: string;
}

/** The four files of a data set in the layout of MNIST. */
export interface KnownFiles {
  readonly trainImages: KnownFile;
  readonly trainLabels: KnownFile;
  readonly testImages: KnownFile;
  readonly testLabels: KnownFile;
}

/** The files of MNIST as LeCun, Cortes and Burges published them: 60,000 + 10,000 images of 28 x 28 pixels. */
export const mnistFiles: KnownFiles = {
  trainImages: {
    name: "train-images-idx3-ubyte",
    bytes: 47_040_016,
    sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  },
  trainLabels: {
    name: "train-labels-idx1-ubyte",
    bytes: 60_008,
    sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  },
  testImages: {
    name: "t10k-images-idx3-ubyte",
    bytes: 7_840_016,
    sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  },
  testLabels: {
    name: "t10k-labels-idx1-ubyte",
    bytes: 10_008,
    sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  },
};

/**
 * Public folders that hold the four gzipped files. They are untried: none could be reached from where this was built,
 * only a server on the same machine that fails in their ways. `mirrors` overrides them.
 */
export const mnistMirrors: readonly string[] = [
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://raw.githubusercontent.com/fgnt/mnist/master/",
];

/** Where `readMnistFiles` looks, and how long it tries to download; every option has a default. */
export interface MnistFilesOptions extends DownloadOptions {
  /** The folder that holds the files, or holds them in a folder `mnist`; by default what GRADUS_DATA names. */
  readonly folder?: string;
  /** The folder of downloads, or false for none. Default: `mnist` in the cache folder of gradus. */
  readonly cache?: string | false;
  /** Told one line about every download and every file of the cache that is damaged or cannot be written. */
  readonly log?: (line: string) => void;
}

/** The rules of the options that `loadMnist` passes on. */
export const mnistFilesRules = (): OptionRules<MnistFilesOptions> => ({
  folder: text,
  cache: { words: "a folder, or false", holds: (value) => value === false || text.holds(value) },
  log: functionLike("(line) => void"),
  mirrors: { words: "a list of addresses", holds: (value) => Array.isArray(value) && value.every(text.holds) },
  offlineTimeoutMs: number({ from: 0 }),
  firstByteTimeoutMs: number({ from: 0 }),
  stallTimeoutMs: number({ from: 0 }),
  timeoutMs: number({ from: 0 }),
  attempts: whole({ from: 0 }),
  backoffMs: number({ from: 0 }),
});

/** The four decoded files, and where they came from. */
export interface MnistFiles {
  readonly trainImages: IdxArray;
  readonly trainLabels: IdxArray;
  readonly testImages: IdxArray;
  readonly testLabels: IdxArray;
  readonly source: {
    /** "download" when at least one of the files was downloaded. */
    readonly kind: "folder" | "environment" | "cache" | "download";
    /** The folder, or the address of the mirror that delivered the last download. */
    readonly location: string;
  };
}

/** Beyond the content, a file may be longer than it by what gzip adds to bytes that do not pack. */
const PACKING_BYTES = 65_536;

/** Small files first: whether there is a network shows before a large one is waited for. */
const order: readonly (keyof KnownFiles)[] = ["testLabels", "trainLabels", "testImages", "trainImages"];

/**
 * The four files of MNIST, checked by their SHA-256: from `folder`; else from the folder that the environment variable
 * GRADUS_DATA names; else from the cache; else downloaded from `mirrors` into the cache. A named folder is never
 * replaced by another source; a damaged file of the cache is downloaded again.
 *
 * Without network this takes at most `offlineTimeoutMs`, 9 seconds by default.
 *
 * @throws DataError when a file is missing, damaged, or cannot be downloaded.
 * @see http://yann.lecun.com/exdb/mnist/ "The MNIST database of handwritten digits", LeCun, Cortes, Burges.
 */
export function readMnistFiles(options: MnistFilesOptions = {}): Promise<MnistFiles> {
  return readKnownFiles(mnistFiles, options);
}

/** `readMnistFiles` for any four files; the tests hand it small ones. */
export async function readKnownFiles(files: KnownFiles, options: MnistFilesOptions = {}): Promise<MnistFiles> {
  const fromEnvironment = options.folder === undefined ? environment("GRADUS_DATA") : undefined;
  const named = options.folder ?? fromEnvironment;
  if (named !== undefined) {
    const folder = await folderOf(named, files);
    const kind = fromEnvironment === undefined ? "folder" : "environment";
    const images = await collect(files, (file) => readNamed(folder, file));
    return { ...images, source: { kind, location: folder } };
  }
  const home = cacheFolder();
  const cache = options.cache ?? (home === undefined ? false : joinPath(home, "mnist"));
  const log = options.log ?? (() => undefined);
  const download = startDownload({ ...options, mirrors: options.mirrors ?? mnistMirrors });
  let mirror: string | undefined;
  const images = await collect(files, async (file) => {
    const cached = cache === false ? undefined : await readCached(cache, file, log);
    if (cached !== undefined) return cached;
    const { bytes, content, url } = await fetchFile(download, file, log);
    mirror = url.slice(0, url.lastIndexOf("/") + 1);
    if (cache !== false) await writeCached(cache, file, bytes, log);
    return content;
  });
  const kind = mirror === undefined ? "cache" : "download";
  return { ...images, source: { kind, location: mirror ?? String(cache) } };
}

async function collect(
  files: KnownFiles,
  read: (file: KnownFile) => Promise<Uint8Array>,
): Promise<Omit<MnistFiles, "source">> {
  const arrays: Partial<Record<keyof KnownFiles, IdxArray>> = {};
  for (const key of order) arrays[key] = idxOf(await read(files[key]), files[key].name);
  return arrays as Record<keyof KnownFiles, IdxArray>;
}

/** The spellings of a file name that are in use: gzipped or not, and with a dot as some unpackers write it. */
function spellings(folder: string, { name }: KnownFile): string[] {
  const dotted = name.replace("-idx", ".idx");
  return [name, `${name}.gz`, dotted, `${dotted}.gz`].map((spelling) => joinPath(folder, spelling));
}

async function findFile(folder: string, file: KnownFile): Promise<string | undefined> {
  for (const path of spellings(folder, file)) if (await fileExists(path)) return path;
  return undefined;
}

/** The named folder, or its folder `mnist` when only that holds any of the files. */
async function folderOf(named: string, files: KnownFiles): Promise<string> {
  for (const folder of [named, joinPath(named, "mnist")]) {
    for (const file of Object.values(files)) if ((await findFile(folder, file)) !== undefined) return folder;
  }
  const state = (await fileExists(named)) ? "which holds none of them" : "which does not exist";
  throw new DataError(
    `mnist: the folder must hold ${Object.values(files)
      .map((file) => file.name)
      .join(", ")} (gzipped or not), ` +
      `got ${named}, ${state}. Name a folder that does, with the option or with GRADUS_DATA.`,
  );
}

async function readNamed(folder: string, file: KnownFile): Promise<Uint8Array> {
  const path = await findFile(folder, file);
  if (path === undefined) {
    throw new DataError(
      `mnist: the folder must hold ${file.name} (gzipped or not), got ${folder} without it. Put the file there.`,
    );
  }
  return verified(await readFile(path, { maxBytes: file.bytes + PACKING_BYTES }), file, path);
}

/** The content of a file, unpacked when it is packed, after its SHA-256 has been checked. */
async function verified(bytes: Uint8Array, file: KnownFile, where: string): Promise<Uint8Array> {
  const content = isGzip(bytes) ? await gunzip(bytes, { maxBytes: file.bytes, where }) : bytes;
  const actual = await sha256(content);
  if (actual !== file.sha256) {
    throw new DataError(
      `${where}: the content must have ${file.bytes} bytes and the SHA-256 ${file.sha256}, ` +
        `got ${content.length} bytes and ${actual}. Replace the damaged file.`,
    );
  }
  return content;
}

/** The first sound spelling of a file in the cache; undefined, to be downloaded, when there is none. */
async function readCached(
  cache: string,
  file: KnownFile,
  log: (line: string) => void,
): Promise<Uint8Array | undefined> {
  for (const path of spellings(cache, file)) {
    if (!(await fileExists(path))) continue;
    try {
      return await verified(await readFile(path, { maxBytes: file.bytes + PACKING_BYTES }), file, path);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      log(`Damaged file in the cache, to be downloaded again: ${error.message}`);
    }
  }
  return undefined;
}

function fetchFile(
  download: Download,
  file: KnownFile,
  log: (line: string) => void,
): Promise<{ bytes: Uint8Array; content: Uint8Array; url: string }> {
  log(`Downloading ${file.name}.gz`);
  return download(`${file.name}.gz`, file.bytes + PACKING_BYTES, async (bytes, url) => ({
    bytes,
    content: await verified(bytes, file, url),
    url,
  }));
}

async function writeCached(
  cache: string,
  file: KnownFile,
  bytes: Uint8Array,
  log: (line: string) => void,
): Promise<void> {
  try {
    // A server that names gzip as its Content-Encoding has had it undone by fetch.
    const path = joinPath(cache, isGzip(bytes) ? `${file.name}.gz` : file.name);
    await writeFile(path, bytes, { makeFolders: true });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    // A machine without a place to write still trains; it downloads again next time.
    log(`The download could not be kept: ${error.message}`);
  }
}
