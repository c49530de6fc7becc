import { DataError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Safetensors } from "./safetensors.ts";

/**
 * The version of what stands in the metadata of the files that gradus writes.
 *
 * 1: the variables. 2: the architecture as well, and in checkpoints what training needs to go on.
 */
export const formatVersion = "2";

const readable: readonly unknown[] = ["1", formatVersion];

/** What begins with it is no variable of the model: their names begin with the name of a layer. */
const besideModel = "/";

/** The name of a tensor that a file holds beside the variables of the model. */
export const besideModelName = (...parts: readonly string[]): string =>
  parts.map((part) => `${besideModel}${part}`).join("");

/**
 * Refuses files of a version that is not known. The file of another program has no version, and needs none.
 * @throws DataError that names the version.
 */
export const checkVersion = (where: string, { format, version }: Safetensors["metadata"]): void => {
  if (format !== "gradus" || readable.includes(version)) return;
  throw new DataError(
    `${where}: the version of the file must be ${readable.join(" or ")}, got ${String(version)}. Use a newer gradus.`,
  );
};

/** The variables of the model in a file of any version: of a checkpoint, without what the optimizer remembers. */
export const modelTensors = ({ tensors, metadata }: Safetensors): ReadonlyMap<string, Tensor> =>
  metadata.format === "gradus" ? new Map([...tensors].filter(([name]) => !name.startsWith(besideModel))) : tensors;
