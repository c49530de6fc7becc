// Instructions on f64, for `import * as f64`: a bundler takes those that a program uses.
import { code } from "../bytes.ts";
import { type Binary, type Expression, instruction, type Unary } from "../instructions.ts";

const constant = (value: number): Expression => ({
  type: "f64",
  code: `\x44${code(...new Uint8Array(new Float64Array([value]).buffer))}`,
});

export { constant as const };
export const floor: Unary = /* @__PURE__ */ instruction("f64", "\x9c");
export const add: Binary = /* @__PURE__ */ instruction("f64", "\xa0", constant);
export const sub: Binary = /* @__PURE__ */ instruction("f64", "\xa1", constant);
export const mul: Binary = /* @__PURE__ */ instruction("f64", "\xa2", constant);
/** IEEE minimum: NaN if either is NaN. */
export const min: Binary = /* @__PURE__ */ instruction("f64", "\xa4", constant);
export const max: Binary = /* @__PURE__ */ instruction("f64", "\xa5", constant);
export const convertI32S: Unary = /* @__PURE__ */ instruction("f64", "\xb7");
export const promoteF32: Unary = /* @__PURE__ */ instruction("f64", "\xbb");
