import { DataError } from "../../base/errors.ts";
import { checkForeign } from "../../data/foreignFormat.ts";
import { ProtoReader } from "../core/protoReader.ts";
import { damagedMeta, type MetaGraph, type MetaNode } from "./metaGraph.ts";

/**
 * Reads a MetaGraph, what `tf.train.Saver` writes as `.meta`: the nodes without their attributes, and the collections.
 * @see https://github.com/tensorflow/tensorflow/blob/v1.15.0/tensorflow/core/protobuf/meta_graph.proto
 * @throws DataError for another format, and for damage.
 */
export const readMetaGraph = (bytes: Uint8Array, where: string): MetaGraph => {
  try {
    return readMeta(bytes, where);
  } catch (error) {
    if (error instanceof DataError) checkForeign(where, "a MetaGraph of TensorFlow (.meta)", bytes);
    throw error;
  }
};

const readMeta = (bytes: Uint8Array, where: string): MetaGraph => {
  const reader = new ProtoReader(bytes, where, "the MetaGraph");
  let version = "";
  let graph: Uint8Array | undefined;
  const collections = new Map<string, readonly string[]>();
  while (reader.next()) {
    if (reader.field === 1) version = readVersion(reader.message("the information"));
    else if (reader.field === 2) graph = reader.bytes();
    else if (reader.field === 4) readCollection(reader.message("a collection"), collections);
    else reader.skip();
  }
  const content = graph && readGraphDef(new ProtoReader(graph, where, "the graph"));
  if (!content || content.nodes.length === 0)
    throw damagedMeta(where, "a MetaGraph must have a graph with nodes", "none");
  const names = new Set<string>();
  for (const { name } of content.nodes) {
    if (names.has(name)) throw damagedMeta(where, "each node must have a name of its own", `"${name}" twice`);
    names.add(name);
  }
  return { version, ...content, collections, bytes: bytes.length };
};

const readVersion = (reader: ProtoReader): string => {
  let version = "";
  while (reader.next()) {
    if (reader.field === 5) version = reader.text(false);
    else reader.skip();
  }
  return version;
};

const readGraphDef = (reader: ProtoReader): Pick<MetaGraph, "nodes" | "producer"> => {
  const nodes: MetaNode[] = [];
  let producer = 0;
  while (reader.next()) {
    if (reader.field === 1) reader.into(nodes, readNodeDef(reader.message("a node")));
    else if (reader.field === 4) producer = readProducer(reader.message("the versions"));
    else reader.skip();
  }
  return { nodes, producer };
};

const readProducer = (reader: ProtoReader): number => {
  let producer = 0;
  while (reader.next()) {
    if (reader.field === 1) producer = reader.whole();
    else reader.skip();
  }
  if (producer >= 0 && producer < 2 ** 31) return producer;
  throw reader.damaged("the version of the producer must be a whole number from 0", String(producer));
};

const readNodeDef = (reader: ProtoReader): MetaNode => {
  const inputs: string[] = [];
  const attributes: Uint8Array[] = [];
  let [name, op] = ["", ""];
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) op = reader.text();
    else if (reader.field === 3) reader.into(inputs, reader.text());
    else if (reader.field === 5) reader.into(attributes, reader.bytes());
    else reader.skip();
  }
  if (name === "" || op === "") throw reader.damaged("it must have a name and an operator", `"${name}" and "${op}"`);
  return { name, op, inputs, attributes };
};

/** The names in a collection: nodes by name, and variables by their descriptions. Others are left out. */
const readCollection = (reader: ProtoReader, collections: Map<string, readonly string[]>): void => {
  let key = "";
  const names: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) readCollectionDef(reader.message("a collection"), names);
    else reader.skip();
  }
  collections.set(key, names);
};

const readCollectionDef = (reader: ProtoReader, names: string[]): void => {
  while (reader.next()) {
    if (reader.field === 1) {
      const list = reader.message("a list of nodes");
      while (list.next()) {
        if (list.field === 1) list.into(names, list.text());
        else list.skip();
      }
    } else if (reader.field === 2) {
      const list = reader.message("a list of variables");
      while (list.next()) {
        if (list.field === 1) list.into(names, readVariableDef(list.bytes()));
        else list.skip();
      }
    } else reader.skip();
  }
};

/** The name of a variable, the first field of its description; "" for bytes that describe something else. */
const readVariableDef = (bytes: Uint8Array): string => {
  try {
    const reader = new ProtoReader(bytes, "", "a variable");
    return reader.next() && reader.field === 1 ? reader.text() : "";
  } catch {
    return "";
  }
};
