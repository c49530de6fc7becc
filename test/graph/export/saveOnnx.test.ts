import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as gradus from "gradus";
import {
  Activation,
  BatchNorm,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  gelu,
  input,
  Model,
  Sequential,
  type Tensor,
  tensor,
} from "gradus";
import { type EncodeOnnxOptions, encodeOnnx, loadOnnx, saveOnnx } from "gradus/graph";
import { describe, expect, it } from "vitest";
import { ExportValue } from "../../../src/graph/onnx/export/exportValue.ts";
import { fixedShape } from "../../../src/graph/onnx/export/lengths.ts";
import { libraryVersion } from "../../../src/graph/onnx/export/libraryVersion.ts";
import { writeOnnx } from "../../../src/graph/onnx/export/writeOnnx.ts";
import type { OnnxModel, OnnxNode } from "../../../src/graph/onnx/onnxModel.ts";
import { readOnnx } from "../../../src/graph/onnx/readModel.ts";
import { encodeModel, type FileModel } from "../onnxWriter.ts";
import { custom, FunctionLayer } from "./exportCases.ts";

const network = (): Sequential =>
  new Sequential({
    name: "dnn",
    inputShape: [4],
    seed: 3,
    layers: [
      new Dense({ name: "hidden1", units: 3, activation: "elu" }),
      new Dropout(),
      new Dense({ name: "outputs", units: 2 }),
    ],
  });

const read = (model: gradus.Layer, options?: EncodeOnnxOptions): OnnxModel =>
  readOnnx(encodeOnnx(model, options), "file");

const shapeOf = ({ op, inputs, outputs }: OnnxNode): string => `${op}(${inputs.join(", ")}) -> ${outputs.join(", ")}`;

/** The nodes as text. */
const nodesOf = (model: gradus.Layer, options?: EncodeOnnxOptions): readonly string[] =>
  read(model, options).nodes.map(shapeOf);

const thrownBy = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return String(error);
  }
  return "nothing";
};

describe("a file of ONNX", () => {
  it("tensors have the names of variables and the paths of layers", () => {
    const file = read(network());
    expect(file.nodes.map(shapeOf)).toEqual([
      "Gemm(x, dnn/hidden1/kernel, dnn/hidden1/bias) -> dnn/hidden1/Gemm",
      "Elu(dnn/hidden1/Gemm) -> dnn/hidden1",
      "Gemm(dnn/hidden1, dnn/outputs/kernel, dnn/outputs/bias) -> dnn/outputs",
    ]);
    expect(new Set(file.nodes.map(({ name }) => name)).size).toBe(3);
    expect(file.name).toBe("dnn");
  });

  it("kernels are stored byte for byte, as raw data that is not an input", () => {
    const model = network();
    const file = read(model);
    const kernel = model.variable("hidden1/kernel").read();
    const stored = file.initializers.find(({ name }) => name === "dnn/hidden1/kernel");
    expect(stored?.dims).toEqual([4, 3]);
    expect(stored?.raw).toEqual(new Uint8Array(kernel.data.buffer));
    expect(stored?.numbers).toEqual([]);
    expect(file.inputs.map(({ name }) => name)).toEqual(["x"]);
    const [gemm, elu] = file.nodes;
    expect(gemm.attributes).toEqual([]);
    expect(elu.attributes).toEqual([["alpha", 1]]);
  });

  it("the number of rows is free, and has a name", () => {
    const file = read(network(), { output: "labels" });
    expect(file.inputs).toEqual([{ name: "x", type: 1, dims: ["batch", 4] }]);
    expect(file.outputs).toEqual([{ name: "labels", type: 7, dims: ["batch"] }]);
  });

  it.each([
    [13, 7],
    [17, 8],
    [20, 9],
    [undefined, 8],
  ] as const)("opset %s has the version %i of the format", (opset, ir) => {
    const file = read(network(), opset && { opset });
    expect([file.irVersion, file.opsets.get("")]).toEqual([ir, opset ?? 17]);
  });

  it("the file names the library and its version, which is that of the package", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    expect(libraryVersion).toBe(version);
    expect(read(network()).producer).toBe(`gradus ${version}`);
  });

  it("layer normalization and gelu are one operator where the opset has it", () => {
    const model = new Sequential({
      name: "m",
      inputShape: [4],
      layers: [new gradus.LayerNorm(), new Activation(gelu)],
    });
    const ops = (opset: 13 | 17 | 20): readonly string[] => read(model, { opset }).nodes.map(({ op }) => op);
    const parts = ["Div", "Erf", "Add", "Mul", "Mul"];
    expect(ops(20)).toEqual(["LayerNormalization", "Gelu"]);
    expect(ops(17)).toEqual(["LayerNormalization", ...parts]);
    expect(ops(13)).toEqual(["ReduceMean", "Sub", "Pow", "ReduceMean", "Add", "Sqrt", "Div", "Mul", "Add", ...parts]);
  });

  it("the kernel of a convolution has the order of ONNX, and the layer's output that of the library", () => {
    const layers = [new Conv2D({ name: "conv", filters: 5, kernelSize: [2, 3] }), new Flatten()];
    const file = read(new Sequential({ name: "cnn", inputShape: [6, 7, 2], layers }));
    expect(file.nodes.map(({ op }) => op)).toEqual(["Transpose", "Conv", "Transpose", "Reshape"]);
    expect(file.initializers.find(({ name }) => name === "cnn/conv/kernel")?.dims).toEqual([5, 2, 2, 3]);
  });

  it("a kernel that is used in two layouts is stored in both, and its own layout has the name", () => {
    const tied = (x: Tensor, scale: Tensor): Tensor => {
      const kernel = gradus.reshape(scale, [1, 1, 2, 3]);
      return gradus.mul(gradus.conv2d(gradus.reshape(x, [-1, 1, 3, 2]), kernel), gradus.sum(scale));
    };
    const file = read(custom(tied));
    const dims = Object.fromEntries(file.initializers.map((stored) => [stored.name, stored.dims]));
    expect(dims["custom/own/scale"]).toEqual([6]);
    expect(dims["custom/own/scale_1"]).toEqual([3, 2, 1, 1]);
  });

  it("neighbouring convolutions of one layer are not transposed in between", () => {
    const layers = [new gradus.SeparableConv2D({ filters: 4, kernelSize: 2 })];
    const file = read(new Sequential({ name: "cnn", inputShape: [5, 5, 2], layers }));
    expect(file.nodes.map(({ op }) => op)).toEqual(["Transpose", "Conv", "Conv", "Transpose"]);
  });

  it("a layer that is called twice has one set of variables, and numbered outputs", () => {
    const shared = new Dense({ name: "shared", units: 4 });
    const x = input({ shape: [4], name: "a" });
    const model = new Model({ name: "twice", inputs: { a: x }, outputs: { b: shared.call(shared.call(x)) } });
    const file = read(model);
    expect(file.initializers.map(({ name }) => name)).toEqual(["twice/shared/kernel", "twice/shared/bias"]);
    expect(file.nodes.map(({ outputs }) => outputs[0])).toEqual(["twice/shared:0", "twice/shared:1", "b"]);
  });

  it("metadata has the names of classes and columns", () => {
    const { metadata } = read(network(), { classes: ["no", "yes"], columns: ["a", "b", "c", "d"] });
    expect([...metadata]).toEqual([
      ["classes", '["no","yes"]'],
      ["columns", '["a","b","c","d"]'],
    ]);
  });

  it("saveOnnx writes the bytes of encodeOnnx, and leaves no other file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gradus-onnx-"));
    const model = network();
    await saveOnnx(model, join(folder, "model.onnx"), { input: "features" });
    expect(readdirSync(folder)).toEqual(["model.onnx"]);
    const bytes = new Uint8Array(readFileSync(join(folder, "model.onnx")));
    expect(bytes).toEqual(encodeOnnx(model, { input: "features" }));
  });

  it("a file of more than 2 GiB throws before its weights are read", () => {
    const stored = { shape: [2 ** 29], elements: (): never => expect.unreachable() };
    const value = new ExportValue({ shape: fixedShape(stored.shape), dtype: "float32" }, "", stored);
    const graph = {
      opset: 17,
      inputs: [],
      outputs: [],
      nodes: [],
      initializers: [["w", value, stored] as const],
      nameOf: () => "",
    };
    expect(thrownBy(() => writeOnnx("saveOnnx", graph, { name: "m", version: "1", metadata: {} }))).toBe(
      "ValueError: saveOnnx: a file of ONNX may have 2147483647 bytes, got 2147483648. Save the variables with saveVariables, or export a part with upTo.",
    );
  });

  it("an export leaves the model as it was", () => {
    const model = network();
    const x = tensor([[1, 2, 3, 4]]);
    const before = model.predict(x).data;
    expect(encodeOnnx(model)).toEqual(encodeOnnx(model));
    thrownBy(() => encodeOnnx(custom((y) => gradus.dropout(y, { rate: 0.5, random: new gradus.Random(1) }))));
    expect(model.predict(x).data).toEqual(before);
    expect(Object.getOwnPropertyDescriptor(model.layers[0], "call")?.value).toBe(model.layers[0].call);
  });

  it("a batch norm whose output is not channels second is moved there and back", () => {
    const model = new Sequential({ name: "m", inputShape: [3, 4], layers: [new BatchNorm({ name: "norm" })] });
    expect(read(model).nodes.map(({ op }) => op)).toEqual(["Transpose", "BatchNormalization", "Transpose"]);
    const flat = new Sequential({ name: "m", inputShape: [4], layers: [new BatchNorm({ name: "norm" })] });
    expect(nodesOf(flat)).toHaveLength(1);
  });
});

describe("a graph that is exported again", () => {
  it("it predicts the same bits, and tensors and variables keep their names", async () => {
    const layers = [
      new Conv2D({ name: "conv", filters: 3, kernelSize: 2, activation: "relu" }),
      new gradus.MaxPooling2D(),
      new BatchNorm({ name: "norm" }),
      new Flatten(),
      new Dense({ name: "outputs", units: 2, activation: "softmax" }),
    ];
    const first = encodeOnnx(new Sequential({ name: "cnn", inputShape: [5, 5, 2], seed: 1, layers }), {
      input: "image",
    });
    const net = await loadOnnx(first);
    const again = await loadOnnx(encodeOnnx(net));
    expect(again.tensors()).toEqual(net.tensors());
    expect(again.variables.map(({ name }) => name)).toEqual(net.variables.map(({ name }) => name));
    const x = gradus.randomNormal([3, 5, 5, 2], { random: new gradus.Random(1) });
    expect(again.predict(x).data).toEqual(net.predict(x).data);
  });

  it("a graph of stored bytes and flags is written with these types", async () => {
    const file: FileModel = {
      nodes: [
        { op: "Cast", inputs: ["bytes"], outputs: ["floats"], attributes: { to: 1 } },
        { op: "Cast", inputs: ["flag"], outputs: ["ones"], attributes: { to: 1 } },
        { op: "Add", inputs: ["floats", "ones"], outputs: ["sum"] },
        { op: "Cast", inputs: ["sum"], outputs: ["wholes"], attributes: { to: 7 } },
        { op: "Gather", inputs: ["table", "wholes"], outputs: ["y"] },
      ],
      initializers: { table: { dims: [4], values: [0.5, 1.5, 2.5, 3.5] } },
      inputs: { bytes: { dims: ["n", 2], type: 2 }, flag: { dims: ["n", 1], type: 9 } },
      outputs: { y: {} },
    };
    const net = await loadOnnx(encodeModel(file));
    const again = await loadOnnx(encodeOnnx(net));
    expect(again.inputs).toEqual(net.inputs);
    const feeds = {
      bytes: tensor([[2, 0]], { dtype: "uint8" }),
      flag: tensor([[1]], { dtype: "bool" }),
    };
    expect(again.run(feeds).y.toArray()).toEqual([[3.5, 1.5]]);
  });

  it("a graph that is fixed to a number of rows stays so", async () => {
    const file: FileModel = {
      nodes: [
        { op: "Reshape", inputs: ["x", "shape"], outputs: ["row"] },
        { op: "MatMul", inputs: ["row", "w"], outputs: ["y"] },
      ],
      initializers: {
        shape: { dims: [2], values: [1, 4], type: "int64" },
        w: { dims: [4, 1], values: [1, 2, 3, 4] },
      },
      inputs: { x: { dims: [2, 2] } },
      outputs: { y: {} },
    };
    const again = await loadOnnx(encodeOnnx(await loadOnnx(encodeModel(file))));
    expect(again.inputs).toEqual([{ name: "x", shape: [2, 2], dtype: "float32" }]);
    expect(
      again
        .call(
          tensor([
            [1, 1],
            [1, 1],
          ]),
        )
        .toArray(),
    ).toEqual([[10]]);
  });

  it("a graph with a free axis that is not that of the rows throws", async () => {
    const net = await loadOnnx(
      encodeModel({
        nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }],
        inputs: { x: { dims: ["n", "length"] } },
        outputs: { y: {} },
      }),
    );
    expect(thrownBy(() => encodeOnnx(net))).toContain(
      'encodeOnnx: only the first axis of an input may be free, got the shape [*, *] of "x".',
    );
  });

  it("a part with new layers behind it is written as one file", async () => {
    const net = await loadOnnx(encodeOnnx(network()));
    const extended = net.upTo("dnn/hidden1").extend([new Dense({ name: "new_outputs", units: 5 })]);
    const again = await loadOnnx(encodeOnnx(extended));
    expect(again.tensors()).toContain("dnn/hidden1");
    const x = tensor([[1, -2, 3, 0.5]]);
    expect(again.call(x).data).toEqual(extended.predict(x).data);
  });
});

describe("a table's model in a file", () => {
  const encoder = new gradus.TableEncoder({
    columns: [
      { name: "size", type: "number", mean: 1, deviation: 2, missing: 5 },
      { name: "colour", type: "category", categories: ["green", "red"], missing: "red", unknown: "zeros" },
    ],
    target: { name: "kind", type: "category", classes: ["pear", "plum"] },
  });
  const model = new Sequential({ inputShape: [2], seed: 1, layers: [encoder, new Dense({ units: 2 })] });

  it("it takes each column by its name, and metadata tells what the codes mean", () => {
    const file = read(model, { output: "probabilities" });
    expect(file.inputs).toEqual([
      { name: "size", type: 1, dims: ["batch", 1] },
      { name: "colour", type: 7, dims: ["batch", 1] },
    ]);
    expect([...file.metadata]).toEqual([
      ["classes", '["pear","plum"]'],
      ["columns", '["size","colour"]'],
      ["categories", '{"colour":["green","red"]}'],
      ["target", '"kind"'],
    ]);
  });

  it("NaN and −2 are missing values, and −1 is an unknown category", async () => {
    const net = await loadOnnx(encodeOnnx(model));
    const run = (size: number, colour: number): readonly number[] => {
      const feeds = { size: tensor([[size]]), colour: tensor([[colour]], { dtype: "int32" }) };
      return [...Object.values(net.run(feeds))[0].data];
    };
    const rows = (values: readonly (readonly [number, number])[]): readonly (readonly number[])[] =>
      values.map((row) => [...model.call(tensor([row])).data]);
    expect([run(3, 1), run(Number.NaN, 0), run(3, -2), run(3, -1)]).toEqual(
      rows([
        [3, 1],
        [Number.NaN, 0],
        [3, Number.NaN],
        [3, -1],
      ]),
    );
    expect(run(3, -2)).toEqual(run(3, 1));
  });

  it("with a name for the input it takes rows as the model does", () => {
    expect(read(model, { input: "rows" }).inputs).toEqual([{ name: "rows", type: 1, dims: ["batch", 2] }]);
  });
});

describe("what cannot be exported", () => {
  it("what no output needs is left out, whatever it is", () => {
    const model = custom((x) => {
      gradus.add(gradus.dropout(x, { rate: 0.5, random: new gradus.Random(1) }), gradus.ones(x.shape));
      return gradus.neg(x);
    });
    expect(nodesOf(model)).toEqual(["Neg(x) -> custom/own"]);
  });

  it("operations that ONNX does not have are listed all at once, with the layers that use them", () => {
    const random = new gradus.Random(1);
    const layers = [
      new FunctionLayer("noisy", (x) => gradus.dropout(x, { rate: 0.5, random })),
      new FunctionLayer("warped", (x) => gradus.add(x, gradus.randomNormal([6], { random }))),
      new FunctionLayer("noisier", (x) => gradus.dropout(x, { rate: 0.1, random })),
    ];
    expect(thrownBy(() => encodeOnnx(new Sequential({ name: "m", inputShape: [6], layers })))).toBe(
      "ValueError: encodeOnnx: every operation must be one that ONNX has, got dropout in m/noisy, m/noisier; randomNormal in m/warped. " +
        "Compute this outside of the model, or with other operations.",
    );
  });

  const cases: readonly (readonly [string, (x: Tensor, scale: Tensor) => Tensor, string])[] = [
    [
      "a constant that has the number of rows",
      (x) => gradus.add(x, gradus.ones(x.shape)),
      "ValueError: encodeOnnx: custom/own: a constant must not depend on the number of rows, got shapes [2, 6] and [3, 6] for 2 and 3 rows. " +
        "Make it of the input (mul(x, 0)), or let it broadcast.",
    ],
    [
      "a number that is that of rows",
      (x) => gradus.mul(x, x.shape[0]),
      "ValueError: encodeOnnx: custom/own: a constant must not depend on the number of rows, got other values for 2 and 3 rows. " +
        "Make it of the input (mul(x, 0)), or let it broadcast.",
    ],
    [
      "other operations for other numbers of rows",
      (x) => (x.shape[0] > 2 ? gradus.neg(x) : gradus.abs(x)),
      "ValueError: encodeOnnx: custom/own: the same operations must be applied for any number of rows, got others for 2 and 3 rows, from abs on. " +
        "Compute with operations on all rows.",
    ],
    [
      "a read of values",
      (x) => gradus.mul(x, x.data[0]),
      "ValueError: encodeOnnx: custom/own: a layer must compute with operations alone, got a read of values (data, item or toArray). " +
        "Compute it with operations, or outside of the model.",
    ],
  ];

  it.each(cases)("the error names the layer: %s", (_, apply, message) => {
    // Built beforehand: a model that reads values cannot work out shapes.
    const layer = new FunctionLayer("own", (x) => x);
    const model = new Sequential({ name: "custom", inputShape: [6], layers: [layer] });
    const original = layer.call.bind(layer);
    layer.call = (x) => apply(original(x), layer.scale.read());
    expect(thrownBy(() => encodeOnnx(model))).toBe(message);
  });

  it.each([
    [
      "a model without a shape",
      new Sequential({ name: "m", layers: [new Dense({ units: 1 })] }),
      {},
      "the model must know the shape of its input, got m before its first call. Pass inputShape, or call it once.",
    ],
    [
      "logits of probabilities",
      new Sequential({ inputShape: [2], layers: [new Dense({ units: 3, activation: "softmax" })] }),
      { output: "logits" },
      "logits must come from a model that does not end with probabilities, got softmax as its last activation.",
    ],
    [
      "values without a target",
      network(),
      { output: "values" },
      '"values" is for a TableEncoder with a target of numbers, got none.',
    ],
    [
      "too many classes",
      network(),
      { classes: ["a", "b", "c"] },
      "classes must name each of the outputs, got 3 names for outputs of [2].",
    ],
    ["too few columns", network(), { columns: ["a"] }, "columns must name each of the 4 features, got 1 names."],
    ["another opset", network(), { opset: 12 as 13 }, "opset must be one of 13, 17, 20, got 12."],
    [
      "one name for input and output",
      network(),
      { input: "logits", output: "logits" },
      'inputs and outputs must have different names, got "logits" twice.',
    ],
  ] as const)("options that do not fit throw: %s", (_, model, options, message) => {
    expect(thrownBy(() => encodeOnnx(model, options))).toContain(`encodeOnnx: ${message}`);
  });
});
