import type { FunctionBuilder, Local } from "./assembler.ts";
import * as f32 from "./instructions/f32.ts";
import * as f32x4 from "./instructions/f32x4.ts";
import * as i32 from "./instructions/i32.ts";
import * as v128 from "./instructions/v128.ts";
import { type Kernel, kernel } from "./kernel.ts";
import { transpose4 } from "./transpose4.ts";

/**
 * Packing of the right operand for the matrix product: one block of k (its rows) and all n columns become panels of 8
 * columns, each k rows of 8 floats; a last panel of 4 columns or fewer has rows of 4 floats. Lanes beyond n are zero:
 * nothing reads their sums, but leftovers there could be subnormal numbers, on which processors are slow.
 *
 * `rows(from, to, k, n, stride)` reads B as [k, n] (stride: bytes from row to row), `columns(from, to, k, n, stride)`
 * as [n, k]. Panels are 32·k bytes apart. Nothing outside the block is read. k = 0 or n = 0 does nothing.
 */
export const matmulPack: Kernel<"rows" | "columns"> = /* @__PURE__ */ kernel("matmul-pack", (module) => {
  module.export("rows", 5, packRows);
  module.export("columns", 5, packColumns);
});

/** Four rows of B at a time: B is read along its rows, and 128 bytes of each panel are written together. */
const packRows = (f: FunctionBuilder, from: Local, to: Local, k: Local, n: Local, stride: Local): void => {
  const panelStep = f.local("i32", i32.shl(k, 5));
  const end = f.local("i32");
  const left = f.local("i32");
  const target = f.local("i32");
  const edge = f.local("i32", i32.and(n, 7));

  const rows = (count: number): void => {
    const sources = [from];
    for (let row = 1; row < count; row++) sources.push(f.local("i32", i32.add(sources[row - 1], stride)));
    f.set(target, to);
    f.set(end, i32.add(from, i32.shl(i32.sub(n, edge), 2)));
    f.while(i32.ltU(from, end), () => {
      for (let row = 0; row < count; row++) {
        f.storeV128(target, v128.load(sources[row]), row * 32);
        f.storeV128(target, v128.load(sources[row], 16), row * 32 + 16);
      }
      for (const source of sources) f.increment(source, 32);
      f.increment(target, panelStep);
    });
  };
  // From the end of one group of rows to the start of the next.
  const advance = (count: number): void => {
    f.set(from, i32.sub(from, i32.shl(i32.sub(n, edge), 2)));
    f.increment(from, i32.mul(stride, count));
    f.increment(to, 32 * count);
  };
  const start = f.local("i32", from);
  const edgeTo = f.local("i32", i32.add(to, i32.mul(i32.shrU(n, 3), panelStep)));
  const groups = (count: number): void =>
    f.doWhile(
      () => {
        rows(count);
        advance(count);
        f.set(left, i32.sub(left, count));
      },
      i32.geU(left, count),
    );
  f.set(left, k);
  f.if(i32.geU(left, 4), () => groups(4));
  f.if(left, () => groups(1));

  f.if(edge, () => {
    f.set(start, i32.add(start, i32.shl(i32.sub(n, edge), 2)));
    packRowEdge(f, start, edgeTo, k, edge, stride);
  });
};

/** Rows of [n, k], 8 or 4 of them by four elements at a time, turned round in registers. */
const packColumns = (f: FunctionBuilder, from: Local, to: Local, k: Local, n: Local, stride: Local): void => {
  const sources = f.locals("i32", 8);
  const left = f.local("i32");
  const panel = (columns: 4 | 8): void => {
    const used = sources.slice(0, columns);
    used.forEach((source, row) => {
      f.set(source, row === 0 ? from : i32.add(used[row - 1], stride));
    });
    const walk = (steps: 1 | 4, body: () => void): void =>
      f.doWhile(() => {
        // The last four steps overlap those before them: writing some twice is less work than one by one.
        if (steps === 4)
          f.if(i32.ltU(left, 4), () => {
            const back = f.local("i32", i32.shl(i32.sub(4, left), 2));
            for (const source of used) f.set(source, i32.sub(source, back));
            f.set(to, i32.sub(to, i32.mul(back, columns)));
            f.set(left, 4);
          });
        body();
        for (const source of used) f.increment(source, steps * 4);
        f.increment(to, steps * columns * 4);
        f.set(left, i32.sub(left, steps));
      }, left);
    f.set(left, k);
    f.if(
      i32.geU(k, 4),
      () =>
        walk(4, () => {
          for (let first = 0; first < columns; first += 4) {
            const rows = used.slice(first, first + 4).map((source) => f.local("v128", v128.load(source)));
            transpose4(f, rows).forEach((vector, step) => {
              f.storeV128(to, vector, step * columns * 4 + first * 4);
            });
          }
        }),
      () =>
        f.if(left, () =>
          walk(1, () => {
            used.forEach((source, row) => {
              f.storeF32(to, f32.load(source), row * 4);
            });
          }),
        ),
    );
    f.increment(from, i32.mul(stride, columns));
    f.set(n, i32.sub(n, columns));
  };
  f.while(i32.geU(n, 8), () => panel(8));
  f.if(i32.eq(n, 4), () => panel(4));
  f.if(n, () => packColumnEdge(f, from, to, k, n, stride));
};

/** The last panel of B stored by rows: 1 to 7 columns, exactly those read, zeros behind them. */
const packRowEdge = (f: FunctionBuilder, from: Local, to: Local, k: Local, columns: Local, stride: Local): void => {
  const step = f.local("i32");
  const count = i32.and(columns, 3);
  const quarter = (offset: number): void =>
    f.if(
      i32.and(count, 2),
      () =>
        f.if(
          i32.and(count, 1),
          () =>
            f.storeV128(to, f32x4.replaceLane(v128.load64Zero(from, offset), 2, f32.load(from, offset + 8)), offset),
          () => f.storeV128(to, v128.load64Zero(from, offset), offset),
        ),
      () => f.storeV128(to, v128.load32Zero(from, offset), offset),
    );
  const each = (bytes: number, body: () => void): void =>
    f.for(step, 0, k, 1, () => {
      body();
      f.increment(from, stride);
      f.increment(to, bytes);
    });
  f.if(
    i32.gtU(columns, 4),
    () =>
      each(32, () => {
        f.storeV128(to, v128.load(from));
        quarter(16);
      }),
    () =>
      f.if(
        count,
        () => each(16, () => quarter(0)),
        () => each(16, () => f.storeV128(to, v128.load(from))),
      ),
  );
};

/** The last panel of B stored by columns: zeros first, then element by element. */
const packColumnEdge = (f: FunctionBuilder, from: Local, to: Local, k: Local, columns: Local, stride: Local): void => {
  const source = f.local("i32");
  const target = f.local("i32");
  const column = f.local("i32");
  const step = f.local("i32");
  const isWide = f.local("i32", i32.gtU(columns, 4));
  f.for(step, 0, k, 1, () => {
    f.storeV128(to, v128.zero);
    f.if(isWide, () => f.storeV128(to, v128.zero, 16));
    f.set(source, from);
    f.set(target, to);
    f.for(column, 0, columns, 1, () => {
      f.storeF32(target, f32.load(source));
      f.increment(target, 4);
      f.increment(source, stride);
    });
    f.increment(from, 4);
    f.increment(to, i32.add(16, i32.shl(isWide, 4)));
  });
};
