import type { Tensor } from "../../tensor/tensor.ts";
import type { GraphNode, Inputs, Operator } from "./graphNode.ts";
import { HostArray, type HostType, tensorOf, type Value } from "./hostArray.ts";
import { hostElementwise } from "./hostOperations.ts";

/** Makes an operator of functions of elements: computed on the host where all inputs are there, else with kernels. */
export type Elementwise = (
  host: (...elements: number[]) => number,
  kernel: (...operands: Tensor[]) => Tensor,
  result?: HostType,
) => Operator;

/** @param operandsOf The inputs of a node, in shapes that broadcast. */
export const elementwiseWith =
  (operandsOf: (node: GraphNode, inputs: Inputs) => readonly Value[]): Elementwise =>
  (host, kernel, result) =>
  (node) =>
  (inputs, { budget }) => {
    const operands = operandsOf(node, inputs);
    // For one that is missing at the end.
    if (operands.length < kernel.length) node.input(inputs, operands.length);
    return operands.every((operand) => operand instanceof HostArray)
      ? hostElementwise(node.op, operands, result ?? operands[0].dtype, budget, host)
      : kernel(...operands.map(tensorOf));
  };

/** All inputs of a node. */
export const allInputs = (node: GraphNode, inputs: Inputs): readonly Value[] => {
  const operands = inputs.map((_, index) => node.input(inputs, index));
  if (operands.length === 0) node.input(inputs, 0);
  return operands;
};
