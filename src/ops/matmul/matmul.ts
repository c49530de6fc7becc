import { checkOptions, flag, type OptionRules } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { broadcastShapes, broadcastStrides, type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type MatmulProblem, type MatmulShape, wholeProduct } from "../../wasm/matmul/matmulKernel.ts";
import { reshape } from "../shape/reshape.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";
import { derivatives, matmulPrimitive, referenceProduct, sizesOfProduct, type Transposition } from "./matrixProduct.ts";
import { runProducts } from "./runProducts.ts";

/** The sizes of the matrices, and the axes before them. */
interface Plan {
  readonly sizes: MatmulShape;
  readonly batch: Shape;
}

const planOf = (a: Shape, b: Shape, attributes: Transposition): Plan => ({
  sizes: sizesOfProduct(a, b, attributes),
  batch: broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2)),
});

/** Visits every matrix of a batch with the element offsets of its operands. */
const forEachMatrix = (
  a: Shape,
  b: Shape,
  batch: Shape,
  visit: (index: number, i: number, j: number) => void,
): void => {
  const sizeA = sizeOf(a.slice(-2));
  const sizeB = sizeOf(b.slice(-2));
  const stridesA = broadcastStrides(a.slice(0, -2), batch);
  const stridesB = broadcastStrides(b.slice(0, -2), batch);
  const count = sizeOf(batch);
  for (let index = 0; index < count; index++) {
    let rest = index;
    let i = 0;
    let j = 0;
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const position = rest % batch[axis];
      rest = Math.floor(rest / batch[axis]);
      i += position * stridesA[axis];
      j += position * stridesB[axis];
    }
    visit(index, i * sizeA, j * sizeB);
  }
};

/** C[..., i, j] = Σₚ A[..., i, p]·B[..., p, j]. */
export const batchMatmulPrimitive: Primitive<Transposition> = {
  name: "batchMatmul",
  infer: ([a, b], attributes) => {
    const dtype = sameFloat("matmul", [a, b]);
    const { sizes, batch } = planOf(a.axes, b.axes, attributes);
    return [{ shape: [...batch, sizes.m, sizes.n], dtype }];
  },
  reference: ({ inputs: [a, b], outputs: [c], inputTypes, attributes }) => {
    const [shapeA, shapeB] = [inputTypes[0].axes, inputTypes[1].axes];
    const { sizes, batch } = planOf(shapeA, shapeB, attributes);
    forEachMatrix(shapeA, shapeB, batch, (index, startA, startB) =>
      referenceProduct(a, b, c, sizes, startA, startB, index * sizes.m * sizes.n),
    );
  },
  simd: {
    kernel: "matmul",
    run: (call) => {
      const [a, b] = call.inputs;
      const [c] = call.outputs;
      const [shapeA, shapeB] = [call.inputTypes[0].axes, call.inputTypes[1].axes];
      const { sizes, batch } = planOf(shapeA, shapeB, call.attributes);
      const { m, n, k } = sizes;
      const problems: MatmulProblem[] = [];
      // A batch of a times a single matrix b is one tall product.
      if (!sizes.transposeA && sizeOf(shapeB) === k * n) {
        problems.push(wholeProduct({ ...sizes, m: m * sizeOf(batch) }, a, b, c));
      } else {
        forEachMatrix(shapeA, shapeB, batch, (index, startA, startB) => {
          problems.push(wholeProduct(sizes, a + 4 * startA, b + 4 * startB, c + 4 * index * m * n));
        });
      }
      runProducts(call, problems);
    },
  },
  vjp: ({ inputs, attributes, dy }) => derivatives(matmul, inputs, attributes, dy),
};

/** A product with a vector: a row on the left, a column on the right, and an axis less in the result. */
const vectorProduct = (a: Tensor, b: Tensor, flags: Transposition): Tensor => {
  const [isRow, isColumn] = [a.rank === 1, b.rank === 1];
  // A vector is its own transpose, as in NumPy.
  const left = isRow ? reshape(a, flags.transposeA ? [a.size, 1] : [1, a.size]) : a;
  const right = isColumn ? reshape(b, flags.transposeB ? [1, b.size] : [b.size, 1]) : b;
  const y = matmul(left, right, flags);
  return reshape(
    y,
    y.axes.filter((_, axis) => !(isRow && axis === y.rank - 2) && !(isColumn && axis === y.rank - 1)),
  );
};

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Take aᵀ, which is not copied: a is stored as [..., k, m]. Default: false. */
  readonly transposeA?: boolean;
  /** Take bᵀ: b is stored as [..., n, k]. Default: false. */
  readonly transposeB?: boolean;
}

const rules: OptionRules<MatmulOptions> = { transposeA: flag, transposeB: flag };

/**
 * The matrix product C = A·B of the last two axes; axes before them broadcast.
 * @param a Shape [..., m, k], or [..., k, m] with transposeA; or a vector [k], a row.
 * @param b Shape [..., k, n], or [..., n, k] with transposeB; or a vector [k], a column.
 * @returns Shape [..., m, n]; a vector's axis (m or n) is missing, as in NumPy.
 * @throws ShapeError when an operand has no axis or the inner sizes differ; DTypeError for mixed dtypes;
 * ValueError for a flag that is neither true nor false.
 * @example
 * matmul(tensor([[1, 2], [3, 4]]), tensor([[5], [6]])).toArray(); // [[17], [39]]
 * matmul(tensor([[1, 2], [3, 4]]), tensor([5, 6])).toArray(); // [17, 39]
 */
export const matmul = (a: Operand, b: Operand, options: MatmulOptions = noOptions): Tensor => {
  checkOptions("matmul", options, rules);
  const { transposeA = false, transposeB = false } = options;
  const [left, right] = [floatOperand("matmul", a), floatOperand("matmul", b)];
  if (left.rank === 1 || right.rank === 1) return vectorProduct(left, right, { transposeA, transposeB });
  const primitive = left.rank > 2 || right.rank > 2 ? batchMatmulPrimitive : matmulPrimitive;
  return bindOne(primitive, [left, right], { transposeA, transposeB });
};
