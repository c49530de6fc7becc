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

/** A node, and the nodes below it, parents first; a layer in several places of the tree is listed once. */
export const layersOf = <Node extends { readonly sublayers: readonly Node[] }>(root: Node): readonly Node[] => {
  const nodes = new Set<Node>();
  const visit = (node: Node): void => {
    nodes.add(node);
    node.sublayers.forEach(visit);
  };
  visit(root);
  return [...nodes];
};
