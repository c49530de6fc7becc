import * as f32 from "../assembler/instructions/f32.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/**
 * `run(indices, out, rows, depth)`: out[row * depth + indices[row]] = 1, float32. The caller has filled `out` with zeros
 * and checked the indices. Nothing happens for zero rows.
 */
export const oneHot: Kernel<"run"> = /* @__PURE__ */ kernel("oneHot", (module) => {
  module.export("run", 4, (f, indices, out, rows, depth) => {
    const row = f.local("i32");
    f.for(row, 0, rows, 1, () => {
      f.storeF32(i32.add(out, i32.shl(i32.load(indices), 2)), f32.const(1));
      f.increment(indices, 4);
      f.increment(out, i32.shl(depth, 2));
    });
  });
});
