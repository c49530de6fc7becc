import { ShapeError } from "../../base/errors.ts";
import type { OperandType } from "../../tensor/dtype.ts";
import { bind, bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type MatmulShape, wholeProduct } from "../../wasm/matmul/matmulKernel.ts";
import { reduce } from "../../wasm/rows/reduceKernel.ts";
import { broadcastTo, sum } from "../shape/broadcast.ts";
import { reshape } from "../shape/reshape.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { product, referenceProduct, type Transposition } from "./matrixProduct.ts";
import { runProducts } from "./runProducts.ts";

/** The sizes of a layer: x has `rows` rows of `inputs` numbers, and y has rows of `units` numbers. */
interface Sizes {
  readonly rows: number;
  readonly inputs: number;
  readonly units: number;
}

/** A loop without slices: small networks call this often. */
const sizesOf = ({ axes: shape }: OperandType, units: number): Sizes => {
  const last = shape.length - 1;
  let rows = 1;
  for (let axis = 0; axis < last; axis++) rows *= shape[axis];
  return { rows, inputs: shape[last], units };
};

/** y = x·W: one product, with all axes of x before the last one as rows. */
const forward = ({ rows, inputs, units }: Sizes): MatmulShape => {
  return { m: rows, n: units, k: inputs, transposeA: false, transposeB: false };
};

/** dW = xᵀ·dy. */
const backward = ({ rows, inputs, units }: Sizes): MatmulShape => {
  return { m: inputs, n: units, k: rows, transposeA: true, transposeB: false };
};

/** x with all axes before the last one joined. */
const asRows = (x: Tensor): Tensor => {
  const { rows, inputs } = sizesOf(x, 0);
  return reshape(x, [rows, inputs]);
};

/** x·W: one product, with all axes of x before the last one as rows. @internal */
export const linear = (x: Tensor, kernel: Tensor, options: Pick<Partial<Transposition>, "transposeB"> = {}): Tensor => {
  const y = product(asRows(x), kernel, options);
  return reshape(y, [...x.axes.slice(0, -1), y.axes[1]]);
};

/** Whether two shapes differ at most in their last axis. */
const sameRows = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((length, axis) => axis === a.length - 1 || length === b[axis]);

/** y = x·W + b; the bias is added to the rounded product. */
export const affinePrimitive: Primitive = {
  name: "affine",
  infer: ([x, kernel, bias]) => {
    const dtype = sameFloat("affine", [x, kernel, bias]);
    const [inputs, units] = kernel.axes;
    if (
      x.axes.length < 2 ||
      kernel.axes.length !== 2 ||
      bias.axes.length !== 1 ||
      x.axes[x.axes.length - 1] !== inputs ||
      bias.axes[0] !== units
    ) {
      throw new ShapeError(
        "affine: x must be [rows, ..., inputs], the kernel [inputs, units] and the bias [units], got " +
          `x=${formatShape(x.axes)}, kernel=${formatShape(kernel.axes)}, bias=${formatShape(bias.axes)}. ` +
          "Reshape them, or check which layer they belong to.",
      );
    }
    return [{ shape: [...x.axes.slice(0, -1), units], dtype }];
  },
  reference: ({ inputs: [x, kernel, bias], outputs: [y], inputTypes: [type, { axes: shape }] }) => {
    referenceProduct(x, kernel, y, forward(sizesOf(type, shape[1])));
    for (let at = 0; at < y.length; at += bias.length) for (let j = 0; j < bias.length; j++) y[at + j] += bias[j];
  },
  simd: {
    kernel: "matmul",
    run: (call) => {
      const [x, kernel, bias] = call.inputs;
      const [type, { axes: shape }] = call.inputTypes;
      runProducts(call, [wholeProduct(forward(sizesOf(type, shape[1])), x, kernel, call.outputs[0], bias)]);
    },
  },
  vjp: ({ inputs: [x, kernel, bias], dy, isNeeded }) => {
    const dx = (): Tensor => linear(dy, kernel, { transposeB: true });
    // Skip the gradient that is not needed, such as that of a frozen bias.
    if (!isNeeded(bias)) return [dx, () => product(asRows(x), asRows(dy), { transposeA: true })];
    if (!isNeeded(kernel)) return [dx, undefined, () => sum(asRows(dy), { axis: 0 })];
    let gradients: readonly Tensor[] | undefined;
    const fused = (): readonly Tensor[] => {
      gradients ??= bind(affineGradientPrimitive, [x, dy], undefined);
      return gradients;
    };
    return [dx, () => fused()[0], () => fused()[1]];
  },
};

/** dW = xᵀ·dy, db = the sums of dy's columns. */
export const affineGradientPrimitive: Primitive = {
  name: "affineGradient",
  infer: ([x, dy]) => {
    const dtype = sameFloat("affineGradient", [x, dy]);
    if (x.axes.length < 2 || !sameRows(x.axes, dy.axes)) {
      throw new ShapeError(
        `affineGradient: x and dy must have the same rows, got x=${formatShape(x.axes)}, dy=${formatShape(dy.axes)}. ` +
          "Pass the gradient of affine's result.",
      );
    }
    const [inputs, units] = [x.axes[x.axes.length - 1], dy.axes[dy.axes.length - 1]];
    return [
      { shape: [inputs, units], dtype },
      { shape: [units], dtype },
    ];
  },
  reference: ({ inputs: [x, dy], outputs: [dKernel, dBias], inputTypes: [type] }) => {
    const sizes = sizesOf(type, dBias.length);
    referenceProduct(x, dy, dKernel, backward(sizes));
    for (let j = 0; j < sizes.units; j++) {
      let sum = 0;
      for (let row = 0; row < sizes.rows; row++) sum += dy[row * sizes.units + j];
      dBias[j] = sum;
    }
  },
  simd: {
    kernel: "matmul, reduce.sum",
    run: (call) => {
      const [x, dy] = call.inputs;
      const [dKernel, dBias] = call.outputs;
      const sizes = sizesOf(call.inputTypes[0], call.outputTypes[1].shape[0]);
      runProducts(call, [wholeProduct(backward(sizes), x, dy, dKernel)]);
      call.link(reduce).sum(dy, dBias, 1, sizes.rows, sizes.units, sizes.units);
    },
  },
  vjp: ({ inputs: [x, dy], cotangents: [u, v] }) => [
    u && (() => linear(dy, u, { transposeB: true })),
    () => (u ? (v ? affine(x, u, v) : linear(x, u)) : broadcastTo(v!, dy.axes)),
  ],
};

/**
 * An affine map of rows, y = x·kernel + bias, as `Dense` computes it: the bits of `add(matmul(x, kernel), bias)` in less
 * time.
 * @param x Shape [rows, ..., inputs], with any axes between.
 * @param kernel Shape [inputs, units].
 * @param bias Shape [units].
 * @returns Shape [rows, ..., units].
 * @throws ShapeError for other shapes; DTypeError for mixed dtypes.
 * @example
 * affine(tensor([[1, 2]]), tensor([[1, 0], [0, 1]]), tensor([10, 20])).toArray(); // [[11, 22]]
 */
export const affine = (x: Operand, kernel: Operand, bias: Operand): Tensor =>
  bindOne(
    affinePrimitive,
    [floatOperand("affine", x), floatOperand("affine", kernel), floatOperand("affine", bias)],
    undefined,
  );
