import { type FileSource, nameOfSource, readSource } from "../data/fileSource.ts";
import { nameOfElementType } from "./onnx/elementTypes.ts";
import type { DeclaredValue } from "./onnx/onnxModel.ts";
import { readOnnx } from "./onnx/readModel.ts";
import { isSupported, operatorOf } from "./onnx/support.ts";

/** An input or output of a graph, as a file declares it. */
export interface DescribedTensor {
  /** Its name in the file. */
  readonly name: string;
  /** The length of each axis; the name of a free one, "" where it has none. Undefined where the file does not say it. */
  readonly shape: readonly (number | string)[] | undefined;
  /** The type of the elements in the file: `float16`. */
  readonly dtype: string;
}

/** What a file holds, without its weights. */
export interface GraphDescription {
  /** The format of the file. */
  readonly format: "onnx";
  /** The program that wrote it, with its version. */
  readonly producer: string;
  /** The version of the file format. */
  readonly irVersion: number;
  /** The version of the operators, by domain; ONNX's own is "". */
  readonly opsets: Readonly<Record<string, number>>;
  /** What it takes. */
  readonly inputs: readonly DescribedTensor[];
  /** What it gives. */
  readonly outputs: readonly DescribedTensor[];
  /** How many nodes each operator has. */
  readonly operators: Readonly<Record<string, number>>;
  /** The nodes that are not computed here, by operator, domain and version. */
  readonly unsupported: Readonly<Record<string, readonly string[]>>;
  /** The names of all that nodes compute, in the order of the file. */
  readonly tensors: readonly string[];
  /** The tensors that the file stores. */
  readonly weights: readonly DescribedTensor[];
  /** The files beside it that hold weights. */
  readonly external: readonly string[];
  /** What the program that wrote it has added, such as names of classes. */
  readonly metadata: Readonly<Record<string, string>>;
}

const described = ({ name, type, dims }: DeclaredValue): DescribedTensor => ({
  name,
  shape: dims,
  dtype: type === undefined ? "not a tensor" : nameOfElementType(type),
});

/**
 * Looks into a file of ONNX before it is loaded: what it takes and gives, its operators, and which of them are not computed
 * here. Weights are not read, and files beside it are not needed.
 * @param source As for `loadOnnx`.
 * @throws DataError for a file that is missing, damaged, or of another format or version.
 * @example
 * const { producer, operators, unsupported } = await describeGraph("model.onnx");
 * operators; // { Gemm: 2, Relu: 1 }
 * unsupported; // {}
 */
export const describeGraph = async (source: FileSource): Promise<GraphDescription> => {
  const where = nameOfSource("describeGraph", source);
  const model = readOnnx(await readSource("describeGraph", source, 2 ** 32), where);
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
