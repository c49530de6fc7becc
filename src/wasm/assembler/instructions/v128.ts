// Instructions on v128, for `import * as v128`: a bundler takes those that a program uses.
import {
  type Bitwise,
  constVector,
  type Expression,
  instruction,
  type Load,
  loading,
  onVectors,
  simd,
  type Ternary,
  type Unary,
} from "../instructions.ts";

export const load: Load = /* @__PURE__ */ loading("v128", /* @__PURE__ */ simd(0x00));
export const load32Splat: Load = /* @__PURE__ */ loading("v128", /* @__PURE__ */ simd(0x09));
export const load64Splat: Load = /* @__PURE__ */ loading("v128", /* @__PURE__ */ simd(0x0a));
export const load32Zero: Load = /* @__PURE__ */ loading("v128", /* @__PURE__ */ simd(0x5c));
export const load64Zero: Load = /* @__PURE__ */ loading("v128", /* @__PURE__ */ simd(0x5d));
export const zero: Expression = /* @__PURE__ */ constVector(/* @__PURE__ */ new Uint8Array(16));
export const and: Bitwise = /* @__PURE__ */ onVectors(0x4e);
/** a AND NOT b */
export const andnot: Bitwise = /* @__PURE__ */ onVectors(0x4f);
export const or: Bitwise = /* @__PURE__ */ onVectors(0x50);
export const xor: Bitwise = /* @__PURE__ */ onVectors(0x51);
/** Bits of a where the mask is set, of b elsewhere. */
export const bitselect: Ternary = /* @__PURE__ */ onVectors(0x52);
export const anyTrue: Unary = /* @__PURE__ */ instruction("i32", /* @__PURE__ */ simd(0x53));
