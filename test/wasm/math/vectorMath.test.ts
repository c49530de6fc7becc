import { describe, expect, it } from "vitest";
import { checkedFunctions, worstError } from "../../../bench/ulp.ts";
import { pow as exactPow } from "../../../src/base/math.ts";
import { instantiate } from "../../../src/wasm/assembler/kernel.ts";
import { type BinaryBody, binaryKernel } from "../../../src/wasm/elementwise/binary.ts";
import { type UnaryBody, unaryKernel } from "../../../src/wasm/elementwise/elementwiseKernel.ts";
import * as vector from "../../../src/wasm/math/vectorMath.ts";
import * as normal from "../../../src/wasm/math/vectorNormal.ts";
import { pow } from "../../../src/wasm/math/vectorPow.ts";
import * as trigonometry from "../../../src/wasm/math/vectorTrigonometry.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const memory = new WebAssembly.Memory({ initial: 16 });
const floats = new Float32Array(memory.buffer);

const evaluate = (body: UnaryBody, xs: readonly number[]): number[] => {
  floats.set(xs);
  instantiate(unaryKernel("f", body), memory, { relaxed: false }).run(0, 65536, xs.length);
  return Array.from(floats.subarray(16384, 16384 + xs.length));
};

const evaluatePairs = (body: BinaryBody, pairs: readonly (readonly [number, number])[]): number[] => {
  floats.set(pairs.map(([x]) => x));
  floats.set(
    pairs.map(([, y]) => y),
    65536,
  );
  instantiate(binaryKernel("f", body).flat, memory, { relaxed: false }).same(0, 262144, 524288, pairs.length);
  return Array.from(floats.subarray(131072, 131072 + pairs.length));
};

describe("errors on a sample of all floats", () => {
  for (const [name, { bound }] of Object.entries(checkedFunctions)) {
    it(`${name}: at most ${bound} ulp`, () => {
      const { error, input } = worstError(name, 0, 300_000, 0x9e3779b1);
      expect(error, `at ${input}`).toBeLessThanOrEqual(bound);
      // A check that sees no error at all would see nothing.
      expect(error).toBeGreaterThan(0.3);
    });
  }
});

describe("special values", () => {
  const special = [nan, -infinity, -0, 0, infinity];
  const least = 2 ** -149;
  const expected: Record<string, readonly [UnaryBody, readonly number[]]> = {
    exp: [vector.exp, [nan, 0, 1, 1, infinity]],
    expm1: [vector.expm1, [nan, -1, -0, 0, infinity]],
    sin: [trigonometry.sin, [nan, nan, -0, 0, nan]],
    cos: [trigonometry.cos, [nan, nan, 1, 1, nan]],
    log: [vector.log, [nan, nan, -infinity, -infinity, infinity]],
    log1p: [vector.log1p, [nan, nan, -0, 0, infinity]],
    tanh: [vector.tanh, [nan, -1, -0, 0, 1]],
    sigmoid: [vector.sigmoid, [nan, 0, 0.5, 0.5, 1]],
    softplus: [vector.softplus, [nan, 0, Math.fround(Math.LN2), Math.fround(Math.LN2), infinity]],
    silu: [vector.silu, [nan, -0, -0, 0, infinity]],
    siluDerivative: [vector.siluDerivative, [nan, 0, 0.5, 0.5, 1]],
    erf: [vector.erf, [nan, -1, -0, 0, 1]],
    gelu: [normal.gelu, [nan, -0, -0, 0, infinity]],
    geluDerivative: [normal.geluDerivative, [nan, 0, 0.5, 0.5, 1]],
    geluTanh: [normal.geluTanh, [nan, -0, -0, 0, infinity]],
    geluTanhDerivative: [normal.geluTanhDerivative, [nan, 0, 0.5, 0.5, 1]],
  };
  for (const [name, [body, values]] of Object.entries(expected)) {
    it(name, () => expect(evaluate(body, special)).toEqual(values));
  }

  it("expm1Negative keeps -0 and NaN", () => {
    expect(evaluate(vector.expm1Negative, [nan, -infinity, -0, -least])).toEqual([nan, -1, -0, -least]);
  });
  it("expm1 overflows where the result does, and keeps the smallest numbers", () => {
    const [below, ...rest] = evaluate(vector.expm1, [88.72283172607422, 88.72283935546875, 3e38, -30, least, -least]);
    expect(below / Math.expm1(88.72283172607422)).toBeCloseTo(1, 6);
    expect(rest).toEqual([infinity, infinity, -1, least, -least]);
  });
  it("sin and cos have the same bits in every lane, beside small and large arguments", () => {
    const xs = [1, 1048577, 3e38, -1048576, -3e38, 1e-30, 12345.678, infinity];
    for (const [body, exact] of [[trigonometry.sin, Math.sin] as const, [trigonometry.cos, Math.cos] as const]) {
      const rotated = [0, 1, 2, 3].map((by) => {
        const ys = evaluate(body, [...xs.slice(by), ...xs.slice(0, by)]);
        return [...ys.slice(xs.length - by), ...ys.slice(0, xs.length - by)];
      });
      for (const ys of rotated) expect(ys).toEqual(xs.map((x) => Math.fround(exact(Math.fround(x)))));
    }
  });
  it("exp overflows, and underflows gradually", () => {
    const xs = [88.72283172607422, 88.72283935546875, -87.5, -100, -103.97, -103.98, -3e38, 3e38];
    const ys = evaluate(vector.exp, xs);
    expect(ys[0]).toBeCloseTo(3.4027985e38, -34);
    expect([ys[1], ys[7]]).toEqual([infinity, infinity]);
    expect(Math.abs(ys[2]! - Math.exp(-87.5))).toBeLessThanOrEqual(1.2 * least);
    expect(Math.abs(ys[3]! - Math.exp(-100))).toBeLessThanOrEqual(1.2 * least);
    expect(ys.slice(4, 7)).toEqual([least, 0, 0]);
  });
  it("log is right below the normal numbers, and next to its pole", () => {
    const xs = [least, 3 * least, 2 ** -127, 2 ** -126];
    const ys = evaluate(vector.log, xs);
    for (const [i, x] of xs.entries()) expect(Math.abs(ys[i]! - Math.log(x))).toBeLessThan(2 ** -17);
    expect(evaluate(vector.log1p, [-1, -1.0000001, 1e30, least])).toEqual([
      -infinity,
      nan,
      expect.closeTo(69.0776, 3),
      least,
    ]);
  });
  it("functions of slope one return tiny arguments", () => {
    const xs = [least, -least, 2 ** -126, -1e-30];
    for (const body of [vector.log1p, vector.tanh]) expect(evaluate(body, xs)).toEqual(xs.map(Math.fround));
  });
});

describe("derivatives, absolutely", () => {
  const xs = Array.from({ length: 8000 }, (_, i) => Math.fround((i - 4000) / 250));
  const differences = (f: (x: number) => number, body: UnaryBody): number => {
    const ys = evaluate(body, xs);
    return Math.max(...xs.map((x, i) => Math.abs(ys[i]! - (f(x + 1e-5) - f(x - 1e-5)) / 2e-5)));
  };
  const sigmoid = (w: number): number => 1 / (1 + Math.exp(-w));
  it("geluDerivative is within its absolute error", () => {
    expect(differences(checkedFunctions.gelu!.reference, normal.geluDerivative)).toBeLessThan(4 * 2 ** -24);
  });
  it("siluDerivative is within its absolute error", () => {
    expect(differences(checkedFunctions.silu!.reference, vector.siluDerivative)).toBeLessThan(4 * 2 ** -24);
  });
  it("geluTanhDerivative is within its absolute error", () => {
    const geluTanh = (x: number): number => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
    expect(differences(geluTanh, normal.geluTanhDerivative)).toBeLessThan(12 * 2 ** -24);
  });
});

describe("pow", () => {
  it("pow is within 0.51 ulp on a sample", () => {
    const sample = Array.from({ length: 40000 }, (_, i): [number, number] => {
      const u = (i * 0.6180339887498949) % 1;
      const v = (i * 0.7548776662466927) % 1;
      const w = (i * 0.5698402909980532) % 1;
      const x = 2 ** ((u - 0.5) * (i % 2 === 0 ? 4 : 297));
      return [Math.fround(x), Math.fround(((v - 0.5) * 300) / Math.log2(x) + w / 1e3)];
    });
    const ours = evaluatePairs(pow, sample);
    let worst = 0;
    for (const [i, [x, y]] of sample.entries()) {
      const exact = exactPow(x, y);
      if (exact > 3.4e38) continue;
      const spacing = 2 ** (Math.max(Math.floor(Math.log2(exact)), -126) - 23);
      worst = Math.max(worst, Math.abs(ours[i]! - exact) / spacing);
    }
    expect(worst).toBeLessThan(0.51);
    expect(worst).toBeGreaterThan(0.4);
  });
  it("pow in WebAssembly has the special cases of C", () => {
    const edges = [
      nan,
      -infinity,
      -3,
      -2,
      -1.5,
      -1,
      -0.5,
      -0,
      0,
      0.5,
      1,
      1.5,
      2,
      3,
      infinity,
      2 ** -149,
      16777217,
      -1e30,
    ];
    const pairs = edges.flatMap((x) => edges.map((y): [number, number] => [Math.fround(x), Math.fround(y)]));
    const ours = evaluatePairs(pow, pairs);
    for (const [i, [x, y]] of pairs.entries()) expect(ours[i], `${x} ^ ${y}`).toBe(Math.fround(exactPow(x, y)));
  });
});
