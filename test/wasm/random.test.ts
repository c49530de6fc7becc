import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inverseNormal, threefry } from "../../src/tensor/randomKernels.ts";

const references = JSON.parse(readFileSync(new URL("../references/special.json", import.meta.url), "utf8"));

describe("the reference kernels of random numbers", () => {
  it("agree with published and independent Threefry vectors", () => {
    expect(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0]);
    for (const { key, counter, output } of references.threefry2x32) expect(threefry(key, counter)).toEqual(output);
  });

  it("invert the normal distribution function", () => {
    const { x, y } = references.functions.inverseNormalCdf;
    let worst = 0;
    for (let index = 0; index < x.length; index++) {
      if (x[index] < 2 ** -33 || x[index] > 1 - 2 ** -33) continue;
      worst = Math.max(worst, Math.abs(inverseNormal(x[index]) - y[index]) / Math.max(1e-3, Math.abs(y[index])));
    }
    expect(worst).toBeLessThan(1e-14);
  });
});
