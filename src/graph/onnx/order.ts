import { DataError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { inOrder } from "../core/inOrder.ts";
import { damaged, type OnnxModel, type OnnxNode } from "./onnxModel.ts";

/** A node in errors. */
export const labelOf = ({ name, op, outputs }: OnnxNode): string => `"${name || (outputs[0] ?? "")}" (${op})`;

/** Which node computes each tensor. @throws DataError for two tensors of one name. */
const producersOf = (model: OnnxModel, where: string): ReadonlyMap<string, OnnxNode> => {
  const initializers = new Set<string>();
  const twice = (name: string): DataError =>
    damaged(where, "each tensor must have a name of its own", `"${name}" twice`);
  for (const { name } of model.initializers) {
    if (initializers.has(name)) throw twice(name);
    initializers.add(name);
  }
  const inputs = new Set<string>();
  for (const { name } of model.inputs) {
    if (inputs.has(name)) throw twice(name);
    inputs.add(name);
  }
  const producers = new Map<string, OnnxNode>();
  for (const node of model.nodes) {
    for (const name of node.outputs) {
      if (name === "") continue;
      if (producers.has(name) || initializers.has(name) || inputs.has(name)) throw twice(name);
      producers.set(name, node);
    }
  }
  return producers;
};

/**
 * The nodes that tensors need, each behind those that it needs itself. Files should have them in such an order, and do not
 * always.
 * @param sources The names of what nothing computes: inputs and initializers.
 * @throws DataError for a circle, for a tensor that nothing computes, and for names that are taken twice.
 */
export const neededNodes = (
  model: OnnxModel,
  outputs: readonly string[],
  sources: ReadonlySet<string>,
  where: string,
): readonly OnnxNode[] => {
  const producers = producersOf(model, where);
  const needed = new Set<OnnxNode>();
  const waiting: OnnxNode[] = [];
  const ask = (name: string, by: string): void => {
    const node = producers.get(name);
    if (!node && !sources.has(name)) {
      const advice =
        model.sparse > 0
          ? "The file has sparse initializers, which are not read."
          : adviseNames("tensors", name, [...producers.keys()].slice(0, 10_000));
      throw new DataError(
        `${where}: each tensor must be computed, or be an input or initializer, got none "${name}" for ${by}. ${advice}`,
      );
    }
    if (!node || needed.has(node)) return;
    needed.add(node);
    waiting.push(node);
  };
  for (const name of outputs) ask(name, "an output");
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    for (const name of node.inputs) if (name !== "") ask(name, `node ${labelOf(node)}`);
  }
  return inOrder(
    model.nodes.filter((node) => needed.has(node)),
    (name) => producers.get(name),
    (node) => damaged(where, "nodes must not need each other in a circle", labelOf(node)),
  );
};
