import { withSavedValues } from "../layers/base/savedValues.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { GraphRecord } from "./core/record.ts";
import { Graph } from "./graph.ts";

/** What a file becomes. */
export interface Imported {
  readonly record: GraphRecord;
  /** By the names of the variables. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** The names of the variables that may be trained and are frozen. */
  readonly frozen: ReadonlySet<string>;
}

/** A graph whose variables begin with the values of a file. */
export const importedGraph = (
  { record, values, frozen }: Imported,
  options: { readonly name?: string | undefined; readonly seed?: number | undefined },
): Graph => {
  const { name, seed } = options;
  const graph = new Graph({ ...(name !== undefined && { name }), ...(seed !== undefined && { seed }), graph: record });
  withSavedValues(
    (path) => values.get(path)!,
    () => graph.buildFor(graph.rowShape),
  );
  for (const variable of graph.variables) if (frozen.has(variable.name)) variable.trainable = false;
  return graph;
};
