import { type FileSource, nameOfSource, readSource } from "../data/fileSource.ts";
import type { DescribedTensor, GraphDescription } from "./graphDescription.ts";
import { nameOfElementType } from "./onnx/elementTypes.ts";
import type { DeclaredValue } from "./onnx/onnxModel.ts";
import { readOnnx } from "./onnx/readModel.ts";
import { isSupported, operatorOf } from "./onnx/support.ts";
import { describeMeta, isMetaGraph } from "./tensorflow/describeMeta.ts";

const described = ({ name, type, dims }: DeclaredValue): DescribedTensor => ({
  name,
  shape: dims,
  dtype: type === undefined ? "not a tensor" : nameOfElementType(type),
});

/**
 * Looks into a file of ONNX, or the `.meta` of TensorFlow 1, before it is loaded: what it takes and gives, its operators, and which of them are not computed
 * here. Weights are not read, and files beside it are not needed.
 * @param source As for `loadOnnx`; of TensorFlow the `.meta` alone.
 * @throws DataError for a file that is missing, damaged, or of another format or version.
 * @example
 * const { producer, operators, unsupported } = await describeGraph("model.onnx");
 * operators; // { Gemm: 2, Relu: 1 }
 * unsupported; // {}
 */
export const describeGraph = async (source: FileSource): Promise<GraphDescription> => {
  const where = nameOfSource("describeGraph", source);
  const bytes = await readSource("describeGraph", source, 2 ** 32);
  if (isMetaGraph(bytes)) return describeMeta(bytes, where);
  const model = readOnnx(bytes, where);
  const operators = new Map<string, number>();
  const unsupported = new Map<string, string[]>();
  for (const node of model.nodes) {
    operators.set(node.op, (operators.get(node.op) ?? 0) + 1);
    if (isSupported(node)) continue;
    const operator = operatorOf(node, model);
    const names = unsupported.get(operator) ?? [];
    names.push(node.name || (node.outputs[0] ?? ""));
    unsupported.set(operator, names);
  }
  const initializers = new Set(model.initializers.map(({ name }) => name));
  return {
    format: "onnx",
    producer: model.producer,
    irVersion: model.irVersion,
    opsets: Object.fromEntries(model.opsets),
    inputs: model.inputs.filter(({ name }) => !initializers.has(name)).map(described),
    outputs: model.outputs.map(described),
    operators: Object.fromEntries(operators),
    unsupported: Object.fromEntries(unsupported),
    tensors: model.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== "")),
    weights: model.initializers.map(({ name, dims, type }) => ({ name, shape: dims, dtype: nameOfElementType(type) })),
    external: [...new Set(model.initializers.flatMap((stored) => stored.external?.get("location") ?? []))],
    metadata: Object.fromEntries(model.metadata),
  };
};
