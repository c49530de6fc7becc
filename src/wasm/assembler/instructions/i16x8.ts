// Instructions on i16x8, for `import * as i16x8`: a bundler takes those that a program uses.
import { onVectors, type Unary } from "../instructions.ts";

export const extendLowI8x16U: Unary = /* @__PURE__ */ onVectors(0x89);
export const extendHighI8x16U: Unary = /* @__PURE__ */ onVectors(0x8a);
