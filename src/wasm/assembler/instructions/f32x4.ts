// Instructions on f32x4, for `import * as f32x4`: a bundler takes those that a program uses.
import {
  type Binary,
  constVector,
  type Expression,
  type Extract,
  extract,
  onVectors,
  type Replace,
  replace,
  type Ternary,
  type Unary,
} from "../instructions.ts";

const constant = (a: number, b: number = a, c: number = a, d: number = a): Expression =>
  constVector(new Float32Array([a, b, c, d]));

export { constant as const };
export const splat: Unary = /* @__PURE__ */ onVectors(0x13);
export const extractLane: Extract = /* @__PURE__ */ extract("f32", 0x1f);
export const replaceLane: Replace = /* @__PURE__ */ replace(0x20);
export const eq: Binary = /* @__PURE__ */ onVectors(0x41, constant);
export const ne: Binary = /* @__PURE__ */ onVectors(0x42, constant);
export const lt: Binary = /* @__PURE__ */ onVectors(0x43, constant);
export const gt: Binary = /* @__PURE__ */ onVectors(0x44, constant);
export const le: Binary = /* @__PURE__ */ onVectors(0x45, constant);
export const ge: Binary = /* @__PURE__ */ onVectors(0x46, constant);
export const demoteF64x2Zero: Unary = /* @__PURE__ */ onVectors(0x5e);
export const ceil: Unary = /* @__PURE__ */ onVectors(0x67);
export const floor: Unary = /* @__PURE__ */ onVectors(0x68);
export const trunc: Unary = /* @__PURE__ */ onVectors(0x69);
/** To the nearest whole number, the even one of two. */
export const nearest: Unary = /* @__PURE__ */ onVectors(0x6a);
export const abs: Unary = /* @__PURE__ */ onVectors(0xe0);
export const neg: Unary = /* @__PURE__ */ onVectors(0xe1);
export const sqrt: Unary = /* @__PURE__ */ onVectors(0xe3);
export const add: Binary = /* @__PURE__ */ onVectors(0xe4, constant);
export const sub: Binary = /* @__PURE__ */ onVectors(0xe5, constant);
export const mul: Binary = /* @__PURE__ */ onVectors(0xe6, constant);
export const div: Binary = /* @__PURE__ */ onVectors(0xe7, constant);
/** IEEE minimum: NaN if either is NaN. */
export const min: Binary = /* @__PURE__ */ onVectors(0xe8, constant);
export const max: Binary = /* @__PURE__ */ onVectors(0xe9, constant);
/** b < a ? b : a, as one machine instruction. */
export const pmin: Binary = /* @__PURE__ */ onVectors(0xea, constant);
/** a < b ? b : a, as one machine instruction. */
export const pmax: Binary = /* @__PURE__ */ onVectors(0xeb, constant);
export const convertI32x4S: Unary = /* @__PURE__ */ onVectors(0xfa);
export const convertI32x4U: Unary = /* @__PURE__ */ onVectors(0xfb);
/** a * b + c, fused or not as the machine likes it (relaxed SIMD): use FunctionBuilder.multiplyAdd. */
export const relaxedMadd: Ternary = /* @__PURE__ */ onVectors(0x105);
