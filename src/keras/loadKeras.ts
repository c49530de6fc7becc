import { DataError } from "../base/errors.ts";
import { checkOptions, type OptionRules } from "../base/options.ts";
import { type FileSource, nameOfSource, readSource } from "../data/fileSource.ts";
import { checkForeign } from "../data/foreignFormat.ts";
import { type Hdf5File, isHdf5, readHdf5 } from "../io/formats/hdf5/hdf5File.ts";
import { readKerasWeights } from "../io/formats/hdf5/hdf5Variables.ts";
import { isZip, listZip, readZipMember } from "../io/formats/zip.ts";
import { readJson } from "../io/model/json.ts";
import { withSavedValues } from "../layers/base/savedValues.ts";
import type { Model } from "../layers/functional/model.ts";
import type { Sequential } from "../layers/sequential.ts";
import { assembleModel } from "./assembleModel.ts";
import { isObject, kerasObject, Misfits, shownValue } from "./kerasConfig.ts";
import { isModel, planOf } from "./kerasPlan.ts";
import { countedLayout, listedLayout, readValues } from "./kerasValues.ts";
import type { PlannedModel } from "./planned.ts";

/** Options of `loadKeras`. */
export interface LoadKerasOptions {
  /** The largest allowed size of the file (default: 4 GiB), and of its arrays when they are unpacked (default: 1 GiB). */
  readonly maxBytes?: number;
}

const rules: OptionRules<LoadKerasOptions> = {
  maxBytes: { words: "a number of bytes", holds: (value) => typeof value === "number" && value >= 0 },
};

/** A file with its parts at hand. */
interface Opened {
  readonly config: unknown;
  /** The major version of Keras that wrote it. */
  readonly version: 2 | 3;
  readonly file: Hdf5File;
  readonly fileBytes: number;
  readonly isZip: boolean;
}

/**
 * Loads a model that Keras saved, with its architecture: `.keras` of Keras 3 (and 2.12 on), `.h5` of Keras 2 and 3. A `Sequential`
 * becomes a `Sequential`, a functional model a `Model`; models may be nested. Names of layers are those of the file; a variable
 * is named `<model>/<layer>/<variable>`.
 *
 * Weights of any width become float32, in which everything is computed. What belongs to training (optimizer, loss, metrics) is
 * left in the file, as are the seeds of random numbers, which are drawn in another way here.
 * @param source A path (in Node), URL or Response, or the bytes as a Blob, an ArrayBuffer or any typed array.
 * @throws DataError for a file that is missing, damaged, of another format, or without architecture; for layers and options without
 * a counterpart here: all of them at once. ValueError for unknown options.
 * @example
 * const model = await loadKeras("model.keras");
 * model.variables.map(({ name }) => name); // ["net/hidden/kernel", "net/hidden/bias", "net/out/kernel", "net/out/bias"]
 * model.predict(ones([5, 3])).shape; // [5, 2]
 * @see https://keras.io/api/models/model_saving_apis/
 */
export const loadKeras = async (source: FileSource, options: LoadKerasOptions = {}): Promise<Sequential | Model> => {
  const { maxBytes } = checkOptions("loadKeras", options, rules);
  const where = nameOfSource("loadKeras", source);
  const maxUnpacked = maxBytes ?? 2 ** 30;
  const bytes = await readSource("loadKeras", source, maxBytes ?? 2 ** 32);
  const opened = isZip(bytes) ? await openZip(bytes, where, maxUnpacked) : openHdf5(bytes, where);
  const { config, version, file, fileBytes } = opened;
  const saved = kerasObject(where, "config", config);
  if (!isModel(saved)) {
    throw new DataError(
      `${where}: the model must be a Sequential or a functional model, got one of the class ${shownValue(saved.class_name)}, which is code ` +
        "in Python. Read its weights with loadVariables, or export it as ONNX.",
    );
  }
  const misfits = new Misfits();
  const plan = planOf(saved, { where, version, misfits }) as PlannedModel;
  misfits.check(where);
  const layout = opened.isZip ? countedLayout : listedLayout;
  const values = await readValues(where, plan, file, layout, { fileBytes, maxBytes: maxUnpacked });
  return withSavedValues(values, () => assembleModel(where, plan));
};

const openZip = async (bytes: Uint8Array, where: string, maxBytes: number): Promise<Opened> => {
  const members = listZip(bytes, where);
  const member = members.find(({ name }) => name === "config.json");
  if (!member) {
    checkForeign(where, "a zip file of Keras (.keras)", bytes);
    throw new DataError(`${where}: a file of Keras must contain config.json, got none. Save the model again.`);
  }
  const weights = await readKerasWeights(bytes, where, maxBytes);
  return {
    config: await readConfig(where, new TextDecoder().decode(await readZipMember(bytes, member, where))),
    version: 3,
    file: readHdf5(weights, where),
    fileBytes: weights.length,
    isZip: true,
  };
};

const openHdf5 = (bytes: Uint8Array, where: string): Opened => {
  if (!isHdf5(bytes)) {
    checkForeign(where, "an HDF5 file, as of Keras (.h5)", bytes, {
      "a SavedModel of TensorFlow (saved_model.pb)": 'Save the model in Python with model.save("model.keras").',
      "an ONNX model": "Load it with loadOnnx of gradus/graph.",
    });
  }
  const file = readHdf5(bytes, where);
  const attributes = file.attributes("");
  const config = attributes.get("model_config")?.[0];
  if (config === undefined) {
    throw new DataError(
      `${where}: the file must hold an architecture (model_config), got ${file.datasets.size} arrays alone. Build the model in code, and ` +
        'read the arrays with loadVariables; or save it in Python with model.save("model.keras").',
    );
  }
  const major = /^(\d+)\./.exec(attributes.get("keras_version")?.[0] ?? "")?.[1];
  return {
    config: readConfig(where, config),
    version: major === "3" ? 3 : 2,
    file,
    fileBytes: bytes.length,
    isZip: false,
  };
};

const readConfig = (where: string, text: string): unknown => {
  const config = readJson(where, "config", text);
  // What saved the model wrote around it in some versions.
  return isObject(config) && isObject(config.model_config) ? config.model_config : config;
};
