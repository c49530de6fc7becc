import type { FunctionBuilder, Local } from "./assembler.ts";
import * as f32 from "./instructions/f32.ts";
import * as f32x4 from "./instructions/f32x4.ts";
import * as i32 from "./instructions/i32.ts";
import * as v128 from "./instructions/v128.ts";
import type { Expression } from "./instructions.ts";

/** The first `count` (1 to 3) floats at an address, zeros behind them: a row's edge, without reading past it. */
export const loadFirstLanes = (f: FunctionBuilder, address: Expression, count: Local): Local => {
  const vector = f.local("v128");
  const from = f.local("i32", address);
  f.if(
    i32.and(count, 2),
    () => {
      f.set(vector, v128.load64Zero(from));
      f.if(i32.and(count, 1), () => {
        f.set(vector, f32x4.replaceLane(vector, 2, f32.load(from, 8)));
      });
    },
    () => f.set(vector, v128.load32Zero(from)),
  );
  return vector;
};
