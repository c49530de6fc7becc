// Instructions on f64, for `import * as f64`: a bundler takes those that a program uses.
import { code } from "../bytes.ts";
import { type Binary, type Expression, instruction, type Unary } from "../instructions.ts";

const constant = (value: number): Expression => ({
  type: "f64",
  code: `\x44${code(...new Uint8Array(new Float64Array([value]).buffer))}`,
});

export { constant as const };
export const add: Binary = /* @__PURE__ */ instruction("f64", "\xa0");
export const convertI32S: Unary = /* @__PURE__ */ instruction("f64", "\xb7");
