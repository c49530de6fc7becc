import type { Kernel } from "../assembler/kernel.ts";
import { finiteBytes, lastingBlocks } from "./finiteMatrices.ts";
import {
  blockDepth,
  type LinkKernel,
  type MatmulProblem,
  type MatmulShape,
  matmul,
  matmulWorkspaceBytes,
  partOfProduct,
} from "./matmulKernel.ts";
import { matmulLists } from "./matmulLists.ts";

/** The most vectors of a tile: with one of B and the element of A they take the 15 registers that V8 gives. */
const mostVectors = 13;
/** The most bytes of lists: more rows are taken in several turns. */
export const mostListBytes: number = 2 ** 18;
/** The fewest multiplications, 40 µs, and columns of B for which A is looked at. A single row takes 8 times as long as others. */
const [leastMultiplications, leastColumns] = [2 ** 20, 32];
/** How many elements of A are looked at: so few that it takes less than 1 % of the dense product. */
const [columnsPerSample, mostSamples, mostRowsSampled] = [8192, 1024, 8];
/**
 * Times of a product by lists, in that of an element and a column of the dense product: of each element, of each that is not
 * zero, of each of its columns, and of testing an element of B. `bench/speed/zeros.ts` measures them. They differ between
 * engines and arithmetic; these are the least favourable.
 */
const [listing, entry, column, testing] = [8, 57, 2, 2.5];

const tileKernels: Kernel<"build" | "tile" | "allFinite">[] = [];
const tileKernel = (vectors: number): Kernel<"build" | "tile" | "allFinite"> =>
  (tileKernels[vectors] ??= matmulLists(vectors));

/** Whether the product is so large that it may be worth looking for zeros. */
export const maySkipZeros = ({ m, n, k, transposeB }: MatmulShape): boolean =>
  !transposeB && n >= leastColumns && (m === 1 ? 8 : m) * n * k >= leastMultiplications;

/** The bytes that `multiply` needs: at most 1.1 MB, whatever the sizes. */
export const productWorkspaceBytes = (shape: MatmulShape): number => {
  const bytes = matmulWorkspaceBytes(shape);
  return maySkipZeros(shape) ? Math.max(bytes, mostListBytes) : bytes;
};

/**
 * Whether the product is faster by lists: A has few elements that are not zero, as a sample of its rows shows, and B is finite,
 * without which 0·b is not 0. That is remembered of variables; the second product in a row with the same B, as in a loop of
 * predictions, does not count the time of the test.
 */
export const skipsZeros = (link: LinkKernel, problem: MatmulProblem, workspace: number): boolean => {
  if (!maySkipZeros(problem)) return false;
  const { a, b, m, n, k, transposeA, aStride, bStride } = problem;
  const { build, allFinite } = link(tileKernel(1));
  const [rows, columns] = transposeA ? [k, m] : [m, k];
  // Every so many elements of rows from top to bottom, as they are stored: one row may be unlike the others.
  const sampled = Math.min(rows, mostRowsSampled);
  const samples = Math.min(m * k * Math.min(n / columnsPerSample, 1), mostSamples);
  const width = Math.min(Math.ceil(samples / sampled), columns);
  const aStep = Math.floor(columns / width) * 4;
  const end = build(a, workspace, sampled, width, Math.floor(rows / sampled) * aStride, aStep, 4, 0);
  // Without a sign, as addresses above 2 GiB come back negative.
  const share = (((end - workspace) >>> 3) - sampled) / (sampled * width);
  const known = finiteBytes.get(b);
  const bytes = lastingBlocks.has(b) && n * 4 === bStride ? k * bStride : 0;
  if (bytes > 0 && known === undefined) finiteBytes.set(b, 0);
  const test = known === undefined ? (testing * n) / m : 0;
  if (share * (entry + column * n) + listing + test >= n) return false;
  if (bytes > 0 && known! >= bytes) return true;
  if (allFinite(b, k, (n & -4) * 4, bStride) === 0) return false;
  if (bytes > 0 && (n & 3) === 0) finiteBytes.set(b, bytes);
  return true;
};

/**
 * The product that `matmul` computes, with the same bits, in a time that depends on how many elements of A are not zero. B
 * must be finite and not transposed.
 */
export const matmulByLists = (link: LinkKernel, problem: MatmulProblem, workspace: number): void => {
  const { a, b, c, bias, m, n, k, transposeA, aStride, bStride, cStride } = problem;
  const [aRow, aStep] = transposeA ? [4, aStride] : [aStride, 4];
  const depth = blockDepth(k);
  const bytes = 8 * (depth + 1);
  const lists = workspace + bytes;
  const most = Math.floor(mostListBytes / bytes) - 1;
  const vectors = n >> 2;
  for (let row = 0; row < m; row += most) {
    const rows = Math.min(most, m - row);
    for (let start = 0; start < k; start += depth) {
      const steps = Math.min(depth, k - start);
      const left = a + row * aRow + start * aStep;
      link(tileKernel(1)).build(left, lists, rows, steps, aRow, aStep, bStride, 0);
      for (let from = 0, tiles = Math.ceil(vectors / mostVectors); tiles > 0; tiles--) {
        const width = Math.ceil((vectors - from / 16) / tiles);
        const { tile } = link(tileKernel(width));
        const shift = bias && start + steps === k ? bias + from : 0;
        const target = c + row * cStride + from;
        tile(
          lists,
          b + start * bStride + from,
          target,
          rows,
          bStride,
          cStride,
          start,
          shift,
          left,
          aRow,
          aStep,
          steps,
          workspace,
        );
        from += 16 * width;
      }
    }
  }
  if (n & 3) matmul(link, partOfProduct(problem, 0, n & -4, m, n & 3), workspace);
};

/** C = op(A) · op(B), plus the bias, with the bits of `matmul`; zeros of A may cost nothing. */
export const multiply = (link: LinkKernel, problem: MatmulProblem, workspace: number): void =>
  (skipsZeros(link, problem, workspace) ? matmulByLists : matmul)(link, problem, workspace);
