import { inverseNormal } from "../base/math.ts";
import { belowTwo, parity, rotations, withinTwo } from "../wasm/randomKernel.ts";

/**
 * The reference kernels of the random operations. Every one is a function of `state`: key and 64-bit counter as int32
 * [key0, key1, counterLow, counterHigh]. Element i uses block counter + floor(i / 2), word i mod 2. The numbers are float32
 * numbers, also in a Float64Array, so that a draw does not depend on the precision; the WebAssembly kernels
 * (`src/wasm/randomKernel.ts`) give the same bits.
 */

/** What numbers are written to. */
type Floats = Float32Array | Float64Array;

/** The words of the last block, unsigned. There is no array for each block, which would be garbage. */
export const words: Uint32Array = /* @__PURE__ */ new Uint32Array(2);

const rotate = (word: number, count: number): number => (word << count) | (word >>> (32 - count));

/** Threefry-2x32 with 20 rounds (Salmon et al., 2011): computes the `words` of a key and a counter. */
export const drawWords = (key0: number, key1: number, counter0: number, counter1: number): void => {
  // The keys that are injected next; they take turns.
  let first = key1;
  let second = key0 ^ key1 ^ parity;
  let third = key0;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let injection = 1; injection <= 5; injection++) {
    const start = injection & 1 ? 0 : 4;
    // Four rounds, written one by one: a loop takes half as long again.
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, rotations[start]) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, rotations[start + 1]) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, rotations[start + 2]) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = rotate(x1, rotations[start + 3]) ^ x0;
    x0 = (x0 + first) | 0;
    x1 = (x1 + second + injection) | 0;
    const last = first;
    first = second;
    second = third;
    third = last;
  }
  words[0] = x0;
  words[1] = x1;
};

/** Two 32-bit words, unsigned, from a key and a counter. */
export const threefry = (
  key: readonly [number, number],
  counter: readonly [number, number],
): readonly [number, number] => {
  drawWords(key[0], key[1], counter[0], counter[1]);
  return [words[0], words[1]];
};

/** Calls `visit(index, bits)` for `count` elements. */
const forBits = (state: Int32Array, count: number, visit: (index: number, bits: number) => void): void => {
  const key = [state[0], state[1]] as const;
  const low = state[2] >>> 0;
  for (let index = 0; index < count; index += 2) {
    const sum = low + index / 2;
    const carry = sum >= 2 ** 32 ? 1 : 0;
    drawWords(key[0], key[1], sum | 0, (state[3] + carry) | 0);
    visit(index, words[0]);
    if (index + 1 < count) visit(index + 1, words[1]);
  }
};

/** The 24 high bits as a number in [0, 1). */
const unitInterval = (word: number): number => (word >>> 8) * 2 ** -24;

const view = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(8));

/** The next float32 number below. */
const floatBelow = (value: number): number => {
  if (value === 0) return -(2 ** -149);
  view.setFloat32(0, value);
  view.setInt32(0, view.getInt32(0) + (value > 0 ? -1 : 1));
  return view.getFloat32(0);
};

/**
 * Uniform in [min, max): min + u (max - min) in float32, u of 24 bits; what rounding brings to max becomes the float32
 * number below it. min = max gives min.
 */
export const uniform = (state: Int32Array, min: number, max: number, out: Floats): void => {
  const low = Math.fround(min);
  const high = Math.fround(max);
  const range = Math.fround(high - low);
  const last = floatBelow(high);
  forBits(state, out.length, (index, word) => {
    const value = Math.fround(low + Math.fround(unitInterval(word) * range));
    out[index] = Math.max(low, Math.min(value, last));
  });
};

/** `scale` with probability `keepProbability` (as float32), else 0. */
export const bernoulliMask = (state: Int32Array, keepProbability: number, scale: number, out: Floats): void => {
  const threshold = Math.fround(keepProbability);
  const kept = Math.fround(scale);
  forBits(state, out.length, (index, word) => {
    out[index] = unitInterval(word) < threshold ? kept : 0;
  });
};

/** (bits + 1/2) / 2^32: never 0 or 1. */
const openInterval = (word: number): number => (word + 0.5) * 2 ** -32;

const normalOf =
  (probability: (u: number) => number) =>
  (state: Int32Array, mean: number, standardDeviation: number, out: Floats): void => {
    const centre = Math.fround(mean);
    const deviation = Math.fround(standardDeviation);
    forBits(state, out.length, (index, word) => {
      out[index] = Math.fround(centre + deviation * inverseNormal(probability(openInterval(word))));
    });
  };

type Normal = ReturnType<typeof normalOf>;

/** Normal: mean + standardDeviation · Φ⁻¹(u), in double, then rounded to float32. */
export const normal: Normal = /* @__PURE__ */ normalOf((u) => u);

/** Normal, kept within two standard deviations: p = Φ(-2) + u (Φ(2) - Φ(-2)). */
export const truncatedNormal: Normal = /* @__PURE__ */ normalOf((u) => belowTwo + u * withinTwo);
