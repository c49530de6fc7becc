import type { ExportNode, ExportValue, StoredElements } from "./exportValue.ts";

/** A graph whose tensors all have names. */
export interface ExportedGraph {
  readonly opset: number;
  readonly inputs: readonly ExportValue[];
  readonly outputs: readonly ExportValue[];
  readonly nodes: readonly ExportNode[];
  readonly initializers: readonly (readonly [name: string, value: ExportValue, stored: StoredElements])[];
  readonly nameOf: (value: ExportValue) => string;
}
