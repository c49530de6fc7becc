import { describe, expect, test } from "vitest";
import {
  anything,
  checkOption,
  checkOptions,
  copyOptions,
  flag,
  functionLike,
  number,
  oneOf,
  required,
  text,
  whole,
} from "../../src/base/options.ts";

interface Example {
  readonly units: number;
  readonly useBias?: boolean;
  readonly axes?: readonly number[];
  readonly nested?: { readonly list: number[] };
}

const rules = { units: required(whole({ from: 1 })), useBias: flag, axes: anything, nested: anything };

describe("checkOptions", () => {
  test("checkOptions returns the options that keep the rules", () => {
    const options: Example = { units: 3 };
    expect(checkOptions("Example", options, rules)).toBe(options);
  });

  test("checkOptions lists the options that exist for a misspelled one", () => {
    const misspelled = { units: 3, bias: true } as unknown as Example;
    expect(() => checkOptions("Example", misspelled, rules)).toThrow(
      'Example: every option must be one that exists, got "bias". The options are units, useBias, axes, nested.',
    );
  });

  test.each([
    ["use_bias", "useBias"],
    ["dim", "axis"],
    ["beta_1", "beta1"],
    ["restore_best_weights", "restoreBest"],
    ["std", "stddev"],
    ["p", "rate"],
  ])("checkOptions says the name here of another library's %s", (name, meant) => {
    const check = (): object => checkOptions("Example", { [name]: 1 } as object, { [meant]: anything } as object);
    expect(check).toThrow(`The options are ${meant}. Write ${meant}.`);
    // Where there is no such option, there is nothing to write.
    expect(() => checkOptions("Example", { [name]: 1 } as object, { other: anything } as object)).toThrow(/other\.$/);
  });

  test("checkOptions says how a name is written here, if that is one of the choices", () => {
    const check = (mode: string) => (): object => checkOptions("Example", { mode }, { mode: oneOf("fanIn", "fan10") });
    expect(check("fan_in")).toThrow('Example: mode must be one of fanIn, fan10, got "fan_in". Write "fanIn".');
    expect(check("fan_10")).toThrow('Write "fan10".');
    expect(check("fan_out")).toThrow(/got "fan_out"\.$/);
    expect(check("FanIn")).toThrow(/got "FanIn"\.$/);
  });

  test.each([[undefined], [null], ["text"], [[1]]])("checkOptions throws for %o in place of options", (wrong) => {
    expect(() => checkOptions("Example", wrong as unknown as Example, rules)).toThrow(
      /^Example: options are one object, got .*\. Pass \{ units: \.\.\. \}\.$/,
    );
  });

  test("checkOptions throws for a required option that is missing or undefined", () => {
    expect(() => checkOptions("Example", {} as Example, rules)).toThrow(
      "Example: units must be a whole number from 1, got undefined.",
    );
  });

  test("checkOptions takes undefined for an option that is left out", () => {
    expect(checkOptions("Example", { units: 1, useBias: undefined }, rules).units).toBe(1);
  });
});

describe("copyOptions", () => {
  test("copyOptions keeps what was passed when the caller changes its lists and objects later", () => {
    const options = { units: 3, axes: [0, 1], nested: { list: [1] } };
    const copy = copyOptions("Example", options as Example, rules);
    options.units = 4;
    options.axes.push(2);
    options.nested.list[0] = 9;
    expect(copy).toEqual({ units: 3, axes: [0, 1], nested: { list: [1] } });
  });

  test("copyOptions shares functions, arrays of numbers and objects of classes", () => {
    const values = { a: () => 1, b: new Float32Array(1), c: new Map() };
    const copy = copyOptions("Example", values, { a: anything, b: anything, c: anything });
    expect(copy.a).toBe(values.a);
    expect(copy.b).toBe(values.b);
    expect(copy.c).toBe(values.c);
  });
});

describe("rules", () => {
  const cases = [
    [number(), "a finite number", [0, -1.5], [NaN, Infinity, "1", null]],
    [number({ from: 0 }), "a finite number from 0", [0, 2], [-1e-9, NaN]],
    [number({ above: 0 }), "a finite number above 0", [1e-9], [0, -1]],
    [number({ from: 0, to: 1 }), "a finite number from 0 to 1", [0, 1], [1.1, -0.1]],
    [number({ from: 0, below: 1 }), "a finite number from 0, below 1", [0, 0.999], [1]],
    [number({ below: 1 }), "a finite number below 1", [-5], [1]],
    [whole({ from: 1 }), "a whole number from 1", [1, 2 ** 40], [0, 1.5, 2 ** 54, "1"]],
    [flag, "true or false", [true, false], [0, 1, "true", null]],
    [text, "text", ["a"], ["", 1, null]],
    [oneOf("sum", "mean"), "one of sum, mean", ["sum"], ["max", 1]],
    [functionLike("(x) => y"), "a function (x) => y", [() => 1], [1, "f"]],
  ] as const;

  test.each(cases)("the rule %o says what it accepts", (rule, words, accepted, refused) => {
    for (const value of accepted) expect(checkOption<unknown>("f", "x", value, rule)).toBe(value);
    for (const value of refused) {
      expect(() => checkOption<unknown>("f", "x", value, rule)).toThrow(`f: x must be ${words}, got `);
    }
  });
});
