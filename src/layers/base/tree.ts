import type { Variable } from "../../autograd/variable.ts";

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
