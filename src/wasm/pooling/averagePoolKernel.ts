import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { type Expression, select } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { byImages, forPoolWindows, zeroUncovered } from "./poolWindows.ts";

/** By what a window divides, in each lane: `fixed`, or the number of its elements where that is zero. */
const divisor = (fixed: Local, count: Local): Expression =>
  f32x4.convertI32x4S(i32x4.splat(select(fixed, count, fixed)));

/**
 * Means of the windows of images, [rows, height, width, channels], float32, with the arguments of `forPoolWindows`. `divisor` is
 * what every window divides by; 0 for the number of its elements inside the image.
 *
 * `average(x, y, rows, xBytes, yBytes, table, divisor)`: y = Σ x / divisor over each window, added in row-major order.
 * `gradient(dx, dy, rows, xBytes, yBytes, table, divisor)`: dx = zeros, and dx += dy / divisor at every element of each window, in
 * the order of the windows.
 * Exactly the outputs are written.
 */
export const averagePool: Kernel<"average" | "gradient"> = /* @__PURE__ */ kernel(
  "averagePool",
  (module) => {
    module.export("average", 7, (f, ...parameters) => {
      const fixed = parameters[6];
      const sum = f.local("v128");
      forPoolWindows(f, parameters, ({ each, count, output, store }) => {
        f.set(sum, v128.zero);
        each((address) => f.set(sum, f32x4.add(sum, v128.load(address))));
        f.set(sum, f32x4.div(sum, divisor(fixed, count)));
        store(output, sum);
      });
    });
    module.export("gradient", 7, (f: FunctionBuilder, ...parameters) => {
      const [dx, , rows, xBytes, , table, fixed] = parameters;
      const part = f.local("v128");
      const sum = f.local("v128");
      zeroUncovered(f, dx, rows, xBytes, table);
      forPoolWindows(f, parameters, ({ each, count, output, store }) => {
        f.set(part, f32x4.div(v128.load(output), divisor(fixed, count)));
        each((address, index) => {
          // No other window writes the elements of one whose indices are known.
          f.set(sum, f32x4.add(index === undefined ? v128.load(address) : v128.zero, part));
          store(address, sum);
        });
      });
    });
  },
  () => ({ average: byImages(2, [0], [1]), gradient: byImages(2, [0], [1]) }),
);
