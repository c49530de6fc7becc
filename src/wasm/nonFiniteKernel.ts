import { byElements, leastLight } from "./division.ts";
import * as i32 from "./instructions/i32.ts";
import * as i32x4 from "./instructions/i32x4.ts";
import * as v128 from "./instructions/v128.ts";
import { type Kernel, kernel } from "./kernel.ts";

/** The sign is cut off, and what is left of an infinity or a NaN is at least this. */
const infinityBits = 0x7f800000;
const withoutSign = 0x7fffffff;

/** Vectors that are looked at together. */
const group = 8;

/** `nonFinite(address, count, found)`: stores a 1 at `found` when one of the float32 numbers is a NaN or an infinity. */
export const find: Kernel<"nonFinite"> = /* @__PURE__ */ kernel(
  "find",
  (module) => {
    module.export("nonFinite", 3, (f, at, count, found) => {
      const end = f.local("i32", i32.add(at, i32.shl(count, 2)));
      const largest = f.local("v128");
      const single = f.local("i32");
      const search = (vectors: number): void => {
        const bytes = 16 * vectors;
        f.for(at, at, i32.sub(end, i32.and(i32.sub(end, at), bytes - 1)), bytes, () => {
          const magnitudes = Array.from({ length: vectors }, (_, index) =>
            v128.and(v128.load(at, 16 * index), i32x4.const(withoutSign)),
          );
          f.set(
            largest,
            i32x4.maxS(
              largest,
              magnitudes.reduce((a, b) => i32x4.maxS(a, b)),
            ),
          );
        });
      };
      search(group);
      search(1);
      f.for(at, at, end, 4, () => {
        f.set(single, i32.and(i32.load(at), withoutSign));
        f.set(largest, i32x4.maxS(largest, i32x4.splat(single)));
      });
      f.if(v128.anyTrue(i32x4.geS(largest, infinityBits)), () => f.storeI32(found, i32.const(1)));
    });
  },
  // Whichever piece finds one stores the same.
  () => ({ nonFinite: byElements([4], leastLight) }),
);
