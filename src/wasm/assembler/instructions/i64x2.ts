// Instructions on i64x2, for `import * as i64x2`: a bundler takes those that a program uses.
import { type Binary, constVector, type Expression, onVectors } from "../instructions.ts";

const constant = (low: bigint, high: bigint = low): Expression => constVector(new BigInt64Array([low, high]));

export { constant as const };
export const shl: Binary = /* @__PURE__ */ onVectors(0xcb);
export const shrU: Binary = /* @__PURE__ */ onVectors(0xcd);
export const add: Binary = /* @__PURE__ */ onVectors(0xce);
