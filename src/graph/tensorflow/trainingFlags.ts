import type { MetaNode } from "./metaGraph.ts";
import { dataInputs, isPlaceholder, type MetaIndex } from "./metaIndex.ts";
import { placeholderType } from "./placeholderType.ts";

/** The input that is the condition, by operator. */
const conditions: Readonly<Record<string, number>> = { Switch: 1, RefSwitch: 1, Select: 0, SelectV2: 0, LogicalNot: 0 };
/** Operators that pass conditions on. */
const passing = ["Identity", "Switch", "Merge", "LogicalNot", "LogicalAnd", "LogicalOr"];

/**
 * The placeholders that tell whether the network is trained: those of one bool that decide about a branch or a choice, directly or
 * through logic.
 * @param nodes The nodes that are needed.
 * @param producer The version of the graph's format.
 */
export const trainingFlags = (
  nodes: readonly MetaNode[],
  index: MetaIndex,
  producer: number,
  where: string,
): ReadonlySet<string> => {
  const flags = new Set<string>();
  const seen = new Set<MetaNode>();
  const waiting = nodes.flatMap((node) => {
    const at = Object.hasOwn(conditions, node.op) ? conditions[node.op] : undefined;
    const input = at === undefined ? undefined : dataInputs(node)[at];
    return input === undefined ? [] : [index.node(input, `"${node.name}"`)];
  });
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (isPlaceholder(node)) {
      const { dtype, shape } = placeholderType(node, producer, where);
      if (dtype === "bool" && (shape === undefined || shape.length === 0)) flags.add(node.name);
    } else if (passing.includes(node.op)) {
      for (const input of dataInputs(node)) waiting.push(index.node(input, `"${node.name}"`));
    }
  }
  return flags;
};
