import {
  bytes,
  float,
  join,
  type Message,
  message,
  packedFloats,
  packedWholes,
  text,
  whole,
} from "./protobufWriter.ts";

/** A tensor in a file: floats where no type is given. */
export interface FileTensor {
  readonly dims: readonly number[];
  readonly values: readonly number[];
  readonly type?: "float" | "int64" | "bool" | "int32" | "uint8";
  /** The data type and the bytes, in place of `values`. */
  readonly raw?: { readonly type: number; readonly bytes: Uint8Array };
  /** Where the elements are in another file, in place of `values`. */
  readonly external?: Readonly<Record<string, string>>;
}

/** What a node's attribute holds; a plain number is a whole number. */
export type FileAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: FileTensor }
  | { readonly graph: Uint8Array };

export interface FileNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, FileAttribute>>;
  readonly name?: string;
  readonly domain?: string;
}

export interface FileValue {
  /** Numbers are fixed, names are free. Undefined: not declared. */
  readonly dims?: readonly (number | string)[];
  /** A code; 1 is float. */
  readonly type?: number;
}

export interface FileModel {
  readonly opset?: number;
  readonly ir?: number;
  readonly producer?: string;
  readonly nodes: readonly FileNode[];
  readonly initializers?: Readonly<Record<string, FileTensor>>;
  readonly inputs?: Readonly<Record<string, FileValue>>;
  readonly outputs?: Readonly<Record<string, FileValue>> | readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Other opsets, by domain. */
  readonly opsets?: Readonly<Record<string, number>>;
  /** Further fields of the graph and of the model. */
  readonly graphFields?: readonly Message[];
  readonly modelFields?: readonly Message[];
}

const codes = { float: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;

export const encodeTensor = (name: string, { dims, values, type = "float", raw, external }: FileTensor): Uint8Array => {
  const pairs = Object.entries(external ?? {}).map(([key, value]) => message(13, text(1, key), text(2, value)));
  const parts = [packedWholes(1, dims), whole(2, raw?.type ?? codes[type]), text(8, name)];
  if (external) return join([...parts, ...pairs, whole(14, 1)]);
  if (raw) return join([...parts, bytes(9, raw.bytes)]);
  if (type === "float") return join([...parts, packedFloats(4, values)]);
  return join([...parts, packedWholes(type === "int64" ? 7 : 5, values)]);
};

const encodeAttribute = (name: string, value: FileAttribute): Uint8Array => {
  const named = text(1, name);
  if (typeof value === "number") return join([named, whole(3, value), whole(20, 2)]);
  if (typeof value === "string") return join([named, text(4, value), whole(20, 3)]);
  if ("float" in value) return join([named, float(2, value.float), whole(20, 1)]);
  if ("floats" in value) return join([named, packedFloats(7, value.floats), whole(20, 6)]);
  if ("tensor" in value) return join([named, bytes(5, encodeTensor("", value.tensor)), whole(20, 4)]);
  if ("graph" in value) return join([named, bytes(6, value.graph), whole(20, 5)]);
  return join([named, packedWholes(8, value), whole(20, 7)]);
};

const encodeNode = ({ op, inputs, outputs, attributes = {}, name = "", domain = "" }: FileNode): Uint8Array =>
  join([
    ...inputs.map((input) => text(1, input)),
    ...outputs.map((output) => text(2, output)),
    text(3, name),
    text(4, op),
    ...Object.entries(attributes).map(([key, value]) => bytes(5, encodeAttribute(key, value))),
    text(7, domain),
  ]);

const encodeValue = (name: string, { dims, type = 1 }: FileValue): Uint8Array => {
  const shape = dims?.map((length) => message(1, typeof length === "number" ? whole(1, length) : text(2, length)));
  return join([text(1, name), message(2, message(1, whole(1, type), ...(shape ? [message(2, ...shape)] : [])))]);
};

export const encodeGraph = ({
  nodes,
  initializers = {},
  inputs = {},
  outputs = {},
  graphFields = [],
}: FileModel): Uint8Array => {
  const declared = Array.isArray(outputs) ? Object.fromEntries(outputs.map((name) => [name, {}])) : outputs;
  return join([
    ...nodes.map((node) => bytes(1, encodeNode(node))),
    text(2, "graph"),
    ...Object.entries(initializers).map(([name, tensor]) => bytes(5, encodeTensor(name, tensor))),
    ...Object.entries(inputs).map(([name, value]) => bytes(11, encodeValue(name, value))),
    ...Object.entries(declared).map(([name, value]) => bytes(12, encodeValue(name, value as FileValue))),
    ...graphFields,
  ]);
};

/** The bytes of an ONNX file. */
export const encodeModel = (model: FileModel): Uint8Array<ArrayBuffer> => {
  const { ir = 8, producer = "test", opset = 17, opsets = {}, metadata = {}, modelFields = [] } = model;
  return join([
    whole(1, ir),
    text(2, producer),
    text(3, "1.0"),
    bytes(7, encodeGraph(model)),
    message(8, text(1, ""), whole(2, opset)),
    ...Object.entries(opsets).map(([domain, version]) => message(8, text(1, domain), whole(2, version))),
    ...Object.entries(metadata).map(([key, value]) => message(14, text(1, key), text(2, value))),
    ...modelFields,
  ]) as Uint8Array<ArrayBuffer>;
};

/** A small network: hidden = Gemm(x, w1, b1) [3 → 2], h = Relu(hidden), y = Gemm(h, w2, b2) [2 → 1]. */
export const smallNetwork: FileModel = {
  producer: "pytorch",
  nodes: [
    { op: "Gemm", name: "fc1", inputs: ["x", "w1", "b1"], outputs: ["hidden"], attributes: { transB: 1 } },
    { op: "Relu", inputs: ["hidden"], outputs: ["h"] },
    { op: "Gemm", name: "fc2", inputs: ["h", "w2", "b2"], outputs: ["y"], attributes: { transB: 1 } },
  ],
  initializers: {
    w1: { dims: [2, 3], values: [1, -2, 0.5, 0.25, 1, -1] },
    b1: { dims: [2], values: [0.5, -0.5] },
    w2: { dims: [1, 2], values: [2, -1] },
    b2: { dims: [1], values: [0.125] },
  },
  inputs: { x: { dims: ["batch", 3] } },
  outputs: { y: { dims: ["batch", 1] } },
};
