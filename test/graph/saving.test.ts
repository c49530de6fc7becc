import {
  Adam,
  Dense,
  encodeCheckpoint,
  encodeModel as encodeGraph,
  loadCheckpoint,
  loadModel,
  loadVariables,
  mean,
  ones,
  randomNormal,
  relu,
  square,
  type Tensor,
} from "gradus";
import { Graph, loadOnnx } from "gradus/graph";
import { describe, expect, test, vi } from "vitest";
import { sameBits } from "../../src/tensor/tensor.ts";
import { encodeModel, type FileModel, smallNetwork } from "./onnxWriter.ts";

/** A network with constants of every kind: on the host and not, beside names that begin with "/". */
const withConstants: FileModel = {
  opset: 13,
  nodes: [
    { op: "Sub", inputs: ["x", "mean"], outputs: ["centred"] },
    {
      op: "Constant",
      inputs: [],
      outputs: ["/Constant_output_0"],
      attributes: {
        value: { tensor: { dims: [80, 2], values: Array.from({ length: 160 }, (_, index) => Math.sin(index)) } },
      },
    },
    { op: "MatMul", inputs: ["centred", "/Constant_output_0"], outputs: ["/fc/MatMul_output_0"], name: "/fc/MatMul" },
    { op: "Clip", inputs: ["/fc/MatMul_output_0", "", "most"], outputs: ["clipped"] },
    { op: "Shape", inputs: ["clipped"], outputs: ["shape"] },
    { op: "Gather", inputs: ["shape", "zero"], outputs: ["rows"] },
    { op: "Unsqueeze", inputs: ["rows", "axes"], outputs: ["rows1"] },
    { op: "Concat", inputs: ["rows1", "rest"], outputs: ["target"], attributes: { axis: 0 } },
    { op: "Reshape", inputs: ["clipped", "target"], outputs: ["y"] },
  ],
  initializers: {
    mean: { dims: [80], values: Array.from({ length: 80 }, (_, index) => index / 7) },
    most: { dims: [], values: [Number.POSITIVE_INFINITY] },
    zero: { dims: [], values: [0], type: "int64" },
    axes: { dims: [1], values: [0], type: "int64" },
    rest: { dims: [2], values: [2, 1], type: "int64" },
  },
  inputs: { x: { dims: ["n", 80] } },
  outputs: ["y"],
};

const train = (
  model: { call(x: Tensor): Tensor; readonly variables: Graph["variables"] },
  optimizer: Adam,
  features: number,
): void => {
  const x = randomNormal([6, features], { seed: 2 });
  optimizer.minimize(() => mean(square(model.call(x))), model.variables);
};

describe("a saved graph", () => {
  test.each([
    ["of a few layers", smallNetwork, 3],
    ["with constants and shape arithmetic", withConstants, 80],
  ] as const)("a graph %s is loaded without its file, to the same bits", async (_, file, features) => {
    const net = await loadOnnx(encodeModel(file));
    train(net, new Adam({ learningRate: 0.1 }), features);
    const copy = await loadModel(encodeGraph(net), { as: Graph });
    expect(copy.tensors()).toEqual(net.tensors());
    expect([copy.inputs, copy.outputs]).toEqual([net.inputs, net.outputs]);
    expect(copy.variables.map(({ name }) => name)).toEqual(net.variables.map(({ name }) => name));
    const x = randomNormal([5, features], { seed: 3 });
    expect(sameBits(copy.predict(x), net.predict(x))).toBe(true);
    const again = await loadModel(encodeGraph(copy), { as: Graph });
    expect(again.config()).toEqual(net.config());
  });

  test("names that begin with / lose it in files, where others begin with it", async () => {
    const net = await loadOnnx(encodeModel(withConstants));
    expect(net.variables.map(({ name }) => name)).toEqual(["Constant_output_0"]);
    expect([...(await loadVariables(encodeGraph(net))).keys()]).toEqual(["Constant_output_0"]);
  });

  test("a part of a graph with layers behind it is saved with what is frozen", async () => {
    const net = await loadOnnx(encodeModel(smallNetwork));
    const model = net.upTo("hidden").extend([relu, new Dense({ name: "new_outputs", units: 4 })]);
    model.freeze("b1");
    const copy = await loadModel(encodeGraph(model));
    expect(copy.trainableVariables.map(({ name }) => name)).toEqual([
      "w1",
      "sequential/new_outputs/kernel",
      "sequential/new_outputs/bias",
    ]);
    expect(sameBits(copy.predict(ones([2, 3])), model.predict(ones([2, 3])))).toBe(true);
  });

  test("a checkpoint resumes the training of a graph to the same bits", async () => {
    const net = await loadOnnx(encodeModel(smallNetwork), { seed: 5 });
    const optimizer = new Adam({ learningRate: 0.1 });
    train(net, optimizer, 3);
    const saved = await loadCheckpoint(encodeCheckpoint({ model: net, optimizer }), { as: Graph });
    train(net, optimizer, 3);
    train(saved.model, saved.optimizer as Adam, 3);
    for (const variable of net.variables) {
      expect(sameBits(saved.model.variable(variable.name).read(), variable.read())).toBe(true);
    }
  });

  test("a file with a graph says what to import", async () => {
    const net = await loadOnnx(encodeModel(smallNetwork));
    const bytes = encodeGraph(net);
    vi.resetModules();
    const fresh = await import("gradus");
    await expect(fresh.loadModel(bytes)).rejects.toThrow(
      'each layer class must be known, got "Graph". Call registerLayer("Graph", Graph), which gradus/graph exports.',
    );
    await expect(loadModel(encodeGraph(net))).rejects.toThrow(
      "the model must be a Sequential, got Graph. Pass { as: Graph }.",
    );
  });

  test("a record that is not that of a graph is refused", async () => {
    const config = (await loadOnnx(encodeModel(smallNetwork))).config() as { graph: Record<string, unknown> };
    const wrong =
      (change: object): (() => Graph) =>
      () =>
        new Graph({ graph: { ...config.graph, ...change } });
    expect(wrong({ nodes: [["n", "Loop", [], ["y"], []]] })).toThrow(
      'graph: node "n" (Loop): it must have one of the operators of ONNX, got Loop.',
    );
    expect(wrong({ dialect: "toString" })).toThrow(
      'graph: a graph must have operators of onnx or tensorflow, got "toString".',
    );
    expect(wrong({ nodes: 3 })).toThrow("graph: graph.nodes must be a list of at most");
    expect(wrong({ nodes: [["n", "Relu", ["later"], ["y"], []]] })).toThrow('got none "later" for node "n" (Relu)');
    expect(wrong({ constants: [["x", "float32", [1], "AAAAAA=="]] })).toThrow(
      'each tensor needs a name of its own, got "x" twice',
    );
    expect(wrong({ constants: [["c", "float32", [2], "AAAAAA=="]] })).toThrow(
      'the constant "c" must have the elements of its shape',
    );
    expect(wrong({ nodes: [["n", "Elu", ["x"], ["y"], [["alpha", "big"]]]] })).toThrow(
      'graph: node "n" (Elu): alpha must be a number, got "big".',
    );
  });
});
