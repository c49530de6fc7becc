import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import { type Division, leastLight } from "../assembler/division.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { type Expression, select } from "../assembler/instructions.ts";

/** Four channels of one window. */
export interface PoolWindow {
  /**
   * Visits the elements that lie inside the image, in row-major order; there is at least one. The index is known in the
   * code for 2 x 2 elements.
   */
  readonly each: (body: (address: Local, index?: number) => void) => void;
  /** How many they are. */
  readonly count: Local;
  /** The address in the other tensor: the one with an element per window. */
  readonly output: Expression;
  /** Stores those of four lanes that are channels. */
  readonly store: (address: Expression, value: Local) => void;
}

/**
 * Emits `body` for each window of `rows` images, in row-major order, four channels at a time. `x` is the address of the images,
 * of `xBytes` each; `y` that of the tensor with an element per window, of `yBytes` for each image; `table` that of eleven i32:
 * height, width, bytes of a pixel, windows down and across, height and width of a window, its stride down and across, padding
 * above and at the left. Lanes beyond the last channel compute something and are not stored.
 *
 * The body is emitted twice: once for the usual windows, which have 2 x 2 elements inside the image and do not overlap, and once
 * for the others.
 */
export const forPoolWindows = (
  f: FunctionBuilder,
  [x, y, rows, xBytes, yBytes, table]: readonly Local[],
  body: (window: PoolWindow) => void,
): void => {
  const [height, width, pixel, outHeight, outWidth, sizeHeight, sizeWidth, down, across, above, left] = Array.from(
    { length: 11 },
    (_, index) => f.local("i32", i32.load(table, 4 * index)),
  );
  const image = f.local("i32", x);
  const output = f.local("i32");
  const rowBytes = f.local("i32", i32.mul(width, pixel));
  const [row, i, j, top, start, channel, rest] = f.locals("i32", 7);
  const [firstRow, endRow, firstColumn, endColumn, corner, columnBytes, count] = f.locals("i32", 7);
  /** Sets `first` and `end` to the part of [from, from + size) that lies in [0, length). */
  const clamp = (first: Local, end: Local, from: Local, size: Local, length: Local): void => {
    f.set(end, i32.add(from, size));
    f.set(end, select(length, end, i32.ltS(length, end)));
    f.set(first, select(i32.const(0), from, i32.ltS(from, 0)));
  };
  const square: PoolWindow["each"] = (visit) => {
    const addresses = [f.local("i32", i32.add(corner, channel))];
    addresses.push(f.local("i32", i32.add(addresses[0], pixel)), f.local("i32", i32.add(addresses[0], rowBytes)));
    addresses.push(f.local("i32", i32.add(addresses[2], pixel)));
    for (const [index, address] of addresses.entries()) visit(address, index);
  };
  const each: PoolWindow["each"] = (visit) => {
    const address = f.local("i32");
    const end = f.local("i32");
    const line = f.local("i32");
    const rowStart = f.local("i32", i32.add(corner, channel));
    f.for(line, firstRow, endRow, 1, () => {
      f.set(address, rowStart);
      f.set(end, i32.add(rowStart, columnBytes));
      f.doWhile(
        () => {
          visit(address);
          f.increment(address, pixel);
        },
        i32.ltU(address, end),
      );
      f.increment(rowStart, rowBytes);
    });
  };
  const store: PoolWindow["store"] = (address, value) =>
    f.if(
      i32.geU(rest, 16),
      () => f.storeV128(address, value),
      () => f.storeFirstLanes(address, value, i32.shrU(rest, 2)),
    );
  // Windows, not their parts inside of the image: a larger one beside it may overlap these.
  const apart = f.local("i32", i32.and(i32.geU(down, sizeHeight), i32.geU(across, sizeWidth)));
  const isSquare = i32.and(
    apart,
    i32.and(i32.eq(i32.sub(endRow, firstRow), 2), i32.eq(i32.sub(endColumn, firstColumn), 2)),
  );
  f.for(row, 0, rows, 1, () => {
    f.set(output, y);
    f.for(i, 0, outHeight, 1, () => {
      f.set(top, i32.sub(i32.mul(i, down), above));
      clamp(firstRow, endRow, top, sizeHeight, height);
      f.for(j, 0, outWidth, 1, () => {
        f.set(start, i32.sub(i32.mul(j, across), left));
        clamp(firstColumn, endColumn, start, sizeWidth, width);
        f.set(corner, i32.add(image, i32.add(i32.mul(firstRow, rowBytes), i32.mul(firstColumn, pixel))));
        f.set(columnBytes, i32.mul(i32.sub(endColumn, firstColumn), pixel));
        f.set(count, i32.mul(i32.sub(endRow, firstRow), i32.sub(endColumn, firstColumn)));
        const channels = (visits: PoolWindow["each"]) => (): void =>
          f.for(channel, 0, pixel, 16, () => {
            f.set(rest, i32.sub(pixel, channel));
            body({ each: visits, count, output: i32.add(output, channel), store });
          });
        f.if(isSquare, channels(square), channels(each));
        f.increment(output, pixel);
      });
    });
    f.increment(image, xBytes);
    f.increment(y, yBytes);
  });
};

/** Zeros `rows` images of `xBytes` each, unless windows of 2 x 2 elements that do not overlap write all of them. */
export const zeroUncovered = (f: FunctionBuilder, x: Local, rows: Local, xBytes: Local, table: Local): void => {
  const word = (index: number): Expression => i32.load(table, 4 * index);
  const isHalf = (length: number, count: number): Expression => i32.eq(word(length), i32.shl(word(count), 1));
  const isTwo = (index: number): Expression => i32.eq(word(index), 2);
  const sizes = [5, 6, 7, 8].map(isTwo).reduce((a, b) => i32.and(a, b));
  const counts = i32.and(isHalf(0, 3), isHalf(1, 4));
  const covers = i32.and(i32.and(sizes, counts), i32.eqz(i32.or(word(9), word(10))));
  f.if(i32.eqz(covers), () => zeroBytes(f, x, i32.mul(rows, xBytes)));
};

/** Fills `bytes` bytes with zeros, a multiple of four. */
const zeroBytes = (f: FunctionBuilder, target: Local, bytes: Expression): void => {
  const to = f.local("i32", target);
  const end = f.local("i32", i32.add(target, bytes));
  const wholeEnd = f.local("i32", i32.add(to, i32.and(bytes, -16)));
  f.for(to, to, wholeEnd, 16, () => f.storeV128(to, v128.zero));
  f.for(to, to, end, 4, () => f.storeI32(to, i32.const(0)));
};

/** By images: `count` is the argument with their number, which those of the bytes of an image follow, `images` have these. */
export const byImages = (count: number, images: readonly number[], windows: readonly number[]): Division => ({
  count,
  strides: (args) => {
    const strides = new Array<number>(count).fill(0);
    for (const index of images) strides[index] = args[count + 1];
    for (const index of windows) strides[index] = args[count + 2];
    return strides;
  },
  size: (args) => args[count + 1] / 4,
  multiple: 1,
  least: leastLight,
});
