import * as f32 from "../assembler/instructions/f32.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/**
 * `inTopK(predictions, labels, k, out, rows, columns)`: out (one byte per row) is 1 where fewer than k classes have a
 * strictly larger score than the label's and all scores of the row are finite; else 0. The labels (int32) were checked by the caller.
 */
export const inTopK: Kernel<"inTopK"> = /* @__PURE__ */ kernel("inTopK", (module) => {
  module.export("inTopK", 6, (f, predictions, labels, k, out, rows, columns) => {
    const row = f.local("i32");
    const rowBytes = f.local("i32", i32.shl(columns, 2));
    const end = f.local("i32");
    const at = f.local("i32");
    const larger = f.local("i32");
    const score = f.local("f32");
    const scores = f.local("v128");
    const counts = f.local("v128");
    const finiteLanes = f.local("v128");
    const finite = f.local("i32");
    const x = f.local("v128");
    f.for(row, 0, rows, 1, () => {
      f.set(score, f32.load(i32.add(predictions, i32.shl(i32.load(labels), 2))));
      f.set(scores, f32x4.splat(score));
      f.set(counts, v128.zero);
      f.set(finiteLanes, i32x4.const(-1));
      f.set(end, i32.add(predictions, rowBytes));
      // A mask of ones is -1: each comparison that holds counts one.
      f.for(at, predictions, i32.sub(end, i32.and(rowBytes, 15)), 16, () => {
        f.set(x, v128.load(at));
        f.set(counts, i32x4.sub(counts, f32x4.gt(x, scores)));
        f.set(finiteLanes, v128.and(finiteLanes, f32x4.lt(f32x4.abs(x), Number.POSITIVE_INFINITY)));
      });
      f.set(finite, i32x4.allTrue(finiteLanes));
      const lanes = [0, 1, 2, 3].map((lane) => i32x4.extractLane(counts, lane));
      f.set(
        larger,
        lanes.reduce((a, b) => i32.add(a, b)),
      );
      f.for(at, at, end, 4, () => {
        f.increment(larger, f32.gt(f32.load(at), score));
        f.set(finite, i32.and(finite, f32.lt(f32.abs(f32.load(at)), f32.const(Number.POSITIVE_INFINITY))));
      });
      f.storeI8(out, i32.and(finite, i32.ltU(larger, k)));
      f.set(predictions, end);
      f.increment(labels, 4);
      f.increment(out, 1);
    });
  });
});
