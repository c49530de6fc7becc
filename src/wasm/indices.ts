import { byElements, leastLight } from "./division.ts";
import * as f32 from "./instructions/f32.ts";
import * as f32x4 from "./instructions/f32x4.ts";
import * as i32 from "./instructions/i32.ts";
import * as i32x4 from "./instructions/i32x4.ts";
import * as v128 from "./instructions/v128.ts";
import { type Kernel, kernel } from "./kernel.ts";

/** The sign is cut off, and what is left of an infinity or a NaN is at least this. */
const infinityBits = 0x7f800000;
const withoutSign = 0x7fffffff;

/** Vectors that are looked at together. */
const group = 8;

/**
 * `nonFinite(address, count, found)`: stores a 1 at `found` when one of the float32 numbers is a NaN or an infinity.
 * `locate(table, inputs, found)` replaces that flag by the place of the first such number: the index of the input and the
 * position in it, or −1, −1 where the flag is 0. `table` holds address and count of each input.
 */
export const find: Kernel<"nonFinite" | "locate"> = /* @__PURE__ */ kernel(
  "find",
  (module) => {
    module.export("nonFinite", 3, (f, at, count, found) => {
      const end = f.local("i32", i32.add(at, i32.shl(count, 2)));
      const largest = f.local("v128");
      const single = f.local("i32");
      const search = (vectors: number): void => {
        const bytes = 16 * vectors;
        f.for(at, at, i32.sub(end, i32.and(i32.sub(end, at), bytes - 1)), bytes, () => {
          const magnitudes = Array.from({ length: vectors }, (_, index) =>
            v128.and(v128.load(at, 16 * index), i32x4.const(withoutSign)),
          );
          f.set(
            largest,
            i32x4.maxS(
              largest,
              magnitudes.reduce((a, b) => i32x4.maxS(a, b)),
            ),
          );
        });
      };
      search(group);
      search(1);
      f.for(at, at, end, 4, () => {
        f.set(single, i32.and(i32.load(at), withoutSign));
        f.set(largest, i32x4.maxS(largest, i32x4.splat(single)));
      });
      f.if(v128.anyTrue(i32x4.geS(largest, infinityBits)), () => f.storeI32(found, i32.const(1)));
    });
    // Runs through the elements in training's last step only: there is no need for speed.
    module.export("locate", 3, (f, table, inputs, found) => {
      const flag = f.local("i32", i32.load(found));
      const input = f.local("i32");
      const start = f.local("i32");
      const at = f.local("i32");
      f.storeI32(found, i32.const(-1));
      f.storeI32(found, i32.const(-1), 4);
      f.for(input, 0, i32.mul(inputs, flag), 1, () => {
        f.set(start, i32.load(table));
        f.for(at, start, i32.add(start, i32.shl(i32.load(table, 4), 2)), 4, () => {
          const isNonFinite = i32.geS(i32.and(i32.load(at), withoutSign), infinityBits);
          f.if(i32.and(isNonFinite, i32.ltS(i32.load(found), 0)), () => {
            f.storeI32(found, input);
            f.storeI32(found, i32.shrU(i32.sub(at, start), 2), 4);
          });
        });
        f.increment(table, 8);
      });
    });
  },
  // Whichever piece finds one stores the same.
  () => ({ nonFinite: byElements([4], leastLight) }),
);

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
