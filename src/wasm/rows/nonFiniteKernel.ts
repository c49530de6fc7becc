import { byElements, leastLight } from "../assembler/division.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/** Without their signs, the bits of floats are in the order of their magnitudes, and NaN is above infinity. */
const withoutSign = 0x7fffffff;

/** Vectors that are tested together. */
const group = 8;

/**
 * `nonFinite(address, count, place, limit)`: stores a 1 at `place` when one of the float32 numbers is NaN or has a magnitude
 * from that of the number at `limit`. `locate(table, inputs, place, limit)` replaces that flag by the place of the first such
 * number: the index of the input and the position in it, or −1, −1 where the flag is 0. `table` holds address and count of
 * each input.
 */
export const find: Kernel<"nonFinite" | "locate"> = /* @__PURE__ */ kernel(
  "find",
  (module) => {
    module.export("nonFinite", 4, (f, at, count, place, limit) => {
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
      f.if(v128.anyTrue(i32x4.geS(largest, v128.load32Splat(limit))), () => f.storeI32(place, i32.const(1)));
    });
    // Runs only after a number was detected that is not finite: there is no need for speed.
    module.export("locate", 4, (f, table, inputs, place, limit) => {
      const flag = f.local("i32", i32.load(place));
      const input = f.local("i32");
      const start = f.local("i32");
      const at = f.local("i32");
      f.storeI32(place, i32.const(-1));
      f.storeI32(place, i32.const(-1), 4);
      f.for(input, 0, i32.mul(inputs, flag), 1, () => {
        f.set(start, i32.load(table));
        f.for(at, start, i32.add(start, i32.shl(i32.load(table, 4), 2)), 4, () => {
          const isNonFinite = i32.geS(i32.and(i32.load(at), withoutSign), i32.load(limit));
          f.if(i32.and(isNonFinite, i32.ltS(i32.load(place), 0)), () => {
            f.storeI32(place, input);
            f.storeI32(place, i32.shrU(i32.sub(at, start), 2), 4);
          });
        });
        f.increment(table, 8);
      });
    });
  },
  // Every piece stores the same value.
  () => ({ nonFinite: byElements([4], leastLight) }),
);
