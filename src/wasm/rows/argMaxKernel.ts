import type { FunctionBuilder, Local, ModuleBuilder } from "../assembler/assembler.ts";
import { byOuterOrInner } from "../assembler/division.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/** Whether `x` replaces `best`: it is larger, or the first NaN. */
const better = (x: Local, best: Local): Expression =>
  v128.or(f32x4.gt(x, best), v128.andnot(f32x4.ne(x, x), f32x4.ne(best, best)));

const defineArgMax = (module: ModuleBuilder): void => {
  /** The largest elements of four columns from `address` on; the elements of a column are `stride` bytes apart. */
  const winners = (
    f: FunctionBuilder,
    address: Expression,
    count: Expression,
    stride: Local,
    indices: Local,
  ): Local => {
    const best = f.local("v128", v128.load(address));
    const at = f.local("i32", address);
    const index = f.local("i32");
    const position = f.local("v128", v128.zero);
    f.set(indices, v128.zero);
    const x = f.local("v128");
    const wins = f.local("v128");
    f.for(index, 1, count, 1, () => {
      f.set(at, i32.add(at, stride));
      f.set(position, i32x4.add(position, 1));
      f.set(x, v128.load(at));
      f.set(wins, better(x, best));
      f.set(best, v128.bitselect(x, best, wins));
      f.set(indices, v128.bitselect(position, indices, wins));
    });
    return best;
  };
  module.export("argMax", 6, (f, ...parameters) => {
    const [input, output, outer, length, inner, columns] = parameters;
    const row = f.local("i32");
    const column = f.local("i32");
    const indices = f.local("v128");
    const stride = f.local("i32", i32.shl(inner, 2));
    f.for(row, 0, outer, 1, () => {
      f.for(column, 0, columns, 4, () => {
        winners(f, i32.add(input, i32.shl(column, 2)), length, stride, indices);
        const rest = f.local("i32", i32.sub(columns, column));
        f.if(
          i32.geU(rest, 4),
          () => {
            f.storeV128(output, indices);
            f.increment(output, 16);
          },
          () => {
            f.storeFirstLanes(output, indices, rest);
            f.set(output, i32.add(output, i32.shl(rest, 2)));
          },
        );
      });
      f.set(input, i32.add(input, i32.mul(stride, length)));
    });
  });
};

/**
 * `argMax(input, output, outer, length, inner, columns)` over the middle axis, as int32: the first index of the largest element,
 * or of the first NaN. Four columns at a time; a row is read four elements at a time, and then the lanes are compared.
 */
export const argMax: Kernel<"argMax"> = /* @__PURE__ */ kernel("argMax", defineArgMax, () => ({
  argMax: byOuterOrInner,
}));
