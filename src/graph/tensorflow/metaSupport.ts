import { DataError } from "../../base/errors.ts";
import { attributesOf } from "./metaAttributes.ts";
import type { MetaGraph, MetaNode } from "./metaGraph.ts";
import { isPlaceholder, isVariable } from "./metaIndex.ts";
import { tensorflowOperators } from "./tensorflowOperators.ts";

/** How many nodes of one operator an error names. */
const mostNames = 20;
/** The operators that loops consist of. */
const loopOperators = [
  "Enter",
  "RefEnter",
  "Exit",
  "RefExit",
  "NextIteration",
  "RefNextIteration",
  "LoopCond",
  "While",
];

/** Whether a node can be computed here. */
export const isComputed = (node: MetaNode): boolean =>
  node.op === "Const" || isVariable(node) || isPlaceholder(node) || Object.hasOwn(tensorflowOperators, node.op);

/** The file in errors. */
export const writerOf = ({ version, producer }: MetaGraph): string =>
  version === "" ? `a file of TensorFlow (graph version ${producer})` : `a file of TensorFlow ${version}`;

/** @throws DataError that lists all nodes that cannot be computed here; first the loops, by their names. */
export const checkComputed = (meta: MetaGraph, nodes: readonly MetaNode[], where: string): void => {
  const loops = nodes.filter(({ op }) => loopOperators.includes(op));
  if (loops.length > 0) {
    const frames = loops.map((node) => attributesOf(node, where).get("frame_name")?.text ?? "");
    const named = new Set(frames.filter((name) => name !== ""));
    const names = named.size > 0 ? [...named] : loops.map(({ name }) => name);
    throw new DataError(
      `${where}: the graph must not have loops, got ${names.slice(0, mostNames).join(", ")}, in ${writerOf(meta)}. ` +
        "Recurrent networks are not read: ask for a tensor in front of the loop.",
    );
  }
  const byOperator = new Map<string, string[]>();
  for (const node of nodes) {
    if (isComputed(node)) continue;
    const names = byOperator.get(node.op) ?? [];
    names.push(`"${node.name}"`);
    byOperator.set(node.op, names);
  }
  if (byOperator.size === 0) return;
  const lists = Array.from(byOperator, ([op, names]) => {
    const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : "";
    return `${op} (${names.slice(0, mostNames).join(", ")}${more})`;
  });
  throw new DataError(
    `${where}: every node must have an operator that gradus computes, got ${lists.join("; ")}, in ${writerOf(meta)}. Ask for an earlier tensor.`,
  );
};
