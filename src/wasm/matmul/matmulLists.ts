import { callResult } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

const negativeZero = 0x8000_0000 | 0;

/** Stands behind the last entry of a list, in place of a distance. */
const endOfList = -1;

/**
 * The matrix product on lists, in tiles of a number of vectors. Each row of op(A) has a list of its elements that are not zero, with
 * ascending k: the distance of B's row from B in bytes (i32), then the element (f32). The lists follow each other.
 *
 * - `build(a, lists, m, k, aRow, aStep, bStride, all)` writes the lists of m rows, whose element (row, k) is at
 *   a + row·aRow + k·aStep, and returns where they end; `all`, 0 or 1, keeps the zeros. There must be room for m lists of k + 1
 *   entries of 8 bytes.
 * - `tile(lists, b, c, m, bStride, cStride, add, bias, a, aRow, aStep, k, room)` computes m rows of C for one block of k: the sums
 *   of a row are in registers, and each entry adds its element times a row of B, in place. `add` adds to C instead of
 *   overwriting it; `bias` is the address of numbers that are added last, or 0.
 * - `allFinite(b, rows, bytes, stride)`: 1 if the rows of B, of whole vectors, have finite numbers only, else 0.
 *
 * Order: that of the dense tiles without the products that are zero. These change a sum only where it is −0, to which a
 * fused product can round: such a row is computed again from a list of all its elements, for which `room` is.
 * Edge rule: exactly the elements are read and written. Each size must be at least 1.
 */
export const matmulLists = (vectors: number): Kernel<"build" | "tile" | "allFinite"> =>
  kernel(`matmul-lists-${vectors}`, (module) => {
    const build = module.export(
      "build",
      8,
      (f, a, lists, m, k, aRow, aStep, bStride, all) => {
        const at = f.local("i32");
        const offset = f.local("i32");
        const value = f.local("i32");
        const end = f.local("i32", i32.mul(k, bStride));
        const group = f.local("i32", i32.mul(i32.and(k, -4), bStride));
        const step = (count: number): void => {
          f.increment(at, i32.mul(aStep, count));
          f.increment(offset, i32.mul(bStride, count));
        };
        const append = (): void => {
          f.set(value, i32.load(at));
          f.storeI32(lists, offset);
          f.storeI32(lists, value, 4);
          // Without the sign; what is not zero is the next entry's place.
          f.increment(lists, i32.shl(i32.or(all, i32.gtU(i32.shl(value, 1), 0)), 3));
          step(1);
        };
        const bitsOf = (index: number): Expression => i32.load(i32.add(at, i32.mul(aStep, index)));
        f.doWhile(() => {
          f.set(at, a);
          f.set(offset, 0);
          f.while(i32.ltU(offset, group), () => {
            f.set(value, i32.or(i32.or(bitsOf(0), bitsOf(1)), i32.or(bitsOf(2), bitsOf(3))));
            f.if(
              i32.or(all, i32.shl(value, 1)),
              () => [0, 1, 2, 3].forEach(append),
              () => step(4),
            );
          });
          f.while(i32.ltU(offset, end), append);
          f.storeI32(lists, i32.const(endOfList));
          f.increment(lists, 8);
          f.increment(a, aRow);
          f.set(m, i32.sub(m, 1));
        }, m);
        f.result(lists);
      },
      "i32",
    );
    module.export("tile", 13, (f, lists, b, c, m, bStride, cStride, add, bias, a, aRow, aStep, k, room) => {
      const entry = f.local("i32");
      const right = f.local("i32");
      const again = f.local("i32");
      const factor = f.local("v128");
      const sums = f.locals("v128", vectors);
      const sumUp = (): void => {
        for (const sum of sums) f.set(sum, v128.zero);
        f.set(right, i32.load(entry));
        f.while(i32.sub(right, endOfList), () => {
          f.increment(right, b);
          f.set(factor, v128.load32Splat(entry, 4));
          sums.forEach((sum, index) => {
            f.set(sum, f.multiplyAdd(factor, v128.load(right, 16 * index), sum));
          });
          f.increment(entry, 8);
          f.set(right, i32.load(entry));
        });
        f.if(i32.eqz(again), () => f.set(lists, i32.add(entry, 8)));
      };
      const sumUpTwice = (): void =>
        f.doWhile(() => {
          sumUp();
          // As an integer, −0 is the least of all.
          const least = sums.reduce<Expression>((x, y) => i32x4.minS(x, y), v128.zero);
          f.set(again, i32.gtU(v128.anyTrue(i32x4.eq(least, negativeZero)), again));
          f.if(again, () => {
            f.set(entry, callResult(build, [a, room, i32.const(1), k, aRow, aStep, bStride, i32.const(1)]));
            f.set(entry, room);
          });
        }, again);
      const store = (finish: (sum: Expression, offset: number) => Expression): void =>
        sums.forEach((sum, index) => {
          f.storeV128(c, finish(sum, 16 * index), 16 * index);
        });
      const added = (sum: Expression, offset: number): Expression => f32x4.add(v128.load(c, offset), sum);
      const shift = (finish: typeof added): void =>
        f.if(
          bias,
          () => store((sum, offset) => f32x4.add(finish(sum, offset), v128.load(bias, offset))),
          () => store(finish),
        );
      f.doWhile(() => {
        f.set(entry, lists);
        (module.relaxed ? sumUpTwice : sumUp)();
        f.if(
          add,
          () => shift(added),
          () => shift((sum) => sum),
        );
        f.increment(c, cStride);
        f.increment(a, aRow);
        f.set(m, i32.sub(m, 1));
      }, m);
    });
    module.export(
      "allFinite",
      4,
      (f, b, rows, bytes, stride) => {
        const at = f.local("i32");
        const vector = f.local("v128");
        const differences = f.local("v128");
        f.doWhile(() => {
          f.for(at, b, i32.add(b, bytes), 16, () => {
            // +0, or NaN for a number that is not finite.
            f.set(vector, v128.load(at));
            f.set(differences, v128.or(differences, f32x4.sub(vector, vector)));
          });
          f.increment(b, stride);
          f.set(rows, i32.sub(rows, 1));
        }, rows);
        f.result(i32.eqz(v128.anyTrue(differences)));
      },
      "i32",
    );
  });
