import { DataError } from "../../base/errors.ts";
import { entriesOf, type NamedTensors } from "../../layers/base/namedTensors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { decodeNpy, encodeNpy } from "./npy.ts";
import { encodeZip, listZip, readZipMember } from "./zip.ts";

const ending = ".npy";

/** Options of `readNpz`. */
export interface NpzOptions {
  readonly where: string;
  readonly isWanted: (name: string) => boolean;
  /** How many bytes the wanted arrays may have together, unpacked. */
  readonly maxBytes: number;
}

/**
 * Reads the arrays of a `.npz` file, as `numpy.savez` and `numpy.savez_compressed` write it.
 * @throws DataError for a damaged file, for members that are not arrays of numbers, and, before it unpacks anything, for
 * more than `maxBytes`.
 */
export const readNpz = async (bytes: Uint8Array, options: NpzOptions): Promise<Map<string, Tensor>> => {
  const { where, isWanted, maxBytes } = options;
  // Arrays have the names of their members without the ending. Names that end in "/" are folders.
  const members = listZip(bytes, where)
    .filter(({ name }) => !name.endsWith("/"))
    .map((member) => ({ member, name: member.name.endsWith(ending) ? member.name.slice(0, -4) : member.name }))
    .filter(({ name }) => isWanted(name));
  const size = members.reduce((sum, { member }) => sum + member.size, 0);
  if (size > maxBytes) {
    throw new DataError(
      `${where}: the arrays must have at most ${maxBytes} bytes when they are unpacked, got ${size} in a file of ${bytes.length}. ` +
        "Check that this is the right file, or raise maxBytes.",
    );
  }
  const tensors = new Map<string, Tensor>();
  for (const { member, name } of members) {
    if (!member.name.endsWith(ending)) {
      throw new DataError(
        `${where}: the members of a .npz file must be .npy files, got "${name}". Leave it out with match.`,
      );
    }
    tensors.set(name, decodeNpy(await readZipMember(bytes, member, where), where, name));
  }
  return tensors;
};

/**
 * Tensors as the bytes of a `.npz` file, which `numpy.load` reads. (`saveVariables` writes them into a file.) Arrays are
 * stored without compression; equal tensors give equal bytes.
 * @param tensors By name, in a map or a plain object; float32, float64, int32, bool, or uint8 without a scale.
 * @throws DTypeError for a scale, which the format cannot store; ValueError beyond 4 GiB or 65534 tensors.
 * @example
 * const bytes = encodeNpz(new Map([["dnn/outputs/bias", tensor([1, 2])]]));
 * const variables = await loadVariables(bytes);
 * variables.get("dnn/outputs/bias")?.toArray(); // [1, 2]
 * @see https://numpy.org/doc/stable/reference/generated/numpy.savez.html
 */
export const encodeNpz = (tensors: NamedTensors): Uint8Array<ArrayBuffer> => {
  const members = entriesOf("encodeNpz", tensors).map(([name, value]): [string, Uint8Array] => [
    name + ending,
    encodeNpy("encodeNpz", name, value),
  ]);
  return encodeZip("encodeNpz", new Map(members));
};
