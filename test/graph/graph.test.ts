import {
  Adam,
  BatchNorm,
  compile,
  Dense,
  Dropout,
  evaluate,
  fit,
  grad,
  gradientCheck,
  type Layer,
  loadDigits,
  mean,
  mul,
  ones,
  Random,
  randomNormal,
  relu,
  Sequential,
  SGD,
  softmaxCrossEntropy,
  square,
  sum,
  type Tensor,
  take,
  tensor,
} from "gradus";
import { type Graph, loadOnnx } from "gradus/graph";
import { describe, expect, test } from "vitest";
import { sameBits } from "../../src/tensor/tensor.ts";
import { encodeModel, type FileModel, type FileNode, smallNetwork } from "./onnxWriter.ts";

const small = (options: Parameters<typeof loadOnnx>[1] = {}): Promise<Graph> =>
  loadOnnx(encodeModel(smallNetwork), options);

/** A Sequential of Dense layers, batch norms and dropout, as a file with its weights. */
const asFile = (model: Sequential, features: number): Uint8Array<ArrayBuffer> => {
  const nodes: FileNode[] = [];
  const initializers: Record<string, NonNullable<FileModel["initializers"]>[string]> = {};
  const keep = ({ name, shape, read }: { name: string; shape: readonly number[]; read(): Tensor }): string => {
    initializers[name] = { dims: shape, values: [...read().data] };
    return name;
  };
  const stored = (variable: Layer["variables"][number] | undefined): string =>
    variable ? keep({ name: variable.name, shape: variable.shape, read: () => variable.read() }) : "";
  let last = "x";
  const add = (
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: FileNode["attributes"] = {},
  ): void => {
    nodes.push({ op, inputs: [last, ...inputs], outputs: [output], attributes });
    last = output;
  };
  for (const layer of model.layers) {
    if (layer instanceof Dense) add("Gemm", [stored(layer.kernel), stored(layer.bias)], layer.path);
    else if (layer instanceof BatchNorm) {
      const inputs = [layer.gamma, layer.beta, layer.movingMean, layer.movingVariance].map(stored);
      add("BatchNormalization", inputs, layer.path, { epsilon: { float: 1e-3 }, momentum: { float: 0.75 } });
    } else if (layer instanceof Dropout) {
      initializers.rate = { dims: [], values: [layer.rate] };
      add("Dropout", ["rate"], layer.path);
    } else add("Relu", [], layer.path);
  }
  return encodeModel({ nodes, initializers, inputs: { x: { dims: ["n", features] } }, outputs: [last], opset: 15 });
};

const expectSameVariables = (graph: Graph, model: Sequential): void => {
  expect(graph.variables.length).toBe(model.variables.length);
  for (const variable of model.variables) {
    expect(sameBits(graph.variable(variable.name).read(), variable.read()), variable.name).toBe(true);
  }
};

describe("a loaded graph", () => {
  test("a loaded graph says what it takes and gives, and computes it", async () => {
    const net = await small();
    expect(net.inputs).toEqual([{ name: "x", shape: [undefined, 3], dtype: "float32" }]);
    expect(net.outputs).toEqual([{ name: "y", shape: [undefined, 1], dtype: "float32" }]);
    expect(net.tensors()).toEqual(["x", "hidden", "h", "y"]);
    const x = tensor([
      [1, 1, 1],
      [2, 0, 0],
    ]);
    // hidden = [0, -0.25], [2.5, 0]; y = 2·h₁ − h₂ + 0.125
    expect(net.call(x).toArray()).toEqual([[0.125], [5.125]]);
    expect(net.predict(x, { batchSize: 1 }).toArray()).toEqual([[0.125], [5.125]]);
    expect(net.run({ x }, { outputs: ["h", "hidden"] }).h.toArray()).toEqual([
      [0, 0],
      [2.5, 0],
    ]);
    expect(net.outputOf("hidden", x).toArray()).toEqual([
      [0, -0.25],
      [2.5, 0],
    ]);
    expect(net.lastActivation).toBeUndefined();
  });

  test("variables have the names and shapes of the file", async () => {
    const net = await small();
    expect(net.variables.map(({ name, shape }) => [name, shape])).toEqual([
      ["w1", [2, 3]],
      ["b1", [2]],
      ["w2", [1, 2]],
      ["b2", [1]],
    ]);
    expect(net.findVariables(/w/).map(({ name }) => name)).toEqual(["w1", "w2"]);
    expect(() => net.findVariables(/kernel/)).toThrow(
      "there must be a variable that matches, got /kernel/. The variables are w1, b1, w2, b2.",
    );
    expect((await small({ name: "net" })).variables.map(({ name }) => name)).toEqual([
      "net/w1",
      "net/b1",
      "net/w2",
      "net/b2",
    ]);
  });

  test("a pattern chooses what is trained, and the rest can be unfrozen", async () => {
    const net = await small({ trainable: /2/ });
    expect(net.trainableVariables.map(({ name }) => name)).toEqual(["w2", "b2"]);
    expect(net.unfreeze("w1")).toEqual(["w1"]);
    expect(net.freeze(/^[wb]/)).toEqual(["w1", "b1", "w2", "b2"]);
    expect(net.trainableVariables).toEqual([]);
  });

  test("wrong names, inputs and types are refused with what is right", async () => {
    const net = await small();
    const x = ones([1, 3]);
    expect(() => net.outputOf("hiden", x)).toThrow(
      'graph: there must be a tensor of the name, got "hiden". The tensors are hidden, x, h, y.',
    );
    expect(() => net.run({ z: x })).toThrow('graph: run takes the inputs of the graph, got "z". The inputs are x.');
    expect(() => net.run({})).toThrow('graph: run needs every input, got none "x". Pass { "x": tensor }.');
    expect(() => net.run({ x }, { outputs: ["q"] })).toThrow('got "q"');
    expect(() => net.call(tensor([[1, 2, 3]], { dtype: "int32" }))).toThrow(
      'graph: the input "x" must be a tensor of float32, got int32.',
    );
    expect(() => net.call(ones([1, 4]))).toThrow(
      /^graph: the input "x" must have the shape \[\*, 3\] that the file declares, got \[1, 4\]: graph: node "fc1" \(Gemm\): matmul: /,
    );
    expect(net.call(tensor(new Uint8Array([1, 1, 1]), { shape: [1, 3] })).toArray()).toEqual([[0.125]]);
  });

  test("a part of a graph shares its variables, and leaves out what it does not need", async () => {
    const net = await small();
    const part = net.upTo("h");
    expect(part.outputs).toEqual([{ name: "h", shape: [undefined, 2], dtype: "float32" }]);
    expect(part.variables).toEqual(net.variables.slice(0, 2));
    const model = part.extend([new Dense({ name: "new_outputs", units: 5 })]);
    expect(model.outputShape).toEqual([5]);
    expect(model.variables.map(({ name }) => name)).toEqual([
      "w1",
      "b1",
      "sequential/new_outputs/kernel",
      "sequential/new_outputs/bias",
    ]);
    model.freeze(/[wb]1/);
    new SGD({ learningRate: 0.1 }).minimize(() => sum(model.call(ones([2, 3]))), model.variables);
    expect(net.call(ones([1, 3])).toArray()).toEqual([[0.125]]);
    expect(sum(model.variable("new_outputs/bias").read()).item()).toBeCloseTo(-1);
  });

  test("the summary lists nodes with their shapes and parameters", async () => {
    expect((await small()).summary().split("\n")).toEqual([
      "tensor       operator  shape   parameters  trainable",
      "----------------------------------------------------",
      "hidden       Gemm      [*, 2]           8          8",
      "h            Relu      [*, 2]           0          0",
      "y            Gemm      [*, 1]           3          3",
      "----------------------------------------------------",
      "graph graph                            11         11",
    ]);
  });

  test("graphs of several inputs and outputs run by name", async () => {
    const net = await loadOnnx(
      encodeModel({
        nodes: [
          { op: "Add", inputs: ["a", "b"], outputs: ["total"] },
          { op: "Relu", inputs: ["a"], outputs: ["r"] },
        ],
        inputs: { a: { dims: ["n", 2] }, b: { dims: ["n", 2] } },
        outputs: ["total", "r"],
      }),
    );
    const [a, b] = [tensor([[-1, 2]]), tensor([[3, 4]])];
    const { total, r } = net.run({ a, b });
    expect([total.toArray(), r.toArray()]).toEqual([[[2, 6]], [[0, 2]]]);
    expect(() => net.call(a)).toThrow(
      "graph: call needs a graph with one input and one output, got inputs a, b and outputs total, r. Use run",
    );
    expect(net.upTo("r").predict(a).toArray()).toEqual([[0, 2]]);
    expect(net.run({ a }, { outputs: ["r"] }).r.toArray()).toEqual([[0, 2]]);
  });
});

describe("training a loaded graph", () => {
  const layers = (): Sequential =>
    new Sequential({
      name: "dnn",
      inputShape: [64],
      seed: 3,
      layers: [
        new Dense({ name: "hidden1", units: 16 }),
        new BatchNorm({ name: "norm", momentum: 0.75 }),
        relu,
        new Dropout({ name: "drop", rate: 0.25, seed: 9 }),
        new Dense({ name: "outputs", units: 10 }),
      ],
    });

  test("a graph is trained to the bits of the same network in layers, with its statistics and its dropout", async () => {
    const { train, test: held } = await loadDigits();
    const model = layers();
    const net = await loadOnnx(asFile(model, 64), { seed: 9 });
    expect(net.trainableVariables.length).toBe(6);
    const options = { epochs: 2, batchSize: 32, shuffle: false } as const;
    const part = take(train, { to: 200 });
    const history = await fit(model, part, { optimizer: new Adam(), ...options });
    const ofGraph = await fit(net, part, { optimizer: new Adam(), ...options });
    expect(ofGraph.epochs.map(({ loss }) => loss)).toEqual(history.epochs.map(({ loss }) => loss));
    expectSameVariables(net, model);
    expect(sameBits(net.predict(held.x), model.predict(held.x))).toBe(true);
    expect(evaluate(net, held).loss).toBe(evaluate(model, held).loss);
    expect(ofGraph.epochs[1].loss).toBeLessThan(ofGraph.epochs[0].loss);
  });

  test("a frozen batch norm of a graph keeps its statistics", async () => {
    const model = layers();
    const net = await loadOnnx(asFile(model, 64));
    net.freeze(/norm/);
    const before = net.variable("dnn/norm/moving_mean").read();
    const x = randomNormal([8, 64], { seed: 1 });
    new SGD({ learningRate: 0.1 }).minimize(() => mean(square(net.call(x, { training: true }))), net.variables);
    expect(sameBits(net.variable("dnn/norm/moving_mean").read(), before)).toBe(true);
    net.unfreeze(/norm/);
    net.call(x, { training: true });
    expect(sameBits(net.variable("dnn/norm/moving_mean").read(), before)).toBe(false);
  });

  test("derivatives of a graph agree with numeric ones in float64, second ones too", async () => {
    const net = await loadOnnx(
      encodeModel({
        nodes: [
          { op: "MatMul", inputs: ["x", "w"], outputs: ["product"] },
          { op: "Add", inputs: ["product", "b"], outputs: ["sum"] },
          { op: "Tanh", inputs: ["sum"], outputs: ["t"] },
          { op: "Mul", inputs: ["t", "half"], outputs: ["y"] },
        ],
        initializers: {
          w: { dims: [2, 2], values: [0.5, -1, 0.25, 0.75] },
          b: { dims: [2], values: [0.1, -0.2] },
          half: { dims: [], values: [0.5] },
        },
        inputs: { x: { dims: ["n", 2] } },
        outputs: ["y"],
      }),
    );
    const x = tensor([
      [0.3, -0.7],
      [1.1, 0.2],
    ]);
    const loss = (input: Tensor): Tensor => sum(square(net.call(input)));
    expect(gradientCheck(loss, [x], { variables: net.variables }).worst.error).toBeLessThan(1e-6);
    expect(gradientCheck((input: Tensor) => sum(square(grad(loss)(input))), [x]).worst.error).toBeLessThan(1e-6);
  });

  test("a compiled step of a graph replays to the same bits", async () => {
    const [plain, recorded] = [await small(), await small()];
    const random = new Random(4);
    const step = (net: Graph): ((x: Tensor) => Tensor) => {
      const optimizer = new Adam({ learningRate: 0.01 });
      return (x) => optimizer.minimize(() => mean(square(net.call(x, { training: true }))), net.variables);
    };
    const [first, second] = [step(plain), compile(step(recorded))];
    for (let index = 0; index < 5; index++) {
      const x = randomNormal([4, 3], { random });
      expect(second(x).item()).toBe(first(x).item());
    }
    for (const { name } of plain.variables) {
      expect(sameBits(plain.variable(name).read(), recorded.variable(name).read())).toBe(true);
    }
    const run = compile((x: Tensor) => mul(recorded.run({ x }).y, 2));
    const x = ones([2, 3]);
    expect([run(x), run(x)].map((y) => y.toArray())).toEqual(
      [mul(recorded.call(x), 2), mul(recorded.call(x), 2)].map((y) => y.toArray()),
    );
  });

  test("a graph that ends with softmax is refused by the loss that applies it itself", async () => {
    const net = await loadOnnx(
      encodeModel({
        nodes: [
          { op: "MatMul", inputs: ["x", "w"], outputs: ["z"] },
          { op: "Softmax", inputs: ["z"], outputs: ["p"] },
        ],
        initializers: { w: { dims: [2, 2], values: [1, 2, 3, 4] } },
        inputs: { x: { dims: ["n", 2] } },
        outputs: ["p"],
      }),
    );
    const data = { x: ones([4, 2]), y: tensor([0, 1, 0, 1], { dtype: "int32" }) };
    await expect(fit(net, data as never, { optimizer: new SGD({ learningRate: 1 }), epochs: 1 })).rejects.toThrow();
    expect(net.lastActivation?.name).toBe("softmax");
    expect(softmaxCrossEntropy(net.outputOf("z", data.x), data.y).item()).toBeGreaterThan(0);
  });
});
