import { DataError, ValueError } from "../base/errors.ts";
import {
  anything,
  checkOption,
  checkOptions,
  flag,
  listOf,
  type OptionRules,
  regularExpression,
  text,
} from "../base/options.ts";
import { ownTensor, type Tensor } from "../tensor/tensor.ts";
import { freeShapes } from "./core/freeShapes.ts";
import { Program } from "./core/program.ts";
import type { GraphRecord } from "./core/record.ts";
import { addDialect } from "./dialects.ts";
import type { Graph } from "./graph.ts";
import { importedGraph } from "./importedGraph.ts";
import { type MetaGraphSource, openMetaFiles } from "./tensorflow/metaFiles.ts";
import type { MetaGraph } from "./tensorflow/metaGraph.ts";
import { isVariable, MetaIndex, tensorName } from "./tensorflow/metaIndex.ts";
import { likelyOutputs } from "./tensorflow/metaOutputs.ts";
import { metaPart } from "./tensorflow/metaPart.ts";
import { metaPenalties, type Penalty } from "./tensorflow/metaPenalties.ts";
import { fedValues, metaRecord } from "./tensorflow/metaRecord.ts";
import { checkComputed } from "./tensorflow/metaSupport.ts";
import { checkStatistics, isStatisticName } from "./tensorflow/movingStatistics.ts";
import { readMetaGraph } from "./tensorflow/readMetaGraph.ts";
import { tensorflowDialect } from "./tensorflow/tensorflowDialect.ts";
import { trainingFlags } from "./tensorflow/trainingFlags.ts";

// A program that does not load such files does not carry their operators.
addDialect("tensorflow", tensorflowDialect);

/** Options of `loadMetaGraph`. */
export interface LoadMetaGraphOptions {
  /** The tensor to compute, `dnn/outputs/BiasAdd:0`; what it does not need is not read. */
  readonly output?: string;
  /** Several such tensors. */
  readonly outputs?: readonly string[];
  /**
   * Values for placeholders of one number that are not inputs then: `{ "keep_prob:0": 1 }`. A placeholder of bools that decides
   * about branches needs none: it follows the option `training` of a call.
   */
  readonly feed?: Readonly<Record<string, number | boolean>>;
  /** Matches the names of the variables to train; others are frozen. Default: the collection `trainable_variables`. */
  readonly trainable?: RegExp;
  /** Whether penalties of the collection `regularization_losses` become regularizers of the variables. Default: true. */
  readonly penalties?: boolean;
  /** Whether moving statistics that are not finite, or never followed the data, are reported. Default: true. */
  readonly checkStatistics?: boolean;
  /** The graph's name, which is then put in front of the names of its variables. Default: the names of the file alone. */
  readonly name?: string;
  /** The seed of the stream of random numbers for dropout. */
  readonly seed?: number;
}

const rules: OptionRules<LoadMetaGraphOptions> = {
  output: text,
  outputs: /* @__PURE__ */ listOf("names", (entry) => typeof entry === "string" && entry !== ""),
  feed: {
    words: "an object of numbers and booleans by name",
    holds: (value) =>
      typeof value === "object" &&
      value !== null &&
      Object.values(value).every((entry) => typeof entry === "number" || typeof entry === "boolean"),
  },
  trainable: regularExpression,
  penalties: flag,
  checkStatistics: flag,
  name: text,
  seed: anything,
};

/**
 * Loads a graph of TensorFlow 1 with its variables, as `tf.train.import_meta_graph` and `saver.restore` do: the files `.meta`,
 * `.index` and `.data` that `tf.train.Saver` has written. It is a layer that can be trained.
 *
 * - Variables have the names of the file; those of the collection `trainable_variables` are trained.
 * - A placeholder of bools that decides about branches (`training`) follows the option `training` of a call, and is false where
 *   all of the graph is frozen. Dropout draws from the graph's own stream.
 * - After a training step the update ops of `tf.GraphKeys.UPDATE_OPS` move the statistics of batch normalization, as do assignments
 *   that must be done before a node of the part.
 * @param source The prefix `my_model_final.ckpt` (or one of the three names), a URL of it, or the three files.
 * @throws DataError for files that are missing, damaged or of another format; for tensors that the graph does not have, with the names
 * most like them; for loops, and for operators that are not computed here: all of them at once; for moving statistics that are
 * of no use. ValueError for unknown options.
 * @example
 * const net = await loadMetaGraph("my_model_final.ckpt", { output: "dnn/outputs/BiasAdd:0" });
 * net.inputs; // [{ name: "X:0", shape: [undefined, 3], dtype: "float32" }]
 * net.variables.map(({ name }) => name); // ["hidden1/kernel", "hidden1/bias", "outputs/kernel", "outputs/bias"]
 * net.outputOf("dnn/hidden1/Relu:0", ones([4, 3])).shape; // [4, 2]
 * @see https://github.com/tensorflow/tensorflow/blob/v1.15.0/tensorflow/core/protobuf/meta_graph.proto
 */
export const loadMetaGraph = async (source: MetaGraphSource, options: LoadMetaGraphOptions = {}): Promise<Graph> => {
  checkOptions("loadMetaGraph", options, rules);
  const { name, seed, trainable, penalties = true, checkStatistics: isChecked = true } = options;
  const asked = outputsOf(options);
  const feed = { ...options.feed };
  const { where, meta: bytes, variables } = await openMetaFiles("loadMetaGraph", source);
  const meta = readMetaGraph(bytes, where);
  const index = new MetaIndex(meta, where);
  if (asked === undefined) throw noOutput(meta, where);
  const outputs = asked.map(tensorName);
  const fed = fedValues(meta, index, feed, where);
  const part = metaPart(meta, index, outputs, new Set(fed.keys()), where);
  checkComputed(meta, part.nodes, where);
  const needed = part.nodes.filter(isVariable).map((node) => node.name);
  const values = asFloat32(await variables(needed), where);
  const isTrained = trainedBy(meta, new Set(Array.from(part.targets.values(), (target) => target.name)));
  if (isChecked) {
    const statistics = [...values].filter(([variable, value]) => value.dtype === "float32" && !isTrained(variable));
    const moving = new Set(Array.from(part.targets.values(), (target) => target.name));
    checkStatistics(new Map(statistics.filter(([key]) => moving.has(key) || isStatisticName(key))), where);
  }
  const isPart = new Set(needed);
  const made = metaRecord(meta, index, part, where, {
    outputs,
    fed,
    flags: trainingFlags(
      part.nodes.filter((node) => !fed.has(node.name)),
      index,
      meta.producer,
      where,
    ),
    values,
    isTrained,
    penalties: penalties ? metaPenalties(meta, index, (key) => isPart.has(key), where) : new Map<string, Penalty>(),
    prefix: name === undefined ? "" : `${name}/`,
  });
  const record = withShapes(made.record, made.values);
  const frozen = record.variables.filter(
    (variable) => trainable && variable.trainable && variable.name.search(trainable) < 0,
  );
  return importedGraph(
    { record, values: made.values, frozen: new Set(frozen.map((variable) => variable.name)) },
    { name, seed },
  );
};

const outputsOf = ({ output, outputs }: LoadMetaGraphOptions): readonly string[] | undefined => {
  if (output !== undefined && outputs !== undefined) {
    throw new ValueError(
      "loadMetaGraph: the tensors to compute are in outputs or in output, got both. Leave out one of them.",
    );
  }
  const asked = output === undefined ? outputs && [...outputs] : [output];
  const areDifferent = (names: unknown): boolean =>
    Array.isArray(names) && names.length > 0 && new Set(names.map(tensorName)).size === names.length;
  if (asked)
    checkOption("loadMetaGraph", "outputs", asked, { words: "a list of different names", holds: areDifferent });
  return asked;
};

const noOutput = (meta: MetaGraph, where: string): ValueError => {
  const names = likelyOutputs(meta).slice(0, 5);
  const advice = names.length > 0 ? ` The loss reads ${names.join(" and ")}.` : " describeGraph lists the tensors.";
  return new ValueError(`${where}: output must name the tensor to compute, got none.${advice}`);
};

/** Whether a variable is trained: what the collection has or, without one, all that no update changes. */
const trainedBy = (meta: MetaGraph, moving: ReadonlySet<string>): ((name: string) => boolean) => {
  const collection = meta.collections.get("trainable_variables");
  const trained = new Set(collection?.map(tensorName));
  return (name) => (collection ? trained.has(`${name}:0`) : !moving.has(name) && !isStatisticName(name));
};

/** Variables of float64 become float32. */
const asFloat32 = (values: ReadonlyMap<string, Tensor>, where: string): ReadonlyMap<string, Tensor> => {
  const result = new Map<string, Tensor>();
  for (const [name, value] of values) {
    if (value.dtype !== "float64") {
      result.set(name, value);
      continue;
    }
    const floats = Float32Array.from(value.data);
    const position = floats.findIndex((element, at) => !Number.isFinite(element) && Number.isFinite(value.data[at]));
    if (position >= 0) {
      throw new DataError(
        `${where}: float64 becomes float32, whose largest number is about 3.4e38, got ${value.data[position]} at position ${position} of "${name}".`,
      );
    }
    result.set(name, ownTensor(value.shape, "float32", floats));
  }
  return result;
};

/** The record with the shapes of its outputs, where they can be known before the data. */
const withShapes = (record: GraphRecord, values: ReadonlyMap<string, Tensor>): GraphRecord => {
  const program = new Program(record, tensorflowDialect);
  const names = record.outputs.map(({ name }) => name);
  const isOutput = new Set(names);
  const read = (position: number): Tensor => values.get(record.variables[position].name)!;
  const shapes = freeShapes(program, names, read, false, (name) => isOutput.has(name));
  if (typeof shapes === "string") return record;
  return { ...record, outputs: record.outputs.map((output) => ({ ...output, ...shapes.get(output.name) })) };
};
