import type { FunctionBuilder, FunctionReference, Local, ModuleBuilder } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";

/** How the left operand lies in memory: element (row, k) at row·stride + 4k, or at 4·row + k·stride. */
export type LeftLayout = "rowMajor" | "columnMajor";

/** Where the rows of the right operand lie: side by side in a packed panel, or in place, a stride apart. */
export type RightLayout = "packed" | "inPlace";

/** The register tile of the matrix product: its most rows (its width is 8 columns, two vectors), and the unrolling of k. */
export interface MatmulTile {
  readonly rows: number;
  readonly unroll: 1 | 2 | 4;
}

/**
 * The tile for this arithmetic and engine. Any tile gives the same bits; this is about registers only.
 *
 * V8 has 15 vector registers to give. Fused, 6x8 needs all of them; a separate product needs one more register, so
 * there the tile is 5x8. Engines that reorder instructions spill when k is unrolled, or when B has a stride.
 */
export const bestTile = (right: RightLayout, relaxed: boolean): MatmulTile => {
  const rows = right === "inPlace" && !keepsOrder() ? 4 : relaxed ? 6 : 5;
  return { rows, unroll: right === "packed" && keepsOrder() ? 4 : 1 };
};

let orderIsKept: boolean | undefined;

/**
 * Whether the engine emits instructions in their written order. V8 does since it compiles WebAssembly
 * with Turboshaft; 64-bit memories came shortly after (V8 13.3, Node 24), and validating one is a test that costs
 * nothing.
 */
export const keepsOrder = (): boolean => {
  orderIsKept ??= WebAssembly.validate(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1]));
  return orderIsKept;
};

/** Columns of a packed panel of the right operand, and of a full tile. */
export const panelColumns = 8;

/**
 * A function `(a, b, c, k, aStride, cStride, add)` that computes `rows` by `width` elements of C; with B in place, the
 * bytes from row to row of B come last.
 */
export type TileFunction = FunctionReference;

/**
 * The micro-kernel: C[rows, width] = A[rows, k] · B[k, width], or C += that sum when `add` is not 0.
 *
 * - Layout: A in place (see LeftLayout, stride in bytes), B one packed panel (k rows of `width` floats, side by side) or
 *   in place, C row-major with a stride in bytes.
 * - Registers: rows · width / 4 accumulators, width / 4 vectors of B, one broadcast element of A: 15 for 6x8.
 * - Order: every element starts at 0 and takes its products in ascending k, one at a time. Unrolling repeats the step
 *   and reorders nothing, so that all tiles give the same bits.
 * - Edge rule: reads and writes exactly rows x width elements; narrower edges are computed into a scratch tile by the
 *   caller. k must be at least 1.
 */
export const defineTile = (
  module: ModuleBuilder,
  layout: LeftLayout,
  rightLayout: RightLayout,
  rows: number,
  width: 4 | 8,
  unroll: number,
): TileFunction =>
  module.function(rightLayout === "packed" ? 7 : 8, (f, a, b, c, k, aStride, cStride, add, bStride) => {
    const left = leftOperand(f, layout, a, aStride, rows);
    const vectors = width / 4;
    const sums = f.locals("v128", rows * vectors);
    const right = f.locals("v128", vectors);
    const element = f.local("v128");
    const end = f.local("i32");
    const bytes = width * 4;
    const packed = rightLayout === "packed";

    const steps = (count: number): void => {
      for (let step = 0; step < count; step++) {
        for (let v = 0; v < vectors; v++) f.set(right[v], v128.load(b, (packed ? step * bytes : 0) + v * 16));
        for (let row = 0; row < rows; row++) {
          f.set(element, left.element(row, step));
          for (let v = 0; v < vectors; v++) {
            const sum = sums[row * vectors + v];
            f.set(sum, f.multiplyAdd(element, right[v], sum));
          }
        }
        left.afterStep(f);
        if (!packed) f.increment(b, bStride);
      }
      left.afterSteps(f, count);
      if (packed) f.increment(b, count * bytes);
    };
    // The panel's pointer counts the loop as well: one register less.
    const loopUntil = (count: Expression, unrolled: number): void => {
      f.set(end, i32.add(b, i32.mul(count, packed ? i32.const(bytes) : bStride)));
      f.while(i32.ltU(b, end), () => steps(unrolled));
    };
    if (unroll > 1) {
      loopUntil(i32.and(k, -unroll), unroll);
      loopUntil(i32.and(k, unroll - 1), 1);
    } else loopUntil(k, 1);

    f.if(
      add,
      () => storeTile(f, c, cStride, sums, vectors, true),
      () => storeTile(f, c, cStride, sums, vectors, false),
    );
  });

interface LeftOperand {
  /** Element (row, current k + step) in all lanes. */
  readonly element: (row: number, step: number) => Expression;
  readonly afterStep: (f: FunctionBuilder) => void;
  readonly afterSteps: (f: FunctionBuilder, count: number) => void;
}

/** The rows of A from an address that moves along k. */
export const leftOperand = (
  f: FunctionBuilder,
  layout: LeftLayout,
  a: Local,
  stride: Local,
  rows: number,
): LeftOperand => (layout === "rowMajor" ? rowPointers(f, a, stride, rows) : columnPointer(a, stride));

/** Row-major: one pointer for each row, and constant offsets along k. */
const rowPointers = (f: FunctionBuilder, a: Local, stride: Local, rows: number): LeftOperand => {
  const pointers = [a];
  for (let row = 1; row < rows; row++) pointers.push(f.local("i32", i32.add(pointers[row - 1], stride)));
  return {
    element: (row, step) => v128.load32Splat(pointers[row], step * 4),
    afterStep: () => undefined,
    afterSteps: (builder, count) => {
      for (const pointer of pointers) builder.increment(pointer, count * 4);
    },
  };
};

/** Column-major: the rows are side by side, so one pointer walks along k. */
const columnPointer = (a: Local, stride: Local): LeftOperand => ({
  element: (row) => v128.load32Splat(a, row * 4),
  afterStep: (f) => f.increment(a, stride),
  afterSteps: () => undefined,
});

const storeTile = (
  f: FunctionBuilder,
  c: Local,
  stride: Local,
  sums: readonly Local[],
  vectors: number,
  add: boolean,
): void => {
  for (let index = 0; index < sums.length; index++) {
    const row = Math.floor(index / vectors);
    const offset = (index % vectors) * 16;
    if (row > 0 && offset === 0) f.increment(c, stride);
    f.storeV128(c, add ? f32x4.add(v128.load(c, offset), sums[index]) : sums[index], offset);
  }
};
