import type { FunctionBuilder, FunctionReference, Local, ModuleBuilder } from "../assembler/assembler.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { loadFirstLanes } from "../assembler/loadFirstLanes.ts";
import { transpose4 } from "../assembler/transpose4.ts";

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
  exportColumns(module, [1, 2, 3, 4, 5, 6, 7]);
});

/** `rows` alone: a short training run ends before it has used all of a long module. */
export const matmulPackRows: Kernel<"rows"> = /* @__PURE__ */ kernel("matmul-pack-rows", (module) => {
  module.export("rows", 5, packRows);
});

const columnsKernel = (rest: number): Kernel<"columns"> =>
  kernel(`matmul-pack-columns-${rest}`, (module) => exportColumns(module, rest > 0 ? [rest] : []));

const columnKernels: Kernel<"columns">[] = [];

/** `columns` alone, for n columns and other numbers with the same remainder when they are divided by 8. */
export const matmulPackColumns = (n: number): Kernel<"columns"> => (columnKernels[n % 8] ??= columnsKernel(n % 8));

/** Four rows of B at a time: B is read along its rows, and 128 bytes of each panel are written together. */
const packRows = (f: FunctionBuilder, from: Local, to: Local, k: Local, n: Local, stride: Local): void => {
  const panelStep = f.local("i32", i32.shl(k, 5));
  const wholeBytes = f.local("i32", i32.shl(i32.and(n, -8), 2));
  const edgeTo = f.local("i32", i32.add(to, i32.mul(i32.shrU(n, 3), panelStep)));
  const rest = f.local("i32", i32.and(n, 3));
  const [end, left, target] = f.locals("i32", 3);

  const rows = (count: number): void => {
    const sources = [from];
    for (let row = 1; row < count; row++) sources.push(f.local("i32", i32.add(sources[row - 1], stride)));
    f.set(target, to);
    f.set(end, i32.add(from, wholeBytes));
    f.while(i32.ltU(from, end), () => {
      for (let row = 0; row < count; row++) {
        f.storeV128(target, v128.load(sources[row]), row * 32);
        f.storeV128(target, v128.load(sources[row], 16), row * 32 + 16);
      }
      for (const source of sources) f.increment(source, 32);
      f.increment(target, panelStep);
    });
    for (const source of sources) packRowEdge(f, source, edgeTo, i32.and(n, 4), rest);
    // From the end of one group of rows to the start of the next.
    f.set(from, i32.sub(from, wholeBytes));
    f.increment(from, i32.mul(stride, count));
    f.increment(to, 32 * count);
    f.set(left, i32.sub(left, count));
  };
  const groups = (count: number): void => f.doWhile(() => rows(count), i32.geU(left, count));
  f.set(left, k);
  f.if(i32.geU(left, 4), () => groups(4));
  f.if(left, () => groups(1));
};

/** One row of the last panel: the columns behind the whole panels, exactly those read, zeros behind them. */
const packRowEdge = (f: FunctionBuilder, from: Local, to: Local, four: Expression, rest: Local): void => {
  f.if(four, () => {
    f.storeV128(to, v128.load(from));
    f.increment(to, 16);
  });
  f.if(rest, () => {
    f.storeV128(to, loadFirstLanes(f, i32.add(from, i32.shl(four, 2)), rest));
    f.increment(to, 16);
  });
};

/** One panel from rows of [n, k]: four elements of each at a time, transposed in registers. */
const definePanel = (module: ModuleBuilder, columns: number): FunctionReference =>
  module.function(4, (f, from, to, k, stride) => {
    const width = columns > 4 ? 8 : 4;
    const sources = [from];
    for (let row = 1; row < columns; row++) sources.push(f.local("i32", i32.add(sources[row - 1], stride)));
    const walk = (steps: 1 | 4, body: () => void): void =>
      f.doWhile(() => {
        // The last four steps overlap those before them: writing some twice is less work than one by one.
        if (steps === 4)
          f.if(i32.ltU(k, 4), () => {
            const back = f.local("i32", i32.shl(i32.sub(4, k), 2));
            for (const source of sources) f.set(source, i32.sub(source, back));
            f.set(to, i32.sub(to, i32.mul(back, width)));
            f.set(k, 4);
          });
        body();
        for (const source of sources) f.increment(source, steps * 4);
        f.increment(to, steps * width * 4);
        f.set(k, i32.sub(k, steps));
      }, k);
    f.if(
      i32.geU(k, 4),
      () =>
        walk(4, () => {
          for (let first = 0; first < width; first += 4) {
            const rows = [0, 1, 2, 3].map((row) => {
              const source = sources[first + row];
              return f.local("v128", source ? v128.load(source) : v128.zero);
            });
            transpose4(f, rows).forEach((vector, step) => {
              f.storeV128(to, vector, (step * width + first) * 4);
            });
          }
        }),
      () =>
        f.if(k, () =>
          walk(1, () => {
            for (let row = 0; row < width; row++) {
              f.storeF32(to, sources[row] ? f32.load(sources[row]) : f32.const(0), row * 4);
            }
          }),
        ),
    );
  });

/** B as [n, k]: whole panels, then a panel for the remaining columns, whose number is one of `rests`. */
const exportColumns = (module: ModuleBuilder, rests: readonly number[]): void => {
  const whole = definePanel(module, 8);
  const panels = rests.map((columns) => definePanel(module, columns));
  module.export("columns", 5, (f, from, to, k, n, stride) => {
    const pack = (panel: FunctionReference): void => f.call(panel, [from, to, k, stride]);
    f.while(i32.geU(n, 8), () => {
      pack(whole);
      f.increment(from, i32.shl(stride, 3));
      f.increment(to, i32.shl(k, 5));
      f.set(n, i32.sub(n, 8));
    });
    panels.forEach((panel, index) => {
      f.if(i32.eq(n, rests[index]), () => pack(panel));
    });
  });
};
