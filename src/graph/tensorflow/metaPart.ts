import { damagedMeta, type MetaGraph, type MetaNode } from "./metaGraph.ts";
import { controlInputs, dataInputs, isVariable, type MetaIndex } from "./metaIndex.ts";
import { isAssignment, UpdateOps } from "./updateOps.ts";

/** The nodes that outputs need, and those that change their variables in training. */
export interface MetaPart {
  /** In the order of the file. */
  readonly nodes: readonly MetaNode[];
  /** The variable of each assignment. */
  readonly targets: ReadonlyMap<MetaNode, MetaNode>;
}

/** In a sound file an update needs at most the updates of its own averages. */
const mostRounds = 32;

/** The assignment that a read must follow: it then reads the new value. */
export const assignmentBefore = (node: MetaNode, index: MetaIndex): MetaNode | undefined => {
  const variable = isVariable(node) ? undefined : index.variableOf(node);
  if (!variable) return undefined;
  return controlInputs(node)
    .map((input) => index.find(input))
    .find((before) => before && isAssignment(before) && index.targetOf(before) === variable);
};

/** What a node needs: its data, and for a constant the branch that it is in. */
export const needsOf = (node: MetaNode, index: MetaIndex): readonly string[] => {
  const before = assignmentBefore(node, index);
  if (before) return [before.name];
  if (node.op !== "Const") return dataInputs(node);
  return controlInputs(node).filter((input) => index.isPivot(index.node(input, `"${node.name}"`)));
};

/**
 * The part of a graph that outputs need: no savers, gradients or summaries. Assignments to variables of this part belong to it,
 * where they are in the collection `update_ops`, or must be done before a node of the part.
 * @param fed The names of placeholders that have a value: what is before them is not needed.
 * @throws DataError for nodes that do not exist.
 */
export const metaPart = (
  meta: MetaGraph,
  index: MetaIndex,
  outputs: readonly string[],
  fed: ReadonlySet<string>,
  where: string,
): MetaPart => {
  const needed = new Set<MetaNode>();
  const targets = new Map<MetaNode, MetaNode>();
  const need = (start: MetaNode): void => {
    const waiting = [start];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (needed.has(node)) continue;
      needed.add(node);
      if (fed.has(node.name)) continue;
      for (const input of needsOf(node, index)) waiting.push(index.node(input, `"${node.name}"`));
    }
  };
  for (const name of outputs) need(index.wanted(name));
  const updates = new UpdateOps(meta, index, where);
  const asked = (meta.collections.get("update_ops") ?? []).flatMap((name) => index.find(name) ?? []);
  // Until nothing is added: what updates compute may need variables that have updates too.
  let rounds = 0;
  for (let before = -1; before < needed.size; rounds++) {
    if (rounds > mostRounds) throw damagedMeta(where, "updates may need each other a few times", `${rounds} times`);
    before = needed.size;
    const ordered = Array.from(needed).flatMap(controlInputs);
    const starts = new Set([...asked, ...ordered.flatMap((input) => index.find(input) ?? [])]);
    for (const start of starts) {
      const found = updates.behind(start).flatMap((node) => {
        const target = index.targetOf(node);
        return target ? [[node, target] as const] : [];
      });
      if (!found.some(([, target]) => needed.has(target))) continue;
      for (const [node, target] of found) {
        targets.set(node, target);
        need(node);
      }
    }
  }
  return { nodes: meta.nodes.filter((node) => needed.has(node)), targets };
};
