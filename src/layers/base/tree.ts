import type { Variable } from "../../autograd/variable.ts";
import { ValueError } from "../../base/errors.ts";

/** A layer as one node of a model's tree: what is asked of it while the tree is walked. */
export interface LayerNode {
  readonly name: string;
  /** The name with the model's in front. */
  readonly path: string;
  /** The variables of the layer and of those inside of it. */
  readonly variables: readonly Variable[];
  /** The layers inside of it. */
  readonly sublayers: readonly LayerNode[];
  trainable: boolean;
}

/**
 * The values of a class in the fields of an object: directly, or in lists and plain objects there. Each is listed once, in the
 * order of the fields.
 */
export const fieldsOf = <T>(owner: object, isWanted: (value: unknown) => value is T): readonly T[] => {
  const values = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || values.has(value)) return;
    const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
    if (!isPlain && !isWanted(value)) return;
    values.add(value);
    if (isPlain) Object.values(value).forEach(visit);
  };
  Object.values(owner).forEach(visit);
  return [...values].filter(isWanted);
};

/** The layers that are walked through, outermost first. */
const walked: LayerNode[] = [];

/**
 * Walks through the layers inside of a layer.
 * @throws ValueError for a layer that is inside of itself, by way of others.
 */
export const walkInto = <Result>(layer: LayerNode, walk: () => Result): Result => {
  const from = walked.indexOf(layer);
  if (from >= 0) {
    const names = [...walked.slice(from), layer].map(({ path }) => path);
    throw new ValueError(
      `${layer.path}: a layer must not be inside of itself, got ${names.join(", which has ")}. ` +
        "Keep a reference to an outer layer in a field with #.",
    );
  }
  walked.push(layer);
  try {
    return walk();
  } finally {
    walked.pop();
  }
};

/** A node, and the nodes below it, parents first; a layer in several places of the tree is listed once. */
export const layersOf = <Node extends { readonly sublayers: readonly Node[] }>(root: Node): readonly Node[] => {
  const nodes = new Set<Node>();
  const visit = (node: Node): void => {
    if (nodes.has(node)) return;
    nodes.add(node);
    node.sublayers.forEach(visit);
  };
  visit(root);
  return [...nodes];
};
