// Instructions on v128, for `import * as v128`: a bundler takes those that a program uses.
import {
  type Binary,
  constVector,
  type Expression,
  type Load,
  loading,
  type Ternary,
  ternary,
  type Unary,
  unary,
  vectorBinary,
} from "../instructions.ts";

export const load: Load = /* @__PURE__ */ loading("v128", 0x00, true);
export const load32Splat: Load = /* @__PURE__ */ loading("v128", 0x09, true);
export const load64Splat: Load = /* @__PURE__ */ loading("v128", 0x0a, true);
export const load32Zero: Load = /* @__PURE__ */ loading("v128", 0x5c, true);
export const load64Zero: Load = /* @__PURE__ */ loading("v128", 0x5d, true);
export const zero: Expression = /* @__PURE__ */ constVector(/* @__PURE__ */ new Uint8Array(16));
export const and: Binary = /* @__PURE__ */ vectorBinary(0x4e);
/** a AND NOT b */
export const andnot: Binary = /* @__PURE__ */ vectorBinary(0x4f);
export const or: Binary = /* @__PURE__ */ vectorBinary(0x50);
export const xor: Binary = /* @__PURE__ */ vectorBinary(0x51);
/** Bits of a where the mask is set, of b elsewhere. */
export const bitselect: Ternary = /* @__PURE__ */ ternary("v128", 0x52, true);
export const anyTrue: Unary = /* @__PURE__ */ unary("i32", 0x53, true);
