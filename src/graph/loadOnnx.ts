import { ValueError } from "../base/errors.ts";
import {
  anything,
  checkOption,
  checkOptions,
  listOf,
  type OptionRules,
  regularExpression,
  text,
} from "../base/options.ts";
import { type FileSource, nameOfSource, ownSource, readSource } from "../data/fileSource.ts";
import type { Graph } from "./graph.ts";
import { importedGraph } from "./importedGraph.ts";
import { type ExternalFiles, readExternal } from "./onnx/externalData.ts";
import { importGraph, neededPart } from "./onnx/importGraph.ts";
import { readOnnx } from "./onnx/readModel.ts";

/** Options of `loadOnnx`. */
export interface LoadOnnxOptions {
  /**
   * Files beside the model that hold its weights, by the names that the model has for them (`model.onnx.data`). Where the
   * model is a file itself, they are read from its folder.
   */
  readonly external?: ExternalFiles;
  /** The tensors to compute, inner ones too; the rest of the file is not read. Default: the outputs of the file. */
  readonly outputs?: readonly string[];
  /** One such tensor. */
  readonly output?: string;
  /**
   * Matches the names of the tensors to train. The other weights are frozen. Default: what the operators use as weights (see
   * the guide).
   */
  readonly trainable?: RegExp;
  /** The graph's name, which is then put in front of the names of its variables. Default: the names of the file alone. */
  readonly name?: string;
  /** The seed of the stream of random numbers for dropout. */
  readonly seed?: number;
}

const rules: OptionRules<LoadOnnxOptions> = {
  external: { words: "an object of files by name", holds: (value) => typeof value === "object" && value !== null },
  outputs: /* @__PURE__ */ listOf("names", (entry) => typeof entry === "string" && entry !== ""),
  output: text,
  trainable: regularExpression,
  name: text,
  seed: anything,
};

/** One array holds at most this much. */
const maxBytes = 2 ** 32;

/**
 * Loads a model of ONNX (PyTorch, Keras, scikit-learn and others export it) as a layer that can be trained: opsets 6 to 25, IR
 * versions up to 13. Weights of any width become float32. A weight is a variable, trained unless it is a moving statistic, and
 * has the name and the shape of the file; a name that begins with "/" loses it.
 *
 * A file that was exported for one row only takes any number of rows, where nothing but the shapes in it is in the way.
 * @param source A path (in Node), URL or Response, or the bytes as a Blob, an ArrayBuffer or any typed array.
 * @throws DataError for a file that is missing, damaged, of another format or version, for weights in a file that is missing or
 * not beside the model, and for operators that are not computed here: all of them at once. ValueError for unknown options.
 * @example
 * const net = await loadOnnx("model.onnx", { trainable: /w2/ });
 * net.trainableVariables.map(({ name }) => name); // ["w2"]
 * net.predict(ones([5, 3])).shape; // [5, 1]
 * @see https://onnx.ai
 */
export const loadOnnx = async (source: FileSource, options: LoadOnnxOptions = {}): Promise<Graph> => {
  checkOptions("loadOnnx", options, rules);
  const { name, seed, trainable } = options;
  // Read after the model, while the program may use its arrays again.
  const external = Object.fromEntries(
    Object.entries(options.external ?? {}).map(([file, bytes]) => [file, ownSource(bytes as FileSource)]),
  );
  if (options.outputs && options.output !== undefined) {
    throw new ValueError(
      "loadOnnx: the tensors to compute are in outputs or in output, got both. Leave out one of them.",
    );
  }
  const outputs = options.output === undefined ? options.outputs : [options.output];
  if (outputs) checkOption("loadOnnx", "outputs", outputs, { words: "a list of different names", holds: areDifferent });
  const where = nameOfSource("loadOnnx", source);
  const bytes = await readSource("loadOnnx", source, maxBytes);
  const model = readOnnx(bytes, where);
  const part = neededPart(model, outputs, where);
  const stored = [...part.stored, ...part.nodes.flatMap(({ tensors }) => tensors.map(([, tensor]) => tensor))];
  const files = await readExternal(stored, source, where, external);
  const prefix = name === undefined ? "" : `${name}/`;
  const { record, values, frozen } = importGraph(model, part, bytes.length, files, where, {
    outputs,
    trainable,
    prefix,
  });
  return importedGraph({ record, values, frozen }, { name, seed });
};

const areDifferent = (names: unknown): boolean => Array.isArray(names) && new Set(names).size === names.length;
