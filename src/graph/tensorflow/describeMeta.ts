import { tensorflowTypes } from "../../io/formats/tensorflow/tensorflowTypes.ts";
import type { DescribedTensor, GraphDescription } from "../graphDescription.ts";
import { attributesOf } from "./metaAttributes.ts";
import type { MetaNode } from "./metaGraph.ts";
import { isPlaceholder, isVariable, MetaIndex } from "./metaIndex.ts";
import { likelyOutputs } from "./metaOutputs.ts";
import { metaPart } from "./metaPart.ts";
import { isComputed } from "./metaSupport.ts";
import { readMetaGraph } from "./readMetaGraph.ts";

/** Whether bytes begin like a MetaGraph, and not like ONNX, whose first field is a number. */
export const isMetaGraph = (bytes: Uint8Array): boolean => bytes[0] === 0x0a;

/** Describes the part of a `.meta` that the likely outputs need, or all of it where none are found. */
export const describeMeta = (bytes: Uint8Array, where: string): GraphDescription => {
  const meta = readMetaGraph(bytes, where);
  const index = new MetaIndex(meta, where);
  const outputs = likelyOutputs(meta).filter((name) => index.find(name));
  const nodes = outputs.length > 0 ? metaPart(meta, index, outputs, new Set(), where).nodes : meta.nodes;
  const described = (node: MetaNode): DescribedTensor => {
    const attributes = attributesOf(node, where);
    const type = attributes.get("dtype")?.type ?? 0;
    const shape = attributes.get("shape")?.shape ?? attributes.get("_output_shapes")?.shapes?.[0];
    return {
      name: isVariable(node) ? node.name : `${node.name}:0`,
      shape: shape?.map((length) => (length < 0 ? "" : length)),
      dtype: tensorflowTypes.get(type) ?? `type ${type}`,
    };
  };
  const operators = new Map<string, number>();
  const unsupported = new Map<string, string[]>();
  for (const node of nodes) {
    operators.set(node.op, (operators.get(node.op) ?? 0) + 1);
    if (isComputed(node)) continue;
    const names = unsupported.get(node.op) ?? [];
    names.push(node.name);
    unsupported.set(node.op, names);
  }
  const isInner = (node: MetaNode): boolean => node.op !== "Const" && !isPlaceholder(node) && !index.variableOf(node);
  return {
    format: "tensorflow",
    producer: `TensorFlow ${meta.version}`.trim(),
    irVersion: meta.producer,
    opsets: {},
    inputs: nodes.filter(isPlaceholder).map(described),
    outputs: outputs.map((name) => ({ name, shape: undefined, dtype: "float32" })),
    operators: Object.fromEntries(operators),
    unsupported: Object.fromEntries(unsupported),
    tensors: nodes.filter(isInner).map(({ name }) => `${name}:0`),
    weights: nodes.filter(isVariable).map(described),
    external: [],
    metadata: {},
  };
};
