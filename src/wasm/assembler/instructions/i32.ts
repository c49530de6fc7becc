// Instructions on i32, for `import * as i32`: a bundler takes those that a program uses.
import { type Binary, instruction, type Load, loading, type Unary } from "../instructions.ts";

export { i32Const as const } from "../instructions.ts";
export const load: Load = /* @__PURE__ */ loading("i32", "\x28");
export const load8u: Load = /* @__PURE__ */ loading("i32", "\x2d");
export const eqz: Unary = /* @__PURE__ */ instruction("i32", "\x45");
export const eq: Binary = /* @__PURE__ */ instruction("i32", "\x46");
export const ltS: Binary = /* @__PURE__ */ instruction("i32", "\x48");
export const ltU: Binary = /* @__PURE__ */ instruction("i32", "\x49");
export const gtU: Binary = /* @__PURE__ */ instruction("i32", "\x4b");
export const geS: Binary = /* @__PURE__ */ instruction("i32", "\x4e");
export const geU: Binary = /* @__PURE__ */ instruction("i32", "\x4f");
export const add: Binary = /* @__PURE__ */ instruction("i32", "\x6a");
export const sub: Binary = /* @__PURE__ */ instruction("i32", "\x6b");
export const mul: Binary = /* @__PURE__ */ instruction("i32", "\x6c");
export const divU: Binary = /* @__PURE__ */ instruction("i32", "\x6e");
export const remS: Binary = /* @__PURE__ */ instruction("i32", "\x6f");
export const and: Binary = /* @__PURE__ */ instruction("i32", "\x71");
export const or: Binary = /* @__PURE__ */ instruction("i32", "\x72");
export const shl: Binary = /* @__PURE__ */ instruction("i32", "\x74");
export const shrU: Binary = /* @__PURE__ */ instruction("i32", "\x76");
/** Towards zero; NaN becomes 0, and what is out of range the nearest i32. */
export const truncSatF64S: Unary = /* @__PURE__ */ instruction("i32", "\xfc\x02");
export const reinterpretF32: Unary = /* @__PURE__ */ instruction("i32", "\xbc");
