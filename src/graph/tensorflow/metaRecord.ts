import { DataError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { maxRank, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Attribute } from "../core/graphNode.ts";
import { HostArray, type Value, wholeArray } from "../core/hostArray.ts";
import { inOrder } from "../core/inOrder.ts";
import {
  constantTuple,
  type GraphRecord,
  type NodeTuple,
  type TensorRecord,
  type VariableRecord,
} from "../core/record.ts";
import { attributesOf } from "./metaAttributes.ts";
import { decodeMetaTensor } from "./metaConstants.ts";
import { damagedMeta, type MetaAttribute, type MetaGraph, type MetaNode } from "./metaGraph.ts";
import { isPlaceholder, isVariable, type MetaIndex, nodeNameOf, tensorName } from "./metaIndex.ts";
import { assignmentBefore, type MetaPart, needsOf } from "./metaPart.ts";
import type { Penalty } from "./metaPenalties.ts";
import { writerOf } from "./metaSupport.ts";
import { placeholderType } from "./placeholderType.ts";
import { isAssignment } from "./updateOps.ts";

/** The elements that the host may compute: this many, or this many times the bytes of the file. */
const budget = { elements: 2 ** 24, timesFile: 64 } as const;
/** Constants of more elements become variables that are not trained: they are too large for the description of a model. */
const mostInRecord = 2 ** 16;
/** The attributes that operators read. */
const known = new Set(
  (
    "transpose_a transpose_b adj_x adj_y data_format keep_dims squeeze_dims axis alpha epsilon is_training strides padding ksize " +
    "dilations begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask num_split DstT k"
  ).split(" "),
);

/** How a part becomes a record. */
export interface MetaRecordOptions {
  readonly outputs: readonly string[];
  /** The values of placeholders, by the name of the node. */
  readonly fed: ReadonlyMap<string, Value>;
  /** The placeholders that are the flag of training. */
  readonly flags: ReadonlySet<string>;
  /** The values of the variables, by the name of the node. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** Whether a variable may be trained. */
  readonly isTrained: (name: string) => boolean;
  /** Penalties by the names of variables. */
  readonly penalties: ReadonlyMap<string, Penalty>;
  /** Is put in front of the variables' names. */
  readonly prefix: string;
}

/** A graph, and what its variables begin with. */
export interface MetaRecord {
  readonly record: GraphRecord;
  /** By the names of the variables. */
  readonly values: ReadonlyMap<string, Tensor>;
}

/** Makes a graph of a part of a file. */
export const metaRecord = (
  meta: MetaGraph,
  index: MetaIndex,
  part: MetaPart,
  where: string,
  options: MetaRecordOptions,
): MetaRecord => new MetaRecorder(meta, index, part, where, options).make();

class MetaRecorder {
  readonly #meta: MetaGraph;
  readonly #index: MetaIndex;
  readonly #part: MetaPart;
  readonly #where: string;
  readonly #options: MetaRecordOptions;
  readonly #nodes: NodeTuple[] = [];
  readonly #inputs: TensorRecord[] = [];
  readonly #constants = new Map<string, Value>();
  readonly #variables: VariableRecord[] = [];
  readonly #values = new Map<string, Tensor>();
  /** How many outputs of each node are read. */
  readonly #outputs = new Map<string, number>();

  constructor(meta: MetaGraph, index: MetaIndex, part: MetaPart, where: string, options: MetaRecordOptions) {
    this.#meta = meta;
    this.#index = index;
    this.#part = part;
    this.#where = where;
    this.#options = options;
  }

  make(): MetaRecord {
    const ordered = this.#ordered();
    for (const name of [...ordered.flatMap(({ inputs }) => inputs), ...this.#options.outputs]) this.#countOutput(name);
    for (const { node, inputs } of ordered) this.#add(node, inputs);
    const record: GraphRecord = {
      dialect: "tensorflow",
      version: this.#meta.producer,
      source: writerOf(this.#meta),
      inputs: this.#inputs,
      outputs: this.#options.outputs.map((name) => ({ name: this.#resolved(name), shape: [], dtype: "float32" })),
      nodes: this.#nodes,
      constants: Array.from(this.#constants, ([name, value]) => constantTuple(name, value)),
      variables: this.#variables,
      budget: Math.max(budget.elements, budget.timesFile * this.#meta.bytes),
    };
    return { record, values: this.#values };
  }

  /** The nodes, each behind what it needs. */
  #ordered(): readonly { readonly node: MetaNode; readonly inputs: readonly string[] }[] {
    const entries = new Map(
      this.#part.nodes.map((node) => {
        const isFed = this.#options.fed.has(node.name) || this.#options.flags.has(node.name);
        return [node.name, { node, inputs: isFed ? [] : needsOf(node, this.#index) }] as const;
      }),
    );
    return inOrder(
      Array.from(entries.values()),
      (input) => entries.get(nodeNameOf(input)),
      ({ node }) =>
        damagedMeta(this.#where, "nodes must not need each other in a circle", `"${node.name}" (${node.op})`),
    );
  }

  #countOutput(name: string): void {
    const node = nodeNameOf(name);
    const number = Number(tensorName(name).slice(tensorName(name).lastIndexOf(":") + 1));
    if (!(number < 1024)) throw damagedMeta(this.#where, "a node may have 1024 outputs", `"${name}"`);
    this.#outputs.set(node, Math.max(this.#outputs.get(node) ?? 1, number + 1));
  }

  /** The tensor of an input: that of the variable itself, where a node reads one. */
  #resolved(input: string): string {
    const node = this.#index.find(input);
    const variable = node && this.#variableOf(node);
    return tensorName(variable ? variable.name : input.replace(/^\^/, ""));
  }

  #variableOf(node: MetaNode): MetaNode | undefined {
    return assignmentBefore(node, this.#index) ? undefined : this.#index.variableOf(node);
  }

  #add(node: MetaNode, inputs: readonly string[]): void {
    const { fed, flags } = this.#options;
    const tensor = `${node.name}:0`;
    const value = fed.get(node.name);
    if (value) this.#constants.set(tensor, value);
    else if (flags.has(node.name)) this.#nodes.push([node.name, "Training", [], [tensor], []]);
    else if (isVariable(node)) this.#addVariable(node);
    else if (this.#variableOf(node)) return;
    else if (isPlaceholder(node) && node.op !== "PlaceholderWithDefault") this.#addInput(node);
    else if (node.op === "Const") this.#addConstant(node, inputs);
    else this.#addNode(node, inputs);
  }

  #addVariable({ name }: MetaNode): void {
    const tensor = `${name}:0`;
    const value = this.#options.values.get(name)!;
    if (value.dtype === "float32") this.#variable(tensor, name, value, this.#options.isTrained(name));
    else {
      const dtype = value.dtype === "bool" ? "bool" : "int32";
      this.#constants.set(tensor, new HostArray(value.shape, dtype, Float64Array.from(value.data)));
    }
  }

  #variable(tensor: string, name: string, value: Tensor, trainable: boolean): void {
    const full = `${this.#options.prefix}${name}`;
    const penalty = this.#options.penalties.get(name);
    this.#variables.push({ tensor, name: full, shape: value.shape, trainable, ...(penalty && { penalty }) });
    this.#values.set(full, value);
  }

  #addInput(node: MetaNode): void {
    const { dtype, shape } = placeholderType(node, this.#meta.producer, this.#where);
    if (dtype === undefined || shape === undefined || shape.length > maxRank) {
      const got = dtype === undefined ? "another type" : shape === undefined ? "a tensor of any rank" : "more axes";
      throw new DataError(
        `${this.#where}: each placeholder must be a tensor of numbers with a number of axes, got ${got} for "${node.name}:0". ` +
          `Give it a value with { feed: { "${node.name}:0": value } }, or ask for tensors that do not need it.`,
      );
    }
    this.#inputs.push({ name: `${node.name}:0`, shape: shape.map((length) => (length < 0 ? -1 : length)), dtype });
  }

  #addConstant(node: MetaNode, guards: readonly string[]): void {
    const tensor = `${node.name}:0`;
    const stored = attributesOf(node, this.#where).get("value")?.tensor;
    if (!stored) throw damagedMeta(this.#where, `the constant "${node.name}" must have a value`, "none");
    const value = decodeMetaTensor(stored, node.name, this.#where);
    // Names without the number of an output: no tensor of the file has one.
    const own = guards.length > 0 ? node.name : tensor;
    if (!("value" in value)) this.#constant(own, node.name, value);
    else {
      const [shape, number] = [`${node.name}:shape`, `${node.name}:value`];
      this.#constants.set(shape, wholeArray(value.dims));
      this.#constants.set(number, new HostArray([], value.dtype, Float64Array.of(value.value)));
      this.#nodes.push([node.name, "Fill", [shape, number], [own], []]);
    }
    if (guards.length > 0)
      this.#nodes.push([node.name, "Guard", [own, ...guards.map((name) => this.#resolved(name))], [tensor], []]);
  }

  #constant(tensor: string, name: string, value: Value): void {
    const isLarge = value.dtype === "float32" && sizeOf(value.shape) > mostInRecord;
    if (isLarge && !(value instanceof HostArray)) this.#variable(tensor, name, value, false);
    else this.#constants.set(tensor, value);
  }

  #targetOf(node: MetaNode): string {
    const target = this.#index.targetOf(node);
    if (target) return `${target.name}:0`;
    throw new DataError(
      `${this.#where}: an assignment must change a variable, got "${node.name}" (${node.op}). Ask for an earlier tensor.`,
    );
  }

  #addNode(node: MetaNode, inputs: readonly string[]): void {
    const { name, op } = node;
    const attributes: [string, Attribute][] = [];
    for (const [key, value] of attributesOf(node, this.#where)) {
      const plain = known.has(key) ? plainAttribute(value) : undefined;
      if (plain !== undefined) attributes.push([key, plain]);
    }
    if (isAssignment(node)) attributes.push(["variable", this.#targetOf(node)]);
    const count = this.#outputs.get(name) ?? 1;
    const outputs = Array.from({ length: count }, (_, output) => `${name}:${output}`);
    this.#nodes.push([name, op, inputs.map((input) => this.#resolved(input)), outputs, attributes]);
  }
}

/** An attribute as records have it. */
const plainAttribute = ({ text, number, type, numbers }: MetaAttribute): Attribute | undefined =>
  text ?? number ?? type ?? numbers;

/** The values of placeholders that a caller gives. @throws DataError, with the names most like it, for a name that no placeholder has. */
export const fedValues = (
  meta: MetaGraph,
  index: MetaIndex,
  feed: Readonly<Record<string, number | boolean>>,
  where: string,
): ReadonlyMap<string, Value> => {
  const fed = new Map<string, Value>();
  for (const [name, value] of Object.entries(feed)) {
    const node = index.find(name);
    if (!node || !isPlaceholder(node)) {
      const names = meta.nodes.filter(isPlaceholder).map((placeholder) => `${placeholder.name}:0`);
      throw new DataError(
        `${where}: feed must name placeholders, got "${name}". ${adviseNames("placeholders", name, names)}`,
      );
    }
    const { dtype } = placeholderType(node, meta.producer, where);
    const host = dtype === "bool" ? "bool" : dtype === "float32" ? "float32" : "int32";
    fed.set(node.name, new HostArray([], host, Float64Array.of(Number(value))));
  }
  return fed;
};
