import { DataError } from "../../../base/errors.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { listZip, readZipMember } from "../zip.ts";
import type { Hdf5Dataset } from "./hdf5Dataset.ts";
import { checkSizes, type Hdf5File, readHdf5 } from "./hdf5File.ts";

/** Options of `readHdf5Variables`. */
export interface Hdf5VariablesOptions {
  readonly where: string;
  readonly isWanted: (name: string) => boolean;
  /** How many bytes the wanted arrays may have together, unpacked. */
  readonly maxBytes: number;
}

/** The member of a `.keras` file that holds the weights. */
export const kerasWeights = "model.weights.h5";

/** The weights in a zip file of Keras. @throws DataError for a zip file without them. */
export const readKerasWeights = async (bytes: Uint8Array, where: string, maxBytes: number): Promise<Uint8Array> => {
  const member = listZip(bytes, where).find(({ name }) => name === kerasWeights);
  if (!member)
    throw new DataError(`${where}: a file of Keras must contain ${kerasWeights}, got none. Save the model again.`);
  if (member.size > maxBytes) {
    throw new DataError(
      `${where}: the weights must have at most ${maxBytes} bytes, got ${member.size}. Raise maxBytes.`,
    );
  }
  return readZipMember(bytes, member, where);
};

/**
 * Reads the arrays of an HDF5 file by their paths; of a file of Keras those of the model, not of its optimizer.
 * @throws DataError for a damaged file, parts of the format that are not read, and more than `maxBytes`.
 */
export const readHdf5Variables = async (
  bytes: Uint8Array,
  { where, isWanted, maxBytes }: Hdf5VariablesOptions,
): Promise<Map<string, Tensor>> => {
  const file = readHdf5(bytes, where);
  const wanted = [...namedDatasets(file)].filter(([name]) => isWanted(name));
  return readDatasets(wanted, { where, fileBytes: bytes.length, maxBytes });
};

/** Reads arrays under names, after their sizes were checked. */
export const readDatasets = async (
  datasets: readonly (readonly [name: string, dataset: Hdf5Dataset])[],
  { where, ...limits }: { readonly where: string; readonly fileBytes: number; readonly maxBytes: number },
): Promise<Map<string, Tensor>> => {
  checkSizes(
    where,
    datasets.map(([, dataset]) => dataset),
    limits,
  );
  const tensors = new Map<string, Tensor>();
  for (const [name, dataset] of datasets) tensors.set(name, await dataset.read());
  return tensors;
};

/**
 * The arrays of a model by name. Keras 3 numbers the variables of a layer (`layers/dense/vars/0`), which is what the file has.
 * Keras 2 names them, and writes the name of the layer twice: `model_weights/dense/dense/kernel:0` is `dense/kernel`.
 */
const namedDatasets = ({ datasets, groups }: Hdf5File): ReadonlyMap<string, Hdf5Dataset> => {
  const isOptimizer = (path: string): boolean =>
    (groups.has("layers") && path.startsWith("optimizer/")) ||
    (groups.has("model_weights") && path.startsWith("optimizer_weights/"));
  const entries = [...datasets].filter(([path]) => !isOptimizer(path));
  const named = new Map(
    entries.map(([path, dataset]) => {
      const isNamed = /:\d+$/.test(path);
      const inner = path.replace(/^model_weights\//, "");
      return [isNamed ? inner.replace(/:\d+$/, "").replace(/^([^/]+)\/\1\//, "$1/") : inner, dataset];
    }),
  );
  return named.size === entries.length ? named : new Map(entries);
};
