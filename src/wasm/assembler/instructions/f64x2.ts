// Instructions on f64x2, for `import * as f64x2`: a bundler takes those that a program uses.
import {
  type Binary,
  constVector,
  type Expression,
  type Extract,
  extract,
  onVectors,
  type Unary,
} from "../instructions.ts";

const constant = (a: number, b: number = a): Expression => constVector(new Float64Array([a, b]));

export { constant as const };
export const splat: Unary = /* @__PURE__ */ onVectors(0x14);
export const extractLane: Extract = /* @__PURE__ */ extract("f64", 0x21);
export const gt: Binary = /* @__PURE__ */ onVectors(0x4a, constant);
export const promoteLowF32x4: Unary = /* @__PURE__ */ onVectors(0x5f);
export const abs: Unary = /* @__PURE__ */ onVectors(0xec);
export const neg: Unary = /* @__PURE__ */ onVectors(0xed);
export const sqrt: Unary = /* @__PURE__ */ onVectors(0xef);
export const add: Binary = /* @__PURE__ */ onVectors(0xf0, constant);
export const sub: Binary = /* @__PURE__ */ onVectors(0xf1, constant);
export const mul: Binary = /* @__PURE__ */ onVectors(0xf2, constant);
export const div: Binary = /* @__PURE__ */ onVectors(0xf3, constant);
export const min: Binary = /* @__PURE__ */ onVectors(0xf4, constant);
/** b < a ? b : a, as one machine instruction. */
export const pmin: Binary = /* @__PURE__ */ onVectors(0xf6, constant);
/** a < b ? b : a, as one machine instruction. */
export const pmax: Binary = /* @__PURE__ */ onVectors(0xf7, constant);
export const convertLowI32x4S: Unary = /* @__PURE__ */ onVectors(0xfe);
export const convertLowI32x4U: Unary = /* @__PURE__ */ onVectors(0xff);
