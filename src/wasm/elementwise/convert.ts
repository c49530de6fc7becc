import { byElements, leastLight } from "../assembler/division.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i16x8 from "../assembler/instructions/i16x8.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/**
 * Changes of the element type; exactly `count` elements are written.
 *
 * `bytesToFloats(bytes, out, scale, count)`: uint8 to float32, times the float32 number at the address `scale`.
 * `intsToFloats(input, out, count)`: int32 to float32, rounded to nearest even.
 */
export const convert: Kernel<"bytesToFloats" | "intsToFloats"> = /* @__PURE__ */ kernel(
  "convert",
  (module) => {
    module.export("bytesToFloats", 4, (f, bytes, out, scale, count) => {
      const factor = f.local("v128", v128.load32Splat(scale));
      const end = f.local("i32", i32.add(bytes, count));
      const wholeEnd = f.local("i32", i32.add(bytes, i32.and(count, -16)));
      const x = f.local("v128");
      f.for(bytes, bytes, wholeEnd, 16, () => {
        f.set(x, v128.load(bytes));
        [i16x8.extendLowI8x16U, i16x8.extendHighI8x16U].forEach((widen, half) => {
          const words = f.local("v128", widen(x));
          [i32x4.extendLowI16x8U, i32x4.extendHighI16x8U].forEach((widenAgain, quarter) => {
            const value = f32x4.mul(f32x4.convertI32x4U(widenAgain(words)), factor);
            f.storeV128(out, value, 32 * half + 16 * quarter);
          });
        });
        f.increment(out, 64);
      });
      f.for(bytes, bytes, end, 1, () => {
        f.set(x, f32x4.mul(f32x4.convertI32x4U(i32x4.splat(i32.load8u(bytes))), factor));
        f.storeLane32(out, x, 0);
        f.increment(out, 4);
      });
    });
    module.export("intsToFloats", 3, (f, input, output, count) => {
      const rest = f.local("i32", i32.and(count, 3));
      const done = f.local("i32");
      const converted = (): Expression => f32x4.convertI32x4S(v128.load(input));
      f.for(done, 0, i32.and(count, -4), 4, () => {
        f.storeV128(output, converted());
        f.increment(input, 16);
        f.increment(output, 16);
      });
      f.if(rest, () => f.storeFirstLanes(output, f.local("v128", converted()), rest));
    });
  },
  () => ({ bytesToFloats: byElements([1, 4, 0], leastLight), intsToFloats: byElements([4, 4], leastLight) }),
);
