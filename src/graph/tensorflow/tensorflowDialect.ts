import type { Dialect, Fusion } from "../core/dialect.ts";
import { tensorOf } from "../core/hostArray.ts";
import { productThenBias } from "./operators/tensorflowProducts.ts";
import { tensorflowOperators } from "./tensorflowOperators.ts";

/** Operators that change variables. */
export const assignments: readonly string[] = [
  "Assign",
  "AssignAdd",
  "AssignSub",
  "AssignVariableOp",
  "AssignAddVariableOp",
  "AssignSubVariableOp",
];

const affineFusion = (second: string): Fusion => ({
  first: "MatMul",
  second,
  applies: (product, sum) =>
    product.inputs.length === 2 &&
    product.whole("transpose_a", 0) === 0 &&
    product.whole("transpose_b", 0) === 0 &&
    sum.text("data_format", "NHWC") === "NHWC",
  compute: ([a, b], other) => productThenBias(tensorOf(a), tensorOf(b), tensorOf(other)),
});

/** The operators of TensorFlow 1. */
export const tensorflowDialect: Dialect = {
  title: "TensorFlow",
  operators: tensorflowOperators,
  fusions: ["BiasAdd", "BiasAddV1", "Add", "AddV2"].map(affineFusion),
  activations: {
    Relu: "relu",
    LeakyRelu: "leakyRelu",
    Elu: "elu",
    Selu: "selu",
    Sigmoid: "sigmoid",
    Tanh: "tanh",
    Softplus: "softplus",
    Softmax: "softmax",
    LogSoftmax: "logSoftmax",
  },
  passing: ["Identity", "Reshape", "Squeeze", "ExpandDims", "StopGradient", "Snapshot"],
  merging: ["Merge", "RefMerge"],
  updating: assignments,
};
