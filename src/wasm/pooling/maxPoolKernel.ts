import type { FunctionBuilder, Local, ModuleBuilder } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { byImages, forPoolWindows, type PoolWindow, zeroUncovered } from "./poolWindows.ts";

const negativeInfinity = f32x4.const(Number.NEGATIVE_INFINITY);

/** The maximum of a window; NaN comes through. */
const defineMax = (module: ModuleBuilder): void => {
  module.export("max", 6, (f, ...parameters) => {
    const best = f.local("v128");
    forPoolWindows(f, parameters, ({ each, output, store }) => {
      f.set(best, negativeInfinity);
      each((address) => f.set(best, f32x4.max(best, v128.load(address))));
      store(output, best);
    });
  });
};

/**
 * Finds the first maximum of a window, or the first NaN: `take` sees the lanes where the element at hand replaces the best so
 * far. The first element always does, also where all are -Infinity.
 */
const findMax = (
  f: FunctionBuilder,
  each: PoolWindow["each"],
  take: (wins: Local, address: Local, index: number | undefined) => void,
): void => {
  const best = f.local("v128");
  const x = f.local("v128");
  const wins = f.local("v128");
  const isFirst = f.local("v128", i32x4.const(-1));
  f.set(best, v128.zero);
  each((address, index) => {
    f.set(x, v128.load(address));
    if (index === 0) {
      f.set(wins, isFirst);
      f.set(best, x);
      take(wins, address, index);
      return;
    }
    const isNewNaN = v128.andnot(f32x4.ne(x, x), f32x4.ne(best, best));
    f.set(wins, v128.or(f32x4.gt(x, best), isNewNaN));
    if (index === undefined) {
      f.set(wins, v128.or(wins, isFirst));
      f.set(isFirst, v128.zero);
    }
    f.set(best, v128.bitselect(x, best, wins));
    take(wins, address, index);
  });
};

const defineTangent = (module: ModuleBuilder): void => {
  module.export("tangent", 7, (f, u, x, ...rest) => {
    const value = f.local("v128");
    const distance = f.local("i32", i32.sub(u, x));
    forPoolWindows(f, [x, ...rest], ({ each, output, store }) => {
      f.set(value, v128.zero);
      findMax(f, each, (wins, address) =>
        f.set(value, v128.bitselect(v128.load(i32.add(address, distance)), value, wins)),
      );
      store(output, value);
    });
  });
};

const defineGradient = (module: ModuleBuilder): void => {
  module.export("gradient", 7, (f, dx, x, ...rest) => {
    const [, rows, xBytes, , table] = rest;
    const gradient = f.local("v128");
    const sum = f.local("v128");
    const position = f.local("v128");
    const winner = f.local("v128");
    const distance = f.local("i32", i32.sub(dx, x));
    zeroUncovered(f, dx, rows, xBytes, table);
    forPoolWindows(f, [x, ...rest], ({ each, output, store }) => {
      const place = (index: number | undefined): Expression => (index === undefined ? position : i32x4.const(index));
      const next = (index: number | undefined): void => {
        if (index === undefined) f.set(position, i32x4.add(position, 1));
      };
      f.set(position, v128.zero);
      f.set(winner, v128.zero);
      findMax(f, each, (wins, _, index) => {
        f.set(winner, v128.bitselect(place(index), winner, wins));
        next(index);
      });
      f.set(gradient, v128.load(output));
      f.set(position, v128.zero);
      each((address, index) => {
        const target: Expression = i32.add(address, distance);
        // No other window writes the elements of one whose indices are known.
        const before = index === undefined ? v128.load(target) : v128.zero;
        f.set(sum, f32x4.add(before, v128.and(gradient, i32x4.eq(place(index), winner))));
        store(target, sum);
        next(index);
      });
    });
  });
};

/**
 * Maxima of the windows of images, [rows, height, width, channels], float32, with the arguments of `forPoolWindows`.
 *
 * `max(x, y, rows, xBytes, yBytes, table)`: y = the maximum of each window, NaN where it has one.
 * `gradient(dx, x, dy, rows, xBytes, yBytes, table)`: dx = zeros, and dx += dy at the first maximum of each window (the first
 * NaN), in the order of the windows.
 * `tangent(u, x, y, rows, xBytes, yBytes, table)`: y = u at the first maximum of each window of x.
 * Exactly the outputs are written.
 */
export const maxPool: Kernel<"max" | "gradient" | "tangent"> = /* @__PURE__ */ kernel(
  "maxPool",
  (module) => {
    defineMax(module);
    defineTangent(module);
    defineGradient(module);
  },
  () => ({
    max: byImages(2, [0], [1]),
    gradient: byImages(3, [0, 1], [2]),
    tangent: byImages(3, [0, 1], [2]),
  }),
);
