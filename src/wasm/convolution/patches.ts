import type { FunctionBuilder, FunctionReference, Local, ModuleBuilder } from "../assembler/assembler.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";

/** Images as a window moves over them. */
export interface PatchLayout {
  readonly height: number;
  readonly width: number;
  /** Positions of the window. */
  readonly outHeight: number;
  readonly outWidth: number;
  readonly strides: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Zeros above the image and on its left; negative where the first window begins inside. */
  readonly top: number;
  readonly left: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Numbers of a pixel that are used, of those that it has. */
  readonly depth: number;
  readonly channels: number;
}

/** The words of a table before its runs: see `patchTable`. */
export const layoutWords = 10;

/** The first words of a table for `definePatches`. */
export const layoutTable = (p: PatchLayout): readonly number[] => [
  ...[p.height, p.width, p.outHeight, p.outWidth],
  ...[...p.strides, p.top, p.left, p.channels * 4, p.depth],
];

/**
 * The elements [from, from + count) of a patch (row of the window by row, pixel by pixel, channel by channel) as runs of numbers that
 * are neighbours in memory, 4 words each: the row and the pixel of the window where it begins, and its first and last number
 * from that pixel on.
 */
export const runsOf = (p: PatchLayout, from: number, count: number): readonly number[] => {
  const isContiguous = p.dilation[1] === 1 && p.depth === p.channels;
  const length = isContiguous ? p.kernelWidth * p.depth : p.depth;
  const perRow = isContiguous ? 1 : p.kernelWidth;
  const words: number[] = [];
  for (let at = from; at < from + count; ) {
    const run = Math.floor(at / length);
    const end = Math.min((run + 1) * length, from + count);
    words.push(
      Math.floor(run / perRow) * p.dilation[0],
      (run % perRow) * p.dilation[1],
      at - run * length,
      end - run * length,
    );
    at = end;
  }
  return words;
};

/**
 * A function `(image, table, runs, runsEnd, position, count, to, toStride)` that copies parts of `count` neighbouring patches together,
 * zeros where they are outside of the image: the patch of position p begins at to + (p − position)·toStride. `table` is the address of a
 * `layoutTable`, `runs` that of `runsOf`, both as i32.
 * Edge rule: nothing outside of the images is read, and exactly the parts are written. `count` must be at least 1.
 */
export const definePatches = (module: ModuleBuilder): FunctionReference =>
  module.function(8, (f, image, table, runs, runsEnd, position, count, to, toStride) => {
    const word = (index: number): Local => f.local("i32", i32.load(table, index * 4));
    const [height, width, outHeight, outWidth, strideY, strideX, top, left, pixelBytes, depth] = Array.from(
      { length: layoutWords },
      (_, index) => word(index),
    );
    const line = f.local("i32", i32.divU(position, outWidth));
    const x = f.local("i32", i32.sub(position, i32.mul(line, outWidth)));
    const imageIndex = f.local("i32", i32.divU(line, outHeight));
    const y = f.local("i32", i32.sub(line, i32.mul(imageIndex, outHeight)));
    const imageBytes = f.local("i32", i32.mul(i32.mul(height, width), pixelBytes));
    const base = f.local("i32", i32.add(image, i32.mul(imageIndex, imageBytes)));
    const [segment, run, target, firstTo, row, column, first, last, end] = f.locals("i32", 9);
    const [source, lowest, highest, length] = f.locals("i32", 4);
    const step = f.local("i32", i32.mul(strideX, pixelBytes));
    const stepFloats = f.local("i32", i32.mul(strideX, depth));

    const copyRun = (): void => {
      f.set(row, i32.add(i32.sub(i32.mul(y, strideY), top), i32.load(run)));
      f.set(column, i32.add(i32.sub(i32.mul(x, strideX), left), i32.load(run, 4)));
      f.set(first, i32.load(run, 8));
      f.set(last, i32.load(run, 12));
      f.set(length, i32.sub(last, first));
      f.set(target, firstTo);
      f.set(end, i32.add(firstTo, i32.mul(segment, toStride)));
      f.set(
        source,
        i32.add(base, i32.add(i32.mul(i32.add(i32.mul(row, width), column), pixelBytes), i32.shl(first, 2))),
      );
      f.set(lowest, i32.mul(i32.sub(0, column), depth));
      f.set(highest, i32.mul(i32.sub(width, column), depth));
      // Outside of the image nothing is inside of it.
      f.if(i32.geU(row, height), () => f.set(highest, i32.sub(lowest, 1)));
      f.doWhile(
        () => {
          f.if(
            i32.and(i32.geS(first, lowest), i32.geS(highest, last)),
            () => copyFloats(f, source, target, length),
            () => copyInside(f, source, target, first, last, lowest, highest),
          );
          f.increment(source, step);
          f.set(lowest, i32.sub(lowest, stepFloats));
          f.set(highest, i32.sub(highest, stepFloats));
          f.increment(target, toStride);
        },
        i32.ltU(target, end),
      );
      f.increment(firstTo, i32.shl(length, 2));
    };
    f.doWhile(() => {
      // Positions of one row of outputs.
      f.set(segment, i32.sub(outWidth, x));
      f.if(i32.gtU(segment, count), () => f.set(segment, count));
      f.set(firstTo, to);
      f.for(run, runs, runsEnd, 16, copyRun);
      f.increment(to, i32.mul(segment, toStride));
      f.set(count, i32.sub(count, segment));
      f.set(x, 0);
      f.increment(y, 1);
      f.if(i32.eq(y, outHeight), () => {
        f.set(y, 0);
        f.increment(base, imageBytes);
      });
    }, count);
  });

/** Writes at least one number: vectors, of which the last overlaps the one before it, or less than four one by one. */
const write = (
  f: FunctionBuilder,
  to: Local,
  length: Local,
  vector: (offset: Expression, immediate: number) => Expression,
  number: (offset: Expression) => Expression,
): void => {
  const offset = f.local("i32", 0);
  const end = f.local("i32", i32.shl(length, 2));
  const loop = (vectors: number): void =>
    f.while(i32.ltS(i32.add(offset, 16 * (vectors - 1)), end), () => {
      for (let at = 0; at < 16 * vectors; at += 16) f.storeV128(i32.add(to, offset), vector(offset, at), at);
      f.increment(offset, 16 * vectors);
    });
  f.if(
    i32.geU(length, 4),
    () => {
      f.set(end, i32.sub(end, 16));
      loop(4);
      loop(1);
      f.storeV128(i32.add(to, end), vector(end, 0));
    },
    () =>
      f.doWhile(
        () => {
          f.storeF32(i32.add(to, offset), number(offset));
          f.increment(offset, 4);
        },
        i32.ltU(offset, end),
      ),
  );
};

/** Copies at least one number. */
const copyFloats = (f: FunctionBuilder, from: Local, to: Local, length: Local): void =>
  write(
    f,
    to,
    length,
    (offset, immediate) => v128.load(i32.add(from, offset), immediate),
    (offset) => f32.load(i32.add(from, offset)),
  );

/** Copies the numbers from `lowest` to before `highest`, and writes zeros in place of the others. */
const copyInside = (
  f: FunctionBuilder,
  source: Local,
  target: Local,
  first: Local,
  last: Local,
  lowest: Local,
  highest: Local,
): void => {
  const index = f.local("i32", first);
  const to = f.local("i32", target);
  const count = f.local("i32");
  /** What is before `end`, if anything. */
  const upTo = (end: Local, body: () => void): void => {
    f.set(count, i32.sub(end, index));
    f.if(
      i32.geS(i32.sub(last, end), 0),
      () => undefined,
      () => f.set(count, i32.sub(last, index)),
    );
    f.if(i32.geS(count, 1), () => {
      body();
      f.increment(index, count);
      f.increment(to, i32.shl(count, 2));
    });
  };
  const zeros = (): void =>
    write(
      f,
      to,
      count,
      () => v128.zero,
      () => f32.const(0),
    );
  upTo(lowest, zeros);
  upTo(highest, () => copyFloats(f, f.local("i32", i32.add(source, i32.shl(i32.sub(index, first), 2))), to, count));
  upTo(last, zeros);
};
