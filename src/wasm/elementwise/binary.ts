import { callResult, type FunctionBuilder, type Local, type ModuleBuilder } from "../assembler/assembler.ts";
import { byElements, byRows, type Division, leastHeavy, leastLight } from "../assembler/division.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Divisions, type Kernel, kernel } from "../assembler/kernel.ts";
import { loadFirstLanes } from "../assembler/loadFirstLanes.ts";
import { at, forVectors, turns } from "./vectorLoop.ts";

/**
 * Generators of kernels of two arguments; one may be repeated. The edge rule is that of elementwise kernels: flat
 * loops work on whole vectors, row loops read and write exactly their elements.
 */

/** Emits the value of four lanes; `a` and `b` may be read several times. */
export type BinaryBody = (f: FunctionBuilder, a: Local, b: Local) => Expression;

/**
 * How the operands of a two-argument kernel lie. `same(a, b, out, count)`; `scalarLeft` and `scalarRight` likewise, with
 * one number at a or b. `rowRight(a, b, out, rows, columns)` repeats the `columns` numbers of b for every row of a,
 * `columnRight` has one number of b per row; `rowLeft` and `columnLeft` do so with a. `out` may be a or b itself, except
 * where that operand is the broadcast one of a row or column variant.
 */
export type FlatVariant = "same" | "scalarLeft" | "scalarRight";
export type RowVariant = "rowLeft" | "rowRight" | "columnLeft" | "columnRight";

/** A two-argument kernel. Flat loops and loops over rows are modules of their own: most programs need one of them. */
export interface BinaryKernel {
  readonly name: string;
  readonly flat: Kernel<FlatVariant>;
  readonly rows: Kernel<RowVariant>;
}

/** How results are stored: as float32, or as one byte (0 or 1) per element from a mask. Offsets count float bytes. */
interface Store {
  readonly whole: (f: FunctionBuilder, out: Local, offset: Expression, value: Expression, immediate: number) => void;
  readonly first: (f: FunctionBuilder, out: Local, offset: Expression, value: Expression, count: Local) => void;
}

const storeFloats: Store = {
  whole: (f, out, offset, value, immediate) => f.storeV128(at(out, offset), value, immediate),
  first: (f, out, offset, value, count) => f.storeFirstLanes(at(out, offset), f.local("v128", value), count),
};

/** Four mask lanes as four bytes, 0 or 1, in an i32. */
const maskBytes = (mask: Expression): Expression => {
  // The bits b3 b2 b1 b0, multiplied so that bit n lands on byte n.
  const spread = i32.mul(i32x4.bitmask(mask), 0x00204081);
  return i32.and(spread, 0x01010101);
};

const storeBytes: Store = {
  whole: (f, out, offset, value, immediate) =>
    f.storeI32(at(out, i32.shrU(offset, 2)), maskBytes(value), immediate / 4),
  first: (f, out, offset, value, count) => {
    const address = f.local("i32", at(out, i32.shrU(offset, 2)));
    const bytes = f.local("i32", maskBytes(value));
    for (const lane of [0, 1, 2]) {
      f.if(i32.gtU(count, lane), () => {
        f.storeI8(address, i32.shrU(bytes, 8 * lane), lane);
      });
    }
  },
};

const flatVariant = (
  module: ModuleBuilder,
  name: FlatVariant,
  body: BinaryBody,
  store: Store,
  unroll: number,
): void => {
  module.export(name, 4, (f, a, b, out, count) => {
    const left = name === "scalarLeft" ? f.local("v128") : undefined;
    const right = name === "scalarRight" ? f.local("v128") : undefined;
    // Behind an empty tensor there may be no memory to read the scalar's neighbour from: read only when there is work.
    f.if(count, () => {
      if (left) f.set(left, v128.load32Splat(a));
      if (right) f.set(right, v128.load32Splat(b));
    });
    forVectors(f, count, unroll, (offset, immediate) => {
      const x = left ?? f.local("v128", v128.load(at(a, offset), immediate));
      const y = right ?? f.local("v128", v128.load(at(b, offset), immediate));
      const value = body(f, x, y);
      store.whole(f, out, offset, value, immediate);
    });
  });
};

const rowVariant = (module: ModuleBuilder, name: RowVariant, body: BinaryBody, store: Store): void => {
  module.export(name, 5, (f, a, b, out, rows, columns) => {
    const isLeft = name === "rowLeft" || name === "columnLeft";
    const isRow = name === "rowLeft" || name === "rowRight";
    const [full, repeated] = isLeft ? [b, a] : [a, b];
    const row = f.local("i32");
    const column = f.local("i32");
    /** Where the row starts in `full`, in bytes. */
    const start = f.local("i32");
    const rowBytes = f.local("i32", i32.shl(columns, 2));
    const wholeBytes = f.local("i32", i32.and(rowBytes, -16));
    const edge = f.local("i32", i32.and(columns, 3));
    const same = f.local("v128");
    const evaluate = (x: Local, y: Local): Expression => (isLeft ? body(f, y, x) : body(f, x, y));
    f.for(row, 0, rows, 1, () => {
      if (!isRow) f.set(same, v128.load32Splat(i32.add(repeated, i32.shl(row, 2))));
      f.for(column, 0, wholeBytes, 16, () => {
        const offset = f.local("i32", i32.add(start, column));
        const x = f.local("v128", v128.load(at(full, offset)));
        const y = isRow ? f.local("v128", v128.load(at(repeated, column))) : same;
        store.whole(f, out, offset, evaluate(x, y), 0);
      });
      f.if(edge, () => {
        const offset = f.local("i32", i32.add(start, wholeBytes));
        const x = loadFirstLanes(f, at(full, offset), edge);
        const y = isRow ? loadFirstLanes(f, at(repeated, wholeBytes), edge) : same;
        store.first(f, out, offset, evaluate(x, y), edge);
      });
      f.increment(start, rowBytes);
    });
  });
};

const flatVariants = ["same", "scalarLeft", "scalarRight"] as const;
const rowVariants = ["rowLeft", "rowRight", "columnLeft", "columnRight"] as const;

/** How the loops of a module use a body, vectors per turn, and the fewest elements in a thread's piece. */
interface Use {
  readonly bodyIn: (module: ModuleBuilder) => BinaryBody;
  readonly unroll: number;
  readonly least: number;
}

const broadcastKernel = (
  name: string,
  { bodyIn, unroll, least }: Use,
  store: Store = storeFloats,
  resultBytes: number = 4,
): BinaryKernel => {
  const flat = kernel<(typeof flatVariants)[number]>(
    name,
    (module) => {
      const body = bodyIn(module);
      for (const variant of flatVariants) flatVariant(module, variant, body, store, unroll);
    },
    () => flatDivisions(resultBytes, least),
  );
  const rows = kernel<(typeof rowVariants)[number]>(
    `${name}.rows`,
    (module) => {
      const body = bodyIn(module);
      for (const variant of rowVariants) rowVariant(module, variant, body, store);
    },
    () => rowDivisions(resultBytes, least),
  );
  return { name, flat, rows };
};

const flatDivisions = (resultBytes: number, least: number): Divisions<FlatVariant> => ({
  same: byElements([4, 4, resultBytes], least),
  scalarLeft: byElements([0, 4, resultBytes], least),
  scalarRight: byElements([4, 0, resultBytes], least),
});

const rowDivisions = (resultBytes: number, least: number): Divisions<RowVariant> => {
  /** Bytes from row to row of the operands, in units of their columns and of one element. */
  const rows = (a: readonly [number, number], b: readonly [number, number]): Division =>
    byRows(3, (columns) => [a[0] * columns + a[1], b[0] * columns + b[1], resultBytes * columns], least);
  return {
    rowLeft: rows([0, 0], [4, 0]),
    rowRight: rows([4, 0], [0, 0]),
    columnLeft: rows([0, 4], [4, 0]),
    columnRight: rows([4, 0], [0, 4]),
  };
};

/** A body of a few instructions: written into every loop, and unrolled. */
const short = (body: BinaryBody): Use => ({ bodyIn: () => body, unroll: turns, least: leastLight });

/** out = body(a, b), for a short body, with the ways to broadcast of {@link FlatVariant} and {@link RowVariant}. */
export const binaryKernel = (name: string, body: BinaryBody): BinaryKernel => broadcastKernel(name, short(body));

/** Like {@link binaryKernel}, for a body that gives masks (f32x4.lt, ...): out has one byte, 0 or 1, per element. */
export const compareKernel = (name: string, body: BinaryBody): BinaryKernel =>
  broadcastKernel(name, short(body), storeBytes, 1);

/** Like {@link binaryKernel}, for a long body: the loops call it as a function, so that a module contains it once. */
export const longBinaryKernel = (name: string, body: BinaryBody): BinaryKernel => {
  const bodyIn = (module: ModuleBuilder): BinaryBody => {
    const shared = module.function(["v128", "v128"], (f, a, b) => f.result(body(f, a, b)), "v128");
    return (_, a, b) => callResult(shared, [a, b]);
  };
  return broadcastKernel(name, { bodyIn, unroll: 1, least: leastHeavy });
};
