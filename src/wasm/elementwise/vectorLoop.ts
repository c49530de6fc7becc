import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import type { Expression } from "../assembler/instructions.ts";

/** The loops of elementwise kernels and of updates: over whole vectors, unrolled where the body is short. */

/**
 * Vectors per turn of a flat loop with a short body, of less than 100 bytes of code (an addition has 8, an exponential 200).
 * Unrolling hides the loop's own instructions behind short bodies, where it is worth a third, and only makes modules of
 * long ones larger.
 */
export const turns = 4;

/** Runs `body` for the byte offsets 0, 16, ... of `count` floats, several to a turn while they last. */
export const forVectors = (
  f: FunctionBuilder,
  count: Local,
  unroll: number,
  body: (offset: Local, immediate: number) => void,
): void => {
  const offset = f.local("i32");
  const bytes = f.local("i32", i32.shl(count, 2));
  const step = 16 * unroll;
  if (unroll > 1) {
    f.for(offset, 0, i32.and(bytes, -step), step, () => {
      for (let index = 0; index < unroll; index++) body(offset, 16 * index);
    });
  }
  f.for(offset, unroll > 1 ? offset : i32.const(0), bytes, 16, () => body(offset, 0));
};

/** The address `offset` bytes behind another. */
export const at = (base: Local, offset: Expression): Expression => i32.add(base, offset);
