import { type MatmulProblem, type MatmulShape, partOfProduct } from "../wasm/matmul/matmulKernel.ts";

/** The fewest multiplications that are worth a rectangle: 2.5 µs (docs/internals/kernels-threads.md). */
export const leastMultiplications: number = 2 ** 16;

/** What it takes to move an element of B into its panel, in multiplications; every rectangle packs its columns. */
const packing = 4;
/** What it takes to list an element of A and to read the list, in multiplications, where a fifth is not zero. */
const listing = 50;
/** What a rectangle takes besides: claiming it, and the calls. */
const overhead = 10_000;
/** How much of a rectangle's time the others wait, on average, for a thread that was held up. */
const late = 0.1;
/** Rectangles begin at a multiple of this number of columns: half a panel. */
const columnStep = 4;

/**
 * The rectangles into which a product is cut for a number of threads; a product that is too small to be cut is one rectangle. Every
 * element has the bits that it has in the whole product, so that only time is chosen here, and the grid that takes the
 * least is taken. Columns are cut for next to nothing, rows at the price of packing B once more; as many rectangles as
 * threads leave the least to do twice, and with twice as many the others wait less for a thread that was held up.
 * @param packed Whether B is packed; if not, it is a product by lists: rows are cut for nothing, and columns at the price of
 * writing the lists of A once more.
 */
export const matmulParts = (
  whole: MatmulProblem,
  threads: number,
  packed: boolean = true,
): readonly MatmulProblem[] => {
  const { m, n } = whole;
  const { height, width } = rectangle(whole, threads, packed ? [packing, 1] : [0, listing]);
  const parts: MatmulProblem[] = [];
  for (let row = 0; row < m; row += height) {
    for (let column = 0; column < n; column += width) {
      parts.push(partOfProduct(whole, row, column, Math.min(height, m - row), Math.min(width, n - column)));
    }
  }
  return parts;
};

const rectangle = (
  { m, n, k }: MatmulShape,
  threads: number,
  [perColumn, perRow]: readonly [perColumn: number, perRow: number],
): { readonly height: number; readonly width: number } => {
  const most = Math.floor((m * n * k) / leastMultiplications);
  let best = { height: m, width: n };
  if (most < 2) return best;
  let bestTime = Number.POSITIVE_INFINITY;
  for (const pieces of [Math.min(threads, most), Math.min(2 * threads, most)]) {
    for (let rows = 1; rows <= Math.min(pieces, m); rows++) {
      const height = Math.ceil(m / rows);
      const width = Math.ceil(n / Math.floor(pieces / rows) / columnStep) * columnStep;
      const turns = Math.ceil((Math.ceil(m / height) * Math.ceil(n / width)) / threads);
      const time = (turns + late) * (k * (height * width + perColumn * width + perRow * height) + overhead);
      if (time >= bestTime) continue;
      best = { height, width };
      bestTime = time;
    }
  }
  return best;
};
