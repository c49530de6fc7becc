import { tensorflowTypes } from "../../io/formats/tensorflow/tensorflowTypes.ts";
import { attributesOf } from "./metaAttributes.ts";
import type { MetaNode } from "./metaGraph.ts";
import { dataInputs, isPlaceholder, type MetaIndex } from "./metaIndex.ts";

/** The input that is the condition, by operator. */
const conditions: Readonly<Record<string, number>> = { Switch: 1, RefSwitch: 1, Select: 0, SelectV2: 0, LogicalNot: 0 };
/** Operators that pass conditions on. */
const passing = ["Identity", "Switch", "Merge", "LogicalNot", "LogicalAnd", "LogicalOr"];

/**
 * The placeholders that tell whether the network is trained: those of bools that decide about a branch or a choice, directly or
 * through logic.
 * @param nodes The nodes that are needed.
 */
export const trainingFlags = (nodes: readonly MetaNode[], index: MetaIndex, where: string): ReadonlySet<string> => {
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
      const type = attributesOf(node, where).get("dtype")?.type ?? 0;
      if (tensorflowTypes.get(type) === "bool") flags.add(node.name);
    } else if (passing.includes(node.op)) {
      for (const input of dataInputs(node)) waiting.push(index.node(input, `"${node.name}"`));
    }
  }
  return flags;
};
