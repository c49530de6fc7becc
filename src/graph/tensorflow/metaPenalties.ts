import { DataError } from "../../base/errors.ts";
import { attributesOf } from "./metaAttributes.ts";
import { decodeMetaTensor } from "./metaConstants.ts";
import type { MetaGraph, MetaNode } from "./metaGraph.ts";
import { dataInputs, isVariable, type MetaIndex } from "./metaIndex.ts";

/** The factors of Σ|w| and ½·Σw². */
export interface Penalty {
  readonly l1: number;
  readonly l2: number;
}

/** A penalty is a few nodes deep, and all of them have few nodes. */
const most = { depth: 24, nodes: 2 ** 20 } as const;

/**
 * The penalties of the collection `regularization_losses` on variables, by the names of these.
 * @param isWanted Whether a variable is one of the part that is loaded. Penalties on others alone are left out.
 * @throws DataError for a penalty that is not a sum of factors times Σ|w| and ½·Σw².
 */
export const metaPenalties = (
  meta: MetaGraph,
  index: MetaIndex,
  isWanted: (name: string) => boolean,
  where: string,
): ReadonlyMap<string, Penalty> => {
  const penalties = new Map<string, Penalty>();
  const visited = { count: 0 };
  const seen = new Set<MetaNode>();
  for (const name of new Set(meta.collections.get("regularization_losses"))) {
    const node = index.wanted(name);
    const terms = termsOf(node, index, where, 0, visited);
    if (!terms) {
      if (!reads(node, index, isWanted, seen)) continue;
      throw new DataError(
        `${where}: a penalty must be a factor times the sum of |w| or half of the sum of w², got "${name}". ` +
          "Pass { penalties: false } to leave penalties out.",
      );
    }
    for (const { variable, l1, l2 } of terms) {
      if (!isWanted(variable)) continue;
      const before = penalties.get(variable) ?? { l1: 0, l2: 0 };
      penalties.set(variable, { l1: before.l1 + l1, l2: before.l2 + l2 });
    }
  }
  return penalties;
};

type Term = Penalty & { readonly variable: string };

/** The terms that a node adds up; undefined where it computes something else. */
const termsOf = (
  node: MetaNode,
  index: MetaIndex,
  where: string,
  depth: number,
  visited: { count: number },
): readonly Term[] | undefined => {
  if (depth > most.depth || ++visited.count > most.nodes) return undefined;
  const inputs = dataInputs(node).map((input) => index.find(input));
  const [first, second] = inputs;
  const next = (inner: MetaNode | undefined): readonly Term[] | undefined =>
    inner && termsOf(inner, index, where, depth + 1, visited);
  if (node.op === "Identity") return next(first);
  if (node.op === "L2Loss") {
    const variable = first && index.variableOf(first);
    return variable && [{ variable: variable.name, l1: 0, l2: 1 }];
  }
  if (node.op === "Sum") {
    const read = first?.op === "Abs" ? index.find(dataInputs(first)[0] ?? "") : undefined;
    const variable = read && index.variableOf(read);
    return variable && [{ variable: variable.name, l1: 1, l2: 0 }];
  }
  if (node.op === "Mul") {
    const factor = numberOf(first, where) ?? numberOf(second, where);
    const terms = numberOf(first, where) === undefined ? next(first) : next(second);
    if (factor === undefined || !terms || !(factor >= 0)) return undefined;
    return terms.map((term) => ({ ...term, l1: term.l1 * factor, l2: term.l2 * factor }));
  }
  if (node.op !== "Add" && node.op !== "AddV2" && node.op !== "AddN") return undefined;
  const parts = inputs.map((input) => (numberOf(input, where) === 0 ? [] : next(input)));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
};

/** The value of a constant of one number. */
const numberOf = (node: MetaNode | undefined, where: string): number | undefined => {
  const stored = node?.op === "Const" ? attributesOf(node, where).get("value")?.tensor : undefined;
  if (!node || !stored || stored.dims.length > 0) return undefined;
  const value = decodeMetaTensor(stored, node.name, where);
  if ("value" in value) return value.value;
  return "data" in value ? value.data[0] : undefined;
};

/** Whether a node needs a variable that is wanted. @param seen Nodes that do not. */
const reads = (
  start: MetaNode,
  index: MetaIndex,
  isWanted: (name: string) => boolean,
  seen: Set<MetaNode>,
): boolean => {
  const waiting = [start];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (isVariable(node) && isWanted(node.name)) return true;
    for (const input of dataInputs(node)) {
      const before = index.find(input);
      if (before) waiting.push(before);
    }
  }
  return false;
};
