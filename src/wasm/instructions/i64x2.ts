// Instructions on i64x2, for `import * as i64x2`: a bundler takes those that a program uses.
import { type Binary, constVector, type Expression, shift, vectorBinary } from "../instructions.ts";

const constant = (low: bigint, high: bigint = low): Expression =>
  constVector(new Uint8Array(new BigInt64Array([low, high]).buffer));

export { constant as const };
export const shl: Binary = /* @__PURE__ */ shift(0xcb);
export const shrU: Binary = /* @__PURE__ */ shift(0xcd);
export const add: Binary = /* @__PURE__ */ vectorBinary(0xce);
