import { byElements, leastLight } from "../assembler/division.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/** Sixteen times true. */
const allTrue = (): Expression => i32x4.const(0x01010101);

/**
 * Logic on bytes that are 0 or 1: `and(a, b, out, count)`, `or` likewise, and `not(a, out, count)`. They work on whole
 * vectors, so up to 15 bytes behind the last element are read and written: blocks are padded to 16.
 */
export const logic: Kernel<"and" | "or" | "not"> = /* @__PURE__ */ kernel(
  "logic",
  (module) => {
    const pairs: readonly (readonly [string, (a: Expression, b: Expression) => Expression])[] = [
      ["and", v128.and],
      ["or", v128.or],
    ];
    for (const [name, combine] of pairs) {
      module.export(name, 4, (f, a, b, out, count) => {
        const done = f.local("i32");
        f.for(done, 0, count, 16, () => {
          f.storeV128(out, combine(v128.load(a), v128.load(b)));
          for (const address of [a, b, out]) f.increment(address, 16);
        });
      });
    }
    module.export("not", 3, (f, a, out, count) => {
      const done = f.local("i32");
      f.for(done, 0, count, 16, () => {
        f.storeV128(out, v128.xor(v128.load(a), allTrue()));
        for (const address of [a, out]) f.increment(address, 16);
      });
    });
  },
  () => ({
    and: byElements([1, 1, 1], leastLight),
    or: byElements([1, 1, 1], leastLight),
    not: byElements([1, 1], leastLight),
  }),
);
