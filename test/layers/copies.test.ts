import {
  BatchNorm,
  Dense,
  Layer,
  type LayerOptions,
  maxNorm,
  OneHot,
  Sequential,
  Standardize,
  TableEncoder,
  type Tensor,
  unitNorm,
} from "gradus";
import { describe, expect, test } from "vitest";

/** Changes every number, text and list in an object, at every depth. */
const scramble = (value: object): void => {
  for (const [name, part] of Object.entries(value)) {
    if (typeof part === "object" && part !== null) scramble(part);
    else Object.assign(value, { [name]: "changed" });
  }
  if (Array.isArray(value)) value.push("changed");
};

describe("options that the caller changes after construction", () => {
  test.each([
    ["Dense", Dense, { units: 3, activation: "relu", seed: 1 }],
    ["BatchNorm", BatchNorm, { axis: [1, 2], renorm: true, renormClipping: { rmax: 3 }, momentum: 0.5 }],
    ["OneHot", OneHot, { depth: [2, 3], unknown: "zeros" }],
    ["Standardize", Standardize, { axis: [1], missing: "mean" }],
    [
      "TableEncoder",
      TableEncoder,
      {
        columns: [{ name: "colour", type: "category", categories: ["green", "red"] }],
        target: { name: "kind", type: "category", classes: ["a", "b"] },
      },
    ],
  ])("%s keeps its options when the caller changes them", (_, Class, options) => {
    const layer = new (Class as new (options: object) => Layer)(options);
    const before = structuredClone(layer.config());
    const columns = layer instanceof TableEncoder ? structuredClone(layer.columns) : undefined;
    scramble(options);
    expect(layer.config()).toEqual(before);
    if (layer instanceof TableEncoder) expect(layer.columns).toEqual(columns);
  });

  test("a custom layer keeps its default config when the caller changes its options", () => {
    class Custom extends Layer {
      constructor(options: LayerOptions & { readonly table: { readonly rows: readonly number[] } }) {
        super(options);
      }
      build(): void {}
      call(input: Tensor): Tensor {
        return input;
      }
    }
    const options = { name: "custom", table: { rows: [1, 2] } };
    const layer = new Custom(options);
    scramble(options);
    expect(layer.config()).toEqual({ name: "custom", table: { rows: [1, 2] } });
  });

  test("Sequential keeps its layers and shapes when the caller changes its options", () => {
    const inputShape = [2];
    const layers = [new Dense({ units: 1 })];
    const model = new Sequential({ inputShape, layers });
    inputShape[0] = 5;
    layers.pop();
    expect([model.inputShape, model.layers.length, model.config().inputShape]).toEqual([[2], 1, [2]]);
  });

  test("a constraint keeps its axes when the caller changes them", () => {
    for (const make of [(axis: number[]) => maxNorm(1, { axis }), (axis: number[]) => unitNorm({ axis })]) {
      const axis = [0];
      const layer = new Dense({ units: 2, kernelConstraint: make(axis) });
      const before = structuredClone(layer.config());
      axis[0] = 1;
      expect(layer.config()).toEqual(before);
    }
  });
});
