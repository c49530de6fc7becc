import type { NestedArray } from "gradus";
import type { Fed, NodeOptions } from "./node.ts";
import type { FileTensor } from "./onnxWriter.ts";

/** An operator, its inputs, and what it must give: a list of outputs where the options ask for several. */
export type Case = readonly [
  op: string,
  inputs: readonly (FileTensor | Fed | undefined)[],
  expected: NestedArray | readonly NestedArray[],
  options?: NodeOptions,
];

export const at = (opset: number, attributes: NodeOptions["attributes"] = {}): NodeOptions => ({ opset, attributes });
