import type { FunctionBuilder, Local, ModuleBuilder } from "../assembler/assembler.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { transpose4 } from "../assembler/transpose4.ts";

/**
 * The matrix-vector product c[n] = a[k] · op(B)[k, n], B read in place: packing would read and write all of B to use it
 * once.
 *
 * `rows(a, b, c, n, k, stride, add, bias)` reads B as [k, n], `columns(...)` as [n, k], both for one block of k (0 gives
 * zeros) with `stride` bytes from row to row of B; `add` adds to c instead of overwriting it; `bias` is the address of n
 * numbers that are added last, or 0. Every element starts at 0 and takes its products in ascending k, as in the tiles, so
 * that the bits are those of any row of a matrix product.
 * `shift(c, n, bias)` adds the one number at `bias` to n elements.
 * Edge rule: vectors while they fit, then single elements; nothing beyond column n is read or written. n = 0 does
 * nothing.
 */
export const matmulVector: Kernel<"rows" | "columns" | "shift"> = /* @__PURE__ */ kernel("matmul-vector", (module) => {
  define(module, "rows", [48, 16, 4, 2, 1], alongRows);
  define(module, "columns", [16, 4, 1], alongColumns);
  module.export("shift", 3, (f, c, n, bias) => {
    const index = f.local("i32");
    const value = f.local("f32", f32.load(bias));
    f.for(index, 0, n, 1, () => {
      f.storeF32(c, f32.add(f32.load(c), value));
      f.increment(c, 4);
    });
  });
});

/** How many vectors hold the sums of `count` columns. */
const vectorsFor = (count: number): number => Math.ceil(count / 4);

interface Operands {
  readonly a: Local;
  readonly b: Local;
  readonly k: Local;
  readonly stride: Local;
}

/** Adds the products of one block of k to the sums of `count` columns. */
type Accumulate = (f: FunctionBuilder, operands: Operands, sums: readonly Local[], count: number) => void;

/** Takes `counts` columns at a time, most first, while enough columns are left. */
const define = (module: ModuleBuilder, name: string, counts: readonly number[], accumulate: Accumulate): void => {
  module.export(name, 8, (f, a, b, c, n, k, stride, add, bias) => {
    for (const count of counts) {
      const enough = i32.geU(n, count);
      const pass = (): void => {
        const sums = f.locals("v128", vectorsFor(count), v128.zero);
        accumulate(f, { a, b, k, stride }, sums, count);
        sums.forEach((sum, v) => {
          f.if(add, () => f.set(sum, f32x4.add(loadLanes(c, count, v * 16), sum)));
          f.if(bias, () => f.set(sum, f32x4.add(sum, loadLanes(bias, count, v * 16))));
          if (count === 1) f.storeLane32(c, sum, 0);
          else if (count === 2) f.storeLane64(c, sum, 0);
          else f.storeV128(c, sum, v * 16);
        });
        f.increment(b, name === "rows" ? i32.const(count * 4) : i32.mul(stride, count));
        f.increment(c, count * 4);
        f.if(bias, () => f.increment(bias, count * 4));
        f.set(n, i32.sub(n, count));
      };
      f.while(enough, pass);
    }
  });
};

const loadLanes = (address: Expression, count: number, offset: number): Expression =>
  count === 1
    ? v128.load32Zero(address, offset)
    : count === 2
      ? v128.load64Zero(address, offset)
      : v128.load(address, offset);

/** B as [k, n]: row after row, each scaled by one element of a. */
const alongRows: Accumulate = (f, { a, b, k, stride }, sums, count) => {
  const left = f.local("i32", a);
  const right = f.local("i32", b);
  const element = f.local("v128");
  const end = f.local("i32", i32.add(a, i32.shl(k, 2)));
  const more = i32.ltU(left, end);
  f.while(more, () => {
    f.set(element, v128.load32Splat(left));
    sums.forEach((sum, v) => {
      f.set(sum, f.multiplyAdd(element, loadLanes(right, count, v * 16), sum));
    });
    f.increment(left, 4);
    f.increment(right, stride);
  });
};

/** B as [n, k]: 4x4 pieces transposed in registers, so that each lane keeps to its own column and to ascending k. */
const alongColumns: Accumulate = (f, { a, b, k, stride }, sums, count) => {
  const left = f.local("i32", a);
  const last = f.local("i32", i32.add(a, i32.shl(k, 2)));
  const end = f.local("i32", i32.add(a, i32.shl(i32.and(k, -4), 2)));
  const perVector = Math.min(count, 4);
  const bases = f.locals("i32", perVector);
  bases.forEach((base, row) => {
    f.set(base, row === 0 ? b : i32.add(bases[row - 1], stride));
  });
  // The rows of the next vector's columns are four rows further on.
  const jump = f.local("i32", i32.shl(stride, 2));
  const rows = bases.map(() => f.local("i32"));
  const walk = (steps: number, limit: Local, body: (sum: Local) => void): void =>
    f.while(i32.ltU(left, limit), () => {
      rows.forEach((row, index) => {
        f.set(row, bases[index]);
      });
      sums.forEach((sum, v) => {
        if (v > 0) for (const row of rows) f.increment(row, jump);
        body(sum);
      });
      for (const base of bases) f.increment(base, steps * 4);
      f.increment(left, steps * 4);
    });
  if (count >= 4) {
    walk(4, end, (sum) => {
      const turned = transpose4(
        f,
        rows.map((row) => f.local("v128", v128.load(row))),
      );
      turned.forEach((vector, step) => {
        f.set(sum, f.multiplyAdd(v128.load32Splat(left, step * 4), vector, sum));
      });
    });
  }
  walk(1, last, (sum) => {
    const gathered = rows
      .slice(1)
      .reduce((vector, row, index) => f32x4.replaceLane(vector, index + 1, f32.load(row)), v128.load32Zero(rows[0]));
    f.set(sum, f.multiplyAdd(v128.load32Splat(left), gathered, sum));
  });
};
