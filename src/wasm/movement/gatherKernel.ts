import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import { leastLight } from "../assembler/division.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/** Adds `columns` floats at `source` to those at `target`, or to zeros that take their place. */
export const addRow = (
  f: FunctionBuilder,
  source: Local,
  target: Local,
  columns: Local,
  isFirst: boolean = false,
): void => {
  const rest = f.local("i32", columns);
  const from = f.local("i32", source);
  const to = f.local("i32", target);
  const whileAtLeast = (lanes: number, body: () => void): void =>
    f.while(i32.geU(rest, lanes), () => {
      body();
      f.increment(from, 4 * lanes);
      f.increment(to, 4 * lanes);
      f.increment(rest, -lanes);
    });
  whileAtLeast(4, () => f.storeV128(to, f32x4.add(isFirst ? v128.zero : v128.load(to), v128.load(from))));
  whileAtLeast(1, () => f.storeF32(to, f32.add(isFirst ? f32.const(0) : f32.load(to), f32.load(from))));
};

/** Copies `bytes` bytes; from 16 bytes on, the last vector overlaps what was already copied. */
export const copyRow = (f: FunctionBuilder, source: Local, target: Local, bytes: Local): void => {
  const offset = f.local("i32");
  const last = f.local("i32");
  f.if(
    i32.geU(bytes, 16),
    () => {
      f.set(last, i32.sub(bytes, 16));
      f.for(offset, 0, last, 16, () => f.storeV128(i32.add(target, offset), v128.load(i32.add(source, offset))));
      f.storeV128(i32.add(target, last), v128.load(i32.add(source, last)));
    },
    () => {
      f.set(last, i32.and(bytes, -4));
      f.for(offset, 0, last, 4, () => f.storeI32(i32.add(target, offset), i32.load(i32.add(source, offset))));
      f.for(offset, last, bytes, 1, () => f.storeI8(i32.add(target, offset), i32.load8u(i32.add(source, offset))));
    },
  );
};

/**
 * Rows by int32 indices, which the caller has checked.
 *
 * `gatherRows(source, indices, out, rows, rowBytes)`: out[i] = source[indices[i]], rows of any byte length.
 * `scatterAddRows(source, indices, out, rows, columns, outRows)`: out (float32, outRows x columns) is zeroed, then
 * out[indices[i]] += source[i] for ascending i: the gradient of gather, in one order, so the bits are always the same.
 * Nothing outside `out` is written; sizes of zero gather nothing and leave zeros.
 */
export const gather: Kernel<"gatherRows" | "scatterAddRows"> = /* @__PURE__ */ kernel(
  "gather",
  (module) => {
    module.export("gatherRows", 5, (f, source, indices, out, rows, rowBytes) => {
      const row = f.local("i32");
      const from = f.local("i32");
      f.for(row, 0, rows, 1, () => {
        f.set(from, i32.add(source, i32.mul(i32.load(indices), rowBytes)));
        copyRow(f, from, out, rowBytes);
        f.increment(indices, 4);
        f.increment(out, rowBytes);
      });
    });
    module.export("scatterAddRows", 6, (f, source, indices, out, rows, columns, outRows) => {
      const row = f.local("i32");
      const to = f.local("i32");
      const end = f.local("i32", i32.add(out, i32.shl(i32.mul(columns, outRows), 2)));
      const wholeEnd = f.local("i32", i32.add(out, i32.and(i32.sub(end, out), -16)));
      f.for(to, out, wholeEnd, 16, () => f.storeV128(to, v128.zero));
      f.for(to, wholeEnd, end, 4, () => f.storeI32(to, i32.const(0)));
      const rowBytes = f.local("i32", i32.shl(columns, 2));
      f.for(row, 0, rows, 1, () => {
        f.set(to, i32.add(out, i32.mul(i32.load(indices), rowBytes)));
        addRow(f, source, to, columns);
        f.increment(indices, 4);
        f.increment(source, rowBytes);
      });
    });
  },
  () => ({
    gatherRows: {
      count: 3,
      strides: ([, , , , rowBytes]) => [0, 4, rowBytes],
      size: ([, , , , rowBytes]) => rowBytes / 4,
      multiple: 1,
      least: leastLight,
    },
  }),
);
