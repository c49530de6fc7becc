import type { OnnxNode } from "./onnxModel.ts";

/** How a constant is used: as a weight that is trained, or as a statistic that follows the data. */
export type Role = "weight" | "statistic";

/** The inputs of operators that weights are, by operator. */
const weights: Readonly<Record<string, readonly number[]>> = {
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Add: [0, 1],
  Mul: [0, 1],
  BatchNormalization: [1, 2],
  LayerNormalization: [1, 2],
  RMSNormalization: [1],
  PRelu: [1],
  Gather: [0],
};

/** Operators that pass weights on, in another shape or type at most. */
const passing = ["Transpose", "Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten"];

/**
 * What each tensor is used as, where a constant of that name would be a variable: directly, or through nodes that only pass
 * it on. Means and deviations that Sub and Div apply to the input, bounds and exponents have no role.
 * @param nodes In the order of computation.
 */
export const rolesOf = (nodes: readonly OnnxNode[]): ReadonlyMap<string, Role> => {
  const roles = new Map<string, Role>();
  // From the end, so that what a node passes on has its role already.
  for (let index = nodes.length - 1; index >= 0; index--) {
    const { op, inputs, outputs } = nodes[index];
    const through = passing.includes(op) ? roles.get(outputs[0]) : undefined;
    if (through) setRole(roles, inputs[0], through);
    const isBatchNorm = op === "BatchNormalization";
    for (const at of Object.hasOwn(weights, op) ? weights[op] : []) setRole(roles, inputs[at], "weight");
    if (isBatchNorm) for (const at of [3, 4]) setRole(roles, inputs[at], "statistic");
  }
  return roles;
};

/** A statistic stays one where it is used otherwise too: nothing trains it. */
const setRole = (roles: Map<string, Role>, name: string | undefined, role: Role): void => {
  if (name !== undefined && name !== "" && roles.get(name) !== "statistic") roles.set(name, role);
};

/**
 * The names that variables of tensors have in files: those of the tensors. Names in files of this library do not begin with
 * "/", which PyTorch's inner constants do.
 */
export const variableNames = (tensors: readonly string[], prefix: string): readonly string[] => {
  const taken = new Set<string>();
  return tensors.map((tensor) => {
    const plain = tensor.replace(/^\/+/, "");
    const wanted = `${prefix}${plain === "" || plain === "__metadata__" ? `tensor_${plain}` : plain}`;
    let name = wanted;
    for (let number = 1; taken.has(name); number++) name = `${wanted}_${number}`;
    taken.add(name);
    return name;
  });
};
