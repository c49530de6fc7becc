import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import type { Division } from "../assembler/division.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { loadFirstLanes } from "../assembler/loadFirstLanes.ts";

/** Vectors of channels whose sums are in registers together. */
const mostVectors = 4;

const byUnits = (unit: number, units: number, work: number): Division => ({
  count: units,
  strides: (args) => args.map((_, index) => (index === unit ? 1 : 0)),
  size: (args) => args[work],
  multiple: 1,
  least: 2 ** 14,
});

/**
 * The convolution of each channel with one kernel of its own, channels in lanes: images are read in place, and the padding is a vector of
 * zeros.
 *
 * `multiply(images, table, kernel, c, bias, line, lines, work)`: `lines` rows of outputs from `line` on, counted through all images.
 * `correlate(images, table, dy, dKernel, element, elements, work, line, x, count, add)`: for `elements` elements of the kernel from `element`
 * on, the sum over `count` outputs, which begin at (line, x); `add` adds to dKernel.
 *
 * `table`: a `layoutTable`, then the height and width of the kernel, its dilations, for `multiply` the bytes from result to result along
 * x, along y and from image to image, and the bytes from `kernel` to each of its elements.
 * Order: each sum begins at 0 and takes the kernel's elements, or the outputs, in ascending order.
 * Edge rule: nothing outside of the images is read, exactly the results are written. Each size must be at least 1.
 */
export const depthwise: Kernel<"multiply" | "correlate"> = /* @__PURE__ */ kernel(
  "depthwise",
  (module) => {
    module.export("multiply", 8, (f, images, table, weights, c, bias, line, lines, _work) => {
      const l = layoutOf(f, table);
      const [cStride, cRow, cImage] = [14, 15, 16].map((index) => f.local("i32", i32.load(table, 4 * index)));
      const offsets = f.local("i32", i32.add(table, 68));
      const [imageIndex, base, target, x, row, column, at, outY] = f.locals("i32", 8);
      const [kernelY, kernelX] = f.locals("i32", 2);
      f.doWhile(() => {
        f.set(imageIndex, i32.divU(line, l.outHeight));
        f.set(outY, i32.sub(line, i32.mul(imageIndex, l.outHeight)));
        f.set(base, i32.add(images, i32.mul(imageIndex, l.imageBytes)));
        f.set(target, i32.add(c, i32.add(i32.mul(imageIndex, cImage), i32.mul(outY, cRow))));
        f.for(x, 0, l.outWidth, 1, () => {
          eachChannels(f, l.pixelBytes, (channel, vectors, rest) => {
            const sums = f.locals("v128", vectors, v128.zero);
            const source = f.local("i32");
            const weight = f.local("i32");
            f.set(at, offsets);
            f.set(row, i32.sub(i32.mul(outY, l.strideY), l.top));
            f.for(kernelY, 0, l.kernelHeight, 1, () => {
              f.set(column, i32.sub(i32.mul(x, l.strideX), l.left));
              f.for(kernelX, 0, l.kernelWidth, 1, () => {
                f.set(
                  source,
                  i32.add(i32.add(base, channel), i32.mul(i32.add(i32.mul(row, l.width), column), l.pixelBytes)),
                );
                f.set(weight, i32.add(i32.add(weights, channel), i32.load(at)));
                const inside = i32.and(i32.ltU(row, l.height), i32.ltU(column, l.width));
                const take = (value: (v: number) => Expression): void =>
                  sums.forEach((sum, v) => {
                    f.set(sum, f.multiplyAdd(value(v), lanes(f, weight, v, rest), sum));
                  });
                f.if(
                  inside,
                  () => take((v) => lanes(f, source, v, rest)),
                  () => take(() => v128.zero),
                );
                f.increment(column, l.dilationX);
                f.increment(at, 4);
              });
              f.increment(row, l.dilationY);
            });
            f.if(bias, () => {
              f.set(weight, i32.add(bias, channel));
              sums.forEach((sum, v) => {
                f.set(sum, f32x4.add(sum, lanes(f, weight, v, rest)));
              });
            });
            f.set(source, i32.add(target, channel));
            sums.forEach((sum, v) => {
              if (rest) f.storeFirstLanes(source, sum, rest);
              else f.storeV128(source, sum, 16 * v);
            });
          });
          f.increment(target, cStride);
        });
        f.increment(line, 1);
        f.set(lines, i32.sub(lines, 1));
      }, lines);
    });

    module.export("correlate", 11, (f, images, table, dy, dKernel, element, elements, _work, line, x, count, add) => {
      const l = layoutOf(f, table);
      const [kernelY, kernelX, row, column, left, at, base, imageIndex, outX, outY] = f.locals("i32", 10);
      const gradient = f.local("i32");
      const source = f.local("i32");
      f.doWhile(() => {
        f.set(kernelY, i32.divU(element, l.kernelWidth));
        f.set(kernelX, i32.sub(element, i32.mul(kernelY, l.kernelWidth)));
        eachChannels(f, l.pixelBytes, (channel, vectors, rest) => {
          const sums = f.locals("v128", vectors, v128.zero);
          f.set(imageIndex, i32.divU(line, l.outHeight));
          f.set(outY, i32.sub(line, i32.mul(imageIndex, l.outHeight)));
          f.set(outX, x);
          f.set(base, i32.add(i32.add(images, channel), i32.mul(imageIndex, l.imageBytes)));
          f.set(gradient, i32.add(dy, channel));
          const startColumn = i32.add(i32.sub(i32.mul(outX, l.strideX), l.left), i32.mul(kernelX, l.dilationX));
          const startRow = i32.add(i32.sub(i32.mul(outY, l.strideY), l.top), i32.mul(kernelY, l.dilationY));
          f.set(column, startColumn);
          f.set(row, startRow);
          f.for(left, 0, count, 1, () => {
            const take = (value: (v: number) => Expression): void =>
              sums.forEach((sum, v) => {
                f.set(sum, f.multiplyAdd(value(v), lanes(f, gradient, v, rest), sum));
              });
            f.if(
              i32.and(i32.ltU(row, l.height), i32.ltU(column, l.width)),
              () => {
                f.set(source, i32.add(base, i32.mul(i32.add(i32.mul(row, l.width), column), l.pixelBytes)));
                take((v) => lanes(f, source, v, rest));
              },
              () => take(() => v128.zero),
            );
            f.increment(gradient, l.pixelBytes);
            f.increment(column, l.strideX);
            f.increment(outX, 1);
            f.if(i32.eq(outX, l.outWidth), () => {
              f.set(outX, 0);
              f.set(column, startColumn);
              f.increment(outY, 1);
              f.if(i32.eq(outY, l.outHeight), () => {
                f.set(outY, 0);
                f.increment(base, l.imageBytes);
              });
              f.set(row, startRow);
            });
          });
          f.set(at, i32.add(i32.add(dKernel, channel), i32.mul(element, l.pixelBytes)));
          sums.forEach((sum, v) => {
            f.if(add, () => f.set(sum, f32x4.add(lanes(f, at, v, rest), sum)));
            if (rest) f.storeFirstLanes(at, sum, rest);
            else f.storeV128(at, sum, 16 * v);
          });
        });
        f.increment(element, 1);
        f.set(elements, i32.sub(elements, 1));
      }, elements);
    });
  },
  () => ({ multiply: byUnits(5, 6, 7), correlate: byUnits(4, 5, 6) }),
);

/** The words of a table that both functions read. */
const layoutOf = (f: FunctionBuilder, table: Local) => {
  const word = (index: number): Local => f.local("i32", i32.load(table, 4 * index));
  const [height, width, pixelBytes] = [word(0), word(1), word(8)];
  return {
    ...{ height, width, pixelBytes, outHeight: word(2), outWidth: word(3) },
    ...{ strideY: word(4), strideX: word(5), top: word(6), left: word(7) },
    ...{ kernelHeight: word(10), kernelWidth: word(11), dilationY: word(12), dilationX: word(13) },
    imageBytes: f.local("i32", i32.mul(i32.mul(height, width), pixelBytes)),
  };
};

/** A vector, or the first lanes of it. */
const lanes = (f: FunctionBuilder, address: Local, vector: number, rest: Local | undefined): Expression =>
  rest ? loadFirstLanes(f, address, rest) : v128.load(address, 16 * vector);

/** All channels of a pixel, several vectors at a time, then single vectors, then the rest. `channel` is in bytes. */
const eachChannels = (
  f: FunctionBuilder,
  pixelBytes: Local,
  body: (channel: Local, vectors: number, rest: Local | undefined) => void,
): void => {
  const channel = f.local("i32", 0);
  const left = f.local("i32", pixelBytes);
  const walk = (vectors: number): void =>
    f.while(i32.geU(left, 16 * vectors), () => {
      body(channel, vectors, undefined);
      f.increment(channel, 16 * vectors);
      f.set(left, i32.sub(left, 16 * vectors));
    });
  walk(mostVectors);
  walk(1);
  f.if(left, () => body(channel, 1, f.local("i32", i32.shrU(left, 2))));
};
