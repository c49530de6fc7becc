import { add, mul } from "../../../ops/elementwise/arithmetic.ts";
import { affine } from "../../../ops/matmul/affine.ts";
import { matmul } from "../../../ops/matmul/matmul.ts";
import { reshape } from "../../../ops/shape/reshape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { Operator, Operators } from "../../core/graphNode.ts";

/** y = α·A·B + β·C, with A and B transposed where the node says so. C may be left out from opset 11 on, and broadcasts. */
const gemm: Operator = (node) => {
  const [alpha, beta] = [node.number("alpha", 1), node.number("beta", 1)];
  const transposeA = node.whole("transA", 0) !== 0;
  const transposeB = node.whole("transB", 0) !== 0;
  return (inputs) => {
    const [a, b] = [node.tensor(inputs, 0), node.tensor(inputs, 1)];
    const c = inputs[2] && node.tensor(inputs, 2);
    if (c && !transposeA && !transposeB && alpha === 1 && beta === 1 && isAffine(a, b, c))
      return affine(a, b, asVector(c));
    const product = matmul(a, b, { transposeA, transposeB });
    const scaled = alpha === 1 ? product : mul(product, alpha);
    return c ? add(scaled, beta === 1 ? c : mul(c, beta)) : scaled;
  };
};

/** Whether A·B + C is one affine map of rows. */
const isAffine = (a: Tensor, b: Tensor, c: Tensor): boolean =>
  a.rank >= 2 && b.rank === 2 && c.size === b.axes[1] && c.axes[c.rank - 1] === c.size && c.rank <= 2;

const asVector = (c: Tensor): Tensor => (c.rank === 1 ? c : reshape(c, [c.size]));

/** A·B + C of two nodes in one operation, with the same bits. */
export const matmulThenAdd = (a: Tensor, b: Tensor, c: Tensor): Tensor =>
  isAffine(a, b, c) && c.rank === 1 ? affine(a, b, c) : add(matmul(a, b), c);

/** Matrix products. */
export const linearOperators: Operators = {
  Gemm: gemm,
  MatMul: (node) => (inputs) => matmul(node.tensor(inputs, 0), node.tensor(inputs, 1)),
};
