import type { FunctionBuilder, FunctionReference, Local, ModuleBuilder } from "../assembler/assembler.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import {
  bestTile,
  defineTile,
  type LeftLayout,
  type MatmulTile,
  panelColumns,
  type RightLayout,
  type TileFunction,
} from "./matmulTile.ts";

/** The most rows of a tile in use: the scratch tile has this size. */
const mostRows = 6;
/** Bytes from row to row of the scratch tile, and of a packed panel. */
const tileStride = panelColumns * 4;
const tileBytes = mostRows * tileStride;

/** Room for one tile, where edges are computed before they are placed in C, and for one gathered strip. */
export const scratchBytes = (k: number): number => Math.ceil((tileBytes + mostRows * k * 4) / 16) * 16;

/**
 * The macro-kernel: C = A · B for one block of k, by tiles: strips of A's rows, and for each strip all panels of B, so
 * that the strip stays in the first-level cache, B's block in the second, and C is written along its rows.
 *
 * `block(a, b, c, scratch, m, n, k, aStride, bStride, cStride, add, bias, gather)`: A has m rows and `aStride` as in
 * LeftLayout, rows of C are `cStride` bytes apart. B is packed (`bStride` is not used), or in place, its rows `bStride`
 * bytes apart, and n then at least 8. `add` adds to C (the second and later blocks of k) instead of overwriting it;
 * `bias` is the address of n numbers that are added last, or 0. `gather` copies each full strip of a column-major A
 * together first: worth it where aStride is a multiple of a high power of two, because the strip's lines then evict each
 * other.
 *
 * Edge rule: strips are of nearly equal height, the last panel is 4 or 8 wide; a rest that does not
 * fill a tile goes through the scratch tile and is placed element by element, so nothing outside C is written, and
 * nothing outside A, B and the packed panels is read: in place, the last tile begins as many columns earlier as it is
 * wider than the rest. m, n and k must be at least 1.
 *
 * Without a tile, the module takes the best one for its arithmetic and this engine (`bestTile`).
 */
export const matmulBlock = (left: LeftLayout, right: RightLayout, tile?: MatmulTile): Kernel<"block"> => {
  const suffix = tile ? `-${tile.rows}x${panelColumns}-k${tile.unroll}` : "";
  return kernel(`matmul-${left}-${right}${suffix}`, (module) => {
    defineBlocks(module, left, right, tile);
  });
};

/** Adds `block` to a module that has other functions too. */
export const defineBlocks = (
  module: ModuleBuilder,
  left: LeftLayout,
  right: RightLayout,
  tile: MatmulTile = bestTile(right, module.relaxed),
): FunctionReference => {
  const { rows, unroll } = tile;
  const heights = Array.from({ length: rows }, (_, index) => index + 1);
  // Only the tallest tiles are unrolled: at the edges it would save little time and more than double the module.
  const narrow = heights.map((height) => defineTile(module, left, right, height, 4, 1));
  const wide = heights.map((height) => defineTile(module, left, right, height, 8, height >= rows - 1 ? unroll : 1));
  const edge = defineEdge(module, right, narrow, wide);
  return defineBlock(module, left, right, wide, edge, defineShift(module));
};

/** Writes the body for the tile of each height, and the choice between them; most tiles are of the full height. */
const ofHeight = (
  f: FunctionBuilder,
  rows: Local,
  tiles: readonly TileFunction[],
  body: (tile: TileFunction) => void,
): void => {
  const tallest = (): void => body(tiles[tiles.length - 1]);
  if (tiles.length === 1) tallest();
  else f.if(i32.eq(rows, tiles.length), tallest, () => ofHeight(f, rows, tiles.slice(0, -1), body));
};

/** Computes a tile of any height and width: straight into C where it fills whole vectors, else by way of the scratch tile. */
const defineEdge = (
  module: ModuleBuilder,
  right: RightLayout,
  narrow: readonly TileFunction[],
  wide: readonly TileFunction[],
): FunctionReference =>
  module.function(11, (f, a, b, c, scratch, rows, columns, k, aStride, cStride, add, bStride) => {
    const choose = (tiles: readonly TileFunction[], args: readonly Expression[]): void =>
      ofHeight(f, rows, tiles, (tile) => f.call(tile, args));
    const inPlace = right === "inPlace";
    const byWidth = (args: readonly Expression[]): void => {
      const all = inPlace ? [...args, bStride] : args;
      f.if(
        i32.gtU(columns, 4),
        () => choose(wide, all),
        () => choose(narrow, all),
      );
    };
    f.if(i32.eqz(i32.and(columns, 3)), () => {
      byWidth([a, b, c, k, aStride, cStride, add]);
      f.return();
    });
    const from = f.local("i32", scratch);
    if (inPlace) {
      // The bytes by which the tile is wider than the rest: it begins that much earlier.
      const excess = f.local("i32", i32.shl(i32.and(i32.sub(0, columns), 3), 2));
      f.set(b, i32.sub(b, excess));
      f.increment(from, excess);
    }
    byWidth([a, b, scratch, k, aStride, i32.const(tileStride), i32.const(0)]);
    place(f, from, c, rows, columns, cStride, add);
  });

/** Moves rows x columns elements from the scratch tile to C, or adds them. */
const place = (
  f: FunctionBuilder,
  scratch: Local,
  c: Local,
  rows: Local,
  columns: Local,
  cStride: Local,
  add: Local,
): void => {
  const column = f.local("i32");
  const row = f.local("i32");
  const from = f.local("i32");
  const to = f.local("i32");
  const value = f.local("f32");
  f.for(column, 0, columns, 1, () => {
    f.set(from, i32.add(scratch, i32.shl(column, 2)));
    f.set(to, i32.add(c, i32.shl(column, 2)));
    f.for(row, 0, rows, 1, () => {
      f.set(value, f32.load(from));
      f.if(add, () => f.set(value, f32.add(f32.load(to), value)));
      f.storeF32(to, value);
      f.increment(from, tileStride);
      f.increment(to, cStride);
    });
  });
};

const defineBlock = (
  module: ModuleBuilder,
  layout: LeftLayout,
  right: RightLayout,
  wide: readonly TileFunction[],
  edge: FunctionReference,
  shift: FunctionReference,
): FunctionReference =>
  module.export("block", 13, (f, a, b, c, scratch, m, n, k, aStride, bStride, cStride, add, bias, gather) => {
    const strips = f.local("i32");
    const rows = f.local("i32");
    const columns = f.local("i32", i32.and(n, panelColumns - 1));
    const panel = f.local("i32");
    const target = f.local("i32");
    const end = f.local("i32");
    const strip = f.local("i32");
    const stripStride = f.local("i32");
    const height = wide.length;
    const inPlace = right === "inPlace";
    const stride = inPlace ? [bStride] : [];

    // One short loop for each height, so that a small tile is not outweighed by the way to it.
    const wholePanels = (tile: TileFunction): void =>
      f.doWhile(
        () => {
          f.call(tile, [strip, panel, target, k, stripStride, cStride, add, ...stride]);
          f.increment(panel, inPlace ? i32.const(tileStride) : i32.shl(k, 5));
          f.increment(target, tileStride);
        },
        i32.ltU(target, end),
      );
    const eachPanel = (): void => {
      f.set(panel, b);
      f.set(target, c);
      f.set(end, i32.add(c, i32.shl(i32.and(n, -panelColumns), 2)));
      f.if(i32.ltU(target, end), () => ofHeight(f, rows, wide, wholePanels));
      f.if(columns, () =>
        f.call(edge, [strip, panel, target, scratch, rows, columns, k, stripStride, cStride, add, bStride]),
      );
    };

    f.doWhile(() => {
      // The fewest strips, of nearly equal height: flat ones have too few sums in flight.
      f.set(strips, i32.divU(i32.add(m, height - 1), height));
      f.set(rows, i32.divU(i32.add(m, i32.sub(strips, 1)), strips));
      f.set(strip, a);
      f.set(stripStride, aStride);
      if (layout === "columnMajor") {
        f.if(i32.and(gather, i32.eq(rows, height)), () => {
          f.set(strip, i32.add(scratch, tileBytes));
          f.set(stripStride, height * 4);
          gatherStrip(f, height, a, aStride, strip, k);
        });
      }
      eachPanel();
      f.if(bias, () => f.call(shift, [c, rows, n, cStride, bias]));
      f.increment(a, layout === "rowMajor" ? i32.mul(rows, aStride) : i32.shl(rows, 2));
      f.increment(c, i32.mul(rows, cStride));
      f.set(m, i32.sub(m, rows));
    }, m);
  });

/**
 * Adds a bias to each row of a strip, which is still in the first-level cache. In the tile itself the sums would get a
 * second definition after the loop, for which older engines spill them in it.
 */
const defineShift = (module: ModuleBuilder): FunctionReference =>
  module.function(5, (f, c, rows, n, cStride, bias) => {
    const at = f.local("i32");
    const addend = f.local("i32");
    const end = f.local("i32");
    f.doWhile(() => {
      f.set(at, c);
      f.set(addend, bias);
      const walk = (count: Expression, bytes: number, body: () => void): void => {
        f.set(end, i32.add(c, i32.shl(count, 2)));
        f.while(i32.ltU(at, end), () => {
          body();
          f.increment(at, bytes);
          f.increment(addend, bytes);
        });
      };
      walk(i32.and(n, -4), 16, () => f.storeV128(at, f32x4.add(v128.load(at), v128.load(addend))));
      walk(n, 4, () => f.storeF32(at, f32.add(f32.load(at), f32.load(addend))));
      f.increment(c, cStride);
      f.set(rows, i32.sub(rows, 1));
    }, rows);
  });

/** Copies k steps of `height` neighbouring rows of a column-major operand side by side. */
const gatherStrip = (f: FunctionBuilder, height: number, a: Local, aStride: Local, strip: Local, k: Local): void => {
  const from = f.local("i32", a);
  const to = f.local("i32", strip);
  const step = f.local("i32");
  f.for(step, 0, k, 1, () => {
    let row = 0;
    for (; row + 4 <= height; row += 4) f.storeV128(to, v128.load(from, row * 4), row * 4);
    for (; row < height; row++) f.storeF32(to, f32.load(from, row * 4), row * 4);
    f.increment(from, aStride);
    f.increment(to, height * 4);
  });
};
