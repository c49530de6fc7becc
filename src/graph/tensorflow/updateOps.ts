import { damagedMeta, type MetaGraph, type MetaNode } from "./metaGraph.ts";
import { type MetaIndex, nodeNameOf } from "./metaIndex.ts";
import { assignments } from "./tensorflowDialect.ts";

/** A sound file has few assignments, each behind few nodes. */
const maxVisits = 2 ** 24;

/** Finds the assignments to variables that must be done for a node. */
export class UpdateOps {
  readonly #index: MetaIndex;
  readonly #where: string;
  /** The nodes that have an assignment behind them. */
  readonly #leading = new Set<MetaNode>();
  #visits = 0;

  constructor(meta: MetaGraph, index: MetaIndex, where: string) {
    this.#index = index;
    this.#where = where;
    const readers = new Map<string, MetaNode[]>();
    for (const node of meta.nodes) {
      for (const input of node.inputs) {
        const name = nodeNameOf(input);
        const list = readers.get(name);
        if (list) list.push(node);
        else readers.set(name, [node]);
      }
    }
    const waiting = meta.nodes.filter(isAssignment);
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (this.#leading.has(node)) continue;
      this.#leading.add(node);
      for (const reader of readers.get(node.name) ?? []) waiting.push(reader);
    }
  }

  /** The assignments that a node needs, by data or by order, itself included. */
  behind(start: MetaNode): readonly MetaNode[] {
    const found: MetaNode[] = [];
    const seen = new Set<MetaNode>();
    const waiting = [start];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (seen.has(node) || !this.#leading.has(node)) continue;
      if (++this.#visits > maxVisits) {
        throw damagedMeta(this.#where, "few nodes must need assignments", `more than ${maxVisits} ways to them`);
      }
      seen.add(node);
      if (isAssignment(node)) found.push(node);
      for (const input of node.inputs) {
        const before = this.#index.find(input);
        if (before) waiting.push(before);
      }
    }
    return found;
  }
}

export const isAssignment = ({ op }: MetaNode): boolean => assignments.includes(op);
