// Instructions on i32x4, for `import * as i32x4`: a bundler takes those that a program uses.
import {
  type Binary,
  constVector,
  type Expression,
  type Extract,
  extract,
  instruction,
  onVectors,
  simd,
  type Unary,
} from "../instructions.ts";

const constant = (a: number, b: number = a, c: number = a, d: number = a): Expression =>
  constVector(new Int32Array([a, b, c, d]));

export { constant as const };
export const splat: Unary = /* @__PURE__ */ onVectors(0x11);
export const extractLane: Extract = /* @__PURE__ */ extract("i32", 0x1b);
export const eq: Binary = /* @__PURE__ */ onVectors(0x37, constant);
export const ne: Binary = /* @__PURE__ */ onVectors(0x38, constant);
export const ltU: Binary = /* @__PURE__ */ onVectors(0x3a, constant);
export const gtS: Binary = /* @__PURE__ */ onVectors(0x3b, constant);
export const geS: Binary = /* @__PURE__ */ onVectors(0x3f, constant);
export const bitmask: Unary = /* @__PURE__ */ instruction("i32", /* @__PURE__ */ simd(0xa4));
export const allTrue: Unary = /* @__PURE__ */ instruction("i32", /* @__PURE__ */ simd(0xa3));
export const extendLowI16x8U: Unary = /* @__PURE__ */ onVectors(0xa9);
export const extendHighI16x8U: Unary = /* @__PURE__ */ onVectors(0xaa);
export const shl: Binary = /* @__PURE__ */ onVectors(0xab);
export const shrS: Binary = /* @__PURE__ */ onVectors(0xac);
export const shrU: Binary = /* @__PURE__ */ onVectors(0xad);
export const add: Binary = /* @__PURE__ */ onVectors(0xae, constant);
export const sub: Binary = /* @__PURE__ */ onVectors(0xb1, constant);
export const mul: Binary = /* @__PURE__ */ onVectors(0xb5, constant);
export const minS: Binary = /* @__PURE__ */ onVectors(0xb6, constant);
export const maxS: Binary = /* @__PURE__ */ onVectors(0xb8, constant);
