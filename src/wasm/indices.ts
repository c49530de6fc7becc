import {
  callResult,
  type FunctionBuilder,
  type FunctionReference,
  type Local,
  type ModuleBuilder,
} from "./assembler.ts";
import * as f32 from "./instructions/f32.ts";
import * as f32x4 from "./instructions/f32x4.ts";
import * as i32 from "./instructions/i32.ts";
import * as i32x4 from "./instructions/i32x4.ts";
import * as v128 from "./instructions/v128.ts";
import type { Expression } from "./instructions.ts";
import { type Kernel, kernel } from "./kernel.ts";

/** Elements that are looked at together; only a group with a find is searched. */
const group = 32;

/**
 * A function (address, count, ...) of the first position where `isBad`, or -1: whole groups first, then one by one, from
 * where a group had a find.
 */
const findFirst = (
  f: FunctionBuilder,
  address: Local,
  count: Local,
  groupIsBad: (address: Local) => Expression,
  isBad: (word: Expression) => Expression,
): void => {
  const at = f.local("i32", address);
  const end = f.local("i32", i32.add(address, i32.shl(count, i32.const(2))));
  const scan = f.local("i32");
  const position = (found: Local): Expression => i32.shrU(i32.sub(found, address), i32.const(2));
  const search = (from: Expression, to: Expression): void => {
    f.for(scan, from, to, 4, () => f.if(isBad(i32.load(scan)), () => f.return(position(scan))));
  };
  const groupBytes = 4 * group;
  f.for(at, at, i32.sub(end, i32.and(i32.sub(end, at), i32.const(groupBytes - 1))), groupBytes, () => {
    f.if(groupIsBad(at), () => search(at, i32.add(at, i32.const(groupBytes))));
  });
  search(at, end);
  f.result(i32.const(-1));
};

const vectorsOfGroup = (address: Local): Expression[] =>
  Array.from({ length: group / 4 }, (_, index) => v128.load(address, 16 * index));

/** The sign is cut off, and what is left of an infinity or a NaN is at least this. */
const infinityBits = 0x7f800000;
const withoutSign = 0x7fffffff;

/** A function (address, count) of the first position of a NaN or an infinity, or -1. */
const defineFirstNonFinite = (module: ModuleBuilder): FunctionReference =>
  module.function(undefined, ["i32", "i32"], "i32", (f, address, count) => {
    const largest = (at: Local): Expression =>
      vectorsOfGroup(at)
        .map((x) => v128.and(x, i32x4.const(withoutSign)))
        .reduce((a, b) => i32x4.maxS(a, b));
    findFirst(
      f,
      address,
      count,
      (at) => v128.anyTrue(i32x4.geS(largest(at), i32x4.const(infinityBits))),
      (word) => i32.geS(i32.and(word, i32.const(withoutSign)), i32.const(infinityBits)),
    );
  });

/**
 * `firstNonFinite(table, blocks, out)`: where the first NaN or infinity is among several blocks of float32 numbers, as two
 * whole numbers at `out`: which block, and the position in it; -1 and -1 when there is none. The table has two whole
 * numbers for each block, its address and how many elements it has; exactly these are read.
 */
export const find: Kernel<"firstNonFinite"> = /* @__PURE__ */ kernel("find", ["firstNonFinite"], (module) => {
  const inBlock = defineFirstNonFinite(module);
  module.function("firstNonFinite", ["i32", "i32", "i32"], undefined, (f, table, blocks, out) => {
    const block = f.local("i32");
    const position = f.local("i32");
    f.for(block, i32.const(0), blocks, 1, () => {
      f.set(position, callResult(inBlock, [i32.load(table), i32.load(table, 4)]));
      f.if(i32.geS(position, i32.const(0)), () => {
        f.storeI32(out, block);
        f.storeI32(out, position, 4);
        f.return();
      });
      f.increment(table, 8);
    });
    f.storeI32(out, i32.const(-1));
    f.storeI32(out, i32.const(-1), 4);
  });
});

/**
 * `inTopK(predictions, labels, k, out, rows, columns)`: out (one byte per row) is 1 where fewer than k classes have a
 * strictly larger score than the label's and all scores of the row are finite; else 0. The labels (int32) were checked by the caller.
 */
export const inTopK: Kernel<"inTopK"> = /* @__PURE__ */ kernel("inTopK", ["inTopK"], (module) => {
  const signature = ["i32", "i32", "i32", "i32", "i32", "i32"] as const;
  module.function("inTopK", signature, undefined, (f, predictions, labels, k, out, rows, columns) => {
    const row = f.local("i32");
    const rowBytes = f.local("i32", i32.shl(columns, i32.const(2)));
    const end = f.local("i32");
    const at = f.local("i32");
    const larger = f.local("i32");
    const score = f.local("f32");
    const scores = f.local("v128");
    const counts = f.local("v128");
    const finiteLanes = f.local("v128");
    const finite = f.local("i32");
    const x = f.local("v128");
    f.for(row, i32.const(0), rows, 1, () => {
      f.set(score, f32.load(i32.add(predictions, i32.shl(i32.load(labels), i32.const(2)))));
      f.set(scores, f32x4.splat(score));
      f.set(counts, v128.zero);
      f.set(finiteLanes, i32x4.const(-1));
      f.set(end, i32.add(predictions, rowBytes));
      // A mask of ones is -1: each comparison that holds counts one.
      f.for(at, predictions, i32.sub(end, i32.and(rowBytes, i32.const(15))), 16, () => {
        f.set(x, v128.load(at));
        f.set(counts, i32x4.sub(counts, f32x4.gt(x, scores)));
        f.set(finiteLanes, v128.and(finiteLanes, f32x4.lt(f32x4.abs(x), f32x4.const(Number.POSITIVE_INFINITY))));
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
