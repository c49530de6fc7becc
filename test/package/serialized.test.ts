import * as gradus from "gradus";
import { Graph } from "gradus/graph";
import { tableOf } from "gradus/table";
import { describe, expect, test } from "vitest";
import { data, history, joins, model, optimizers, right, rows } from "./wrongValues/values.ts";

const made = (name: string): object =>
  Reflect.construct((gradus as unknown as Record<string, () => void>)[name], right[name]?.() ?? []) as object;

const layers = (): Readonly<Record<string, () => object>> =>
  Object.fromEntries(
    Object.entries(gradus)
      .filter(
        ([name, value]) => (value as { prototype?: unknown }).prototype instanceof gradus.Layer && name !== "Layer",
      )
      .map(([name]) => [name, () => made(name)]),
  );

describe("structuredClone", () => {
  test.each<readonly [name: string, make: () => object, instead: string]>([
    ["a tensor", () => gradus.tensor([1]), "pass its data and shape"],
    ["a data set", data, "pass its data and shape"],
    ["a variable", () => new gradus.Variable(gradus.tensor([1])), "pass the data and shape of read()"],
    ["a model", model, "pass the bytes of encodeModel(model)"],
    ["a graph", () => Reflect.construct(Graph, right.Graph()) as Graph, "pass the bytes of encodeModel(model)"],
    ["a history", history, "pass the result of toJSON()"],
    ["a table", rows, "pass its rows, [...table]"],
    ...Object.entries(layers()).map(([name, make]) => [name, make, "pass the bytes of encodeModel(model)"] as const),
    ...optimizers.map((name) => [name, () => made(name), "pass the bytes of encodeCheckpoint("] as const),
  ])("refuses %s, which it would copy in part, and says what to pass", (_, make, instead) => {
    expect(() => structuredClone(make())).toThrow(instead);
    expect(() => structuredClone({ deep: [make()] })).toThrow(instead);
  });

  test("of what it refuses, the errors name what can be posted", () => {
    const w = gradus.tensor([[1, 2]]);
    const posted = structuredClone({ data: w.data, shape: w.shape });
    expect(gradus.tensor(posted.data, { shape: posted.shape }).toArray()).toEqual([[1, 2]]);
    expect(gradus.History.fromJSON(structuredClone(history().toJSON())).last("loss")).toBe(0.5);
    expect([...tableOf(structuredClone([...rows()]))]).toEqual([...rows()]);
  });

  test("covers layers of many kinds", () => {
    expect(Object.keys(layers())).toEqual(expect.arrayContaining(["Dense", "Conv2D", "Model", "Sequential", ...joins]));
  });
});

describe("JSON.stringify", () => {
  test("the variables of a model are written by name, with their values, and read again", () => {
    const [first, second] = [model(), model()];
    const text = JSON.stringify(first.variables);
    const saved: { name: string; data: number[]; shape: number[] }[] = JSON.parse(text);
    expect(saved.map(({ name }) => name)).toEqual(["sequential/dense/kernel", "sequential/dense/bias"]);
    second.assign(new Map(saved.map(({ name, data: values, shape }) => [name, gradus.tensor(values, { shape })])));
    expect(second.variables.map((w) => w.read().toArray())).toEqual(first.variables.map((w) => w.read().toArray()));
  });

  test("a layer, a model and an optimizer are refused, as their variables would be missing", () => {
    expect(() => JSON.stringify({ model: model() })).toThrow(
      new gradus.ValueError(
        "sequential: a layer is not JSON, got it in JSON.stringify. Write model.variables, or the bytes of encodeModel(model).",
      ),
    );
    expect(() => JSON.stringify(new gradus.Adam())).toThrow(
      new gradus.ValueError(
        "Adam: an optimizer is not JSON, got it in JSON.stringify. Write the bytes of encodeCheckpoint({ model, optimizer }).",
      ),
    );
  });

  test("a generator is written as its state, from which another goes on", () => {
    const [first, second] = [new gradus.Random(3), new gradus.Random(4)];
    gradus.randomNormal([5], { random: first });
    second.state = JSON.parse(JSON.stringify(first));
    const next = [first, second].map((random) => gradus.randomNormal([2], { random }).toArray());
    expect(next[0]).toEqual(next[1]);
  });

  test("a table is written as its rows, from which tableOf makes it again, with missing values", () => {
    const table = tableOf([
      { a: 1, b: undefined },
      { a: undefined, b: "x" },
    ]);
    expect(JSON.stringify(table)).toBe('[{"a":1},{"b":"x"}]');
    expect([...tableOf(JSON.parse(JSON.stringify(table)))]).toEqual([...table]);
  });
});
