import { callResult, FunctionBuilder, type FunctionReference, type Local, type ModuleBuilder } from "./assembler.ts";
import { byElements, byRows, type Division, leastHeavy, leastLight } from "./division.ts";
import { type Expression, f32, f32x4, i16x8, i32, i32x4, v128 } from "./instructions.ts";
import { type Divisions, type Kernel, kernel } from "./kernel.ts";

/**
 * Generators of elementwise kernels: the loops around a body that computes four lanes. All data is float32 unless said;
 * addresses are bytes, counts are elements, and a count of zero does nothing.
 *
 * Edge rule. Flat loops work on whole vectors and may read and write up to three lanes behind the last element: blocks
 * are padded to 16 bytes. Rows end inside a block, so row loops read and write exactly their elements.
 */

/** Emits the value of four lanes; `x` may be read several times. Statements that it needs go into `f` first. */
export type UnaryBody = (f: FunctionBuilder, x: Local) => Expression;
export type BinaryBody = (f: FunctionBuilder, a: Local, b: Local) => Expression;
export type NaryBody = (
  f: FunctionBuilder,
  inputs: readonly Local[],
  parameters: readonly Local[],
) => readonly Expression[];

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

/** Vectors per turn of a flat loop with a short body. */
export const turns = 4;

/**
 * Whether a body of four lanes is long (in bytes of code; an addition has 8, an exponential 200). Unrolling hides the
 * loop's own instructions behind short bodies, where it is worth a third, and only makes modules of long ones larger.
 */
export const isLong = (
  { relaxed }: { readonly relaxed: boolean },
  body: (f: FunctionBuilder, lanes: () => Local) => void,
): boolean => {
  const scratch = new FunctionBuilder(0, relaxed);
  body(scratch, () => scratch.local("v128"));
  return scratch.code.length > 100;
};

/** A body is as long with fused arithmetic as without. */
const plain = { relaxed: false };

/** Runs `body` for the byte offsets 0, 16, ... of `count` floats, several to a turn while they last. */
export const forVectors = (
  f: FunctionBuilder,
  count: Local,
  unroll: number,
  body: (offset: Local, immediate: number) => void,
): void => {
  const offset = f.local("i32");
  const bytes = f.local("i32", i32.shl(count, i32.const(2)));
  const step = 16 * unroll;
  if (unroll > 1) {
    f.for(offset, i32.const(0), i32.and(bytes, i32.const(-step)), step, () => {
      for (let index = 0; index < unroll; index++) body(offset, 16 * index);
    });
  }
  f.for(offset, unroll > 1 ? offset : i32.const(0), bytes, 16, () => body(offset, 0));
};

const at = (base: Local, offset: Expression): Expression => i32.add(base, offset);

/** `run(input, output, count)`: output[i] = body(input[i]). The output may be the input. */
export const unaryKernel = (name: string, body: UnaryBody): Kernel<"run"> => {
  const long = (): boolean => isLong(plain, (f, lanes) => f.result(body(f, lanes())));
  return kernel(
    name,
    ["run"],
    (module) => {
      const unroll = long() ? 1 : turns;
      module.function("run", ["i32", "i32", "i32"], undefined, (f, input, output, count) => {
        forVectors(f, count, unroll, (offset, immediate) => {
          const x = f.local("v128", v128.load(at(input, offset), immediate));
          const value = body(f, x);
          f.storeV128(at(output, offset), value, immediate);
        });
      });
    },
    () => ({ run: byElements([4, 4], leastFor(long())) }),
  );
};

/** The fewest elements in a piece. */
const leastFor = (long: boolean): number => (long ? leastHeavy : leastLight);

/** `run(...inputs, ...outputs, ...parameters, count)`: a parameter is the address of one float, read once. Outputs may be inputs. */
export const naryKernel = (
  name: string,
  inputs: number,
  outputs: number,
  parameters: number,
  body: NaryBody,
): Kernel<"run"> => {
  const long = (): boolean =>
    isLong(plain, (f, lanes) => {
      const values = body(f, Array.from({ length: inputs }, lanes), Array.from({ length: parameters }, lanes));
      for (const value of values) f.result(value);
    });
  const operands = inputs + outputs;
  return kernel(
    name,
    ["run"],
    (module) => {
      const unroll = long() ? 1 : turns;
      const types = new Array<"i32">(operands + parameters + 1).fill("i32");
      module.function("run", types, undefined, (f, ...given) => {
        const outputAddresses = given.slice(inputs, operands);
        const splats = given
          .slice(operands, operands + parameters)
          .map((address) => f.local("v128", v128.load32Splat(address)));
        forVectors(f, given[given.length - 1], unroll, (offset, immediate) => {
          const loaded = given
            .slice(0, inputs)
            .map((address) => f.local("v128", v128.load(at(address, offset), immediate)));
          // All values before the first store: an output may be an input that a later value still needs.
          const values = body(f, loaded, splats).map((value) => f.local("v128", value));
          for (const [index, value] of values.entries())
            f.storeV128(at(outputAddresses[index], offset), value, immediate);
        });
      });
    },
    () => {
      const strides = [...new Array<number>(operands).fill(4), ...new Array<number>(parameters).fill(0)];
      return { run: byElements(strides, leastFor(long())) };
    },
  );
};

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
  const spread = i32.mul(i32x4.bitmask(mask), i32.const(0x00204081));
  return i32.and(spread, i32.const(0x01010101));
};

const storeBytes: Store = {
  whole: (f, out, offset, value, immediate) =>
    f.storeI32(at(out, i32.shrU(offset, i32.const(2))), maskBytes(value), immediate / 4),
  first: (f, out, offset, value, count) => {
    const address = f.local("i32", at(out, i32.shrU(offset, i32.const(2))));
    const bytes = f.local("i32", maskBytes(value));
    for (const lane of [0, 1, 2]) {
      f.if(i32.gtU(count, i32.const(lane)), () => {
        f.storeI8(address, i32.shrU(bytes, i32.const(8 * lane)), lane);
      });
    }
  },
};

/** The first `count` (1 to 3) floats at an address, zeros behind them: a row's edge, without reading past it. */
const loadFirstLanes = (f: FunctionBuilder, address: Expression, count: Local): Local => {
  const vector = f.local("v128");
  const from = f.local("i32", address);
  f.if(
    i32.and(count, i32.const(2)),
    () => {
      f.set(vector, v128.load64Zero(from));
      f.if(i32.and(count, i32.const(1)), () => {
        f.set(vector, f32x4.replaceLane(vector, 2, f32.load(from, 8)));
      });
    },
    () => f.set(vector, v128.load32Zero(from)),
  );
  return vector;
};

const flatVariant = (
  module: ModuleBuilder,
  name: FlatVariant,
  body: BinaryBody,
  store: Store,
  unroll: number,
): FunctionReference =>
  module.function(name, ["i32", "i32", "i32", "i32"], undefined, (f, a, b, out, count) => {
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

const rowVariant = (module: ModuleBuilder, name: RowVariant, body: BinaryBody, store: Store): FunctionReference =>
  module.function(name, ["i32", "i32", "i32", "i32", "i32"], undefined, (f, a, b, out, rows, columns) => {
    const isLeft = name === "rowLeft" || name === "columnLeft";
    const isRow = name === "rowLeft" || name === "rowRight";
    const [full, repeated] = isLeft ? [b, a] : [a, b];
    const row = f.local("i32");
    const column = f.local("i32");
    /** Where the row starts in `full`, in bytes. */
    const start = f.local("i32");
    const rowBytes = f.local("i32", i32.shl(columns, i32.const(2)));
    const wholeBytes = f.local("i32", i32.and(rowBytes, i32.const(-16)));
    const edge = f.local("i32", i32.and(columns, i32.const(3)));
    const same = f.local("v128");
    const evaluate = (x: Local, y: Local): Expression => (isLeft ? body(f, y, x) : body(f, x, y));
    f.for(row, i32.const(0), rows, 1, () => {
      if (!isRow) f.set(same, v128.load32Splat(i32.add(repeated, i32.shl(row, i32.const(2)))));
      f.for(column, i32.const(0), wholeBytes, 16, () => {
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

const flatVariants = ["same", "scalarLeft", "scalarRight"] as const;
const rowVariants = ["rowLeft", "rowRight", "columnLeft", "columnRight"] as const;

const broadcastKernel = (name: string, body: BinaryBody, store: Store, resultBytes: number): BinaryKernel => {
  const long = (): boolean => isLong(plain, (f, lanes) => f.result(body(f, lanes(), lanes())));
  const flat = kernel(
    name,
    flatVariants,
    (module) => {
      const isShared = long();
      const emit = isShared ? asFunction(module, body) : body;
      for (const variant of flatVariants) flatVariant(module, variant, emit, store, isShared ? 1 : turns);
    },
    () => flatDivisions(resultBytes, leastFor(long())),
  );
  const rows = kernel(
    `${name}.rows`,
    rowVariants,
    (module) => {
      const emit = long() ? asFunction(module, body) : body;
      for (const variant of rowVariants) rowVariant(module, variant, emit, store);
    },
    () => rowDivisions(resultBytes, leastFor(long())),
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

/** A body that the loops call: written once, however many loops there are. */
const asFunction = (module: ModuleBuilder, body: BinaryBody): BinaryBody => {
  const shared = module.function(undefined, ["v128", "v128"], "v128", (f, a, b) => f.result(body(f, a, b)));
  return (_, a, b) => callResult(shared, [a, b]);
};

/** out = body(a, b) with the ways to broadcast of {@link FlatVariant} and {@link RowVariant}. */
export const binaryKernel = (name: string, body: BinaryBody): BinaryKernel =>
  broadcastKernel(name, body, storeFloats, 4);

/** Like {@link binaryKernel}, for a body that gives masks (f32x4.lt, ...): out has one byte, 0 or 1, per element. */
export const compareKernel = (name: string, body: BinaryBody): BinaryKernel =>
  broadcastKernel(name, body, storeBytes, 1);

/** `run(condition, a, b, out, count)`: a where the condition's byte is not 0, b elsewhere, moved bit for bit. */
export const whereKernel: Kernel<"run"> = /* @__PURE__ */ kernel(
  "where",
  ["run"],
  (module) => {
    module.function("run", ["i32", "i32", "i32", "i32", "i32"], undefined, (f, condition, a, b, out, count) => {
      forVectors(f, count, turns, (offset, immediate) => {
        const bytes = v128.load32Zero(at(condition, i32.shrU(offset, i32.const(2))), immediate / 4);
        const chosen = i32x4.ne(i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(bytes)), v128.zero);
        const value = v128.bitselect(v128.load(at(a, offset), immediate), v128.load(at(b, offset), immediate), chosen);
        f.storeV128(at(out, offset), value, immediate);
      });
    });
  },
  () => ({ run: byElements([1, 4, 4, 4], leastLight) }),
);
