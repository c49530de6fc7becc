import type { FunctionBuilder, Local, ModuleBuilder } from "../assembler/assembler.ts";
import { type Division, leastHeavy } from "../assembler/division.ts";
import * as f32x4 from "../assembler/instructions/f32x4.ts";
import * as f64x2 from "../assembler/instructions/f64x2.ts";
import { shuffle32 } from "../assembler/instructions/i8x16.ts";
import * as i32 from "../assembler/instructions/i32.ts";
import * as v128 from "../assembler/instructions/v128.ts";
import type { Expression } from "../assembler/instructions.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { type ChannelLayout, forChannels } from "./channels.ts";

/** Four numbers in double precision. */
type Doubles = readonly [Local, Local];

const half = [0, 1] as const;

const highPair = (x: Expression): Expression => shuffle32(x, x, [2, 3, 2, 3]);

const doubles = (f: FunctionBuilder, x: Local): Doubles => [
  f.local("v128", f64x2.promoteLowF32x4(x)),
  f.local("v128", f64x2.promoteLowF32x4(highPair(x))),
];

const map = (f: FunctionBuilder, value: (half: 0 | 1) => Expression): Doubles => [
  f.local("v128", value(0)),
  f.local("v128", value(1)),
];

const rounded = (f: FunctionBuilder, [low, high]: Doubles): Local =>
  f.local("v128", shuffle32(f32x4.demoteF64x2Zero(low), f32x4.demoteF64x2Zero(high), [0, 1, 4, 5]));

/**
 * Σ of `terms` numbers over all elements of the channels at hand, in double: for every vector, `term` gives four of each.
 * Two partial sums alternate, so that an addition need not wait for the one before.
 */
const sumsOf = (
  f: FunctionBuilder,
  layout: ChannelLayout,
  terms: number,
  term: (offset: Local) => readonly Doubles[],
): readonly Doubles[] => {
  const sums = half.map(() => Array.from({ length: terms }, () => map(f, () => v128.zero)));
  layout.each((offset, parity, edge) => {
    term(offset).forEach((values, index) => {
      for (const part of half) {
        const sum = sums[parity][index][part];
        f.set(sum, f64x2.add(sum, edge.clear(values[part], part)));
      }
    });
  });
  return sums[0].map((first, index) => layout.together(map(f, (part) => f64x2.add(first[part], sums[1][index][part]))));
};

/** √(variance + epsilon) of four channels, in double. */
const deviation = (f: FunctionBuilder, layout: ChannelLayout, variance: Local, epsilon: Local): Doubles => {
  const values = doubles(f, f.local("v128", layout.load(variance)));
  const added = f.local("v128", f64x2.promoteLowF32x4(v128.load32Splat(epsilon)));
  return map(f, (part) => f64x2.sqrt(f64x2.add(values[part], added)));
};

const defineMoments = (module: ModuleBuilder): void => {
  module.export("moments", 7, (f, ...parameters) => {
    const [x, mean, variance, outer, channels, inner, all] = parameters;
    forChannels(f, outer, channels, inner, all, (layout) => {
      const element = (offset: Local): Doubles => doubles(f, f.local("v128", v128.load(i32.add(x, offset))));
      const [total] = sumsOf(f, layout, 1, (offset) => [element(offset)]);
      const centre = map(f, (part) => f64x2.div(total[part], layout.count));
      const [squares] = sumsOf(f, layout, 1, (offset) => {
        const values = element(offset);
        const distance = map(f, (part) => f64x2.sub(values[part], centre[part]));
        return [map(f, (part) => f64x2.mul(distance[part], distance[part]))];
      });
      layout.store(mean, rounded(f, centre));
      layout.store(
        variance,
        rounded(
          f,
          map(f, (part) => f64x2.div(squares[part], layout.count)),
        ),
      );
    });
  });
};

const defineNormalize = (module: ModuleBuilder): void => {
  module.export("normalize", 11, (f, ...parameters) => {
    const [x, mean, variance, gamma, beta, epsilon, y, outer, channels, inner, all] = parameters;
    forChannels(f, outer, channels, inner, all, (layout) => {
      const centre = f.local("v128", layout.load(mean));
      const offsetOut = f.local("v128", layout.load(beta));
      const scale = doubles(f, f.local("v128", layout.load(gamma)));
      const deviations = deviation(f, layout, variance, epsilon);
      const factor = rounded(
        f,
        map(f, (part) => f64x2.div(scale[part], deviations[part])),
      );
      const value = f.local("v128");
      layout.each((offset, _parity, edge) => {
        const centred = f32x4.sub(v128.load(i32.add(x, offset)), centre);
        f.set(value, f32x4.add(f32x4.mul(centred, factor), offsetOut));
        edge.store(i32.add(y, offset), value);
      });
    });
  });
};

const defineGradient = (module: ModuleBuilder): void => {
  module.export("gradient", 13, (f, ...parameters) => {
    const [x, mean, variance, gamma, dy, epsilon, dx, dGamma, dBeta, outer, channels, inner, all] = parameters;
    forChannels(f, outer, channels, inner, all, (layout) => {
      const centre = f.local("v128", layout.load(mean));
      const centred = (offset: Local): Local => f.local("v128", f32x4.sub(v128.load(i32.add(x, offset)), centre));
      const [sum, sumCentred] = sumsOf(f, layout, 2, (offset) => {
        const gradients = doubles(f, f.local("v128", v128.load(i32.add(dy, offset))));
        const distances = doubles(f, centred(offset));
        return [gradients, map(f, (part) => f64x2.mul(gradients[part], distances[part]))];
      });
      const deviations = deviation(f, layout, variance, epsilon);
      const normalized = map(f, (part) => f64x2.div(sumCentred[part], deviations[part]));
      layout.store(dBeta, rounded(f, sum));
      layout.store(dGamma, rounded(f, normalized));
      const scale = doubles(f, f.local("v128", layout.load(gamma)));
      const factor = rounded(
        f,
        map(f, (part) => f64x2.div(scale[part], deviations[part])),
      );
      const meanGradient = rounded(
        f,
        map(f, (part) => f64x2.div(sum[part], layout.count)),
      );
      const perDistance = rounded(
        f,
        map(f, (part) => f64x2.div(f64x2.div(normalized[part], deviations[part]), layout.count)),
      );
      const value = f.local("v128");
      layout.each((offset, _parity, edge) => {
        const centredGradient = f32x4.sub(v128.load(i32.add(dy, offset)), meanGradient);
        const along = f32x4.mul(centred(offset), perDistance);
        f.set(value, f32x4.mul(factor, f32x4.sub(centredGradient, along)));
        edge.store(i32.add(dx, offset), value);
      });
    });
  });
};

/** By channels, whose count follows argument `outer`: which arguments have all elements, and which one number each. */
const byChannels = (outer: number, whole: readonly number[], single: readonly number[]): Division => ({
  count: outer + 1,
  strides: (args) => {
    const strides = new Array<number>(outer).fill(0);
    for (const index of whole) strides[index] = 4 * args[outer + 2];
    for (const index of single) strides[index] = 4;
    return strides;
  },
  size: (args) => args[outer] * args[outer + 2],
  multiple: 16,
  least: leastHeavy,
});

/**
 * Batch normalization of x seen as row-major [outer, channels, inner], float32; statistics and parameters have one number
 * per channel, `epsilon` is the address of a float32 number, and N = outer · inner. `all` is `channels`, or more for the
 * first `channels` of all channels.
 *
 * `moments(x, mean, variance, outer, channels, inner, all)`: mean and biased variance, in two passes in double precision, so
 * exact to about half an ulp also where |mean| is much larger than the deviation; NaN for N = 0.
 * `normalize(x, mean, variance, gamma, beta, epsilon, y, outer, channels, inner, all)`: y = (x - mean) r gamma + beta, with
 * r = 1 / √(variance + epsilon).
 * `gradient(x, mean, variance, gamma, dy, epsilon, dx, dGamma, dBeta, outer, channels, inner, all)`, of the training mode:
 * dBeta = Σ dy, dGamma = Σ dy x̂ with x̂ = (x - mean) r, dx = gamma r (dy - dBeta / N - x̂ dGamma / N).
 *
 * Sums are in double precision, in an order that depends on outer and inner alone. Exactly the outputs are written.
 */
export const batchNorm: Kernel<"moments" | "normalize" | "gradient"> = /* @__PURE__ */ kernel(
  "batchNorm",
  (module) => {
    defineMoments(module);
    defineNormalize(module);
    defineGradient(module);
  },
  () => ({
    moments: byChannels(3, [0], [1, 2]),
    normalize: byChannels(7, [0, 6], [1, 2, 3, 4]),
    gradient: byChannels(9, [0, 4, 6], [1, 2, 3, 7, 8]),
  }),
);
