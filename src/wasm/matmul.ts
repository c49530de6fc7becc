import type { Kernel, KernelFunctions } from "./kernel.ts";
import { matmulBlock, scratchBytes } from "./matmulBlock.ts";
import { matmulPack } from "./matmulPack.ts";
import type { LeftLayout, MatmulTile } from "./matmulTile.ts";
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

/** A matrix product with the byte addresses of its operands (float32, row-major, 16-byte aligned). */
export interface MatmulProblem extends MatmulShape {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Binds a kernel to the memory; compiles it on first use. */
export type LinkKernel = <Name extends string>(kernel: Kernel<Name>) => KernelFunctions<Name>;

/** The most of k in one block: a panel of B (8 kB) and a strip of A (6 kB) share the first-level cache. */
const mostDepth = 256;
/** The most columns in one block: what is packed of B (1 MB) fits into a second-level cache. */
const mostColumns = 1024;
/** Bytes between the rows of a transposed A from which on its strips do not fit into the cache's sets: gather them. */
const conflictingStride = 512;
/**
 * How k is cut: into as few blocks as mostDepth allows, of nearly equal size. It depends on k alone, as every element's
 * bits do: a block's products are added up from 0 in ascending k, and the blocks' sums in order.
 */
const blockDepth = (k: number): number => {
  const blocks = Math.ceil(k / mostDepth);
  return blocks <= 1 ? k : Math.ceil(k / blocks / 4) * 4;
};

const blockKernels = new Map<string, Kernel<"block">>();
const blockKernel = (layout: LeftLayout, tile: MatmulTile | undefined): Kernel<"block"> => {
  const key = tile ? `${layout} ${tile.rows} ${tile.unroll}` : layout;
  let found = blockKernels.get(key);
  if (!found) {
    found = matmulBlock(layout, tile);
    blockKernels.set(key, found);
  }
  return found;
};

/** The bytes that `matmul` needs for packing: at most 1.1 MB, whatever the sizes. */
export const matmulWorkspaceBytes = ({ n, k }: MatmulShape): number => {
  const depth = blockDepth(k);
  return scratchBytes(depth) + Math.min(mostColumns, Math.ceil(n / 4) * 4) * depth * 4;
};

/**
 * C = op(A) · op(B). C is overwritten without being read; k = 0 writes zeros, m = 0 or n = 0 writes nothing. `workspace`
 * is the address of `matmulWorkspaceBytes(problem)` bytes, 16-byte aligned. The tile is for tests and measurements: it
 * changes the time, never a bit of the result, and neither does anything else but k and the two vectors of an element.
 */
export const matmul = (link: LinkKernel, problem: MatmulProblem, workspace: number, tile?: MatmulTile): void => {
  const { a, b, c, m, n, k, transposeA, transposeB } = problem;
  if (m === 0 || n === 0) return;
  const aStride = (transposeA ? m : k) * 4;
  const bStride = (transposeB ? k : n) * 4;
  const depth = blockDepth(k);

  if (k === 0) link(matmulVector).rows(a, b, c, m * n, 0, 0, 0);
  // A single column is the vector of the turned product: Cᵀ = op(B)ᵀ · op(A)ᵀ.
  else if (n === 1) matrixVector(link, b, a, c, m, k, aStride, !transposeA, depth);
  else if (m === 1) matrixVector(link, a, b, c, n, k, bStride, transposeB, depth);
  // Two rows one after the other: still less work than packing B, unless that has to be turned round.
  else if (m === 2 && !transposeA && !transposeB)
    for (let row = 0; row < m; row++)
      matrixVector(link, a + row * aStride, b, c + row * n * 4, n, k, bStride, false, depth);
  else {
    const pack = link(matmulPack);
    const packBlock = transposeB ? pack.columns : pack.rows;
    const { block } = link(blockKernel(transposeA ? "columnMajor" : "rowMajor", tile));
    const packed = workspace + scratchBytes(depth);
    const gather = aStride % conflictingStride === 0 ? 1 : 0;
    for (let start = 0; start < k; start += depth) {
      const steps = Math.min(depth, k - start);
      const left = a + start * (transposeA ? aStride : 4);
      for (let column = 0; column < n; column += mostColumns) {
        const columns = Math.min(mostColumns, n - column);
        const right = transposeB ? column * bStride + start * 4 : start * bStride + column * 4;
        packBlock(b + right, packed, steps, columns, bStride);
        block(left, packed, c + column * 4, workspace, m, columns, steps, aStride, n * 4, start, gather);
      }
    }
  }
};

const matrixVector = (
  link: LinkKernel,
  a: number,
  b: number,
  c: number,
  n: number,
  k: number,
  bStride: number,
  transposeB: boolean,
  depth: number,
): void => {
  const { rows, columns } = link(matmulVector);
  const product = transposeB ? columns : rows;
  const bStep = transposeB ? 4 : bStride;
  for (let start = 0; start < k; start += depth)
    product(a + start * 4, b + start * bStep, c, n, Math.min(depth, k - start), bStride, start);
};
