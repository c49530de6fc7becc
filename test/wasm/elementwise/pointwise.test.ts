import { describe, expect, it } from "vitest";
import { checkedFunctions } from "../../../bench/ulp.ts";
import { erf } from "../../../src/base/math.ts";
import { assemble, instantiate, type Kernel } from "../../../src/wasm/assembler/kernel.ts";
import * as pointwise from "../../../src/wasm/elementwise/pointwise.ts";

const memory = new WebAssembly.Memory({ initial: 4 });
const floats = new Float32Array(memory.buffer);
const [A, B, C] = [0, 32768, 65536];
const { NaN: nan } = Number;

const xs = [...Array.from({ length: 401 }, (_, i) => Math.fround((i - 200) / 19)), -0, nan, -100, 100];
const dys = xs.map((_, i) => Math.fround(Math.sin(i) * 3));

const run = (kernel: Kernel<"run">, inputs: readonly (readonly number[])[]): number[] => {
  const addresses = [A, B].slice(0, inputs.length);
  for (const [index, values] of inputs.entries()) floats.set(values, addresses[index]! / 4);
  const count = inputs[0]!.length;
  instantiate(kernel, memory, { relaxed: false }).run(...addresses, C, count);
  return Array.from(floats.subarray(C / 4, C / 4 + count));
};

const expectClose = (ours: readonly number[], exact: readonly number[], scale: readonly number[]): void => {
  for (const [i, value] of ours.entries()) {
    if (Number.isNaN(exact[i])) expect(value, `at ${xs[i]}`).toBeNaN();
    else expect(Math.abs(value - exact[i]!), `at ${xs[i]}`).toBeLessThanOrEqual(scale[i]! * 12 * 2 ** -24);
  }
};

describe("activations", () => {
  const cases: [string, Kernel<"run">, (x: number) => number][] = [
    ["silu", pointwise.silu, checkedFunctions.silu!.reference],
    ["gelu", pointwise.gelu, checkedFunctions.gelu!.reference],
    ["geluTanh", pointwise.geluTanh, checkedFunctions.geluTanh!.reference],
  ];
  for (const [name, kernel, f] of cases) {
    it(name, () => {
      const exact = xs.map(f);
      const ours = run(kernel, [xs]);
      expectClose(
        ours,
        exact,
        exact.map((y) => Math.max(1, Math.abs(y))),
      );
      expect(ours[401]).toBe(-0);
    });
  }
});

describe("derivatives", () => {
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const slopeOf =
    (f: (x: number) => number) =>
    (x: number): number =>
      (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;
  const cases: [string, Kernel<"run">, (x: number) => number][] = [
    ["sigmoidGradient", pointwise.sigmoidGradient, (y) => y * (1 - y)],
    ["tanhGradient", pointwise.tanhGradient, (y) => 1 - y * y],
    ["softplusGradient", pointwise.softplusGradient, sigmoid],
    ["erfGradient", pointwise.erfGradient, slopeOf(erf)],
    ["siluGradient", pointwise.siluGradient, slopeOf(checkedFunctions.silu!.reference)],
    ["geluGradient", pointwise.geluGradient, slopeOf(checkedFunctions.gelu!.reference)],
    ["geluTanhGradient", pointwise.geluTanhGradient, slopeOf(checkedFunctions.geluTanh!.reference)],
  ];
  for (const [name, kernel, slope] of cases) {
    it(name, () => {
      const slopes = xs.map(slope);
      const exact = slopes.map((s, i) => s * dys[i]!);
      expectClose(
        run(kernel, [dys, xs]),
        exact,
        slopes.map((s, i) => Math.max(1, Math.abs(s)) * Math.abs(dys[i]!)),
      );
    });
  }
});

it("pointwise kernels are unrolled where their bodies are short, and only there", () => {
  for (const [name, kernel] of Object.entries(pointwise)) {
    const bytes = assemble(kernel, { relaxed: false });
    // loop, without a result: the unrolled one, and one for the rest.
    const loops = bytes.filter((byte, index) => byte === 0x03 && bytes[index + 1] === 0x40).length;
    const body = (bytes.length - 200) / (loops === 2 ? 5 : 1);
    expect([name, loops === 2 ? body < 100 : body > 100]).toEqual([name, true]);
  }
});
