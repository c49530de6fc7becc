import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import type { Division } from "../assembler/division.ts";
import * as i32 from "../assembler/instructions/i32.ts";
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
        const [m, line, x, imageIndex, rest] = f.locals("i32", 5);
        const rows = f.local("i32", i32.add(room, tileRoom));
        const stride = f.local("i32", i32.shl(k, 2));
        f.while(i32.ltU(position, end), () => {
          f.set(m, i32.sub(end, position));
          f.if(i32.gtU(m, most), () => f.set(m, most));
          f.set(line, i32.divU(position, outWidth));
          f.set(x, i32.sub(position, i32.mul(line, outWidth)));
          f.set(rest, i32.sub(outWidth, x));
          f.if(i32.and(isByRow, i32.gtU(m, rest)), () => f.set(m, rest));
          f.call(patches, [images, table, runs, runsEnd, position, m, rows, stride]);
          f.set(imageIndex, i32.divU(line, outHeight));
          const target = i32.add(
            i32.add(c, i32.mul(imageIndex, cImage)),
            i32.add(i32.mul(i32.sub(line, i32.mul(imageIndex, outHeight)), cRow), i32.mul(x, cStride)),
          );
          const zero = i32.const(0);
          f.call(block, [rows, packed, target, room, m, n, k, stride, zero, cStride, add, bias, zero]);
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

const behindLayout = 40;

const wordsBehindLayout =
  (f: FunctionBuilder, table: Local) =>
  (index: number): Local =>
    f.local("i32", i32.load(table, behindLayout + 4 * index));
