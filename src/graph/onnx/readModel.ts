import { DataError } from "../../base/errors.ts";
import { checkForeign } from "../../data/foreignFormat.ts";
import type { Attribute } from "../core/graphNode.ts";
import { ProtoReader } from "../core/protoReader.ts";
import { type DeclaredValue, damaged, type OnnxModel, type OnnxNode, type StoredTensor } from "./onnxModel.ts";

/** The newest version of the file format that is read. */
const newestIr = 13;
/** The versions of ONNX's operators that are read. */
const opsets = { oldest: 6, newest: 25 } as const;
/** More axes than any tensor has. */
const maxAxes = 64;

/**
 * Reads a file of ONNX, without the elements of its tensors.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 * @throws DataError for another format, damage, and versions that are not read.
 */
export const readOnnx = (bytes: Uint8Array, where: string): OnnxModel => {
  try {
    return readModel(bytes, where);
  } catch (error) {
    if (error instanceof DataError) checkForeign(where, "an ONNX model", bytes);
    throw error;
  }
};

const readModel = (bytes: Uint8Array, where: string): OnnxModel => {
  const reader = new ProtoReader(bytes, where, "the model");
  let irVersion = 0;
  let producer = "";
  let version = "";
  let graph: Uint8Array | undefined;
  const versions = new Map<string, number>();
  const metadata = new Map<string, string>();
  while (reader.next()) {
    if (reader.field === 1) irVersion = reader.whole();
    else if (reader.field === 2) producer = reader.text();
    else if (reader.field === 3) version = reader.text();
    else if (reader.field === 7) graph = reader.bytes();
    else if (reader.field === 8) readOpset(reader.message("an opset"), versions);
    else if (reader.field === 14) metadata.set(...readPair(reader.message("metadata")));
    else reader.skip();
  }
  if (!graph) throw damaged(where, "an ONNX model must have a graph", "none");
  if (!(irVersion >= 1 && irVersion <= newestIr)) {
    throw new DataError(
      `${where}: the IR version must be from 1 to ${newestIr}, got ${irVersion}. Export it with ${newestIr} or below.`,
    );
  }
  const opset = versions.get("") ?? 1;
  if (!(opset >= opsets.oldest && opset <= opsets.newest)) {
    throw new DataError(
      `${where}: the opset must be from ${opsets.oldest} to ${opsets.newest}, got ${opset} of ${[producer, version].join(" ").trim() || "an unknown exporter"}. ` +
        "Export the model with opset 17, or convert it with onnx.version_converter.",
    );
  }
  const content = readGraph(new ProtoReader(graph, where, "the graph"));
  return { irVersion, producer: `${producer} ${version}`.trim(), opsets: versions, metadata, ...content };
};

const readOpset = (reader: ProtoReader, versions: Map<string, number>): void => {
  let domain = "";
  let version = 0;
  while (reader.next()) {
    if (reader.field === 1) domain = reader.text();
    else if (reader.field === 2) version = reader.whole();
    else reader.skip();
  }
  versions.set(domainOf(domain), version);
};

/** ONNX's own domain has two names. */
const domainOf = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

const readPair = (reader: ProtoReader): [key: string, value: string] => {
  let [key, value] = ["", ""];
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
    else reader.skip();
  }
  return [key, value];
};

const readGraph = (
  reader: ProtoReader,
): Pick<OnnxModel, "name" | "nodes" | "initializers" | "sparse" | "inputs" | "outputs"> => {
  let name = "";
  let sparse = 0;
  const nodes: OnnxNode[] = [];
  const initializers: StoredTensor[] = [];
  const inputs: DeclaredValue[] = [];
  const outputs: DeclaredValue[] = [];
  while (reader.next()) {
    if (reader.field === 1) reader.into(nodes, readNode(reader.message("a node")));
    else if (reader.field === 2) name = reader.text();
    else if (reader.field === 5) reader.into(initializers, readTensor(reader.message("a tensor")));
    else if (reader.field === 11) reader.into(inputs, readValue(reader.message("an input")));
    else if (reader.field === 12) reader.into(outputs, readValue(reader.message("an output")));
    else {
      if (reader.field === 15) sparse++;
      reader.skip();
    }
  }
  return { name, nodes, initializers, sparse, inputs, outputs };
};

const readNode = (reader: ProtoReader): OnnxNode => {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let [name, op, domain] = ["", "", ""];
  const attributes: [string, Attribute][] = [];
  const tensors: [string, StoredTensor][] = [];
  const others: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) reader.into(inputs, reader.text());
    else if (reader.field === 2) reader.into(outputs, reader.text());
    else if (reader.field === 3) name = reader.text();
    else if (reader.field === 4) op = reader.text();
    else if (reader.field === 5) {
      const attribute = readAttribute(reader.message("an attribute"));
      if (attribute.tensor) reader.into(tensors, [attribute.name, attribute.tensor]);
      else if (attribute.value === undefined) reader.into(others, attribute.name);
      else reader.into(attributes, [attribute.name, attribute.value]);
    } else if (reader.field === 7) domain = domainOf(reader.text());
    else reader.skip();
  }
  return { name, op, domain, inputs, outputs, attributes, tensors, others };
};

/** What an attribute holds follows from its type, or, in the oldest files, from what is there. */
const readAttribute = (
  reader: ProtoReader,
): { readonly name: string; readonly value: Attribute | undefined; readonly tensor: StoredTensor | undefined } => {
  let name = "";
  let type = 0;
  let tensor: StoredTensor | undefined;
  let hasOthers = false;
  let float: number | undefined;
  let whole: number | undefined;
  let text: string | undefined;
  const floats: number[] = [];
  const wholes: number[] = [];
  const texts: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) float = reader.float();
    else if (reader.field === 3) whole = reader.whole();
    else if (reader.field === 4) text = reader.text(false);
    else if (reader.field === 5) tensor = readTensor(reader.message("a tensor"));
    else if (reader.field === 7) reader.floats(floats);
    else if (reader.field === 8) reader.wholes(wholes);
    else if (reader.field === 9) reader.into(texts, reader.text(false));
    else if (reader.field === 20) type = reader.whole();
    else {
      // Graphs, sparse tensors and types: operators that have them are not computed here.
      if (reader.field === 6 || (reader.field >= 10 && reader.field <= 15) || reader.field >= 22) hasOthers = true;
      reader.skip();
    }
  }
  // Proto 3 leaves out numbers that are 0.
  const byType: readonly (Attribute | undefined)[] = [undefined, float ?? 0, whole ?? 0, text ?? ""];
  const lists: readonly (Attribute | undefined)[] = [floats, wholes, texts];
  const present = float ?? whole ?? text ?? lists.find((list) => (list as readonly unknown[]).length > 0);
  const value = type === 0 ? present : type <= 3 ? byType[type] : type >= 6 && type <= 8 ? lists[type - 6] : undefined;
  return { name, value: hasOthers ? undefined : value, tensor: type === 0 || type === 4 ? tensor : undefined };
};

/** Reads where the elements of a tensor are, and not the elements. */
export const readTensor = (reader: ProtoReader): StoredTensor => {
  const dims: number[] = [];
  const numbers: number[] = [];
  let name = "";
  let type = 0;
  let raw: Uint8Array | undefined;
  let isExternal = false;
  const external = new Map<string, string>();
  while (reader.next()) {
    if (reader.field === 1) reader.wholes(dims);
    else if (reader.field === 2) type = reader.whole();
    else if (reader.field === 4) reader.floats(numbers);
    else if (reader.field === 5 || reader.field === 7 || reader.field === 11) reader.wholes(numbers);
    else if (reader.field === 8) name = reader.text();
    else if (reader.field === 9) raw = reader.bytes();
    else if (reader.field === 10) reader.floats(numbers, 8);
    else if (reader.field === 13) external.set(...readPair(reader.message("external data")));
    else if (reader.field === 14) isExternal = reader.whole() === 1;
    else reader.skip();
    if (dims.length > maxAxes) throw reader.damaged(`a tensor may have ${maxAxes} axes`, "more");
  }
  return { name, dims, type, raw, numbers, external: isExternal ? external : undefined };
};

const readValue = (reader: ProtoReader): DeclaredValue => {
  let name = "";
  let type: number | undefined;
  let dims: readonly (number | string)[] | undefined;
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) {
      const types = reader.message("a type");
      while (types.next()) {
        if (types.field === 1) ({ type, dims } = readTensorType(types.message("the type of a tensor")));
        else types.skip();
      }
    } else reader.skip();
  }
  return { name, type, dims };
};

const readTensorType = (reader: ProtoReader): Pick<DeclaredValue, "type" | "dims"> => {
  let type = 0;
  let dims: (number | string)[] | undefined;
  while (reader.next()) {
    if (reader.field === 1) type = reader.whole();
    else if (reader.field === 2) {
      dims = [];
      const shape = reader.message("a shape");
      while (shape.next()) {
        if (shape.field === 1) dims.push(readDimension(shape.message("an axis")));
        else shape.skip();
        if (dims.length > maxAxes) throw shape.damaged(`a tensor may have ${maxAxes} axes`, "more");
      }
    } else reader.skip();
  }
  return { type, dims };
};

/** A length, or the name of a free axis; "" where it has none. Some exporters write 0 or -1 for a free axis. */
const readDimension = (reader: ProtoReader): number | string => {
  let length: number | string = "";
  while (reader.next()) {
    if (reader.field === 1) length = reader.whole();
    else if (reader.field === 2) length = reader.text();
    else reader.skip();
  }
  return typeof length === "number" && length <= 0 ? "" : length;
};
