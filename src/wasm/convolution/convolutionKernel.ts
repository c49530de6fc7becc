import type { FunctionBuilder, FunctionReference, Local, ModuleBuilder } from "../assembler/assembler.ts";
import type { Division } from "../assembler/division.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { type Expression, select } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { defineBlocks, scratchBytes } from "../matmul/matmulBlock.ts";
import type { RightLayout } from "../matmul/matmulTile.ts";
import { definePatches } from "./patches.ts";

/** Room for one tile, in front of the patches. */
export const tileRoom: number = /* @__PURE__ */ scratchBytes(0);

/** The fewest multiplications that are worth a piece of work for a thread. */
const leastMultiplications = 2 ** 16;

/** Work is cut into units, each with a room of its own; a piece of several units uses the first one's. */
const byUnits = (unit: number, units: number, roomBytes: number, room: number, work: number): Division => ({
  count: units,
  strides: (args) => args.map((_, index) => (index === unit ? 1 : index === room ? args[roomBytes] : 0)),
  size: (args) => args[work],
  multiple: 1,
  least: leastMultiplications,
});

/**
 * The product of patches of images (rows, one for each position of a window) with a packed matrix, for one block of k. Patches
 * are copied together as they are needed, some rows at a time, which stay in the cache while their tiles are computed.
 *
 * `convolve(images, table, runs, runsEnd, packed, c, room, unit, units, roomBytes, work, add, bias, k, n)`:
 * - `images`, `table`, `runs`, `runsEnd`: the patches' elements of this block of k (`definePatches`).
 * - `packed`: the right operand, n columns in panels (`matmulPack`).
 * - `c`: where the results go. The table's words behind the layout: bytes from result to result along x, along y and from image to image;
 *   positions in a unit; all positions; the most positions at a time; whether they must be in one row of outputs, because the results of
 *   the next row do not follow.
 * - `units` units from `unit` on are computed. `room` has `roomBytes` bytes for each of them: a tile, and the patches.
 * - `work`: the multiplications of a unit. `add` and `bias` as in `matmulBlock`.
 */
export const convolution: Kernel<"convolve"> = /* @__PURE__ */ kernel(
  "convolution",
  (module) => {
    const block = defineBlocks(module, "rowMajor", "packed");
    const patches = definePatches(module);
    const nothing = defineNothing(module);
    module.export(
      "convolve",
      15,
      (f, images, table, runs, runsEnd, packed, c, room, unit, units, _roomBytes, _work, add, bias, k, n) => {
        const word = wordsBehindLayout(f, table);
        const [cStride, cRow, cImage, unitPositions, total, most, isByRow] = [0, 1, 2, 3, 4, 5, 6].map(word);
        const outHeight = f.local("i32", i32.load(table, 8));
        const outWidth = f.local("i32", i32.load(table, 12));
        const position = f.local("i32", i32.mul(unit, unitPositions));
        const end = f.local("i32", i32.mul(i32.add(unit, units), unitPositions));
        f.if(i32.gtU(end, total), () => f.set(end, total));
        const [m, line, x, y, imageIndex, rest, target, isOutside] = f.locals("i32", 8);
        const rows = f.local("i32", i32.add(room, tileRoom));
        const stride = f.local("i32", i32.shl(k, 2));
        const inside = insideRows(f, table, runs, runsEnd);
        const skips = f.local("i32");
        f.if(i32.and(i32.eqz(bias), i32.or(inside.first, i32.ltU(inside.end, outHeight))), () =>
          allFinite(f, packed, i32.mul(i32.and(i32.add(n, 3), -4), stride), skips),
        );
        const atMost = (length: Local): void => f.if(i32.gtU(m, length), () => f.set(m, length));
        f.while(i32.ltU(position, end), () => {
          f.set(line, i32.divU(position, outWidth));
          f.set(x, i32.sub(position, i32.mul(line, outWidth)));
          f.set(imageIndex, i32.divU(line, outHeight));
          f.set(y, i32.sub(line, i32.mul(imageIndex, outHeight)));
          f.set(m, i32.sub(end, position));
          f.if(skips, () => {
            f.set(isOutside, i32.or(i32.ltU(y, inside.first), i32.geU(y, inside.end)));
            f.set(
              rest,
              select(inside.first, select(inside.end, outHeight, i32.ltU(y, inside.end)), i32.ltU(y, inside.first)),
            );
            f.set(rest, i32.sub(i32.mul(i32.sub(rest, y), outWidth), x));
            atMost(rest);
          });
          f.set(rest, i32.sub(outWidth, x));
          f.if(isByRow, () => atMost(rest));
          f.set(
            target,
            i32.add(i32.add(c, i32.mul(imageIndex, cImage)), i32.add(i32.mul(y, cRow), i32.mul(x, cStride))),
          );
          f.if(
            isOutside,
            () => f.call(nothing, [target, m, n, cStride, add]),
            () => {
              atMost(most);
              f.call(patches, [images, table, runs, runsEnd, position, m, rows, stride]);
              const zero = i32.const(0);
              f.call(block, [rows, packed, target, room, m, n, k, stride, zero, cStride, add, bias, zero]);
            },
          );
          f.increment(position, m);
        });
      },
    );
  },
  () => ({ convolve: byUnits(7, 8, 9, 6, 10) }),
);

/**
 * The product of transposed patches with a matrix of as many rows as there are positions, for one block of positions.
 *
 * `correlate(images, table, right, bStride, c, room, unit, units, roomBytes, work, add, k, n, position)`:
 * - `images`, `table`: as in `convolve`; words behind the layout: bytes from row to row of c, the rows of c, the rows that are
 *   copied together, how often that is done in a unit, and for each time where its runs begin, in bytes from the table on, and the end
 *   of the last.
 * - `right`: the right operand's rows for these positions, packed or in place.
 * - `k` positions from `position` on are added up; 0 gives zeros.
 */
const correlation = (right: RightLayout): Kernel<"correlate"> =>
  kernel(
    `convolution-gradient-${right}`,
    (module) => {
      const block = defineBlocks(module, "columnMajor", right);
      const patches = definePatches(module);
      module.export(
        "correlate",
        14,
        (f, images, table, b, bStride, c, room, unit, units, _roomBytes, _work, add, k, n, position) => {
          const word = wordsBehindLayout(f, table);
          const [cStride, total, most, perUnit] = [0, 1, 2, 3].map(word);
          const turn = f.local("i32", i32.mul(unit, perUnit));
          const row = f.local("i32", i32.mul(turn, most));
          const last = f.local("i32", i32.mul(i32.mul(i32.add(unit, units), perUnit), most));
          f.if(i32.gtU(last, total), () => f.set(last, total));
          const runs = f.local("i32", i32.add(table, i32.add(behindLayout + 16, i32.shl(turn, 2))));
          const m = f.local("i32");
          const rows = f.local("i32", i32.add(room, tileRoom));
          const stride = f.local("i32", i32.shl(most, 2));
          f.while(i32.ltU(row, last), () => {
            f.set(m, i32.sub(last, row));
            f.if(i32.gtU(m, most), () => f.set(m, most));
            const [first, end] = [0, 4].map((offset) => i32.add(table, i32.load(runs, offset)));
            f.if(k, () => f.call(patches, [images, table, first, end, position, k, rows, stride]));
            const target = i32.add(c, i32.mul(row, cStride));
            const zero = i32.const(0);
            f.call(block, [rows, b, target, room, m, n, k, stride, bStride, cStride, add, zero, zero]);
            f.increment(row, most);
            f.increment(runs, 4);
          });
        },
      );
    },
    () => ({ correlate: byUnits(6, 7, 8, 5, 9) }),
  );

export const packedCorrelation: Kernel<"correlate"> = /* @__PURE__ */ correlation("packed");
export const inPlaceCorrelation: Kernel<"correlate"> = /* @__PURE__ */ correlation("inPlace");

/**
 * The rows of outputs, from `first` to before `end`, whose windows have a row of this block of k in the image. The patches of the
 * others are zeros.
 */
const insideRows = (f: FunctionBuilder, table: Local, runs: Local, runsEnd: Local): { first: Local; end: Local } => {
  const [height, outHeight, stride, top] = [0, 8, 16, 24].map((offset) => f.local("i32", i32.load(table, offset)));
  const first = f.local("i32");
  const end = f.local("i32", outHeight);
  /** The rows of outputs before which windows have moved by `distance`, if it is positive. */
  const rowsIn = (to: Local, distance: Expression): void => {
    f.set(to, distance);
    f.set(to, select(i32.divU(i32.add(to, i32.sub(stride, 1)), stride), i32.const(0), i32.geS(to, 1)));
    f.set(to, select(to, outHeight, i32.ltU(to, outHeight)));
  };
  // The runs are in the order of the window's rows.
  f.if(i32.ltU(runs, runsEnd), () => {
    rowsIn(first, i32.sub(top, i32.load(i32.sub(runsEnd, 16))));
    rowsIn(end, i32.sub(i32.add(height, top), i32.load(runs)));
  });
  return { first, end };
};

/** Whether all numbers of `bytes` bytes, whole vectors, are finite: without that, zero times a number is not zero. */
const allFinite = (f: FunctionBuilder, numbers: Local, bytes: Expression, result: Local): void => {
  const at = f.local("i32", numbers);
  const end = f.local("i32", i32.add(numbers, bytes));
  const others = f.local("v128", v128.zero);
  f.for(at, at, end, 16, () =>
    f.set(others, v128.or(others, f32x4.ne(f32x4.mul(v128.load(at), v128.zero), v128.zero))),
  );
  f.set(result, i32.eqz(v128.anyTrue(others)));
};

/**
 * Adds a function `(c, m, n, cStride, add)`: what `block` does for a product that is 0, +0 or C + 0. The sum turns −0 into +0, as
 * the product's sum does.
 */
const defineNothing = (module: ModuleBuilder): FunctionReference =>
  module.function(5, (f, c, m, n, cStride, add) => {
    const [to, end] = f.locals("i32", 2);
    f.doWhile(() => {
      f.set(to, c);
      f.set(end, i32.add(c, i32.shl(i32.and(n, -4), 2)));
      f.for(to, to, end, 16, () => {
        f.if(
          add,
          () => f.storeV128(to, f32x4.add(v128.load(to), v128.zero)),
          () => f.storeV128(to, v128.zero),
        );
      });
      f.set(end, i32.add(c, i32.shl(n, 2)));
      f.for(to, to, end, 4, () => {
        f.if(
          add,
          () => f.storeF32(to, f32.add(f32.load(to), f32.const(0))),
          () => f.storeF32(to, f32.const(0)),
        );
      });
      f.increment(c, cStride);
      f.set(m, i32.sub(m, 1));
    }, m);
  });

const behindLayout = 40;

const wordsBehindLayout =
  (f: FunctionBuilder, table: Local) =>
  (index: number): Local =>
    f.local("i32", i32.load(table, behindLayout + 4 * index));
