import * as f32x4 from "../../src/wasm/assembler/instructions/f32x4.ts";
import * as i32 from "../../src/wasm/assembler/instructions/i32.ts";
import { type Kernel, type KernelFunctions, kernel } from "../../src/wasm/assembler/kernel.ts";

const accumulators = 14;
const unroll = 1;

/**
 * The upper bound of the matrix product: its instructions without its loads. Multiply-adds of independent sums, each a vector
 * in a register; a loop of `accumulators` of them was the fastest of those that we tried.
 *
 * `peak(iterations)` returns the sum (so that an engine cannot drop any) after `accumulators` · `unroll` multiply-adds of
 * vectors in each of `iterations` (at least 1).
 */
export const peak: Kernel<"peak"> = /* @__PURE__ */ kernel("peak", (module) => {
  module.export(
    "peak",
    1,
    (f, iterations) => {
      // Each sum tends to 0.125 / (1 - 0.75), so no run ends in infinities or subnormal numbers.
      const scale = f.local("v128", f32x4.const(0.75));

      const sums = Array.from({ length: accumulators }, (_, index) => f.local("v128", f32x4.const(index)));
      f.doWhile(() => {
        for (let step = 0; step < unroll; step++) for (const sum of sums) f.set(sum, f.multiplyAdd(sum, scale, scale));
        f.set(iterations, i32.sub(iterations, 1));
      }, iterations);
      for (const sum of sums.slice(1)) f.set(sums[0], f32x4.add(sums[0], sum));
      f.result(f32x4.extractLane(sums[0], 0));
    },
    "f32",
  );
});

/** Floating-point operations of one iteration of `peak`: a multiply-add counts as two. */
const peakFlopsPerIteration: number = accumulators * unroll * 4 * 2;

/** Runs the loop for about `milliseconds`, and returns the highest rate, in floating-point operations a second. */
export const measurePeak = (kernels: KernelFunctions<"peak">, milliseconds: number = 20): number => {
  const iterations = 2000;
  const stop = performance.now() + milliseconds;
  let best = 0;
  while (performance.now() < stop) {
    const start = performance.now();
    kernels.peak(iterations);
    const seconds = (performance.now() - start) / 1000;
    best = Math.max(best, (iterations * peakFlopsPerIteration) / seconds);
  }
  return best;
};
