import type { FunctionBuilder, FunctionReference, Local, ModuleBuilder } from "../assembler/assembler.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as i32x4 from "../assembler/instructions/i32x4.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { transpose4 } from "../assembler/transpose4.ts";
import { stridedRank } from "./stridedParameters.ts";

const vectorBytes = 16;

/** `target` and `source` of `bytes` bytes, without gaps; `unit` divides the number of bytes. */
const copyRun = (f: FunctionBuilder, source: Local, target: Local, bytes: Expression, unit: 1 | 4): void => {
  const rest = f.local("i32", bytes);
  const from = f.local("i32", source);
  const to = f.local("i32", target);
  const advance = (step: number): void => {
    f.increment(from, step);
    f.increment(to, step);
    f.increment(rest, -step);
  };
  const whileAtLeast = (step: number, body: () => void): void => {
    f.while(i32.geU(rest, step), () => {
      body();
      advance(step);
    });
  };
  whileAtLeast(4 * vectorBytes, () => {
    for (let at = 0; at < 4 * vectorBytes; at += vectorBytes) f.storeV128(to, v128.load(from, at), at);
  });
  whileAtLeast(vectorBytes, () => f.storeV128(to, v128.load(from)));
  whileAtLeast(4, () => f.storeI32(to, i32.load(from)));
  if (unit === 1) whileAtLeast(1, () => f.storeI8(to, i32.load8u(from)));
};

/** `count` times the same 32-bit element. */
const fillRun = (f: FunctionBuilder, target: Local, value: Expression, count: Expression): void => {
  const vector = f.local("v128", i32x4.splat(value));
  const rest = f.local("i32", count);
  const to = f.local("i32", target);
  f.while(i32.geU(rest, 4), () => {
    f.storeV128(to, vector);
    f.increment(to, vectorBytes);
    f.increment(rest, -4);
  });
  f.storeFirstLanes(to, vector, rest);
};

/** One block of a transposition: target[c][r] = source[r][c] for r, c < 4. */
const transposeBlock = (
  f: FunctionBuilder,
  source: Expression,
  sourceStride: Local,
  target: Expression,
  targetStride: Local,
): void => {
  const from = f.local("i32", source);
  const rows = [0, 1, 2, 3].map((row) => {
    if (row > 0) f.set(from, i32.add(from, sourceStride));
    return f.local("v128", v128.load(from));
  });
  const columns = transpose4(f, rows);
  const to = f.local("i32", target);
  columns.forEach((column, index) => {
    if (index > 0) f.set(to, i32.add(to, targetStride));
    f.storeV128(to, column);
  });
};

type PlaneParameters = readonly [Local, Local, Local, Local, Local, Local, Local, Local];

/** Copies the two innermost axes: (source, target, rows, sourceRow, targetRow, columns, sourceColumn, targetColumn). */

/** Element by element, in a rectangle of the plane. */
const definePlainPlane = (module: ModuleBuilder, unit: 1 | 4): FunctionReference =>
  module.function(8, (f, ...parameters) => {
    const [source, target, rows, sourceRow, targetRow, columns, sourceColumn, targetColumn] =
      parameters as unknown as PlaneParameters;
    const row = f.local("i32");
    const column = f.local("i32");
    const from = f.local("i32");
    const to = f.local("i32");
    f.for(row, 0, rows, 1, () => {
      f.set(from, source);
      f.set(to, target);
      f.for(column, 0, columns, 1, () => {
        if (unit === 4) f.storeI32(to, i32.load(from));
        else f.storeI8(to, i32.load8u(from));
        f.increment(from, sourceColumn);
        f.increment(to, targetColumn);
      });
      f.increment(source, sourceRow);
      f.increment(target, targetRow);
    });
  });

const definePlane = (module: ModuleBuilder, unit: 1 | 4): FunctionReference => {
  const plain = definePlainPlane(module, unit);
  return module.function(8, (f, ...parameters) => {
    const [source, target, rows, sourceRow, targetRow, columns, sourceColumn, targetColumn] =
      parameters as unknown as PlaneParameters;
    const all = [source, target, rows, sourceRow, targetRow, columns, sourceColumn, targetColumn];
    const row = f.local("i32");
    const isUnit = (stride: Local): Expression => i32.eq(stride, unit);
    const eachRow = (body: () => void): void =>
      f.for(row, 0, rows, 1, () => {
        body();
        f.increment(source, sourceRow);
        f.increment(target, targetRow);
      });
    const otherwise = (): void => f.call(plain, all);
    /** Whole blocks of four by four, then the columns to their right, then the rows below. */
    const transpose = (): void => {
      const column = f.local("i32");
      const wholeRows = f.local("i32", i32.and(rows, -4));
      const wholeColumns = f.local("i32", i32.and(columns, -4));
      const sourceAt = (r: Local, c: Local): Expression =>
        i32.add(source, i32.add(i32.mul(r, sourceRow), i32.mul(c, sourceColumn)));
      const targetAt = (r: Local, c: Local): Expression =>
        i32.add(target, i32.add(i32.mul(r, targetRow), i32.mul(c, targetColumn)));
      // A source row is a column of the plane: its elements lie along the plane's rows, which are contiguous there.
      f.for(row, 0, wholeRows, 4, () => {
        f.for(column, 0, wholeColumns, 4, () => {
          transposeBlock(f, sourceAt(row, column), sourceColumn, targetAt(row, column), targetRow);
        });
      });
      const none = f.local("i32");
      f.set(none, 0);
      f.call(plain, [
        sourceAt(none, wholeColumns),
        targetAt(none, wholeColumns),
        wholeRows,
        sourceRow,
        targetRow,
        i32.sub(columns, wholeColumns),
        sourceColumn,
        targetColumn,
      ]);
      f.call(plain, [
        sourceAt(wholeRows, none),
        targetAt(wholeRows, none),
        i32.sub(rows, wholeRows),
        sourceRow,
        targetRow,
        columns,
        sourceColumn,
        targetColumn,
      ]);
    };
    f.if(
      isUnit(targetColumn),
      () => {
        f.if(
          isUnit(sourceColumn),
          () => eachRow(() => copyRun(f, source, target, i32.mul(columns, unit), unit)),
          () => {
            if (unit === 1) otherwise();
            else {
              f.if(
                i32.eqz(sourceColumn),
                () => eachRow(() => fillRun(f, target, i32.load(source), columns)),
                () => f.if(isUnit(sourceRow), transpose, otherwise),
              );
            }
          },
        );
      },
      otherwise,
    );
  });
};

/** The outer four axes of a strided copy, around the plane of the inner two. */
const defineCopy = (module: ModuleBuilder, name: string, unit: 1 | 4): void => {
  const plane = definePlane(module, unit);
  module.export(name, 3, (f, parameters, source, target) => {
    const size = (axis: number): Expression => i32.load(parameters, 4 * axis);
    const sourceStride = (axis: number): Expression => i32.load(parameters, 4 * (stridedRank + axis));
    const targetStride = (axis: number): Expression => i32.load(parameters, 4 * (2 * stridedRank + axis));
    const nest = (axis: number, from: Local, to: Local): void => {
      if (axis === stridedRank - 2) {
        f.call(plane, [
          from,
          to,
          size(axis),
          sourceStride(axis),
          targetStride(axis),
          size(axis + 1),
          sourceStride(axis + 1),
          targetStride(axis + 1),
        ]);
        return;
      }
      const index = f.local("i32");
      const innerFrom = f.local("i32", from);
      const innerTo = f.local("i32", to);
      f.for(index, 0, size(axis), 1, () => {
        nest(axis + 1, innerFrom, innerTo);
        f.increment(innerFrom, sourceStride(axis));
        f.increment(innerTo, targetStride(axis));
      });
    };
    nest(0, source, target);
  });
};

/**
 * Strided copies: transpose, broadcastTo, slice, concat, stack, pad. `copy32(parameters, source, target)` moves elements
 * of four bytes, `copy8` of one byte; `parameters` is the address of the numbers of `stridedParameters`. `source` and `target`
 * are the addresses of the first element (with a negative stride, that is not the lowest). `fill(target, source, count)`
 * writes the 32-bit element at `source` `count` times. Exactly the elements named are written; a size of zero does nothing.
 */
export const strided: Kernel<"copy32" | "copy8" | "fill"> = /* @__PURE__ */ kernel("strided", (module) => {
  defineCopy(module, "copy32", 4);
  defineCopy(module, "copy8", 1);
  module.export("fill", 3, (f, target, source, count) => fillRun(f, target, i32.load(source), count));
});
