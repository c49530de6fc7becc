import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import { type Division, leastLight } from "../assembler/division.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as f64x2 from "../assembler/instructions/f64x2.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/** Sums from `input` on, `length` times `stride` bytes further; `width` columns side by side, 1 or 2. */
const sumColumns = (
  f: FunctionBuilder,
  width: 1 | 2,
  input: Local,
  output: Local,
  length: Local,
  stride: Local,
): void => {
  const [from, to] = [f.local("i32", input), f.local("i32", output)];
  const index = f.local("i32");
  const sum = f.local("v128", v128.zero);
  const load = (): Expression => (width === 1 ? v128.load32Zero(from) : v128.load64Zero(from));
  f.for(index, 0, length, 1, () => {
    f.set(sum, f64x2.add(sum, f64x2.promoteLowF32x4(load())));
    const rounded = f.local("v128", f32x4.demoteF64x2Zero(sum));
    if (width === 1) f.storeF32(to, f32x4.extractLane(rounded, 0));
    else f.storeLane64(to, rounded, 0);
    f.increment(from, stride);
    f.increment(to, stride);
  });
};

/** By the outer axis: each of its places has sums of its own. */
const byOuter: Division = {
  count: 2,
  strides: ([, , , length, inner]) => [4 * length * inner, 4 * length * inner],
  size: ([, , , length, inner]) => length * inner,
  multiple: 1,
  least: leastLight,
};

/**
 * Running sums along the middle axis of a row-major [outer, length, inner]: `cumsum(input, output, outer, length, inner,
 * reverse)`; from the end where `reverse` is 1. Sums are kept in double precision, and each is rounded once.
 */
export const cumsum: Kernel<"cumsum"> = /* @__PURE__ */ kernel(
  "cumsum",
  (module) => {
    module.export("cumsum", 6, (f, input, output, outer, length, inner, reverse) => {
      const rowBytes = f.local("i32", i32.shl(inner, 2));
      const blockBytes = f.local("i32", i32.mul(rowBytes, length));
      // From the end: begin in the last row, and walk backwards.
      const start = f.local("i32", i32.mul(reverse, i32.sub(blockBytes, rowBytes)));
      const stride = f.local("i32", i32.mul(rowBytes, i32.sub(i32.const(1), i32.shl(reverse, 1))));
      const index = f.local("i32");
      const column = f.local("i32");
      const [from, to] = [f.local("i32"), f.local("i32")];
      const enter = (): void => {
        f.set(from, i32.add(i32.add(input, start), column));
        f.set(to, i32.add(i32.add(output, start), column));
      };
      f.for(index, 0, outer, 1, () => {
        f.for(column, 0, i32.and(rowBytes, -8), 8, () => {
          enter();
          sumColumns(f, 2, from, to, length, stride);
        });
        f.if(i32.and(inner, 1), () => {
          enter();
          sumColumns(f, 1, from, to, length, stride);
        });
        f.increment(input, blockBytes);
        f.increment(output, blockBytes);
      });
    });
  },
  () => ({ cumsum: byOuter }),
);
