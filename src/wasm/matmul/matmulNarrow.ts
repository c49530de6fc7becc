import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import { shuffle32 } from "../assembler/instructions/i8x16.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { keepsOrder, type LeftLayout, leftOperand } from "./matmulTile.ts";

/** How a narrow product's columns fill vectors: some whole vectors, and a last one, whole or half. */
interface Columns {
  readonly whole: number;
  readonly last: "vector" | "half";
}

/** Fewer than 3 columns in the last vector take half of it, two rows together. */
const columnsOf = (n: number): Columns => ({
  whole: Math.ceil(n / 4) - 1,
  last: (n - 1) % 4 < 2 ? "half" : "vector",
});

/** Whether n columns are few enough for the narrow kernel to be the fastest on this engine, as measured. */
export const isNarrow = (n: number): boolean => n <= 12 && (n > 8 || (keepsOrder() && n !== 1 && n !== 3 && n < 7));

/** The rows of a strip, as many as the registers of this engine and arithmetic allow. */
const rowsFor = (n: number, relaxed: boolean): number => {
  if (n > 10) return keepsOrder() || relaxed ? 3 : 2;
  if (n > 8) return keepsOrder() ? 4 : relaxed ? 3 : 2;
  return n > 4 ? 6 : 8;
};

/**
 * The product with few columns, 2 to 12 of them but not 3: C = A · B for one block of k, with B in place and no columns wasted.
 *
 * `narrow(a, b, c, m, k, aStride, bStride, cStride, add, bias)`: A as in LeftLayout, rows of B and C `bStride` and
 * `cStride` bytes apart. `add` adds to C instead of overwriting it; `bias` is the address of n numbers that are added
 * last, or 0. m and k must be at least 1.
 *
 * - Columns: vectors from the first column on. Where n is not a multiple of 4, either the last vector overlaps the one
 *   before it (both compute the same bits), or two columns of two rows share a vector: 10 columns take 2.5 vectors.
 * - Rows: strips of as many as the registers hold, then of 4, 2 and 1.
 * - Order: as in the tiles, so the bits are the same.
 * - Edge rule: nothing outside A, B and C is read or written. All of a strip's C is read before any is written, because
 *   vectors overlap.
 */
export const matmulNarrow = (layout: LeftLayout, n: number): Kernel<"narrow"> =>
  kernel(`matmul-${n}-columns-${layout}`, (module) => {
    const rows = rowsFor(n, module.relaxed);
    module.export("narrow", 10, (f, a, b, c, m, k, aStride, bStride, cStride, add, bias) => {
      for (const height of [rows, 4, 2, 1].filter((height, index) => index === 0 || height < rows)) {
        const enough = i32.geU(m, height);
        f.while(enough, () => {
          defineStrip(f, layout, n, height, { a, b, c, k, aStride, bStride, cStride, add, bias });
          f.increment(a, layout === "rowMajor" ? i32.mul(aStride, height) : height * 4);
          f.increment(c, i32.mul(cStride, height));
          f.set(m, i32.sub(m, height));
        });
      }
    });
  });

interface Operands {
  readonly a: Local;
  readonly b: Local;
  readonly c: Local;
  readonly k: Local;
  readonly aStride: Local;
  readonly bStride: Local;
  readonly cStride: Local;
  readonly add: Local;
  readonly bias: Local;
}

const defineStrip = (f: FunctionBuilder, layout: LeftLayout, n: number, rows: number, operands: Operands): void => {
  const { a, b, c, k, aStride, bStride, cStride, add, bias } = operands;
  const { whole, last } = columnsOf(n);
  const offsets = Array.from({ length: whole }, (_, index) => index * 16);
  if (last === "vector") offsets.push((n - 4) * 4);
  const halfOffset = (Math.max(n, 2) - 2) * 4;
  const halves = last === "half" ? Math.ceil(rows / 2) : 0;
  const sums = Array.from({ length: rows }, () => offsets.map(() => f.local("v128", v128.zero)));
  const pairs = f.locals("v128", halves, v128.zero);

  const right = f.local("i32", b);
  const left = leftOperand(f, layout, f.local("i32", a), aStride, rows);

  const columns = offsets.map(() => f.local("v128"));
  const elements = [f.local("v128"), f.local("v128")];
  const steps = (count: number): void => {
    for (let step = 0; step < count; step++) {
      columns.forEach((column, v) => {
        f.set(column, v128.load(right, offsets[v]));
      });
      for (let row = 0; row < rows; row++) {
        const own = elements[halves > 0 ? row % 2 : 0];
        f.set(own, left.element(row, step));
        sums[row].forEach((sum, v) => {
          f.set(sum, f.multiplyAdd(own, columns[v], sum));
        });
        if (halves === 0) continue;
        // Two columns of two rows: (a0, a0, a1, a1) times (b0, b1, b0, b1). B is loaded again, as no register is left.
        const pair = pairs[row >> 1];
        if (row % 2 === 1) {
          f.set(own, shuffle32(elements[0], elements[1], [0, 1, 4, 5]));
          f.set(pair, f.multiplyAdd(own, v128.load64Splat(right, halfOffset), pair));
        } else if (row === rows - 1) f.set(pair, f.multiplyAdd(own, v128.load64Zero(right, halfOffset), pair));
      }
      f.increment(right, bStride);
      left.afterStep(f);
    }
    left.afterSteps(f, count);
  };
  const end = f.local("i32");
  const loopUntil = (count: Expression, unrolled: number): void => {
    f.set(end, i32.add(b, i32.mul(count, bStride)));
    f.while(i32.ltU(right, end), () => steps(unrolled));
  };
  const unroll = keepsOrder() ? 4 : 1;
  if (unroll > 1) loopUntil(i32.and(k, -unroll), unroll);
  loopUntil(k, 1);

  const target = f.local("i32");
  const eachRow = (body: (row: number) => void): void => {
    f.set(target, c);
    for (let row = 0; row < rows; row++) {
      if (row > 0) f.increment(target, cStride);
      body(row);
    }
  };
  f.if(add, () =>
    eachRow((row) => {
      sums[row].forEach((sum, v) => {
        f.set(sum, f32x4.add(v128.load(target, offsets[v]), sum));
      });
      if (halves === 0 || row % 2 === 1) return;
      const pair = pairs[row >> 1];
      const first = v128.load64Zero(target, halfOffset);
      const second = v128.load64Zero(i32.add(target, cStride), halfOffset);
      f.set(pair, f32x4.add(row + 1 < rows ? shuffle32(first, second, [0, 1, 4, 5]) : first, pair));
    }),
  );
  f.if(bias, () => {
    offsets.forEach((offset, v) => {
      f.set(columns[v], v128.load(bias, offset));
      for (const row of sums) f.set(row[v], f32x4.add(row[v], columns[v]));
    });
    if (halves === 0) return;
    f.set(elements[0], v128.load64Splat(bias, halfOffset));
    for (const pair of pairs) f.set(pair, f32x4.add(pair, elements[0]));
  });
  eachRow((row) => {
    sums[row].forEach((sum, v) => {
      f.storeV128(target, sum, offsets[v]);
    });
    if (halves > 0) f.storeLane64(target, pairs[row >> 1], row % 2, halfOffset);
  });
};
