import { DataError } from "../../base/errors.ts";
import type { OnnxModel, OnnxNode } from "./onnxModel.ts";
import { onnxOperators } from "./onnxOperators.ts";
import { labelOf } from "./order.ts";

/** How many nodes of one operator an error names. */
const mostNames = 20;

/** Whether a node is a constant that is written down in it. */
export const isConstant = ({ op, domain }: OnnxNode): boolean => op === "Constant" && domain === "";

/** Whether a node can be computed here. */
export const isSupported = (node: OnnxNode): boolean => {
  if (node.domain !== "" || node.others.length > 0) return false;
  if (isConstant(node)) return true;
  // A tensor as an attribute: the value of ConstantOfShape alone.
  const hasOddTensor = node.tensors.some(([name]) => node.op !== "ConstantOfShape" || name !== "value");
  return !hasOddTensor && Object.hasOwn(onnxOperators, node.op);
};

/** An operator with its domain and opset, as errors and descriptions show it. */
export const operatorOf = ({ op, domain }: OnnxNode, { opsets }: OnnxModel): string =>
  `${op} of ${domain || "ai.onnx"} ${opsets.get(domain) ?? "without a version"}`;

/** @throws DataError that lists all nodes that cannot be computed here, with their operators, opsets, and what wrote the file. */
export const checkSupported = (model: OnnxModel, nodes: readonly OnnxNode[], where: string): void => {
  const byOperator = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    if (isSupported(node)) continue;
    const operator = operatorOf(node, model);
    byOperator.set(operator, [...(byOperator.get(operator) ?? []), node]);
  }
  if (byOperator.size === 0) return;
  const lists = Array.from(byOperator, ([operator, list]) => {
    const names = list.slice(0, mostNames).map((node) => labelOf(node).replace(/ \(.*\)$/, ""));
    return `${operator} (${names.join(", ")}${list.length > mostNames ? ` and ${list.length - mostNames} more` : ""})`;
  });
  throw new DataError(
    `${where}: every node must have an operator that gradus computes, got ${lists.join("; ")}, in a file of ${model.producer || "an unknown exporter"}. ` +
      "Ask for an earlier tensor with { outputs: [name] }, or export the model without these operators.",
  );
};
