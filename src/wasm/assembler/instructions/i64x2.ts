// Instructions on i64x2, for `import * as i64x2`: a bundler takes those that a program uses.
import { type Binary, constVector, type Expression, onVectors } from "../instructions.ts";

const constant = (low: bigint, high: bigint = low): Expression => constVector(new BigInt64Array([low, high]));

export { constant as const };
export const shl: Binary = /* @__PURE__ */ onVectors(0xcb);
export const shrS: Binary = /* @__PURE__ */ onVectors(0xcc);
export const shrU: Binary = /* @__PURE__ */ onVectors(0xcd);
export const add: Binary = /* @__PURE__ */ onVectors(0xce);
export const sub: Binary = /* @__PURE__ */ onVectors(0xd1);
/** The products of the lower two 32-bit lanes, unsigned. */
export const extmulLowI32x4U: Binary = /* @__PURE__ */ onVectors(0xde);
/** The products of the upper two 32-bit lanes, unsigned. */
export const extmulHighI32x4U: Binary = /* @__PURE__ */ onVectors(0xdf);
