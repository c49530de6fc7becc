import { DataError } from "../../../base/errors.ts";
import { type Hdf5Attributes, readAttributes, TextHeaps } from "./hdf5Attributes.ts";
import { damagedHdf5, Hdf5Cursor, unsupportedHdf5 } from "./hdf5Cursor.ts";
import { type Hdf5Dataset, readDataset } from "./hdf5Dataset.ts";
import { readLinks } from "./hdf5Links.ts";
import { readHeader } from "./objectHeader.ts";

/** An HDF5 file whose structure was read and checked. */
export interface Hdf5File {
  /** The arrays by their paths, in the order of the file. */
  readonly datasets: ReadonlyMap<string, Hdf5Dataset>;
  /** The paths of the groups; that of the file itself is "". */
  readonly groups: ReadonlySet<string>;
  /** The attributes of a group or array that are texts; none where there is no such object. */
  readonly attributes: (path: string) => Hdf5Attributes;
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether bytes begin as an HDF5 file does. */
export const isHdf5 = (bytes: Uint8Array): boolean => signature.every((byte, index) => bytes[index] === byte);

/** Groups in groups; paths stay short. */
const maxDepth = 64;
const maxObjects = 2 ** 20;

/**
 * Reads the structure of an HDF5 file: groups (in trees or in headers), arrays (in one piece or in chunks, packed by deflate
 * and shuffle), and attributes that are texts. It is the part of the format that h5py writes by default, which Keras does.
 * @throws DataError for a damaged file, and one that uses other parts of the format.
 * @see https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */
export const readHdf5 = (bytes: Uint8Array, where: string): Hdf5File => {
  const datasets = new Map<string, Hdf5Dataset>();
  const addresses = new Map<string, number>();
  const groups = new Set<string>();
  const heaps = new TextHeaps(bytes, where);
  const seen = new Set<number>();
  // The last one is read first: in reverse, so that the order is that of the file.
  const open: { readonly path: string; readonly address: number; readonly depth: number }[] = [
    { path: "", address: rootOf(bytes, where), depth: 0 },
  ];
  for (let object = open.pop(); object; object = open.pop()) {
    const { path, address, depth } = object;
    // Two links to an object could form a circle, and would name its variables twice.
    if (seen.has(address)) {
      throw damagedHdf5(where, "an object must have one name", `a second one, "${path.slice(0, 200)}"`);
    }
    if (depth > maxDepth || seen.size > maxObjects) {
      throw damagedHdf5(where, `there may be ${maxObjects} objects, ${maxDepth} groups deep`, "more");
    }
    seen.add(address);
    addresses.set(path, address);
    const header = readHeader(bytes, where, address);
    const links = readLinks(bytes, where, header);
    if (links) {
      groups.add(path);
      for (const [name, target] of [...links].reverse()) {
        open.push({ path: path === "" ? name : `${path}/${name}`, address: target, depth: depth + 1 });
      }
    } else {
      const dataset = readDataset(bytes, where, path, header);
      if (dataset) datasets.set(path, dataset);
    }
  }
  return {
    datasets,
    groups,
    attributes: (path) => {
      const address = addresses.get(path);
      if (address === undefined) return new Map();
      return readAttributes(bytes, `${where}: "${path}"`, readHeader(bytes, where, address), heaps);
    },
  };
};

/** The address of the header of the root, from the superblock. */
const rootOf = (bytes: Uint8Array, where: string): number => {
  if (!isHdf5(bytes)) throw damagedHdf5(where, "an HDF5 file must begin with its signature", "other bytes");
  const cursor = new Hdf5Cursor(bytes, where, signature.length);
  const version = cursor.version("the superblock", 0, 1, 2, 3);
  if (version < 2) cursor.skip(4);
  const [offsetBytes, lengthBytes] = [cursor.byte(), cursor.byte()];
  if (offsetBytes !== 8 || lengthBytes !== 8) {
    throw unsupportedHdf5(where, "addresses must have 8 bytes", `${offsetBytes} and ${lengthBytes}`);
  }
  cursor.skip(version < 2 ? 9 : 1);
  if (version === 1) cursor.skip(4);
  const base = cursor.long();
  if (base !== 0) throw unsupportedHdf5(where, "addresses must count from the beginning", `a base of ${base}`);
  cursor.address();
  const end = cursor.long();
  if (end > bytes.length) {
    throw damagedHdf5(where, `the file must have ${end} bytes`, `${bytes.length} (truncated)`);
  }
  if (version < 2) {
    cursor.address();
    cursor.skip(8);
  }
  return cursor.place("the root");
};

/**
 * Checks the sizes of the arrays to read, before memory is allocated: no more than the limit together, and those in one piece not
 * more than the file has.
 * @throws DataError for more.
 */
export const checkSizes = (
  where: string,
  datasets: readonly Hdf5Dataset[],
  { fileBytes, maxBytes }: { readonly fileBytes: number; readonly maxBytes: number },
): void => {
  const sum = (some: readonly Hdf5Dataset[]): number => some.reduce((total, { size }) => total + size, 0);
  const plain = sum(datasets.filter(({ isChunked }) => !isChunked));
  if (plain > fileBytes) throw damagedHdf5(where, `the arrays must fit into ${fileBytes} bytes`, `${plain} bytes`);
  const total = sum(datasets);
  if (total <= maxBytes) return;
  throw new DataError(
    `${where}: the arrays must have at most ${maxBytes} bytes, got ${total}. Read a part with match, or raise maxBytes.`,
  );
};
