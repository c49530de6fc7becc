import type { FunctionBuilder, Local } from "./assembler/assembler.ts";
import { byElements, leastHeavy } from "./assembler/division.ts";
import * as f32 from "./assembler/instructions/f32.ts";
import * as f32x4 from "./assembler/instructions/f32x4.ts";
import * as f64x2 from "./assembler/instructions/f64x2.ts";
import { shuffle32 } from "./assembler/instructions/i8x16.ts";
import * as i32 from "./assembler/instructions/i32.ts";
import * as i32x4 from "./assembler/instructions/i32x4.ts";
import * as v128 from "./assembler/instructions/v128.ts";
import { type Expression, select } from "./assembler/instructions.ts";
import { type Kernel, kernel } from "./assembler/kernel.ts";
import { at, forVectors, turns } from "./elementwise/vectorLoop.ts";
import { inverseNormal } from "./math/inverseNormal.ts";

/**
 * Random numbers: Threefry-2x32 with 20 rounds (Salmon et al., 2011). `state` is the address of int32 [key0, key1,
 * counterLow, counterHigh]; element i uses block counter + floor(i / 2), word i mod 2. The meaning of each function, and
 * the same bits, are in `src/tensor/randomKernels.ts`; parameters are addresses of float32 numbers.
 *
 * The kernel of each distribution is `run(state, one, two, out, count, first)`, with min and max (uniform), keepProbability and scale
 * (bernoulliMask), mean and standardDeviation (normal, truncatedNormal). Exactly `count` elements are written, from block
 * `first` on.
 */
export const parity = 0x1bd11bda;
export const rotations: readonly number[] = [13, 15, 26, 6, 17, 29, 16, 24];

const rotateLeft = (x: Local, bits: number): Expression => v128.or(i32x4.shl(x, bits), i32x4.shrU(x, 32 - bits));

/** Twenty rounds of Threefry-2x32 on four blocks: `x0` and `x1` hold the counters, and then the random words. */
const threefry = (f: FunctionBuilder, keys: readonly Local[], x0: Local, x1: Local): void => {
  f.set(x0, i32x4.add(x0, keys[0]));
  f.set(x1, i32x4.add(x1, keys[1]));
  for (let round = 0; round < 20; round++) {
    f.set(x0, i32x4.add(x0, x1));
    f.set(x1, v128.xor(rotateLeft(x1, rotations[round % 8]), x0));
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      f.set(x0, i32x4.add(x0, keys[injection % 3]));
      f.set(x1, i32x4.add(x1, i32x4.add(keys[(injection + 1) % 3], injection)));
    }
  }
};

/** Turns four random words into the four elements that are stored. */
type Distribution = (words: Local) => Expression;

/** The target of a draw, and its first block of the generator. */
interface Drawn {
  readonly state: Local;
  readonly out: Local;
  readonly count: Local;
  readonly first: Local;
}

/** Fills `count` elements at `out`: four blocks, so eight elements, at a time. */
const draw = (f: FunctionBuilder, { state, out, count, first }: Drawn, distribution: Distribution): void => {
  const keys = [0, 1].map((word) => f.local("v128", v128.load32Splat(state, 4 * word)));
  keys.push(f.local("v128", v128.xor(v128.xor(keys[0], keys[1]), i32x4.const(parity))));
  const counterLow = f.local("v128", v128.load32Splat(state, 8));
  const counterHigh = f.local("v128", v128.load32Splat(state, 12));
  const blocks = f.local("v128", i32x4.add(i32x4.splat(first), i32x4.const(0, 1, 2, 3)));
  const x0 = f.local("v128");
  const x1 = f.local("v128");
  const words = f.local("v128");
  const rest = f.local("i32", count);
  f.while(rest, () => {
    f.set(x0, i32x4.add(counterLow, blocks));
    // A mask of ones is -1: subtracting it carries into the high word.
    f.set(x1, i32x4.sub(counterHigh, i32x4.ltU(x0, counterLow)));
    threefry(f, keys, x0, x1);
    for (const lanes of [[0, 4, 1, 5] as const, [2, 6, 3, 7] as const]) {
      f.set(words, shuffle32(x0, x1, lanes));
      f.set(words, distribution(words));
      f.if(
        i32.geU(rest, 4),
        () => {
          f.storeV128(out, words);
          f.increment(out, 16);
          f.increment(rest, -4);
        },
        () => {
          f.storeFirstLanes(out, words, rest);
          f.set(rest, 0);
        },
      );
    }
    f.set(blocks, i32x4.add(blocks, 4));
  });
};

/** The 24 high bits as numbers in [0, 1). */
const unitInterval = (words: Expression): Expression => f32x4.mul(f32x4.convertI32x4U(i32x4.shrU(words, 8)), 2 ** -24);

/** The next float32 number below, from and to its bits. */
const floatBelow = (bits: Local): Expression =>
  select(
    i32.const(-0x7fffffff), // the largest negative number, below both zeros
    i32.add(bits, select(i32.const(1), i32.const(-1), i32.ltS(bits, 0))),
    i32.eqz(i32.shl(bits, 1)),
  );

type DistributionName = "uniform" | "bernoulliMask" | "normal" | "truncatedNormal";

/** One kernel for each distribution: the normal ones are long, and most programs draw from one or two. */
const distributionKernel = (
  name: DistributionName,
  define: (f: FunctionBuilder, drawn: Drawn, first: Local, second: Local) => void,
): Kernel<"run"> =>
  kernel(
    `random.${name}`,
    (module) => {
      module.export("run", 6, (f, state, one, two, out, count, first) =>
        define(f, { state, out, count, first }, one, two),
      );
    },
    // Two elements for each block.
    () => ({ run: { ...byElements([0, 0, 0, 4], leastHeavy), strides: () => [0, 0, 0, 4, 0, 0.5] } }),
  );

/** Uniform in [min, max). */
export const uniformKernel: Kernel<"run"> = /* @__PURE__ */ distributionKernel("uniform", (f, drawn, min, max) => {
  const low = f.local("v128", v128.load32Splat(min));
  const range = f.local("v128", f32x4.splat(f32.sub(f32.load(max), f32.load(min))));
  const maxBits = f.local("i32", i32.load(max));
  const last = f.local("v128", i32x4.splat(floatBelow(maxBits)));
  draw(f, drawn, (words) => {
    const value = f32x4.add(low, f32x4.mul(unitInterval(words), range));
    return f32x4.max(low, f32x4.min(value, last));
  });
});

const drawMask = (f: FunctionBuilder, drawn: Drawn, keepProbability: Local, scale: Local): void => {
  const threshold = f.local("v128", v128.load32Splat(keepProbability));
  const value = f.local("v128", v128.load32Splat(scale));
  draw(f, drawn, (words) => v128.and(value, f32x4.lt(unitInterval(words), threshold)));
};

export const bernoulliMaskKernel: Kernel<"run"> = /* @__PURE__ */ distributionKernel("bernoulliMask", drawMask);

/** Elements of a mask that are drawn and then used, while they are in the first-level cache. */
const maskChunk = 2048;

/**
 * `run(state, keepProbability, scale, x, y, mask, count, first)`: the mask of `bernoulliMask`, and y = x·mask, in whole
 * vectors. Multiplying in the loop that draws would save another twentieth in V8 14, but takes 1.8 times as long in V8 11,
 * which runs out of registers.
 */
export const dropoutKernel: Kernel<"run"> = /* @__PURE__ */ kernel(
  "random.dropout",
  (module) => {
    const fill = module.function(6, (f, state, keep, scale, out, count, first) =>
      drawMask(f, { state, out, count, first }, keep, scale),
    );
    module.export("run", 8, (f, state, keep, scale, x, y, mask, count, first) => {
      const rest = f.local("i32", count);
      const part = f.local("i32");
      f.while(rest, () => {
        f.set(part, select(i32.const(maskChunk), rest, i32.geU(rest, maskChunk)));
        f.call(fill, [state, keep, scale, mask, part, first]);
        forVectors(f, part, turns, (offset, immediate) => {
          const product = f32x4.mul(v128.load(at(x, offset), immediate), v128.load(at(mask, offset), immediate));
          f.storeV128(at(y, offset), product, immediate);
        });
        for (const address of [x, y, mask]) f.increment(address, 4 * maskChunk);
        f.increment(first, maskChunk / 2);
        f.set(rest, i32.sub(rest, part));
      });
    });
  },
  () => ({ run: { ...byElements([0, 0, 0, 4, 4, 4], leastHeavy), strides: () => [0, 0, 0, 4, 4, 4, 0, 0.5] } }),
);

/** Two normal numbers from the two low words. */
const normalPair = (
  f: FunctionBuilder,
  words: Expression,
  mean: Local,
  deviation: Local,
  probability: (u: Expression) => Expression,
): Expression => {
  const u = f64x2.mul(f64x2.add(f64x2.convertLowI32x4U(words), 0.5), 2 ** -32);
  const z = inverseNormal(f, probability(u));
  return f.local("v128", f32x4.demoteF64x2Zero(f64x2.add(mean, f64x2.mul(deviation, z))));
};

const normalKernelOf = (name: DistributionName, probability: (u: Expression) => Expression): Kernel<"run"> =>
  distributionKernel(name, (f, drawn, mean, deviation) => {
    const double = (address: Local): Local => f.local("v128", f64x2.promoteLowF32x4(v128.load32Splat(address)));
    const centre = double(mean);
    const spread = double(deviation);
    draw(f, drawn, (words) => {
      const high = f.local("v128", shuffle32(words, words, [2, 3, 2, 3]));
      const first = normalPair(f, words, centre, spread, probability);
      const second = normalPair(f, high, centre, spread, probability);
      return shuffle32(first, second, [0, 1, 4, 5]);
    });
  });

/** Φ(-2) and Φ(2) - Φ(-2). */
export const belowTwo = 0.02275013194817921;
export const withinTwo = 0.9544997361036416;

/** Normal. */
export const normalKernel: Kernel<"run"> = /* @__PURE__ */ normalKernelOf("normal", (u) => u);

/** Normal, within two standard deviations. */
export const truncatedNormalKernel: Kernel<"run"> = /* @__PURE__ */ normalKernelOf("truncatedNormal", (u) =>
  f64x2.add(belowTwo, f64x2.mul(u, withinTwo)),
);
