import type { FunctionBuilder, Local, ModuleBuilder } from "../assembler/assembler.ts";
import { byOuterOrInner } from "../assembler/division.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as f64 from "../assembler/instructions/f64.ts";
import * as f64x2 from "../assembler/instructions/f64x2.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/** Elements per block of a sum. */
const block = 8;

/** Two neighbouring floats in double precision. */
const loadPair = (address: Expression, offset = 0): Expression =>
  f64x2.promoteLowF32x4(v128.load64Zero(address, offset));

/** The tree inside a block. With rows, each operand is a pair of neighbours, so that three additions do it. */
const sumOfFour = (a: Expression, b: Expression, c: Expression, d: Expression): Expression =>
  f64x2.add(f64x2.add(a, c), f64x2.add(b, d));

/** Sums `length` contiguous floats at `address`: the even and the odd elements, in the two lanes of `sums`. */
const sumRow = (f: FunctionBuilder, sums: Local, address: Local, length: Local): void => {
  const at = f.local("i32", address);
  const end = f.local("i32", i32.add(address, i32.shl(length, 2)));
  const wholeEnd = f.local("i32", i32.sub(end, i32.and(i32.sub(end, address), 4 * block - 1)));
  f.for(at, at, wholeEnd, 4 * block, () => {
    const [a, b, c, d] = [0, 8, 16, 24].map((offset) => loadPair(at, offset));
    f.set(sums, f64x2.add(sums, sumOfFour(a, b, c, d)));
  });
  const pairEnd = f.local("i32", i32.and(i32.sub(end, at), -8));
  f.set(pairEnd, i32.add(at, pairEnd));
  f.for(at, at, pairEnd, 8, () => f.set(sums, f64x2.add(sums, loadPair(at))));
  f.if(i32.ltU(at, end), () => f.set(sums, f64x2.add(sums, f64x2.promoteLowF32x4(v128.load32Zero(at)))));
};

/** The result of `sumRow`, as a float. */
const total = (sums: Local): Expression =>
  f32.demoteF64(f64.add(f64x2.extractLane(sums, 0), f64x2.extractLane(sums, 1)));

/** Column sums, `pairs` pairs of columns at a time: the same tree as in a row, with a column in each lane. */
const sumColumns = (
  f: FunctionBuilder,
  pairs: number,
  address: Local,
  length: Local,
  stride: Local,
): readonly Local[] => {
  const even = f.locals("v128", pairs, v128.zero);
  const odd = f.locals("v128", pairs, v128.zero);
  const rows = f.locals("i32", block);
  const index = f.local("i32");
  const first = f.local("i32", address);
  const wholeLength = f.local("i32", i32.and(length, -block));
  f.for(index, 0, wholeLength, block, () => {
    rows.forEach((row, i) => {
      f.set(row, i === 0 ? first : i32.add(rows[i - 1], stride));
    });
    for (let pair = 0; pair < pairs; pair++) {
      const element = (row: number): Expression => loadPair(rows[row], 8 * pair);
      for (const [sums, start] of [[even[pair], 0] as const, [odd[pair], 1] as const]) {
        const [a, b, c, d] = [0, 2, 4, 6].map((row) => element(start + row));
        f.set(sums, f64x2.add(sums, sumOfFour(a, b, c, d)));
      }
    }
    f.set(first, i32.add(rows[block - 1], stride));
  });
  const addRow = (sums: readonly Local[]): void => {
    sums.forEach((sum, pair) => {
      f.set(sum, f64x2.add(sum, loadPair(first, 8 * pair)));
    });
    f.set(first, i32.add(first, stride));
  };
  f.for(index, index, i32.sub(length, i32.and(length, 1)), 2, () => {
    addRow(even);
    addRow(odd);
  });
  f.if(i32.and(length, 1), () => addRow(even));
  return even.map((sum, pair) => f.local("v128", f32x4.demoteF64x2Zero(f64x2.add(sum, odd[pair]))));
};

const defineSum = (module: ModuleBuilder): void => {
  module.export("sum", 6, (f, input, output, outer, length, inner, columns) => {
    const index = f.local("i32");
    const rowBytes = f.local("i32", i32.shl(length, 2));
    f.if(
      i32.eq(inner, 1),
      () => {
        const sums = f.local("v128");
        f.for(index, 0, outer, 1, () => {
          f.set(sums, v128.zero);
          sumRow(f, sums, input, length);
          f.storeF32(output, total(sums));
          f.increment(input, rowBytes);
          f.increment(output, 4);
        });
      },
      () => {
        const stride = f.local("i32", i32.shl(inner, 2));
        const width = f.local("i32", i32.shl(columns, 2));
        const column = f.local("i32");
        f.for(index, 0, outer, 1, () => {
          const wide = 4;
          f.set(column, input);
          const end = f.local("i32", i32.add(input, width));
          const wideEnd = f.local("i32", i32.sub(end, i32.and(width, 8 * wide - 1)));
          f.for(column, input, wideEnd, 8 * wide, () => {
            sumColumns(f, wide, column, length, stride).forEach((sums, pair) => {
              f.storeLane64(output, sums, 0, 8 * pair);
            });
            f.increment(output, 8 * wide);
          });
          // The last column of an odd number reads its right neighbour too, and drops it.
          f.for(column, column, end, 8, () => {
            const [sums] = sumColumns(f, 1, column, length, stride);
            f.if(
              i32.eq(i32.sub(end, column), 4),
              () => {
                f.storeLane32(output, sums, 0);
                f.increment(output, 4);
              },
              () => {
                f.storeLane64(output, sums, 0);
                f.increment(output, 8);
              },
            );
          });
          f.set(input, i32.add(input, i32.mul(rowBytes, inner)));
        });
      },
    );
  });
};

interface Extreme {
  readonly vector: (a: Expression, b: Expression) => Expression;
  readonly scalar: (a: Expression, b: Expression) => Expression;
  readonly start: number;
}

const maximum: Extreme = { vector: f32x4.max, scalar: f32.max, start: -Infinity };
const minimum: Extreme = { vector: f32x4.min, scalar: f32.min, start: Infinity };

/** The extreme of four lanes. */
const acrossLanes = ({ scalar }: Extreme, lanes: Local): Expression =>
  scalar(
    scalar(f32x4.extractLane(lanes, 0), f32x4.extractLane(lanes, 1)),
    scalar(f32x4.extractLane(lanes, 2), f32x4.extractLane(lanes, 3)),
  );

const extremeOfRow = (f: FunctionBuilder, extreme: Extreme, result: Local, address: Local, length: Local): void => {
  const at = f.local("i32", address);
  const end = f.local("i32", i32.add(address, i32.shl(length, 2)));
  const start = f32x4.const(extreme.start);
  const lanes = [0, 1].map(() => f.local("v128", start));
  f.set(result, f32.const(extreme.start));
  f.for(at, at, i32.sub(end, i32.and(i32.sub(end, at), 31)), 32, () => {
    lanes.forEach((lane, index) => {
      f.set(lane, extreme.vector(lane, v128.load(at, 16 * index)));
    });
  });
  f.set(lanes[0], extreme.vector(lanes[0], lanes[1]));
  f.set(result, acrossLanes(extreme, lanes[0]));
  f.for(at, at, end, 4, () => f.set(result, extreme.scalar(result, f32.load(at))));
};

const extremeOfColumns = (
  f: FunctionBuilder,
  extreme: Extreme,
  vectors: number,
  address: Local,
  length: Local,
  stride: Local,
): readonly Local[] => {
  const lanes = f.locals("v128", vectors, f32x4.const(extreme.start));
  const at = f.local("i32", address);
  const index = f.local("i32");
  f.for(index, 0, length, 1, () => {
    lanes.forEach((lane, vector) => {
      f.set(lane, extreme.vector(lane, v128.load(at, 16 * vector)));
    });
    f.set(at, i32.add(at, stride));
  });
  return lanes;
};

const defineExtreme = (module: ModuleBuilder, name: string, extreme: Extreme): void => {
  module.export(name, 6, (f, input, output, outer, length, inner, columns) => {
    const index = f.local("i32");
    const rowBytes = f.local("i32", i32.shl(length, 2));
    f.if(
      i32.eq(inner, 1),
      () => {
        const result = f.local("f32");
        f.for(index, 0, outer, 1, () => {
          extremeOfRow(f, extreme, result, input, length);
          f.storeF32(output, result);
          f.increment(input, rowBytes);
          f.increment(output, 4);
        });
      },
      () => {
        const stride = f.local("i32", i32.shl(inner, 2));
        const width = f.local("i32", i32.shl(columns, 2));
        const column = f.local("i32");
        f.for(index, 0, outer, 1, () => {
          const wide = 4;
          const end = f.local("i32", i32.add(input, width));
          const wideEnd = f.local("i32", i32.sub(end, i32.and(width, 16 * wide - 1)));
          f.for(column, input, wideEnd, 16 * wide, () => {
            extremeOfColumns(f, extreme, wide, column, length, stride).forEach((lanes, vector) => {
              f.storeV128(output, lanes, 16 * vector);
            });
            f.increment(output, 16 * wide);
          });
          f.for(column, column, i32.sub(end, i32.and(i32.sub(end, column), 15)), 16, () => {
            f.storeV128(output, extremeOfColumns(f, extreme, 1, column, length, stride)[0]);
            f.increment(output, 16);
          });
          const rest = f.local("i32", i32.shrU(i32.sub(end, column), 2));
          f.if(rest, () => {
            f.storeFirstLanes(output, extremeOfColumns(f, extreme, 1, column, length, stride)[0], rest);
            f.set(output, i32.add(output, i32.shl(rest, 2)));
          });
          f.set(input, i32.add(input, i32.mul(rowBytes, inner)));
        });
      },
    );
  });
};

/**
 * Reductions of the middle axis of a row-major [outer, length, inner] into [outer, inner]:
 * `sum`, `max`, `min` of (input, output, outer, length, inner, columns). `columns` is `inner`; with outer = 1 it
 * may be less, for the first columns only.
 *
 * Sums are made in double precision and rounded once. Their tree depends on `length` alone: blocks of eight elements,
 * ((x0 + x4) + (x2 + x6)) for the even and likewise for the odd ones, added block by block to an even and an odd sum; the
 * elements behind the last block follow one by one. The error is at most (length / 8 + 4) 2^-53 Σ|x|, and half an ulp of
 * the result. An empty sum is 0.
 *
 * `max` and `min` are NaN when any element is; of an empty axis they are -Infinity and Infinity; callers throw.
 */
export const reduce: Kernel<"sum"> = /* @__PURE__ */ kernel("reduce", defineSum, () => ({ sum: byOuterOrInner }));

/** `max` and `min`, as above: most programs need sums alone. */
export const extremes: Kernel<"max" | "min"> = /* @__PURE__ */ kernel(
  "extremes",
  (module) => {
    defineExtreme(module, "max", maximum);
    defineExtreme(module, "min", minimum);
  },
  () => ({ max: byOuterOrInner, min: byOuterOrInner }),
);
