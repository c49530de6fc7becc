// Instructions on f32, for `import * as f32`: a bundler takes those that a program uses.
import { code } from "../bytes.ts";
import { type Binary, type Expression, instruction, type Load, loading, type Unary } from "../instructions.ts";

const constant = (value: number): Expression => ({
  type: "f32",
  code: `\x43${code(...new Uint8Array(new Float32Array([value]).buffer))}`,
});

export { constant as const };
export const load: Load = /* @__PURE__ */ loading("f32", "\x2a");
export const lt: Binary = /* @__PURE__ */ instruction("i32", "\x5d", constant);
export const gt: Binary = /* @__PURE__ */ instruction("i32", "\x5e", constant);
export const abs: Unary = /* @__PURE__ */ instruction("f32", "\x8b");
export const add: Binary = /* @__PURE__ */ instruction("f32", "\x92", constant);
export const sub: Binary = /* @__PURE__ */ instruction("f32", "\x93", constant);
export const mul: Binary = /* @__PURE__ */ instruction("f32", "\x94", constant);
export const min: Binary = /* @__PURE__ */ instruction("f32", "\x96", constant);
export const max: Binary = /* @__PURE__ */ instruction("f32", "\x97", constant);
export const demoteF64: Unary = /* @__PURE__ */ instruction("f32", "\xb6");
