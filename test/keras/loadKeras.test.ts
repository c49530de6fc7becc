import { encodeModel, loadModel, Model, Sequential, type Tensor, tensor } from "gradus";
import { loadKeras } from "gradus/keras";
import { describe, expect, test } from "vitest";
import { type ExpectedTensor, expected, kerasBytes, kerasFile } from "./kerasFiles.ts";

const asTensor = ({ shape, data }: ExpectedTensor, dtype: "float32" | "int32"): Tensor =>
  tensor([...data], { shape, dtype });

const outputsOf = (model: Sequential | Model, inputs: Readonly<Record<string, ExpectedTensor>>): readonly Tensor[] => {
  if (model instanceof Sequential) return [model.predict(asTensor(Object.values(inputs)[0], "float32"))];
  const tensors = model.inputs.map(({ name, dtype }) => [name, asTensor(inputs[name], dtype as "float32")]);
  return Object.values(model.predictAll(Object.fromEntries(tensors)));
};

describe.each(Object.entries(expected))("loadKeras of %s", (file, { inputs, outputs, variables }) => {
  test("computes what PyTorch computes, with the names of the file", async () => {
    const model = await loadKeras(kerasFile(file));
    expect(model.variables.map(({ name }) => name)).toEqual(variables);
    const actual = outputsOf(model, inputs);
    expect(actual.map(({ shape }) => [...shape])).toEqual(outputs.map(({ shape }) => shape));
    for (const [index, { data }] of outputs.entries()) {
      const misses = data.map((value, at) => Math.abs(value - actual[index].data[at]));
      expect(Math.max(...misses)).toBeLessThan(2e-6);
    }
  });

  test("gives a model that is saved and loaded with the same bits", async () => {
    const model = await loadKeras(kerasBytes(file));
    const copy = await loadModel<Sequential | Model>(encodeModel(model), {
      as: model instanceof Sequential ? Sequential : (Model as never),
    });
    const bits = (some: Sequential | Model): unknown => outputsOf(some, inputs).map(({ data }) => [...data]);
    expect(bits(copy)).toEqual(bits(model));
  });
});

test("loadKeras takes over regularizers, constraints and frozen layers", async () => {
  const model = await loadKeras(kerasBytes("sequential.keras"));
  const layers = model.layers.map((layer) => layer.config());
  expect(layers[1].kernelRegularizer).toEqual({ function: "l2", options: { factor: 0.01, variant: "keras" } });
  expect(layers[4].kernelConstraint).toEqual({ function: "maxNorm", options: { norm: 2, axis: 0, variant: "keras" } });
  expect(layers[3].rate).toBe(0.5);
  expect(model.trainableVariables.map(({ name }) => name)).toEqual([
    "net/first/kernel",
    "net/first/bias",
    "net/second/kernel",
    "net/second/bias",
  ]);
});

test("loadKeras gives a functional model the inputs and outputs of the file", async () => {
  const model = (await loadKeras(kerasBytes("functional.keras"))) as Model;
  expect(model.inputs).toEqual([
    { name: "token", shape: [], dtype: "int32" },
    { name: "numbers", shape: [3], dtype: "float32" },
  ]);
  expect(model.outputs).toEqual([
    { name: "price", shape: [1] },
    { name: "kind", shape: [2] },
  ]);
});
