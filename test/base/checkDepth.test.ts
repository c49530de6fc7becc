import {
  add,
  compile,
  Dense,
  dataset,
  encodeModel,
  grad,
  History,
  Layer,
  type LayerOptions,
  restore,
  Sequential,
  SGD,
  sum,
  Tensor,
  tensor,
  ValueError,
  Variable,
} from "gradus";
import { describe, expect, test } from "vitest";

/** Lists and objects that contain themselves, which a copy would follow without an end. */

const cycle = (entries: Record<string, unknown> = {}): Record<string, unknown> => {
  entries.self = { inner: [entries] };
  return entries;
};
const w = new Variable(tensor([1]), { name: "w" });
const compiled = compile((x: unknown): unknown => (x instanceof Tensor ? cycle({ y: add(x, 1) }) : x));

class Custom extends Layer {
  constructor(options: LayerOptions & { readonly table: unknown }) {
    super(options);
  }
  call(x: Tensor): Tensor {
    return x;
  }
}

const calls: readonly (readonly [string, () => unknown, string])[] = [
  [
    "minimize",
    () => new SGD({ learningRate: 0.1 }).minimize((() => cycle({ loss: sum(w.read()) })) as never, [w]),
    "SGD.minimize: values must not contain themselves, got lists or objects 201 levels deep. Leave the inner one out.",
  ],
  [
    "grad",
    () => (grad(((x: Tensor) => cycle({ value: sum(x) })) as never) as (x: Tensor) => unknown)(tensor([1])),
    "grad: values must not contain themselves",
  ],
  ["the result of a compiled function", () => compiled(tensor(1)), "compile: arguments and results must not contain"],
  ["an argument of a compiled function", () => compiled(cycle()), "compile: arguments and results must not contain"],
  ["a custom layer", () => new Custom({ table: cycle() }), "Custom: lists and objects must not contain themselves"],
  ["History", () => new History([cycle({ epoch: 0 }) as never]), "History: lists and objects must not contain"],
];

describe("values that contain themselves", () => {
  test.each(calls)("%s throws a ValueError for a value that contains itself", (_, call, message) => {
    expect(call).toThrow(ValueError);
    expect(call).toThrow(message);
  });

  test("a value that is deep but ends is taken", () => {
    let deep: unknown = [1];
    for (let level = 0; level < 100; level++) deep = { deep };
    expect(new Custom({ table: deep }).config()).toMatchObject({ table: deep });
  });
});

test("restore says where tensors in memory go", async () => {
  const model = new Sequential({ inputShape: [1], layers: [new Dense({ units: 1 })] });
  const message = "of tensors. Pass the tensors to model.assign(...).";
  await expect(restore(model, new Map([["a", tensor(1)]]) as never)).rejects.toThrow(message);
  await expect(restore(model, { a: tensor(1) } as never)).rejects.toThrow(message);
  await expect(restore(model, dataset({ x: tensor([1]), y: tensor([1]) }) as never)).rejects.toThrow("a file must be");
  expect(encodeModel(model).length).toBeGreaterThan(0);
});
