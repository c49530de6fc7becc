// Instructions on i8x16, for `import * as i8x16`: a bundler takes those that a program uses.
import { code } from "../bytes.ts";
import { type Binary, type Expression, onVectors, simd } from "../instructions.ts";

/** The 16 chosen bytes of a (0..15) and b (16..31). */
export const shuffle = (a: Expression, b: Expression, lanes: readonly number[]): Expression => ({
  type: "v128",
  code: a.code + b.code + simd(0x0d) + code(...lanes),
});

/** The four chosen 32-bit lanes of a (0..3) and b (4..7): shuffle by whole lanes. */
export const shuffle32 = (a: Expression, b: Expression, lanes: readonly [number, number, number, number]): Expression =>
  shuffle(
    a,
    b,
    lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
  );

/** The bytes of a that b names; 0 for a number above 15. */
export const swizzle: Binary = /* @__PURE__ */ onVectors(0x0e);
