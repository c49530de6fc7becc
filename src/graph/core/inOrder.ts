/** What is put in order: a node with the names of what it needs. */
interface Ordered {
  readonly inputs: readonly string[];
}

/**
 * The nodes in the order of the file, but each behind what it needs: without recursion, since chains may be long.
 * @param producerOf The node that computes a name; undefined where none does.
 * @param circle Makes the error for a node that needs itself.
 */
export const inOrder = <Node extends Ordered>(
  nodes: readonly Node[],
  producerOf: (name: string) => Node | undefined,
  circle: (node: Node) => Error,
): readonly Node[] => {
  const order: Node[] = [];
  const done = new Set<Node>();
  for (const start of nodes) {
    const path: { readonly node: Node; next: number }[] = [{ node: start, next: 0 }];
    const open = new Set<Node>([start]);
    while (path.length > 0) {
      const top = path[path.length - 1];
      if (done.has(top.node)) {
        path.pop();
        continue;
      }
      if (top.next === top.node.inputs.length) {
        done.add(top.node);
        open.delete(top.node);
        order.push(top.node);
        path.pop();
        continue;
      }
      const before = producerOf(top.node.inputs[top.next++]);
      if (!before || done.has(before)) continue;
      if (open.has(before)) throw circle(before);
      open.add(before);
      path.push({ node: before, next: 0 });
    }
  }
  return order;
};
