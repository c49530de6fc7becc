import type { Kernel, KernelFunctions } from "../assembler/kernel.ts";
import { matmulBlock, scratchBytes } from "./matmulBlock.ts";
import { isNarrow, matmulNarrow } from "./matmulNarrow.ts";
import { matmulPackColumns, matmulPackRows } from "./matmulPack.ts";
import type { LeftLayout, RightLayout } from "./matmulTile.ts";
import { matmulVector } from "./matmulVector.ts";

/** The sizes of a matrix product C[m, n] = op(A)[m, k] · op(B)[k, n], and which operands are stored transposed. */
export interface MatmulShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** A is stored as [k, m] instead of [m, k]. */
  readonly transposeA: boolean;
  /** B is stored as [n, k] instead of [k, n]. */
  readonly transposeB: boolean;
}

/**
 * A matrix product, or a rectangle of one: byte addresses of the operands (float32, row-major), and the bytes from row to
 * row of each as it is stored.
 */
export interface MatmulProblem extends MatmulShape {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** n numbers that are added to each row of the product, or 0 for none. */
  readonly bias: number;
  readonly aStride: number;
  readonly bStride: number;
  readonly cStride: number;
}

/** Binds a kernel to the memory; compiles it on first use. */
export type LinkKernel = <Name extends string>(kernel: Kernel<Name>) => KernelFunctions<Name>;

/** The product of whole matrices, whose rows follow one another. */
export const wholeProduct = (shape: MatmulShape, a: number, b: number, c: number, bias: number = 0): MatmulProblem => {
  const { m, n, k, transposeA, transposeB } = shape;
  const [aStride, bStride] = [(transposeA ? m : k) * 4, (transposeB ? k : n) * 4];
  return { m, n, k, transposeA, transposeB, a, b, c, bias, aStride, bStride, cStride: n * 4 };
};

/** The rectangle of `m` rows and `n` columns from (row, column) on: it has the bits that it has in the whole product. */
export const partOfProduct = (
  whole: MatmulProblem,
  row: number,
  column: number,
  m: number,
  n: number,
): MatmulProblem => ({
  ...whole,
  m,
  n,
  a: whole.a + row * (whole.transposeA ? 4 : whole.aStride),
  b: whole.b + column * (whole.transposeB ? whole.bStride : 4),
  c: whole.c + row * whole.cStride + column * 4,
  bias: whole.bias === 0 ? 0 : whole.bias + column * 4,
});

/** The most of k in one block: a panel of B (8 kB) and a strip of A (6 kB) share the first-level cache. */
const mostDepth = 256;
/** The most columns in one block: the packed part of B (1 MB) fits into a second-level cache. */
const mostColumns = 1024;
/** The most rows for which B is read in place: with more, packing pays. */
const mostRowsInPlace = 16;
/** Bytes between the rows of a transposed A from which on its strips do not fit into the cache's sets: gather them. */
const conflictingStride = 512;
/**
 * How k is cut: into as few blocks as mostDepth allows, of nearly equal size. It depends on k alone, as every element's
 * bits do: a block's products are added up from 0 in ascending k, and the blocks' sums in order.
 */
export const blockDepth = (k: number): number => {
  const blocks = Math.ceil(k / mostDepth);
  return blocks <= 1 ? k : Math.ceil(k / blocks / 4) * 4;
};

/** Caches generators, because each kernel is compiled once. No key is built: small products take 0.2 µs. */
const cached = <Key extends string | number, Generator>(make: (left: LeftLayout, key: Key) => Generator) => {
  const generators: Record<LeftLayout, Partial<Record<Key, Generator>>> = { rowMajor: {}, columnMajor: {} };
  return (left: LeftLayout, key: Key): Generator => (generators[left][key] ??= make(left, key));
};

const narrowKernel = cached(matmulNarrow);

/** Makes the kernel of a product by tiles. */
export type BlockKernel = (left: LeftLayout, right: RightLayout) => Kernel<"block">;

const bestBlock: BlockKernel = cached((left, right) => matmulBlock(left, right));

/** The bytes that `matmul` needs for packing: at most 1.1 MB, whatever the sizes. */
export const matmulWorkspaceBytes = ({ n, k }: MatmulShape): number => {
  const depth = blockDepth(k);
  return scratchBytes(depth) + Math.min(mostColumns, Math.ceil(n / 4) * 4) * depth * 4;
};

/**
 * C = op(A) · op(B), plus the bias. C is overwritten without being read; k = 0 writes zeros or the bias, m = 0 or n = 0
 * writes nothing. `workspace` is the address of `matmulWorkspaceBytes(problem)` bytes, 16-byte aligned. Another
 * kernel of tiles is for tests and measurements: it changes the time, never a bit of the result, and neither does anything
 * else but k and the two vectors of an element.
 */
export const matmul = (
  link: LinkKernel,
  problem: MatmulProblem,
  workspace: number,
  blockKernel: BlockKernel = bestBlock,
): void => {
  const { a, b, c, bias, m, n, k, transposeA, transposeB, aStride, bStride, cStride } = problem;
  if (m === 0 || n === 0) return;
  // Vectors must be contiguous, which the column of a larger matrix is not.
  if (n === 1 && cStride === 4 && (transposeB || bStride === 4)) {
    // A single column is the vector of the turned product: Cᵀ = op(B)ᵀ · op(A)ᵀ.
    matrixVector(link, b, a, c, 0, m, k, aStride, !transposeA);
    if (bias !== 0) link(matmulVector).shift(c, m, bias);
  } else if (k === 0 || (m === 1 && (!transposeA || aStride === 4))) {
    for (let row = 0; row < m; row++) matrixVector(link, a, b, c + row * cStride, bias, n, k, bStride, transposeB);
  } else if (blockKernel === bestBlock && !transposeB && isNarrow(n)) {
    const { narrow } = link(narrowKernel(transposeA ? "columnMajor" : "rowMajor", n));
    const depth = blockDepth(k);
    for (let start = 0; start < k; start += depth) {
      const steps = Math.min(depth, k - start);
      const left = a + start * (transposeA ? aStride : 4);
      narrow(left, b + start * bStride, c, m, steps, aStride, bStride, cStride, start, start + steps < k ? 0 : bias);
    }
  } else blocks(link, problem, workspace, blockKernel);
};

/** By tiles: B is read in place where A has few rows, because packing pays only with many; else it is packed. */
const blocks = (link: LinkKernel, problem: MatmulProblem, workspace: number, blockKernel: BlockKernel): void => {
  const { a, b, c, bias, m, n, k, transposeA, transposeB, aStride, bStride, cStride } = problem;
  const depth = blockDepth(k);
  const gather = aStride % conflictingStride === 0 ? 1 : 0;
  const inPlace = !transposeB && m <= mostRowsInPlace && n >= 8;
  const layout = transposeA ? "columnMajor" : "rowMajor";
  const { block } = link(blockKernel(layout, inPlace ? "inPlace" : "packed"));
  const packed = workspace + scratchBytes(depth);
  const width = inPlace ? n : mostColumns;
  for (let start = 0; start < k; start += depth) {
    const steps = Math.min(depth, k - start);
    const left = a + start * (transposeA ? aStride : 4);
    const shift = start + steps < k ? 0 : bias;
    for (let column = 0; column < n; column += width) {
      const columns = Math.min(width, n - column);
      let right = b + (transposeB ? column * bStride + start * 4 : start * bStride + column * 4);
      if (!inPlace) {
        const pack = transposeB ? link(matmulPackColumns(columns)).columns : link(matmulPackRows).rows;
        pack(right, packed, steps, columns, bStride);
        right = packed;
      }
      const target = c + column * 4;
      const addend = shift === 0 ? 0 : shift + column * 4;
      block(left, right, target, workspace, m, columns, steps, aStride, bStride, cStride, start, addend, gather);
    }
  }
};

/** One row: c[n] = a[k] · op(B), plus the bias. */
const matrixVector = (
  link: LinkKernel,
  a: number,
  b: number,
  c: number,
  bias: number,
  n: number,
  k: number,
  bStride: number,
  transposeB: boolean,
): void => {
  const { rows, columns } = link(matmulVector);
  const product = transposeB ? columns : rows;
  const bStep = transposeB ? 4 : bStride;
  const depth = blockDepth(k);
  let start = 0;
  do {
    const steps = Math.min(depth, k - start);
    product(a + start * 4, b + start * bStep, c, n, steps, bStride, start, start + steps < k ? 0 : bias);
    start += steps;
  } while (start < k);
};
