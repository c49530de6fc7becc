import { DataError } from "../../base/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Safetensors } from "../formats/safetensors.ts";

/**
 * The version of the metadata in the files that gradus writes.
 *
 * 1: the variables. 2: also the architecture, and in checkpoints the state of training.
 */
export const formatVersion = "2";

const readable: readonly unknown[] = ["1", formatVersion];

/** Begins the names of tensors that are not variables of the model: names of variables begin with the name of a layer. */
const besideModel = "/";

/** The name of a tensor that is not a variable of the model. */
export const besideModelName = (...parts: readonly string[]): string =>
  parts.map((part) => `${besideModel}${part}`).join("");

/**
 * Refuses files of an unknown version. Files of other programs have no version.
 * @throws DataError that names the version.
 */
export const checkVersion = (where: string, { format, version }: Safetensors["metadata"]): void => {
  if (format !== "gradus" || readable.includes(version)) return;
  throw new DataError(
    `${where}: the version of the file must be ${readable.join(" or ")}, got ${String(version)}. Use a newer gradus.`,
  );
};

/** Whether a name in a file of gradus is of a tensor that is not a variable of the model. */
export const isBesideModel = (name: string): boolean => name.startsWith(besideModel);

/** The variables of the model in a file of any version, without the other tensors of a checkpoint. */
export const modelTensors = ({ tensors, metadata }: Safetensors): ReadonlyMap<string, Tensor> =>
  metadata.format === "gradus" ? new Map([...tensors].filter(([name]) => !isBesideModel(name))) : tensors;
