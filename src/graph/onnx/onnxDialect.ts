import { silu } from "../../ops/elementwise/smooth.ts";
import type { Dialect } from "../core/dialect.ts";
import { tensorOf } from "../core/hostArray.ts";
import { onnxOperators } from "./onnxOperators.ts";
import { onnxPatterns } from "./onnxPatterns.ts";
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
    {
      first: "Sigmoid",
      second: "Mul",
      // x·σ(x), as silu is written below opset 24.
      applies: (sigmoid, product) => product.inputs.includes(sigmoid.inputs[0]),
      compute: ([x]) => silu(tensorOf(x)),
    },
  ],
  patterns: onnxPatterns,
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
