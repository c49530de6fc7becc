import type { FunctionBuilder, Local } from "../assembler/assembler.ts";
import { type Division, leastHeavy } from "../assembler/division.ts";
import * as f32 from "../assembler/instructions/f32.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as f64 from "../assembler/instructions/f64.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import { type Expression, type Operand, select } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";

/** What is outside of the image, as the kernel's argument `fillMode`. */
export const fillModes = { constant: 0, nearest: 1, reflect: 2 } as const;

/** Coordinates are kept within these bounds, so that their whole part is an i32. */
export const farthest: number = 2 ** 30;

/** The two neighbours of a coordinate along an axis, and the weight of the second. */
interface Neighbours {
  readonly first: Local;
  readonly second: Local;
  readonly weight: Local;
}

/** The parameters of both functions: addresses, then sizes, then flags. */
type Parameters = readonly [
  input: Local,
  transforms: Local,
  fill: Local,
  output: Local,
  rows: Local,
  height: Local,
  width: Local,
  channels: Local,
  fillMode: Local,
  isNearest: Local,
];

/**
 * For each pixel of the result: calls `visit` with the addresses of the four neighbours in `image` of the place that
 * the transform maps it to, and with their weights. A neighbour outside of the image has the address `outside`.
 * Coordinates are computed in double, in the order of the reference kernel, so that both find the same neighbours.
 */
const forPixels = (
  f: FunctionBuilder,
  parameters: Parameters,
  image: Local,
  outside: Expression,
  visit: (neighbours: readonly Local[], weights: readonly Local[]) => void,
): void => {
  const [, transforms, , , , height, width, channels, fillMode, isNearest] = parameters;
  const [y, x] = f.locals("i32", 2);
  const [xStart, yStart, xDouble, coordinate] = f.locals("f64", 4);
  const factors = [0, 1, 2, 3, 4, 5].map((at) => f.local("f64", f64.promoteF32(f32.load(transforms, 4 * at))));
  const axis = (): Neighbours => ({ first: f.local("i32"), second: f.local("i32"), weight: f.local("f32") });
  const [across, down] = [axis(), axis()];
  const [addresses, weights] = [f.locals("i32", 4), f.locals("f32", 4)];

  /** The index of the pixel that takes the place of one outside; "constant" has none, and the index stays. */
  const inside = (index: Local, length: Local): void => {
    f.if(i32.eq(fillMode, fillModes.nearest), () => {
      f.set(index, select(i32.sub(length, 1), index, i32.geS(index, length)));
      f.set(index, select(i32.const(0), index, i32.ltS(index, 0)));
    });
    f.if(i32.eq(fillMode, fillModes.reflect), () => {
      const period = f.local("i32", i32.shl(length, 1));
      f.set(index, i32.remS(index, period));
      f.set(index, select(i32.add(index, period), index, i32.ltS(index, 0)));
      f.set(index, select(i32.sub(i32.sub(period, 1), index), index, i32.geS(index, length)));
    });
  };
  /** The neighbours of `coordinate`. */
  const find = ({ first, second, weight }: Neighbours, length: Local): void => {
    f.if(isNearest, () => f.set(coordinate, f64.floor(f64.add(coordinate, 0.5))));
    f.set(coordinate, f64.max(-farthest, f64.min(farthest, coordinate)));
    f.set(first, i32.truncSatF64S(f64.floor(coordinate)));
    f.set(second, i32.add(first, 1));
    f.set(weight, f32.demoteF64(f64.sub(coordinate, f64.floor(coordinate))));
    f.if(i32.geU(first, i32.sub(length, 1)), () => {
      inside(first, length);
      inside(second, length);
    });
  };
  const addressOf = (row: Local, column: Local): Expression =>
    select(
      i32.add(image, i32.shl(i32.mul(i32.add(i32.mul(row, width), column), channels), 2)),
      outside,
      i32.and(i32.ltU(row, height), i32.ltU(column, width)),
    );
  /** The weights of the first and of the second neighbour. */
  const shares = ({ weight }: Neighbours): readonly Expression[] => [f32.sub(1, weight), weight];

  f.for(y, 0, height, 1, () => {
    f.set(xDouble, f64.convertI32S(y));
    f.set(xStart, f64.add(f64.mul(factors[1], xDouble), factors[2]));
    f.set(yStart, f64.add(f64.mul(factors[4], xDouble), factors[5]));
    f.for(x, 0, width, 1, () => {
      f.set(xDouble, f64.convertI32S(x));
      f.set(coordinate, f64.add(f64.mul(factors[0], xDouble), xStart));
      find(across, width);
      f.set(coordinate, f64.add(f64.mul(factors[3], xDouble), yStart));
      find(down, height);
      [down.first, down.second].forEach((row, below) => {
        [across.first, across.second].forEach((column, right) => {
          f.set(addresses[2 * below + right], addressOf(row, column));
          f.set(weights[2 * below + right], f32.mul(shares(down)[below], shares(across)[right]));
        });
      });
      visit(addresses, weights);
    });
  });
};

/** Runs one body for each four channels, and another one for each that is left over; both get the offset in bytes. */
const forChannels = (f: FunctionBuilder, bytes: Local, four: (at: Local) => void, one: (at: Local) => void): void => {
  const at = f.local("i32");
  f.for(at, 0, i32.and(bytes, -16), 16, () => four(at));
  f.for(at, at, bytes, 4, () => one(at));
};

const sumOf = (add: (a: Operand, b: Operand) => Expression, terms: readonly Expression[]): Expression =>
  terms.reduce((sum, term) => add(sum, term));

const division: Division = {
  count: 4,
  strides: ([, , , , , height, width, channels]) => {
    const bytes = 4 * height * width * channels;
    return [bytes, 24, 0, bytes];
  },
  size: ([, , , , , height, width, channels]) => height * width * channels,
  multiple: 1,
  least: leastHeavy,
};

/**
 * Images [rows, height, width, channels] under affine maps, six float32 for each row.
 *
 * `transform(x, transforms, fill, y, rows, height, width, channels, fillMode, isNearest)`: each pixel of y is interpolated
 * between four pixels of x. `fill` is the address of a pixel: what is outside of an image where `fillMode` is "constant".
 * `transpose(dy, transforms, 0, dx, ...)`: dx is zeroed, then each pixel of dy is added to the four pixels from which it was
 * interpolated, by their weights, in the order of the pixels.
 */
export const affineTransform: Kernel<"transform" | "transpose"> = /* @__PURE__ */ kernel(
  "affineTransform",
  (module) => {
    module.export("transform", 10, (f, ...parameters) => {
      const [x, transforms, fill, y, rows, height, width, channels] = parameters;
      const row = f.local("i32");
      const bytes = f.local("i32", i32.shl(channels, 2));
      const imageBytes = f.local("i32", i32.mul(i32.mul(height, width), bytes));
      f.for(row, 0, rows, 1, () => {
        forPixels(f, parameters as unknown as Parameters, x, fill, (neighbours, weights) => {
          const vector = (index: number, at: Local): Expression =>
            f32x4.mul(f32x4.splat(weights[index]), v128.load(i32.add(neighbours[index], at)));
          const scalar = (index: number, at: Local): Expression =>
            f32.mul(weights[index], f32.load(i32.add(neighbours[index], at)));
          const all = [0, 1, 2, 3];
          forChannels(
            f,
            bytes,
            (at) =>
              f.storeV128(
                i32.add(y, at),
                sumOf(
                  f32x4.add,
                  all.map((index) => vector(index, at)),
                ),
              ),
            (at) =>
              f.storeF32(
                i32.add(y, at),
                sumOf(
                  f32.add,
                  all.map((index) => scalar(index, at)),
                ),
              ),
          );
          f.increment(y, bytes);
        });
        f.increment(x, imageBytes);
        f.increment(transforms, 24);
      });
    });
    module.export("transpose", 10, (f, ...parameters) => {
      const [dy, transforms, , dx, rows, height, width, channels] = parameters;
      const row = f.local("i32");
      const at = f.local("i32");
      const bytes = f.local("i32", i32.shl(channels, 2));
      const imageBytes = f.local("i32", i32.mul(i32.mul(height, width), bytes));
      f.for(row, 0, rows, 1, () => {
        forChannels(
          f,
          imageBytes,
          (offset) => f.storeV128(i32.add(dx, offset), v128.zero),
          (offset) => f.storeI32(i32.add(dx, offset), i32.const(0)),
        );
        forPixels(f, parameters as unknown as Parameters, dx, i32.const(0), (neighbours, weights) => {
          neighbours.forEach((neighbour, index) => {
            f.if(neighbour, () =>
              forChannels(
                f,
                bytes,
                (offset) => {
                  f.set(at, i32.add(neighbour, offset));
                  const share = f32x4.mul(f32x4.splat(weights[index]), v128.load(i32.add(dy, offset)));
                  f.storeV128(at, f32x4.add(v128.load(at), share));
                },
                (offset) => {
                  f.set(at, i32.add(neighbour, offset));
                  f.storeF32(at, f32.add(f32.load(at), f32.mul(weights[index], f32.load(i32.add(dy, offset)))));
                },
              ),
            );
          });
          f.increment(dy, bytes);
        });
        f.increment(dx, imageBytes);
        f.increment(transforms, 24);
      });
    });
  },
  () => ({ transform: division, transpose: division }),
);
