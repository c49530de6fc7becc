import type { FunctionBuilder, Local } from "./assembler.ts";
import { type Expression, f32x4, i16x8, i32, i32x4, v128 } from "./instructions.ts";
import { type Kernel, kernel } from "./kernel.ts";

/** Four lanes at a time, where an element of both sides has four bytes. */
const convertLanes = (
  f: FunctionBuilder,
  input: Local,
  output: Local,
  count: Local,
  body: (x: Local) => Expression,
): void => {
  const x = f.local("v128");
  const done = f.local("i32");
  f.for(done, i32.const(0), i32.and(count, i32.const(-4)), 4, () => {
    f.set(x, v128.load(input));
    f.storeV128(output, body(x));
    f.increment(input, 16);
    f.increment(output, 16);
  });
  f.if(i32.and(count, i32.const(3)), () => {
    f.set(x, v128.load(input));
    f.set(x, body(x));
    f.storeFirstLanes(output, x, i32.and(count, i32.const(3)));
  });
};

/**
 * Changes of the element type; exactly `count` elements are written.
 *
 * `bytesToFloats(bytes, out, scale, count)`: uint8 to float32, times the float32 number at the address `scale`.
 * `intsToFloats(input, out, count)`: int32 to float32, rounded to nearest even.
 * `floatsToInts(input, out, count)`: float32 to int32 towards zero; beyond the range the nearest end, NaN gives 0.
 */
export const convert: Kernel<"bytesToFloats" | "intsToFloats" | "floatsToInts"> = /* @__PURE__ */ kernel(
  "convert",
  ["bytesToFloats", "intsToFloats", "floatsToInts"],
  (module) => {
    module.function("bytesToFloats", ["i32", "i32", "i32", "i32"], undefined, (f, bytes, out, scale, count) => {
      const factor = f.local("v128", v128.load32Splat(scale));
      const end = f.local("i32", i32.add(bytes, count));
      const wholeEnd = f.local("i32", i32.add(bytes, i32.and(count, i32.const(-16))));
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
    module.function("intsToFloats", ["i32", "i32", "i32"], undefined, (f, input, output, count) =>
      convertLanes(f, input, output, count, f32x4.convertI32x4S),
    );
    module.function("floatsToInts", ["i32", "i32", "i32"], undefined, (f, input, output, count) =>
      convertLanes(f, input, output, count, i32x4.truncSatF32x4S),
    );
  },
);
