// Instructions on f64, for `import * as f64`: a bundler takes those that a program uses.
import { type Binary, binary, type Expression, type Unary, unary } from "../instructions.ts";

const constant = (value: number): Expression => ({
  type: "f64",
  write: (code) => {
    code.byte(0x44);
    code.float64(value);
  },
});

export { constant as const };
export const add: Binary = /* @__PURE__ */ binary("f64", 0xa0);
export const convertI32S: Unary = /* @__PURE__ */ unary("f64", 0xb7);
