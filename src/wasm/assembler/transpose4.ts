import type { FunctionBuilder, Local } from "./assembler.ts";
import { shuffle32 } from "./instructions/i8x16.ts";
import type { Expression } from "./instructions.ts";

/** The four vectors across four vectors: 4x4 transposed. */
export const transpose4 = (f: FunctionBuilder, [a, b, c, d]: readonly Local[]): readonly Expression[] => {
  const low = f.local("v128", shuffle32(a, b, [0, 4, 1, 5]));
  const high = f.local("v128", shuffle32(a, b, [2, 6, 3, 7]));
  const lowNext = f.local("v128", shuffle32(c, d, [0, 4, 1, 5]));
  const highNext = f.local("v128", shuffle32(c, d, [2, 6, 3, 7]));
  return [
    shuffle32(low, lowNext, [0, 1, 4, 5]),
    shuffle32(low, lowNext, [2, 3, 6, 7]),
    shuffle32(high, highNext, [0, 1, 4, 5]),
    shuffle32(high, highNext, [2, 3, 6, 7]),
  ];
};
