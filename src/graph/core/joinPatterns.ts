import type { Pattern, PatternFinder } from "./dialect.ts";
import type { Compute, GraphNode } from "./graphNode.ts";

/** What a pattern changes of a step. */
interface Step {
  readonly node: GraphNode;
  /** The positions of the inputs among the values of a run. */
  readonly inputs: readonly number[];
  readonly compute: Compute;
}

/**
 * Computes nodes that are written in parts as one: at the place of the last, where its input is there.
 * @param position The position of a tensor among the values of a run.
 */
export const joinPatterns = <PlanStep extends Step>(
  steps: readonly PlanStep[],
  patterns: readonly Pattern[],
  finder: PatternFinder,
  position: (tensor: string) => number,
): readonly PlanStep[] => {
  const joined = new Set<GraphNode>();
  const changed = steps.map((step): PlanStep => {
    for (const { last, match } of patterns) {
      const found = last === step.node.op ? match(step.node, finder) : undefined;
      if (!found || found.inner.some((node) => joined.has(node))) continue;
      for (const node of found.inner) joined.add(node);
      const compute: Compute = (inputs) => found.compute(step.node.tensor(inputs, 0));
      return { ...step, inputs: [position(found.input)], compute };
    }
    return step;
  });
  return changed.filter(({ node }) => !joined.has(node));
};
