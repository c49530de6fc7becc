import type { Dialect } from "../core/dialect.ts";
import { tensorOf } from "../core/hostArray.ts";
import { onnxOperators } from "./onnxOperators.ts";
import { matmulThenAdd } from "./operators/linearOperators.ts";

/** The operators of ONNX. */
export const onnxDialect: Dialect = {
  title: "ONNX",
  operators: onnxOperators,
  fusions: [
    {
      first: "MatMul",
      second: "Add",
      applies: (product, add) => product.inputs.length === 2 && add.version >= 7,
      compute: ([a, b], other) => matmulThenAdd(tensorOf(a), tensorOf(b), tensorOf(other)),
    },
  ],
  activations: {
    Relu: "relu",
    LeakyRelu: "leakyRelu",
    Elu: "elu",
    Selu: "selu",
    Gelu: "gelu",
    Sigmoid: "sigmoid",
    Tanh: "tanh",
    Softplus: "softplus",
    Softmax: "softmax",
    LogSoftmax: "logSoftmax",
  },
  passing: ["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout"],
};
