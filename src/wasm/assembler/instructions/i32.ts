// Instructions on i32, for `import * as i32`: a bundler takes those that a program uses.
import { type Binary, instruction, type Load, loading, type Unary } from "../instructions.ts";

export { i32Const as const } from "../instructions.ts";
export const load: Load = /* @__PURE__ */ loading("i32", 0x28);
export const load8u: Load = /* @__PURE__ */ loading("i32", 0x2d);
export const eqz: Unary = /* @__PURE__ */ instruction("i32", 0x45);
export const eq: Binary = /* @__PURE__ */ instruction("i32", 0x46);
export const ltS: Binary = /* @__PURE__ */ instruction("i32", 0x48);
export const ltU: Binary = /* @__PURE__ */ instruction("i32", 0x49);
export const gtU: Binary = /* @__PURE__ */ instruction("i32", 0x4b);
export const geS: Binary = /* @__PURE__ */ instruction("i32", 0x4e);
export const geU: Binary = /* @__PURE__ */ instruction("i32", 0x4f);
export const add: Binary = /* @__PURE__ */ instruction("i32", 0x6a);
export const sub: Binary = /* @__PURE__ */ instruction("i32", 0x6b);
export const mul: Binary = /* @__PURE__ */ instruction("i32", 0x6c);
export const divU: Binary = /* @__PURE__ */ instruction("i32", 0x6e);
export const remS: Binary = /* @__PURE__ */ instruction("i32", 0x6f);
export const and: Binary = /* @__PURE__ */ instruction("i32", 0x71);
export const or: Binary = /* @__PURE__ */ instruction("i32", 0x72);
export const shl: Binary = /* @__PURE__ */ instruction("i32", 0x74);
export const shrU: Binary = /* @__PURE__ */ instruction("i32", 0x76);
/** Towards zero; NaN becomes 0, and what is out of range the nearest i32. */
export const truncSatF64S: Unary = /* @__PURE__ */ instruction("i32", [0xfc, 0x02]);
export const reinterpretF32: Unary = /* @__PURE__ */ instruction("i32", 0xbc);
