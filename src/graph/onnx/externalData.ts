import { joinPath, readFile, resolveLinks } from "#platform";
import { DataError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { type FileSource, readSource, withPath } from "../../data/fileSource.ts";
import { bytesOfElement } from "../../io/formats/elements.ts";
import { sizeOfStored } from "./decodeTensor.ts";
import { elementTypeOf } from "./elementTypes.ts";
import { damaged, type StoredTensor } from "./onnxModel.ts";

/** The files beside a model, by the names that the model has for them. */
export type ExternalFiles = Readonly<Record<string, FileSource>>;

const maxBytes = 2 ** 32;

/**
 * The file of a tensor, as a plain name: a model must not read other files than those beside it.
 * @throws DataError for a name with a folder in it, and for none.
 */
const fileNameOf = ({ name, external }: StoredTensor, where: string): string => {
  const location = external?.get("location") ?? "";
  const file = location.replace(/^\.\//, "");
  // A zero would end the name for the system.
  if (file !== "" && file !== "." && file !== ".." && !/[/\\:\0]/.test(file)) return file;
  throw new DataError(
    `${where}: the data of a model must be in a file beside it, got ${JSON.stringify(location)} for "${name}". ` +
      "Move it into the folder of the model, or pass its bytes in external.",
  );
};

/** The part of the file that belongs to a tensor. */
const partOf = (file: Uint8Array, stored: StoredTensor, where: string): Uint8Array => {
  const { name, external } = stored;
  const type = elementTypeOf(stored.type);
  const bytes = sizeOfStored(stored, where) * (type ? bytesOfElement(type) : 1);
  const read = (key: string, missing: number): number => {
    const text = external?.get(key);
    if (text === undefined) return missing;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value)) return value;
    throw damaged(where, `the ${key} of "${name}" must be a whole number`, JSON.stringify(text.slice(0, 20)));
  };
  const offset = read("offset", 0);
  const length = read("length", file.length - offset);
  if (length !== bytes || offset + length > file.length) {
    throw damaged(
      where,
      `the data of "${name}" must be ${bytes} bytes within its file`,
      `${length} bytes from ${offset} on, of ${file.length}`,
    );
  }
  return file.subarray(offset, offset + length);
};

/**
 * Reads what tensors have in files beside the model: each file once, from `external` or, where the model is a file itself,
 * from its folder. A name in a file is never fetched.
 * @throws DataError for a file that is missing or elsewhere, and for parts that do not lie in it.
 */
export const readExternal = async (
  tensors: readonly StoredTensor[],
  source: FileSource,
  where: string,
  files: ExternalFiles,
): Promise<ReadonlyMap<StoredTensor, Uint8Array>> => {
  const parts = new Map<StoredTensor, Uint8Array>();
  const loaded = new Map<string, Uint8Array>();
  for (const stored of tensors) {
    if (!stored.external) continue;
    const name = fileNameOf(stored, where);
    const bytes = loaded.get(name) ?? (await readBeside(name, source, where, files));
    loaded.set(name, bytes);
    parts.set(stored, partOf(bytes, stored, where));
  }
  return parts;
};

const readBeside = async (
  name: string,
  source: FileSource,
  where: string,
  files: ExternalFiles,
): Promise<Uint8Array> => {
  if (Object.hasOwn(files, name)) return readSource(`${where}: external`, files[name], maxBytes);
  const path = withPath(source);
  if (typeof path !== "string") {
    throw new DataError(
      `${where}: the weights are in another file, got no "${name}". Pass { external: { "${name}": bytes } }. ` +
        adviseNames("files in external", name, Object.keys(files)),
    );
  }
  const folder = path.replace(/[^/\\]*$/, "");
  const file = joinPath(folder || ".", name);
  // A link may lead anywhere, and what it leads to could be published with the weights.
  const [actual, expected] = [await resolveLinks(file), await resolveLinks(folder || ".")];
  if (actual.replace(/[/\\][^/\\]*$/, "") !== expected.replace(/[/\\]$/, "")) {
    throw new DataError(
      `${where}: the data of a model must be in a file beside it, got a link to ${actual}. Copy the file, or pass it in external.`,
    );
  }
  return readFile(file, { maxBytes });
};
