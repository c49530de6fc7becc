import { byElements, leastLight } from "../assembler/division.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/** The bits of an infinity or a NaN, without the sign, are at least this. */
const infinityBits = 0x7f800000;
const withoutSign = 0x7fffffff;

/** Vectors that are tested together. */
const group = 8;

/**
 * `nonFinite(address, count, place)`: stores a 1 at `place` when one of the float32 numbers is a NaN or an infinity.
 * `locate(table, inputs, place)` replaces that flag by the place of the first such number: the index of the input and the
 * position in it, or −1, −1 where the flag is 0. `table` holds address and count of each input.
 */
export const find: Kernel<"nonFinite" | "locate"> = /* @__PURE__ */ kernel(
  "find",
  (module) => {
    module.export("nonFinite", 3, (f, at, count, place) => {
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
      f.if(v128.anyTrue(i32x4.geS(largest, infinityBits)), () => f.storeI32(place, i32.const(1)));
    });
    // Runs only after a number was found that is not finite: there is no need for speed.
    module.export("locate", 3, (f, table, inputs, place) => {
      const flag = f.local("i32", i32.load(place));
      const input = f.local("i32");
      const start = f.local("i32");
      const at = f.local("i32");
      f.storeI32(place, i32.const(-1));
      f.storeI32(place, i32.const(-1), 4);
      f.for(input, 0, i32.mul(inputs, flag), 1, () => {
        f.set(start, i32.load(table));
        f.for(at, start, i32.add(start, i32.shl(i32.load(table, 4), 2)), 4, () => {
          const isNonFinite = i32.geS(i32.and(i32.load(at), withoutSign), infinityBits);
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
