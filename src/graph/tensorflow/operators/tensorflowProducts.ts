import { add, mul } from "../../../ops/elementwise/arithmetic.ts";
import { square } from "../../../ops/elementwise/powers.ts";
import { affine } from "../../../ops/matmul/affine.ts";
import { matmul } from "../../../ops/matmul/matmul.ts";
import { inTopK } from "../../../ops/network/inTopK.ts";
import { softmaxCrossEntropy } from "../../../ops/network/losses.ts";
import { sum } from "../../../ops/shape/broadcast.ts";
import { reshape } from "../../../ops/shape/reshape.ts";
import { toFloat } from "../../../ops/support/toFloat.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { Operator, Operators } from "../../core/graphNode.ts";

const product =
  (first: string, second: string): Operator =>
  (node) => {
    const options = { transposeA: node.whole(first, 0) !== 0, transposeB: node.whole(second, 0) !== 0 };
    return (inputs) => matmul(node.tensor(inputs, 0), node.tensor(inputs, 1), options);
  };

/** The bias is added to the last axis or, with data_format NCHW, to axis 1. */
const biased: Operator = (node) => {
  const format = node.text("data_format", "NHWC");
  return (inputs) => {
    const [x, bias] = [node.tensor(inputs, 0), node.tensor(inputs, 1)];
    if (format === "NHWC" || x.rank <= 2) return add(x, bias);
    return add(x, reshape(bias, [bias.size, ...new Array<number>(x.rank - 2).fill(1)]));
  };
};

/** A·B + b in one operation, with the same bits as in two. */
export const productThenBias = (a: Tensor, b: Tensor, bias: Tensor): Tensor =>
  a.rank === 2 && b.rank === 2 && bias.rank === 1 && bias.size === b.axes[1]
    ? affine(a, b, bias)
    : add(matmul(a, b), bias);

/** Matrix products, and the losses of classifiers. */
export const tensorflowProducts: Operators = {
  MatMul: product("transpose_a", "transpose_b"),
  BatchMatMul: product("adj_x", "adj_y"),
  BatchMatMulV2: product("adj_x", "adj_y"),
  BiasAdd: biased,
  BiasAddV1: biased,
  L2Loss: (node) => (inputs) => mul(sum(square(node.tensor(inputs, 0))), 0.5),
  // The second output, which only gradients read, is not computed.
  SparseSoftmaxCrossEntropyWithLogits: (node) => (inputs) =>
    softmaxCrossEntropy(node.tensor(inputs, 0), node.tensor(inputs, 1), { reduction: "none" }),
  SoftmaxCrossEntropyWithLogits: (node) => (inputs) =>
    softmaxCrossEntropy(node.tensor(inputs, 0), toFloat(node.tensor(inputs, 1)), { reduction: "none" }),
  InTopK: (node) => {
    const k = node.whole("k", 1);
    return (inputs) => inTopK(node.tensor(inputs, 0), node.tensor(inputs, 1), k);
  },
  InTopKV2: (node) => (inputs) =>
    inTopK(node.tensor(inputs, 0), node.tensor(inputs, 1), node.host(inputs, 2, "k").data[0]),
};
