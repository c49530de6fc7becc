import { type Division, leastLight } from "../assembler/division.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

const division: Division = {
  count: 4,
  strides: ([, , , , , length, size, inner]) => [4 * length * inner, 0, 0, 4 * size * inner],
  size: ([, , , , , , size, inner]) => size * inner,
  multiple: 1,
  least: leastLight,
};

/**
 * `run(x, taps, weights, y, outer, length, size, inner)`: y[o, j, i] = Σ weights[k] x[o, first(j) + k, i] over the middle axis,
 * in ascending order. `taps` has first and count of each j, two int32; the weights of all j follow each other. Nothing
 * outside of y is written; a j without weights is 0.
 */
export const resample: Kernel<"run"> = /* @__PURE__ */ kernel(
  "resample",
  (module) => {
    module.export("run", 8, (f, x, taps, weights, y, outer, length, size, inner) => {
      const [o, j, at, tap, weight, place, end, source] = f.locals("i32", 8);
      const sums = f.local("v128");
      const sum = f.local("f32");
      const bytes = f.local("i32", i32.shl(inner, 2));
      /** Runs the body for each weight of j, with the place of the weight and of what it is multiplied by. */
      const forWeights = (body: () => void): void => {
        f.set(source, i32.add(i32.add(x, i32.mul(i32.load(tap), bytes)), at));
        f.set(end, i32.add(weight, i32.shl(i32.load(tap, 4), 2)));
        f.for(place, weight, end, 4, () => {
          body();
          f.increment(source, bytes);
        });
      };
      f.for(o, 0, outer, 1, () => {
        f.set(tap, taps);
        f.set(weight, weights);
        f.for(j, 0, size, 1, () => {
          f.for(at, 0, i32.and(bytes, -16), 16, () => {
            f.set(sums, v128.zero);
            forWeights(() => f.set(sums, f32x4.add(sums, f32x4.mul(v128.load32Splat(place), v128.load(source)))));
            f.storeV128(i32.add(y, at), sums);
          });
          f.for(at, at, bytes, 4, () => {
            f.set(sum, f32.const(0));
            forWeights(() => f.set(sum, f32.add(sum, f32.mul(f32.load(place), f32.load(source)))));
            f.storeF32(i32.add(y, at), sum);
          });
          f.set(weight, i32.add(weight, i32.shl(i32.load(tap, 4), 2)));
          f.increment(tap, 8);
          f.increment(y, bytes);
        });
        f.increment(x, i32.mul(length, bytes));
      });
    });
  },
  () => ({ run: division }),
);
