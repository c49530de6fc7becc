import { DataError } from "../../base/errors.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { freeShapes } from "../core/freeShapes.ts";
import type { Attribute } from "../core/graphNode.ts";
import { HostArray, type HostType, type Value } from "../core/hostArray.ts";
import { Program } from "../core/program.ts";
import {
  constantTuple,
  type GraphRecord,
  type GraphType,
  type NodeTuple,
  type TensorRecord,
  type VariableRecord,
} from "../core/record.ts";
import { decodeTensor } from "./decodeTensor.ts";
import { elementTypeOf, hostTypeOf, nameOfElementType } from "./elementTypes.ts";
import { onnxDialect } from "./onnxDialect.ts";
import { type DeclaredValue, damaged, type OnnxModel, type OnnxNode, type StoredTensor } from "./onnxModel.ts";
import { neededNodes } from "./order.ts";
import { checkSupported, isConstant } from "./support.ts";
import { rolesOf, variableNames } from "./variables.ts";

/** How a file becomes a graph. */
export interface ImportOptions {
  /** The tensors that the graph computes; undefined for those that the file names. */
  readonly outputs: readonly string[] | undefined;
  /** Matches the names of the tensors that are trained; undefined for the rule. */
  readonly trainable: RegExp | undefined;
  /** Is put in front of the variables' names. */
  readonly prefix: string;
}

/** A graph, and what its variables begin with. */
export interface ImportedGraph {
  readonly record: GraphRecord;
  /** By the names of the variables. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** The names of the variables that may be trained and are frozen. */
  readonly frozen: ReadonlySet<string>;
}

/** The elements that the host may compute: this many, or this many times the bytes of the file. */
const budget = { elements: 2 ** 24, timesFile: 64 } as const;
/** Constants of more elements become variables that are not trained: they are too large for the description of a model. */
const mostInRecord = 2 ** 16;

/** The nodes that are needed, and the tensors of the file that they need. */
export const neededPart = (model: OnnxModel, outputs: readonly string[] | undefined, where: string): NeededPart => {
  const initializers = new Map(model.initializers.map((stored) => [stored.name, stored]));
  const inputs = model.inputs.filter(({ name }) => !initializers.has(name));
  const wanted = outputs ?? model.outputs.map(({ name }) => name);
  if (wanted.length === 0) throw damaged(where, "a graph must have outputs", "none");
  const sources = new Set([...initializers.keys(), ...inputs.map(({ name }) => name)]);
  const nodes = neededNodes(model, wanted, sources, where);
  const asked = new Set([...wanted, ...nodes.flatMap((node) => node.inputs)]);
  return {
    nodes,
    outputs: wanted,
    inputs: inputs.filter(({ name }) => asked.has(name)),
    stored: model.initializers.filter(({ name }) => asked.has(name)),
  };
};

/** What `neededPart` finds. */
export interface NeededPart {
  readonly nodes: readonly OnnxNode[];
  readonly outputs: readonly string[];
  readonly inputs: readonly DeclaredValue[];
  readonly stored: readonly StoredTensor[];
}

/** Makes a graph of a file. @param external The bytes of tensors that are in other files. */
export const importGraph = (
  model: OnnxModel,
  part: NeededPart,
  fileBytes: number,
  external: ReadonlyMap<StoredTensor, Uint8Array>,
  where: string,
  options: ImportOptions,
): ImportedGraph => {
  checkSupported(model, part.nodes, where);
  const constants = new Map<string, Value>();
  for (const stored of part.stored) constants.set(stored.name, decodeTensor(stored, where, external.get(stored)));
  const nodes = part.nodes.filter((node) => !isConstant(node));
  for (const node of part.nodes) {
    if (isConstant(node)) constants.set(node.outputs[0] ?? "", constantOf(node, where, external));
  }
  const { variables, values, frozen } = chooseVariables(nodes, constants, options);
  const chosen = new Set(variables.map(({ tensor }) => tensor));
  const bound = Math.max(budget.elements, budget.timesFile * fileBytes);
  const record: GraphRecord = {
    dialect: "onnx",
    version: model.opsets.get("") ?? 1,
    source: model.producer,
    inputs: part.inputs.map((input) => inputRecord(input, where)),
    outputs: part.outputs.map((name) => ({ name, shape: [], dtype: "float32" })),
    nodes: nodes.map((node) => nodeTuple(node, where)),
    constants: [...constants].filter(([name]) => !chosen.has(name)).map(([name, value]) => constantTuple(name, value)),
    variables,
    budget: bound,
  };
  return { record: withShapes(record, model, values), values, frozen };
};

/** The value of a node that is a constant. */
const constantOf = (node: OnnxNode, where: string, external: ReadonlyMap<StoredTensor, Uint8Array>): Value => {
  const [stored] = node.tensors;
  if (stored) return decodeTensor(stored[1], where, external.get(stored[1]));
  const [name, value] = node.attributes[0] ?? ["", undefined];
  const array = typeof value === "number" ? [value] : value;
  if (/^value_(float|int)s?$/.test(name) && Array.isArray(array) && array.every((entry) => typeof entry === "number")) {
    const dtype = name.startsWith("value_int") ? "int32" : "float32";
    return new HostArray(typeof value === "number" ? [] : [array.length], dtype, Float64Array.from(array));
  }
  throw damaged(where, `the constant "${node.outputs[0]}" must have numbers`, name || "none");
};

const chooseVariables = (
  nodes: readonly OnnxNode[],
  constants: ReadonlyMap<string, Value>,
  { trainable, prefix }: ImportOptions,
): { variables: readonly VariableRecord[]; values: Map<string, Tensor>; frozen: ReadonlySet<string> } => {
  const roles = rolesOf(nodes);
  const isNamed = (name: string): boolean => trainable !== undefined && name.search(trainable) >= 0;
  const tensors = [...constants].filter(([name, value]) => {
    if (value.dtype !== "float32") return false;
    const role = value.shape.length > 0 ? roles.get(name) : undefined;
    return role !== undefined || isNamed(name) || sizeOf(value.shape) > mostInRecord;
  });
  const names = variableNames(
    tensors.map(([name]) => name),
    prefix,
  );
  const values = new Map<string, Tensor>();
  const frozen = new Set<string>();
  const variables = tensors.map(([tensor, value], index): VariableRecord => {
    const name = names[index];
    const isTrained = roles.get(tensor) !== "statistic" && (roles.has(tensor) || isNamed(tensor));
    if (isTrained && trainable && !isNamed(tensor)) frozen.add(name);
    values.set(name, value instanceof HostArray ? value.tensor : value);
    return { tensor, name, shape: value.shape, trainable: isTrained };
  });
  return { variables, values, frozen };
};

const inputRecord = ({ name, type, dims }: DeclaredValue, where: string): TensorRecord => {
  const dtype = type === undefined ? undefined : elementTypeOf(type) === "uint8" ? "uint8" : hostTypeOf(type);
  if (dtype === undefined || dims === undefined) {
    const got = type === undefined ? "none" : dims === undefined ? "a tensor of any rank" : nameOfElementType(type);
    throw new DataError(
      `${where}: each input must be a tensor of numbers with a number of axes, got ${got} for "${name}". Ask for tensors that do not need it, with { outputs: [name] }.`,
    );
  }
  return { name, shape: dims.map((length) => (typeof length === "number" ? length : -1)), dtype: dtype as GraphType };
};

/** A node with plain attributes: the one tensor among them, the value of ConstantOfShape, as a number and its type. */
const nodeTuple = ({ name, op, inputs, outputs, attributes, tensors }: OnnxNode, where: string): NodeTuple => {
  const fills = tensors.flatMap(([, stored]): (readonly [string, Attribute])[] => {
    const value = decodeTensor(stored, where);
    const data = value instanceof HostArray ? value.data : value.storage.view();
    if (data.length !== 1) throw damaged(where, `the value of ${op} must be one number`, String(data.length));
    return [
      ["value", data[0]],
      ["value_type", value.dtype as HostType],
    ];
  });
  return [name, op, inputs, outputs, [...attributes, ...fills]];
};

/**
 * The record with the shapes of its outputs. Where the file is fixed to a number of rows, others are tried: if all outputs
 * follow them, the rows are free; else the record says what is in the way.
 */
const withShapes = (record: GraphRecord, model: OnnxModel, values: ReadonlyMap<string, Tensor>): GraphRecord => {
  const declared = new Map(model.outputs.map((output) => [output.name, output]));
  const names = record.outputs.map(({ name }) => name);
  const finish = (base: GraphRecord, shapes: ReturnType<typeof shapesOf>): GraphRecord => ({
    ...base,
    outputs: names.map((name) => {
      const known = typeof shapes === "string" ? undefined : shapes.get(name);
      const { type, dims } = declared.get(name) ?? { type: undefined, dims: undefined };
      const dtype = known?.dtype ?? ((type === undefined ? undefined : hostTypeOf(type)) as GraphType) ?? "float32";
      return {
        name,
        dtype,
        shape: known?.shape ?? (dims ?? []).map((length) => (typeof length === "number" ? length : -1)),
      };
    }),
  });
  const [rows, ...others] = new Set(record.inputs.map(({ shape }) => shape[0] ?? -1));
  if (rows === undefined || rows < 1 || others.length > 0) return finish(record, shapesOf(record, values, false));
  const freed = { ...record, rows };
  const shapes = shapesOf(freed, values, true);
  if (typeof shapes !== "string" && names.every((name) => shapes.get(name)?.shape[0] === -1)) {
    const inputs = record.inputs.map((input) => ({ ...input, shape: [-1, ...input.shape.slice(1)] }));
    return finish({ ...freed, inputs }, shapes);
  }
  const fixed = typeof shapes === "string" ? shapes : "the outputs have another number of rows.";
  return finish({ ...record, fixed }, shapesOf(record, values, false));
};

/** The shapes of all outputs, or what is in the way. */
const shapesOf = (
  record: GraphRecord,
  values: ReadonlyMap<string, Tensor>,
  freed: boolean,
): ReturnType<typeof freeShapes> => {
  const program = new Program(record, onnxDialect);
  const read = (index: number): Tensor => values.get(record.variables[index].name)!;
  const outputs = record.outputs.map(({ name }) => name);
  const isOutput = new Set(outputs);
  return freeShapes(program, outputs, read, freed, (name) => isOutput.has(name));
};
