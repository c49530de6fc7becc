import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cosPi, erf, exp, inverseNormal, log, normalCdf, pow } from "../../src/base/math.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

const spacing = (y: number): number => {
  const exponent = Math.floor(Math.log2(Math.abs(y)));
  return 2 ** Math.max(Math.min(exponent, 1023) - 52, -1074);
};
/** |a − b| in units of the last place of b. */
const ulps = (a: number, b: number): number =>
  Object.is(a, b) ? 0 : Math.abs(a - b) / (b === 0 ? 2 ** -1074 : spacing(b));

/** Numbers from 0 to 1, the same ones in every run. */
const uniform = (count: number): number[] => Array.from({ length: count }, (_, i) => (i * 0.6180339887498949) % 1);

const worst = (xs: number[], ours: (x: number) => number, theirs: (x: number) => number): number =>
  Math.max(...xs.map((x) => ulps(ours(x), theirs(x))));

describe("math against the engine's functions, which are good to an ulp", () => {
  const u = uniform(20000);
  it("exp agrees with the engine's function", () => {
    expect(
      worst(
        u.map((x) => x * 1400 - 700),
        exp,
        Math.exp,
      ),
    ).toBeLessThan(2);
    expect(
      worst(
        u.map((x) => x * 2 - 1),
        exp,
        Math.exp,
      ),
    ).toBeLessThan(2);
    expect(
      worst(
        u.map((x) => x * -40 - 705),
        exp,
        Math.exp,
      ),
    ).toBeLessThan(2);
  });
  it("cosPi agrees with the engine's sine of the complement", () => {
    // Math.PI · y has an error of up to an ulp.
    expect(
      worst(
        u.map((x) => x / 2),
        cosPi,
        (x) => Math.sin(Math.PI * (0.5 - x)),
      ),
    ).toBeLessThan(3);
    for (const x of u.map((value) => Math.round(value * 2 ** 20) / 2 ** 20)) {
      expect([cosPi(-x), cosPi(x + 2), -cosPi(1 - x) + 0]).toEqual([cosPi(x), cosPi(x), cosPi(x)]);
    }
  });
  it("log agrees with the engine's function", () => {
    expect(
      worst(
        u.map((x) => 2 ** (x * 2098 - 1074)),
        log,
        Math.log,
      ),
    ).toBeLessThan(2);
    expect(
      worst(
        u.map((x) => 0.5 + x),
        log,
        Math.log,
      ),
    ).toBeLessThan(2);
  });
  it("pow agrees with exact powers", () => {
    for (let base = 1; base <= 40; base++) {
      for (let exponent = 0; base ** exponent < 2 ** 53; exponent++) {
        const exact = Number(BigInt(base) ** BigInt(exponent));
        expect(pow(base, exponent)).toBe(exact);
        expect(pow(-base, exponent)).toBe(exponent % 2 === 0 ? exact : -exact);
        if (base === 1) break;
      }
    }
    for (let n = -1074; n < 1024; n++) expect(pow(2, n)).toBe(2 ** n);
  });
  it("pow agrees with repeated products", () => {
    // x^64 by squaring, exactly, in integers.
    for (const x of uniform(300).map((v) => 0.5 + v)) {
      const scaled = BigInt(x * 2 ** 53);
      const power = scaled ** 64n;
      // The upper 64 bits, rounded when they become a number.
      const shift = BigInt(power.toString(2).length - 64);
      const exact = Number(power >> shift) * 2 ** (Number(shift) - 53 * 64);
      expect(ulps(pow(x, 64), exact)).toBeLessThan(1.5);
    }
  });
});

describe("special values of math", () => {
  it("exp and log have the right special values", () => {
    expect([-infinity, infinity, 0, -0, 710, -746].map(exp)).toEqual([0, infinity, 1, 1, infinity, 0]);
    expect([0, -0, 1, infinity].map(log)).toEqual([-infinity, -infinity, 0, infinity]);
    expect([exp(nan), log(nan), log(-1), log(-infinity)]).toEqual([nan, nan, nan, nan]);
    expect(exp(-745)).toBe(5e-324);
    expect(log(5e-324)).toBe(Math.log(5e-324));
  });
  it("cosPi is exact where it can be", () => {
    const exact = [0, 0.5, 1, 1.5, 2, -0.5, -1, 7, 2 ** 60, 2 ** 52 + 1, 12345.5];
    expect(exact.map(cosPi)).toEqual([1, 0, -1, 0, 1, 0, -1, -1, 1, -1, 0]);
    expect([nan, infinity, -infinity].map(cosPi)).toEqual([nan, nan, nan]);
    expect(cosPi(0.25)).toBe(Math.SQRT1_2);
    expect(cosPi(1 / 3)).toBeCloseTo(0.5, 15);
  });
  it("pow has the special values of C", () => {
    const cases: [number, number, number][] = [
      [nan, 0, 1],
      [1, nan, 1],
      [1, infinity, 1],
      [-1, infinity, 1],
      [-1, -infinity, 1],
      [nan, 1, nan],
      [2, nan, nan],
      [-8, 1 / 3, nan],
      [-2, 3, -8],
      [-2, infinity, infinity],
      [0.5, infinity, 0],
      [0.5, -infinity, infinity],
      [0, 3, 0],
      [-0, 3, -0],
      [-0, 2, 0],
      [0, -1, infinity],
      [-0, -1, -infinity],
      [-0, -2, infinity],
      [-infinity, 3, -infinity],
      [-infinity, -3, -0],
      [-infinity, 0.5, infinity],
      [1e300, 1e300, infinity],
      [-1e300, 3, -infinity],
      [1e-300, 1e300, 0],
      [1 + 2 ** -52, 1e300, infinity],
    ];
    for (const [x, y, expected] of cases) expect(pow(x, y), `${x} ^ ${y}`).toBe(expected);
  });
  it("erf and normalCdf have the right special values", () => {
    expect([-infinity, -0, 0, infinity, nan].map(erf)).toEqual([-1, -0, 0, 1, nan]);
    expect([-infinity, 0, infinity, nan].map(normalCdf)).toEqual([0, 0.5, 1, nan]);
  });
});

interface Table {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly float64Only: readonly number[];
  readonly yFloat64Only: readonly number[];
}

describe("math against values with 60 digits", () => {
  const url = new URL("../references/special.json", import.meta.url);
  const { functions } = JSON.parse(readFileSync(url, "utf8")) as { functions: Record<string, Table> };
  const everywhere = (): boolean => true;
  const ours: [string, (x: number) => number, number, (x: number) => boolean][] = [
    ["exp", exp, 1, everywhere],
    ["log", log, 1, everywhere],
    ["erf", erf, 2, everywhere],
    ["inverseNormalCdf", inverseNormal, 12, (p) => Math.min(p, 1 - p) >= Math.exp(-25)],
  ];
  for (const [name, f, bound, isMeant] of ours) {
    it(name, () => {
      const { x, y, float64Only, yFloat64Only } = functions[name]!;
      const expected = [...y, ...yFloat64Only];
      for (const [index, value] of [...x, ...float64Only].entries())
        if (isMeant(value)) expect(ulps(f(value), expected[index]!), `${name}(${value})`).toBeLessThanOrEqual(bound);
    });
  }
  it("normalCdf inverts inverseNormal, as far as random numbers go", () => {
    for (const p of [2 ** -33, 1e-5, 0.01, 0.3, 0.5, 0.7, 0.99]) {
      // A relative error of the quantile counts quantile² times in the tail.
      const room = 1e-15 * (1 + inverseNormal(p) ** 2);
      expect(Math.abs(normalCdf(inverseNormal(p)) / p - 1)).toBeLessThan(room);
    }
  });
});
