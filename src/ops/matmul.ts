import { bindOne } from "../tensor/bind.ts";
import type { TypedArray } from "../tensor/dtype.ts";
import { ShapeError } from "../tensor/errors.ts";
import { checkOptions, noOptions } from "../tensor/options.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { broadcastShapes, broadcastStrides, formatShape, type Shape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type MatmulProblem, type MatmulShape, wholeProduct } from "../wasm/matmul.ts";
import { multiply } from "./multiply.ts";
import { floatOperand, type Operand, sameFloat } from "./operands.ts";
import { type SampleCase, type Samples, samples } from "./sample.ts";

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Take aᵀ, which is not copied: a is stored as [..., k, m]. Default: false. */
  readonly transposeA?: boolean;
  /** Take bᵀ: b is stored as [..., n, k]. Default: false. */
  readonly transposeB?: boolean;
}

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The sizes of a product: matrices of [m, k] and [k, n], and the axes in front of them. */
interface Plan {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: Shape;
}

const noAxes: Shape = [];

const planOf = (a: Shape, b: Shape, { transposeA, transposeB }: Attributes): Plan => {
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError(
      `matmul: operands must have at least two axes, got a=${formatShape(a)}, b=${formatShape(b)}. ` +
        "Reshape a vector to [1, k] or [k, 1].",
    );
  }
  const [m, innerA] = transposeA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
  const [innerB, n] = transposeB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
  if (innerA !== innerB) throw mismatch(a, b, transposeA, transposeB);
  // Nearly every product is of two matrices, and small ones take no longer than a look at their batch axes.
  const batch = a.length === 2 && b.length === 2 ? noAxes : broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2));
  return { m: m as number, n: n as number, k: innerA as number, batch };
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

/** The product of two matrices in double, from and to these elements of larger arrays. @internal */
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
    // A row of C at a time, so that rows of B are read from one end to the other.
    for (let p = 0; p < k; p++) {
      const factor = a[startA + i * rowA + p * stepA];
      const from = startB + p * stepB;
      for (let j = 0; j < n; j++) row[j] += factor * b[from + j * columnB];
    }
    c.set(row, startC + i * n);
  }
};

/** C[..., i, j] = Σₚ A[..., i, p]·B[..., p, j]. */
export const matmulPrimitive: Primitive<Attributes> = {
  name: "matmul",
  infer: ([a, b], attributes) => {
    const dtype = sameFloat("matmul", [a, b]);
    const { m, n, batch } = planOf(a.shape, b.shape, attributes);
    return [{ shape: [...batch, m, n], dtype }];
  },
  reference: ({ inputs: [a, b], outputs: [c], inputTypes, attributes }) => {
    const [shapeA, shapeB] = [inputTypes[0].shape, inputTypes[1].shape];
    const { m, n, k, batch } = planOf(shapeA, shapeB, attributes);
    forEachMatrix(shapeA, shapeB, batch, (index, startA, startB) =>
      referenceProduct(a, b, c, { m, n, k, ...attributes }, startA, startB, index * m * n),
    );
  },
  simd: {
    kernel: "matmul",
    run: (call) => {
      const { inputs, outputs, inputTypes, attributes } = call;
      const [shapeA, shapeB] = [inputTypes[0].shape, inputTypes[1].shape];
      const plan = planOf(shapeA, shapeB, attributes);
      const { transposeA, transposeB } = attributes;
      const matrices = sizeOf(plan.batch);
      // One matrix b for a whole batch of a: one tall product.
      const joined = matrices === 1 || (!transposeA && sizeOf(shapeB) === plan.k * plan.n);
      const m = joined ? plan.m * matrices : plan.m;
      const { n, k } = plan;
      const sizes = { m, n, k, transposeA, transposeB };
      if (joined) multiply(call, [wholeProduct(sizes, inputs[0], inputs[1], outputs[0])]);
      else {
        const problems: MatmulProblem[] = [];
        forEachMatrix(shapeA, shapeB, plan.batch, (index, startA, startB) => {
          const [a, b, c] = [inputs[0] + 4 * startA, inputs[1] + 4 * startB, outputs[0] + 4 * index * m * n];
          problems.push(wholeProduct(sizes, a, b, c));
        });
        multiply(call, problems);
      }
    },
  },
  vjp: ({ inputs: [a, b], attributes: { transposeA, transposeB }, dy }) => [
    // dA = dC·Bᵀ, or its transpose where a is stored transposed; dB = Aᵀ·dC likewise.
    () =>
      transposeA
        ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
        : matmul(dy, b, { transposeB: !transposeB }),
    () =>
      transposeB
        ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, dy, { transposeA: !transposeA }),
  ],
};

const known: readonly string[] = ["transposeA", "transposeB"];

/**
 * The matrix product C = A·B of the last two axes; axes in front of them broadcast.
 * @param a Shape [..., m, k], or [..., k, m] with transposeA.
 * @param b Shape [..., k, n], or [..., n, k] with transposeB.
 * @returns Shape [..., m, n].
 * @throws ShapeError when an operand has fewer than two axes or the inner sizes differ; DTypeError for mixed dtypes.
 * @example
 * matmul(tensor([[1, 2], [3, 4]]), tensor([[5], [6]])).toArray(); // [[17], [39]]
 */
export const matmul = (a: Operand, b: Operand, options: MatmulOptions = noOptions): Tensor => {
  checkOptions("matmul", options, known);
  return bindOne(matmulPrimitive, [floatOperand("matmul", a), floatOperand("matmul", b)], {
    transposeA: options.transposeA ?? false,
    transposeB: options.transposeB ?? false,
  });
};

const flags = [false, true];

const cases = (sizes: readonly (readonly [m: number, n: number, k: number])[]): SampleCase<Attributes>[] =>
  sizes.flatMap(([m, n, k]) =>
    flags.flatMap((transposeA) =>
      flags.map((transposeB) => ({
        inputs: [
          { shape: transposeA ? [k, m] : [m, k], low: -1, high: 1 },
          { shape: transposeB ? [n, k] : [k, n], low: -1, high: 1 },
        ],
        attributes: { transposeA, transposeB },
      })),
    ),
  );

const plain: Attributes = { transposeA: false, transposeB: false };

export const matmulSamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: matmulPrimitive,
  cases: [
    ...cases([
      [1, 1, 1],
      [2, 3, 4],
      [4, 8, 5],
      [5, 7, 3],
      [6, 9, 17],
      [7, 17, 1],
      [1, 17, 5],
      [17, 1, 4],
      [0, 3, 2],
      [3, 0, 2],
      [3, 2, 0],
    ]),
    { inputs: [{ shape: [2, 3, 4] }, { shape: [4, 5] }], attributes: plain },
    { inputs: [{ shape: [2, 1, 3, 4] }, { shape: [3, 4, 2] }], attributes: plain },
    { inputs: [{ shape: [2, 4, 3] }, { shape: [2, 5, 4] }], attributes: { transposeA: true, transposeB: true } },
    { inputs: [{ shape: [3, 4] }, { shape: [2, 4, 5] }], attributes: plain },
  ],
  refused: [
    {
      inputs: [{ shape: [64, 784] }, { shape: [128, 784] }],
      attributes: plain,
      error:
        "ShapeError: matmul: inner sizes must match, got a=[64, 784] (inner 784), b=[128, 784] (inner 128). Pass { transposeB: true } to use bᵀ.",
    },
    {
      inputs: [{ shape: [3] }, { shape: [3, 2] }],
      attributes: plain,
      error:
        "ShapeError: matmul: operands must have at least two axes, got a=[3], b=[3, 2]. Reshape a vector to [1, k] or [k, 1].",
    },
    {
      inputs: [{ shape: [2, 2, 3] }, { shape: [3, 3, 4] }],
      attributes: plain,
      error:
        "ShapeError: matmul: shapes must broadcast (equal lengths, or 1, from the last axis), got a=[2], b=[3] (2 against 3). Reshape one of them.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3, 2], dtype: "int32", low: 0, high: 3 }],
      attributes: plain,
      error:
        "DTypeError: matmul: operands must all be float32, or all float64, got float32, int32. Convert with toFloat(...).",
    },
  ],
}));
