import { ShapeError } from "../../base/errors.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type MatmulShape, wholeProduct } from "../../wasm/matmul/matmulKernel.ts";
import { sameFloat } from "../support/operands.ts";
import { runProducts } from "./runProducts.ts";

/** How the matrices of a product are stored. */
export interface Transposition {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The sizes of a product of the last two axes, [m, k] and [k, n]; axes before them are ignored. @internal */
export const sizesOfProduct = (a: Shape, b: Shape, { transposeA, transposeB }: Transposition): MatmulShape => {
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError(
      `matmul: operands must have at least two axes, got a=${formatShape(a)}, b=${formatShape(b)}. ` +
        "Reshape them, or use mul(a, b).",
    );
  }
  const [rowsA, columnsA, rowsB, columnsB] = [a.at(-2)!, a.at(-1)!, b.at(-2)!, b.at(-1)!];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [innerB, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  if (k !== innerB) throw mismatch(a, b, transposeA, transposeB);
  return { m, n, k, transposeA, transposeB };
};

const mismatch = (a: Shape, b: Shape, transposeA: boolean, transposeB: boolean): ShapeError => {
  const innerA = a.at(transposeA ? -2 : -1);
  const innerB = b.at(transposeB ? -1 : -2);
  const flags = [transposeA ? ", transposeA" : "", transposeB ? ", transposeB" : ""].join("");
  let fix = "Make the inner sizes equal.";
  if (innerA === b.at(transposeB ? -2 : -1))
    fix = transposeB ? "Leave out transposeB." : "Pass { transposeB: true } to use bᵀ.";
  else if (innerB === a.at(transposeA ? -1 : -2))
    fix = transposeA ? "Leave out transposeA." : "Pass { transposeA: true } to use aᵀ.";
  return new ShapeError(
    `matmul: inner sizes must match, got a=${formatShape(a)} (inner ${innerA}), b=${formatShape(b)} (inner ${innerB})${flags}. ${fix}`,
  );
};

/** The product of two matrices in double; each matrix begins at its start in the array. @internal */
export const referenceProduct = (
  a: TypedArray,
  b: TypedArray,
  c: TypedArray,
  { m, n, k, transposeA, transposeB }: MatmulShape,
  startA: number = 0,
  startB: number = 0,
  startC: number = 0,
): void => {
  const [rowA, stepA] = transposeA ? [1, m] : [k, 1];
  const [columnB, stepB] = transposeB ? [k, 1] : [1, n];
  const row = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    row.fill(0);
    // One row of C at a time, so that B is read in the order of its memory.
    for (let p = 0; p < k; p++) {
      const factor = a[startA + i * rowA + p * stepA];
      const from = startB + p * stepB;
      for (let j = 0; j < n; j++) row[j] += factor * b[from + j * columnB];
    }
    c.set(row, startC + i * n);
  }
};

/**
 * C = A·B of two matrices. Operands with more axes need `batchMatmul` (`src/ops/matmul/matmul.ts`): layers do not use it, so
 * most programs do not contain it.
 */
export const matmulPrimitive: Primitive<Transposition> = {
  name: "matmul",
  infer: ([a, b], attributes) => {
    const dtype = sameFloat("matmul", [a, b]);
    const { m, n } = sizesOfProduct(a.axes, b.axes, attributes);
    return [{ shape: [m, n], dtype }];
  },
  reference: ({ inputs: [a, b], outputs: [c], inputTypes: [typeA, typeB], attributes }) =>
    referenceProduct(a, b, c, sizesOfProduct(typeA.axes, typeB.axes, attributes)),
  simd: {
    kernel: "matmul",
    run: (call) => {
      const [a, b] = call.inputs;
      const [typeA, typeB] = call.inputTypes;
      const sizes = sizesOfProduct(typeA.axes, typeB.axes, call.attributes);
      runProducts(call, [wholeProduct(sizes, a, b, call.outputs[0])]);
    },
  },
  vjp: ({ inputs, attributes, dy }) => derivatives(product, inputs, attributes, dy),
};

/** The product of two matrices. @internal */
export const product = (
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: Partial<Transposition>,
): Tensor => bindOne(matmulPrimitive, [a, b], { transposeA, transposeB });

/** dA = dC·Bᵀ, or its transpose where a is stored transposed; dB = Aᵀ·dC likewise. @internal */
export const derivatives = (
  times: typeof product,
  [a, b]: readonly Tensor[],
  { transposeA, transposeB }: Transposition,
  dy: Tensor,
): readonly (() => Tensor)[] => [
  () =>
    transposeA ? times(b, dy, { transposeA: transposeB, transposeB: true }) : times(dy, b, { transposeB: !transposeB }),
  () =>
    transposeB ? times(dy, a, { transposeA: true, transposeB: transposeA }) : times(a, dy, { transposeA: !transposeA }),
];
