import { DataError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { decodeNpy, encodeNpy } from "./npy.ts";
import { encodeZip, listZip, readZipMember } from "./zip.ts";

const ending = ".npy";

/** What reading needs to know. */
export interface NpzOptions {
  readonly where: string;
  readonly isWanted: (name: string) => boolean;
  /** What the wanted arrays may have in all once they are unpacked. */
  readonly maxBytes: number;
}

/**
 * Reads the arrays of a `.npz` file, as `numpy.savez` and `numpy.savez_compressed` write it.
 * @throws DataError for what is damaged or no array of numbers, and before anything is unpacked when it would have more
 * than `maxBytes`.
 */
export const readNpz = async (bytes: Uint8Array, options: NpzOptions): Promise<Map<string, Tensor>> => {
  const { where, isWanted, maxBytes } = options;
  // The name without its ending; folders, whose names end in "/", hold nothing.
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
 * Tensors as the bytes of a `.npz` file, which `numpy.load` reads: what `saveVariables` writes, for where there are no
 * files. Arrays are stored, not compressed; the same tensors give the same bytes.
 * @param tensors By name; float32, float64, int32, bool, or uint8 without a scale.
 * @throws DTypeError for a scale, which the format has no place for; ValueError beyond 4 GiB or 65534 tensors.
 * @example
 * const bytes = encodeNpz(new Map([["dnn/outputs/bias", tensor([1, 2])]]));
 * const variables = await loadVariables(bytes);
 * variables.get("dnn/outputs/bias")?.toArray(); // [1, 2]
 * @see https://numpy.org/doc/stable/reference/generated/numpy.savez.html
 */
export const encodeNpz = (tensors: ReadonlyMap<string, Tensor>): Uint8Array<ArrayBuffer> => {
  const members = [...tensors].map(([name, value]): [string, Uint8Array] => [
    name + ending,
    encodeNpy("encodeNpz", name, value),
  ]);
  return encodeZip("encodeNpz", new Map(members));
};
