import {
  anything,
  decode,
  flag,
  list,
  number,
  oneOf,
  optional,
  type Reader,
  record,
  text,
  tuple,
  whole,
} from "../../base/codec.ts";
import { DataError } from "../../base/errors.ts";
import { maxRank, type Shape, sizeOf } from "../../tensor/shape.ts";
import { ownTensor, Tensor } from "../../tensor/tensor.ts";
import type { Attribute } from "./graphNode.ts";
import { HostArray, type HostType, type Value } from "./hostArray.ts";

/** The kinds of elements that flow through a graph. */
export type GraphType = "float32" | "int32" | "bool" | "uint8";

/** An input or output as plain data; -1 is the length of a free axis. */
export interface TensorRecord {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: GraphType;
}

/** A variable: the tensor that it is in the graph, and its name for files and optimizers. */
export interface VariableRecord {
  readonly tensor: string;
  readonly name: string;
  readonly shape: Shape;
  /** Whether it may be trained; false for moving statistics. */
  readonly trainable: boolean;
  /** The factors of the penalties Σ|w| and ½·Σw² on it, where it has any. */
  readonly penalty?: { readonly l1: number; readonly l2: number };
}

/** A node: its name, its operator, the names of its inputs and outputs, its attributes. */
export type NodeTuple = readonly [
  name: string,
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly (readonly [name: string, value: Attribute])[],
];

/** A constant: its name, dtype, shape, and its elements in base64. */
export type ConstantTuple = readonly [name: string, dtype: HostType, shape: Shape, elements: string];

/** A graph without the values of its variables, as plain data: what a saved model holds of it. */
export interface GraphRecord {
  /** Whose operators its nodes have. */
  readonly dialect: string;
  /** The version of these operators: ONNX's opset, the producer of TensorFlow. */
  readonly version: number;
  /** What wrote the graph, for errors. */
  readonly source: string;
  readonly inputs: readonly TensorRecord[];
  readonly outputs: readonly TensorRecord[];
  /** In the order of computation. */
  readonly nodes: readonly NodeTuple[];
  readonly constants: readonly ConstantTuple[];
  readonly variables: readonly VariableRecord[];
  /** How many elements a run may compute on the host. */
  readonly budget: number;
  /** The number of rows that the file is fixed to, where other numbers work too. */
  readonly rows?: number;
  /** Why other numbers of rows do not work, where the file is fixed to one. */
  readonly fixed?: string;
}

/** More than any graph has. */
const most = 2 ** 20;
const name: Reader<string> = text;
const shape: Reader<Shape> = /* @__PURE__ */ list(whole, maxRank);
const integer: Reader<number> = (value) => (value === -1 ? -1 : whole(value));

const tensorReader: Reader<TensorRecord> = /* @__PURE__ */ record<TensorRecord>(() => ({
  name,
  shape: list(integer, maxRank),
  dtype: oneOf("float32", "int32", "bool", "uint8"),
}));

const recordReader: Reader<GraphRecord> = /* @__PURE__ */ record<GraphRecord>(() => ({
  dialect: name,
  version: whole,
  source: name,
  inputs: list(tensorReader, most),
  outputs: list(tensorReader, most),
  nodes: list(
    tuple<NodeTuple>(
      name,
      name,
      list(name, most),
      list(name, most),
      list(tuple(name, anything as Reader<Attribute>), most),
    ),
    most,
  ),
  constants: list(tuple<ConstantTuple>(name, oneOf("int32", "float32", "bool"), list(whole, 64), name), most),
  variables: list(
    record<VariableRecord>(() => ({
      tensor: name,
      name,
      shape,
      trainable: flag,
      penalty: optional(record<{ l1: number; l2: number }>(() => ({ l1: number, l2: number }))),
    })),
    most,
  ),
  budget: whole,
  rows: optional(whole),
  fixed: optional(name),
}));

/** Checks a record from a file. @throws DataError for another value. */
export const readGraphRecord = (where: string, value: unknown): GraphRecord =>
  decode(where, "graph", recordReader, value);

/** Up to this size, floats can be computed with on the host. */
const mostOnHost = 64;

/** A constant as plain data: floats as float32, the others as float64. */
export const constantTuple = (tensorName: string, value: Value): ConstantTuple => {
  const elements = value instanceof HostArray ? value.data : value.storage.view();
  const dtype = value.dtype as HostType;
  const array = dtype === "float32" ? Float32Array.from(elements) : Float64Array.from(elements);
  const bytes = new Uint8Array(array.buffer);
  let binary = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return [tensorName, dtype, [...value.shape], btoa(binary)];
};

/** The value of a constant. @throws DataError where shape and elements do not fit. */
export const constantValue = ([tensorName, dtype, dims, elements]: ConstantTuple): Value => {
  const array = arrayOf(elements, dtype === "float32" ? 4 : 8);
  if (array?.length !== sizeOf(dims)) {
    throw new DataError(
      `graph: the constant "${tensorName}" must have the elements of its shape, got others. Check that this is a sound file.`,
    );
  }
  if (dtype === "float32" && array.length > mostOnHost) return ownTensor(dims, "float32", array as Float32Array);
  return new HostArray(dims, dtype, Float64Array.from(array));
};

const arrayOf = (elements: string, width: number): Float32Array | Float64Array | undefined => {
  let binary: string;
  try {
    binary = atob(elements);
  } catch {
    return undefined;
  }
  const { buffer } = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (buffer.byteLength % width !== 0) return undefined;
  return width === 4 ? new Float32Array(buffer) : new Float64Array(buffer);
};

/** Whether a value is a tensor, and not an array of the host. */
export const isTensor = (value: Value): value is Tensor => value instanceof Tensor;
