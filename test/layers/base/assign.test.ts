import { describe, expect, it } from "vitest";
import { Dense } from "../../../src/layers/dense.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { ones, sameBits, tensor, zeros } from "../../../src/tensor/tensor.ts";
import { errorOf } from "../helpers.ts";

describe("assign", () => {
  const model = (): Sequential =>
    new Sequential({ name: "m", inputShape: [2], layers: [new Dense({ units: 1 }), new Dense({ units: 1 })], seed: 1 });
  const values = {
    "m/dense/kernel": ones([2, 1]),
    "m/dense/bias": ones([1]),
    "m/dense_1/kernel": ones([1, 1]),
    "m/dense_1/bias": ones([1]),
  };

  it("assign takes all values by name, from an object or a map", () => {
    for (const named of [values, new Map(Object.entries(values))]) {
      const net = model();
      expect(net.assign(named)).toEqual({
        restored: ["m/dense/kernel", "m/dense/bias", "m/dense_1/kernel", "m/dense_1/bias"],
        missing: [],
        unexpected: [],
        shapeMismatch: [],
      });
      expect(net.call(tensor([[1, 2]])).toArray()).toEqual([[5]]);
    }
  });

  it("assign without strict reports the values that do not fit", () => {
    const net = model();
    const report = net.assign(
      {
        "dense/kernel": ones([2, 1]),
        "dense/bias": ones([3]),
        "dense_2/bias": ones([1]),
        "dense_1/kernel": zeros([1, 1]),
      },
      { rename: (name) => `m/${name}`, strict: false, match: /kernel|dense\/|dense_2/ },
    );
    expect(report).toEqual({
      restored: ["m/dense/kernel", "m/dense_1/kernel"],
      missing: [],
      unexpected: ["m/dense_2/bias"],
      shapeMismatch: ["m/dense/bias"],
    });
    expect(net.variable("dense/kernel").read().toArray()).toEqual([[1], [1]]);
  });

  it("assign ignores names that do not match, in the model and among the values", () => {
    const { "m/dense/kernel": kernel, "m/dense/bias": bias } = values;
    const named = { "m/dense/kernel": kernel, "m/dense/bias": bias, "m/dense_1/kernel": ones([9]), other: bias };
    expect(model().assign(named, { match: /dense\// })).toEqual({
      restored: ["m/dense/kernel", "m/dense/bias"],
      missing: [],
      unexpected: [],
      shapeMismatch: [],
    });
  });

  it("assign rounds float64, unless it is beyond float32", () => {
    const net = model();
    const report = net.assign(
      {
        "m/dense/kernel": tensor([[0.1], [Number.POSITIVE_INFINITY]], { dtype: "float64" }),
        "m/dense/bias": tensor([1e39], { dtype: "float64" }),
        "m/dense_1/bias": tensor([1], { dtype: "int32" }),
      },
      { strict: false },
    );
    expect([report.restored, report.shapeMismatch]).toEqual([["m/dense/kernel"], ["m/dense/bias", "m/dense_1/bias"]]);
    expect([...net.variable("dense/kernel").read().data]).toEqual([Math.fround(0.1), Number.POSITIVE_INFINITY]);
  });

  it("assign with strict assigns all or nothing", () => {
    const net = model();
    const before = net.variables.map((variable) => variable.read());
    expect(errorOf(() => net.assign({ "m/dense/kernel": ones([2, 1]), "m/dense/bias": ones([3]), x: ones([1]) }))).toBe(
      "ValueError: m: assign: every variable needs a value of its name, shape and dtype, got no value for m/dense_1/kernel, " +
        "m/dense_1/bias; no variable for x; another shape or dtype for m/dense/bias (float32 [3] for float32 [1]). " +
        "Pass { strict: false } to assign what fits, and rename or match to choose.",
    );
    expect(net.variables.every((variable, index) => sameBits(variable.read(), before[index]))).toBe(true);
    const late = new Sequential({ name: "late", layers: [new Dense({ units: 1 })] });
    expect(errorOf(() => late.assign({}))).toBe(
      "ValueError: late: assign: the model must have variables, got none. Give it an inputShape, or call it once.",
    );
    expect(errorOf(() => net.assign({ a: ones([1]), b: ones([1]) }, { rename: () => "c" }))).toBe(
      'ValueError: m: assign: each variable takes one value, got two for "c". Correct rename.',
    );
  });
});
