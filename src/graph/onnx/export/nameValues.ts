import { ValueError } from "../../../base/errors.ts";
import type { ExportedGraph } from "./exportedGraph.ts";
import type { ExportNode, ExportValue } from "./exportValue.ts";
import type { GraphBuilder } from "./graphBuilder.ts";

/**
 * Leaves out what no output needs, and gives every tensor a name: inputs and outputs theirs, initializers those of their variables,
 * outputs of layers the paths of the layers, and others the path of the layer with the operator.
 * @throws ValueError for an input or output whose name another tensor has.
 */
export const nameAll = (where: string, graph: GraphBuilder, outputs: readonly ExportValue[]): ExportedGraph => {
  const { nodes, values } = neededBy(outputs, graph);
  const names = new Map<ExportValue, string>();
  const taken = new Set<string>();
  for (const value of [...graph.inputs, ...outputs]) {
    const { name } = value;
    if (names.has(value) || name === undefined) continue;
    if (taken.has(name)) {
      throw new ValueError(
        `${where}: inputs and outputs must have different names, got "${name}" twice. Rename one of them.`,
      );
    }
    take(names, taken, value, name);
  }
  const initializers = [...values].filter(({ stored }) => stored);
  const named = (value: ExportValue): string => {
    const { variable } = value.stored ?? {};
    return variable?.name ?? inLayer(value, "constant");
  };
  // A variable itself has its name first, and then what it is in other layouts.
  const derived = initializers.filter(({ stored }) => stored?.isDerived);
  for (const value of [...initializers.filter(({ stored }) => !stored?.isDerived), ...derived]) {
    take(names, taken, value, unused(taken, named(value)));
  }
  const computed = nodes.flatMap((node) => node.outputs);
  for (const value of computed) {
    if (value.name !== undefined && !names.has(value)) take(names, taken, value, unused(taken, value.name));
  }
  for (const value of computed) {
    if (!names.has(value)) take(names, taken, value, unused(taken, inLayer(value, value.node?.op ?? "")));
  }
  const nameOf = (value: ExportValue): string => names.get(value) as string;
  return {
    opset: graph.opset,
    inputs: graph.inputs,
    outputs,
    nodes,
    initializers: initializers.map((value) => [nameOf(value), value, value.stored as NonNullable<typeof value.stored>]),
    nameOf,
  };
};

const take = (names: Map<ExportValue, string>, taken: Set<string>, value: ExportValue, name: string): void => {
  names.set(value, name);
  taken.add(name);
};

const inLayer = ({ layer }: ExportValue, what: string): string => (layer === "" ? what : `${layer}/${what}`);

const unused = (taken: ReadonlySet<string>, wanted: string): string => {
  let name = wanted;
  for (let number = 1; taken.has(name); number++) name = `${wanted}_${number}`;
  return name;
};

/** The nodes that outputs need, and their inputs, in the order of computation. */
const neededBy = (
  outputs: readonly ExportValue[],
  { nodes }: GraphBuilder,
): { readonly nodes: readonly ExportNode[]; readonly values: ReadonlySet<ExportValue> } => {
  const asked = new Set(outputs);
  const needed: ExportNode[] = [];
  for (const [back] of nodes.entries()) {
    const node = nodes[nodes.length - 1 - back];
    if (!node.outputs.some((output) => asked.has(output))) continue;
    needed.push(node);
    for (const input of node.inputs) if (input) asked.add(input);
  }
  needed.reverse();
  const values = new Set(needed.flatMap(({ inputs }) => inputs.filter((input) => input !== undefined)));
  return { nodes: needed, values };
};
