import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { pathToFileURL } from "node:url";
import { DataError, GradusError, ones } from "gradus";
import { describeGraph, type Graph, loadMetaGraph } from "gradus/graph";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { bytes, join, type Message, message, text, varint, whole } from "../protobufWriter.ts";
import { constant, dense, flag, node, placeholder, smallMeta, smallValues, variable } from "./metaNetworks.ts";
import { encodeMeta, encodeMetaFiles, type MetaFile, type MetaNodeFile } from "./metaWriter.ts";

const output = "dnn/outputs/BiasAdd:0";
const small = encodeMetaFiles(smallMeta, smallValues);

/** The message of the error that loading throws, which must be one of the library. */
const refusal = async (load: Promise<Graph>): Promise<string> => {
  try {
    await load;
  } catch (error) {
    expect(error).toBeInstanceOf(GradusError);
    return (error as GradusError).message;
  }
  throw new Error("the file must be refused");
};

/** Loads a file of these nodes behind a placeholder of two columns, X. */
const load = (nodes: readonly MetaNodeFile[], name: string, file: Partial<MetaFile> = {}): Promise<Graph> =>
  loadMetaGraph(encodeMetaFiles({ nodes: [placeholder("X", [-1, 2]), ...nodes], ...file }, {}), { output: name });

const folder = mkdtempSync(joinPath(tmpdir(), "gradus-meta-"));
const prefix = joinPath(folder, "my_model_final.ckpt");
beforeAll(() => {
  writeFileSync(`${prefix}.meta`, small.meta);
  writeFileSync(`${prefix}.index`, small.index);
  writeFileSync(`${prefix}.data-00000-of-00001`, small.data[0]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the files of a checkpoint", () => {
  test.each([
    ["the prefix", prefix],
    ["the name of the .meta", `${prefix}.meta`],
    ["the name of the .index", `${prefix}.index`],
    ["the name of the .data", `${prefix}.data-00000-of-00001`],
    ["a file: URL", pathToFileURL(prefix)],
  ])("%s leads to all three files", async (_, source) => {
    const net = await loadMetaGraph(source, { output });
    // hidden1 = [0, -0.25]
    expect(net.call(ones([1, 3])).toArray()).toEqual([[0.125]]);
    expect(net.tensors()).toEqual([
      "X:0",
      "dnn/hidden1/MatMul:0",
      "dnn/hidden1/BiasAdd:0",
      "dnn/hidden1/Relu:0",
      "dnn/outputs/MatMul:0",
      "dnn/outputs/BiasAdd:0",
    ]);
  });

  test("a file that is missing is named, with what to do", async () => {
    const partial = joinPath(folder, "partial");
    mkdirSync(partial);
    const at = joinPath(partial, "model.ckpt");
    expect(await refusal(loadMetaGraph(at, { output }))).toBe(
      `loadMetaGraph: a checkpoint of TensorFlow 1 has the files .meta, .index and .data side by side, got no ${at}.meta and no ${at}.index. ` +
        "Pass what the names of its files begin with, such as my_model_final.ckpt.",
    );
    writeFileSync(`${at}.meta`, small.meta);
    expect(await refusal(loadMetaGraph(`${at}.meta`, { output }))).toContain(
      `got no ${at}.index. Copy it there: tf.train.Saver writes all of them.`,
    );
    writeFileSync(`${at}.index`, small.index);
    expect(await refusal(loadMetaGraph(at, { output }))).toContain(`${at}.data-00000-of-00001`);
    rmSync(`${at}.index`);
    writeFileSync(at, "version 1");
    expect(await refusal(loadMetaGraph(at, { output }))).toContain(
      `A single file "${at}" may be of version 1 of checkpoints`,
    );
  });

  test("files as bytes must be all three, and no others", async () => {
    const { meta, index, data } = small;
    expect((await loadMetaGraph({ meta, index, data: data[0] }, { output })).variables.length).toBe(4);
    expect(await refusal(loadMetaGraph({ meta, index } as never, { output }))).toBe(
      "loadMetaGraph: the files are { meta, index, data }, got no data.",
    );
    expect(await refusal(loadMetaGraph({ ...small, weights: data } as never, { output }))).toContain('got "weights"');
    expect(await refusal(loadMetaGraph({ meta, index, data: [...data, ...data] }, { output }))).toContain(
      "data must have the checkpoint's data files, in order (there is 1), got 2 of them.",
    );
    expect(await refusal(loadMetaGraph(small.meta as never, { output }))).toContain(
      "the files are { meta, index, data }",
    );
    expect(await refusal(loadMetaGraph({ meta: index, index: meta, data }, { output }))).toContain("loadMetaGraph: ");
  });

  test("a variable that the checkpoint does not have is named, with those most like it", async () => {
    const { "outputs/bias": _, ...others } = smallValues;
    expect(await refusal(loadMetaGraph(encodeMetaFiles(smallMeta, others), { output }))).toMatch(
      /the checkpoint must have every variable of the graph, got none "outputs\/bias"\. The nearest variables are outputs\/bias\/Momentum, /,
    );
  });
});

describe("names and options", () => {
  test("a tensor that the graph does not have is named, with those most like it", async () => {
    expect(await refusal(loadMetaGraph(small, { output: "dnn/output/BiasAdd:0" }))).toMatch(
      /there must be a tensor of the name, got "dnn\/output\/BiasAdd:0"\. The nearest tensors are dnn\/outputs\/BiasAdd:0, /,
    );
    const net = await loadMetaGraph(small, { output });
    expect(() => net.outputOf("dnn/hiden1/Relu:0", ones([1, 3]))).toThrow("The nearest tensors are dnn/hidden1/Relu:0");
    expect(() => net.findVariables(/dnn/)).toThrow("The variables are hidden1/kernel, hidden1/bias");
  });

  test("the name of an operation means its first output", async () => {
    expect((await loadMetaGraph(small, { output: "dnn/outputs/BiasAdd" })).outputs[0]).toEqual({
      name: output,
      shape: [undefined, 1],
      dtype: "float32",
    });
  });

  test("without an output the error says what the loss reads", async () => {
    expect(await refusal(loadMetaGraph(small))).toBe(
      "loadMetaGraph: output must name the tensor to compute, got none. The loss reads dnn/outputs/BiasAdd:0.",
    );
    expect(await refusal(loadMetaGraph(small, { output, outputs: [output] }))).toContain("got both");
    expect(await refusal(loadMetaGraph(small, { outputs: [] }))).toContain("a list of different names");
    expect(await refusal(loadMetaGraph(small, { outputs: [output, "dnn/outputs/BiasAdd"] }))).toContain(
      "different names",
    );
  });

  test("a pattern chooses what is trained, a name is put in front of the variables", async () => {
    const net = await loadMetaGraph(small, { output, name: "net", trainable: /outputs/ });
    expect(net.variables.map(({ name }) => name)).toEqual([
      "net/hidden1/kernel",
      "net/hidden1/bias",
      "net/outputs/kernel",
      "net/outputs/bias",
    ]);
    expect(net.trainableVariables.map(({ name }) => name)).toEqual(["net/outputs/kernel", "net/outputs/bias"]);
  });

  test("a placeholder of one number takes a value from feed", async () => {
    const nodes = [
      placeholder("X", [-1, 2]),
      placeholder("keep_prob", []),
      ...flag,
      node("scaled", "Mul", ["X", "keep_prob"]),
      node("chosen", "Select", ["training", "X", "scaled"]),
    ];
    const files = encodeMetaFiles({ nodes }, {});
    const free = await loadMetaGraph(files, { output: "chosen" });
    expect(free.inputs.map(({ name }) => name)).toEqual(["X:0", "keep_prob:0"]);
    const net = await loadMetaGraph(files, { output: "chosen", feed: { "keep_prob:0": 0.5 } });
    expect(net.call(ones([1, 2])).toArray()).toEqual([[0.5, 0.5]]);
    expect(net.call(ones([1, 2]), { training: true }).toArray()).toEqual([[1, 1]]);
    const fixed = await loadMetaGraph(files, { output: "chosen", feed: { keep_prob: 0.5, training: true } });
    expect(fixed.call(ones([1, 2])).toArray()).toEqual([[1, 1]]);
    expect(await refusal(loadMetaGraph(files, { output: "chosen", feed: { keep_prop: 1 } }))).toBe(
      'loadMetaGraph: feed must name placeholders, got "keep_prop". The placeholders are keep_prob:0, X:0, training:0.',
    );
    expect(await refusal(loadMetaGraph(files, { output: "chosen", feed: { keep_prob: "1" } as never }))).toContain(
      "feed",
    );
  });

  test("a placeholder without a known rank is refused, also where an old file writes no axes for it", async () => {
    const unknown = [placeholder("Z", undefined), node("y", "Relu", ["Z"])];
    expect(await refusal(load(unknown, "y"))).toContain('got a tensor of any rank for "Z:0"');
    const none = [placeholder("Z", []), node("y", "Relu", ["Z"])];
    expect((await load(none, "y")).inputs[0].shape).toEqual([]);
    expect(await refusal(load(none, "y", { producer: 21 }))).toContain('got a tensor of any rank for "Z:0"');
    const inferred = {
      ...placeholder("Z", []),
      attributes: { dtype: { type: 1 }, _output_shapes: { shapes: [[-1, 4]] } },
    };
    expect((await load([inferred, node("y", "Relu", ["Z"])], "y", { producer: 21 })).inputs[0].shape).toEqual([
      undefined,
      4,
    ]);
  });
});

describe("what is not computed", () => {
  test("all operators that are not computed are named at once, with the version that wrote them", async () => {
    const nodes = [
      node("a", "Betainc", ["X", "X", "X"]),
      node("b", "Cholesky", ["a"]),
      node("c", "Betainc", ["b", "b", "b"]),
    ];
    expect(await refusal(load(nodes, "c", { version: "1.3.0" }))).toBe(
      'loadMetaGraph: every node must have an operator that gradus computes, got Betainc ("a", "c"); Cholesky ("b"), in a file of TensorFlow 1.3.0. Ask for an earlier tensor.',
    );
  });

  test("loops are refused by their names", async () => {
    const nodes = [
      node("rnn/while/Enter", "Enter", ["X"], { frame_name: "rnn/while/while_context" }),
      node("rnn/while/Merge", "Merge", ["rnn/while/Enter", "rnn/while/NextIteration"]),
      node("rnn/while/NextIteration", "NextIteration", ["rnn/while/Merge"]),
      node("rnn/while/Exit", "Exit", ["rnn/while/Merge"]),
    ];
    expect(await refusal(load(nodes, "rnn/while/Exit"))).toBe(
      "loadMetaGraph: the graph must not have loops, got rnn/while/while_context, in a file of TensorFlow 1.7.0. Recurrent networks are not read: ask for a tensor in front of the loop.",
    );
    expect((await load(nodes, "X")).call(ones([1, 2])).toArray()).toEqual([[1, 1]]);
  });

  test("a branch that the data decides about is refused, and one that is not taken cannot be asked for", async () => {
    const branch = [
      constant("half", { dims: [], values: [0.5] }),
      node("mean", "Mean", ["X", "axes"]),
      constant("axes", { dims: [2], type: 3, values: [0, 1] }),
      node("big", "Greater", ["mean", "half"]),
      node("switch", "Switch", ["X", "big"]),
      node("merge", "Merge", ["switch", "switch:1"]),
    ];
    const net = await load(branch, "merge");
    expect(() => net.call(ones([1, 2]))).toThrow(
      "the condition of a branch must follow from shapes and constants alone",
    );
    const taken = await load([...flag, node("switch", "Switch", ["X", "training"])], "switch:1");
    expect(() => taken.call(ones([1, 2]))).toThrow("it must be in a branch that is taken");
    expect(taken.call(ones([1, 2]), { training: true }).toArray()).toEqual([[1, 1]]);
  });
});

describe("penalties", () => {
  const penalized = (regularizer: readonly MetaNodeFile[], names: readonly string[]): MetaFile => ({
    nodes: [
      placeholder("X", [-1, 2]),
      ...dense("outputs", "X", [2, 1]),
      constant("scale", { dims: [], values: [0.5] }),
      ...regularizer,
    ],
    collections: { trainable_variables: ["outputs/kernel:0", "outputs/bias:0"], regularization_losses: names },
  });
  const values = { "outputs/kernel": { shape: [2, 1], values: [3, -1] }, "outputs/bias": { shape: [1], values: [0] } };
  const axes = constant("axes", { dims: [2], type: 3, values: [0, 1] });

  test("penalties of the collection become those of the variables, and are saved", async () => {
    const file = penalized(
      [
        axes,
        node("abs", "Abs", ["outputs/kernel/read"]),
        node("sum", "Sum", ["abs", "axes"]),
        node("l1", "Mul", ["scale", "sum"]),
        node("half", "L2Loss", ["outputs/kernel/read"]),
        node("l2", "Mul", ["scale", "half"]),
        node("both", "Add", ["l1", "l2"]),
      ],
      ["both:0", "l2:0"],
    );
    const net = await loadMetaGraph(encodeMetaFiles(file, values), { output });
    // 0.5·(3 + 1) + 2·0.5·½·(9 + 1)
    expect(net.losses().map((penalty) => penalty.item())).toEqual([7]);
    expect(net.upTo("dnn/outputs/MatMul:0").losses().length).toBe(1);
    const without = await loadMetaGraph(encodeMetaFiles(file, values), { output, penalties: false });
    expect(without.losses()).toEqual([]);
  });

  test("a penalty of another kind is refused by its name, unless penalties are left out", async () => {
    const file = penalized(
      [axes, node("exp", "Exp", ["outputs/kernel/read"]), node("odd", "Sum", ["exp", "axes"])],
      ["odd:0"],
    );
    expect(await refusal(loadMetaGraph(encodeMetaFiles(file, values), { output }))).toBe(
      'loadMetaGraph: a penalty must be a factor times the sum of |w| or half of the sum of w², got "odd:0". Pass { penalties: false } to leave penalties out.',
    );
    expect((await loadMetaGraph(encodeMetaFiles(file, values), { output, penalties: false })).variables.length).toBe(2);
  });
});

describe("a .meta that is not sound", () => {
  const broken: readonly (readonly [what: string, parts: readonly Message[], message: string])[] = [
    ["a length beyond the end", [Uint8Array.of(0x12, 100, 1)], "it must be complete, got 100 bytes of 1"],
    ["a negative length", [Uint8Array.of(0x12), varint(-1)], "a length must not be negative, got -1"],
    ["a group", [Uint8Array.of(0x13)], "it must not contain groups, got field 2"],
    ["no graph", [message(1, text(5, "1.7.0"))], "a MetaGraph must have a graph with nodes, got none"],
    ["a graph without nodes", [message(2, whole(9, 1))], "a MetaGraph must have a graph with nodes, got none"],
    ["a node without a name", [message(2, message(1, text(2, "Relu")))], "it must have a name and an operator"],
    [
      "two nodes of a name",
      [message(2, message(1, text(1, "a"), text(2, "Relu")), message(1, text(1, "a"), text(2, "Relu")))],
      'each node must have a name of its own, got "a" twice',
    ],
    ["text that is not UTF-8", [message(2, message(1, bytes(1, Uint8Array.of(0xff))))], "text must be UTF-8"],
    ["a negative version", [message(2, message(4, whole(1, -1)))], "must be a whole number from 0, got -1"],
  ];
  test.each(broken)("a file with %s is refused", async (_, parts, expected) => {
    const meta = join(parts) as Uint8Array<ArrayBuffer>;
    expect(await refusal(loadMetaGraph({ ...small, meta }, { output }))).toContain(expected);
  });

  test("nodes that need each other, and inputs that do not exist, are refused", async () => {
    expect(await refusal(load([node("a", "Relu", ["b"]), node("b", "Relu", ["a"])], "a"))).toContain(
      "nodes must not need each other in a circle",
    );
    expect(await refusal(load([node("a", "Relu", ["gone"])], "a"))).toContain(
      'each input must be a node of the graph, got "gone" for "a"',
    );
    expect(await refusal(load([node("a", "Relu", ["X:99999"])], "a"))).toContain("a node may have 1024 outputs");
  });

  test("constants that do not fit their shape are refused, and repeated numbers take no memory before they are used", async () => {
    const use = (tensor: Parameters<typeof constant>[1]): Promise<string> =>
      refusal(load([constant("c", tensor), node("y", "Add", ["X", "c"])], "y"));
    expect(await use({ dims: [2], values: [1, 2, 3] })).toContain('"c" must have 2 elements, got 3');
    expect(await use({ dims: [3], content: new Uint8Array(8) })).toContain(
      '"c" must have 3 elements of float32, got 8 bytes',
    );
    expect(await use({ dims: [-1], values: [1] })).toContain('the lengths of "c" must be whole numbers from 0');
    expect(await use({ dims: [2 ** 40, 2 ** 40], values: [1] })).toContain(
      'the lengths of "c" must be whole numbers from 0',
    );
    expect(await use({ dims: [2 ** 20], values: [1, 2] })).toContain(
      '"c" must have 1048576 elements, or one that is repeated, got 2',
    );
    const halves = { dims: [1], type: 9, floats: [0.5] };
    expect(await use(halves)).toContain('"c" must have elements of int64, got 0.5');
    expect(await use({ dims: [], type: 7 })).toContain(
      "constants must hold numbers, got number 7 of TensorFlow's DataType",
    );
    expect(await use({ dims: new Array<number>(65).fill(1), values: [1] })).toContain(
      "a tensor may have 64 axes, got more",
    );
    const huge = await load([constant("c", { dims: [2 ** 40, 2], values: [1] }), node("y", "Add", ["X", "c"])], "y");
    expect(() => huge.call(ones([1, 2]))).toThrow("may have 16777216 elements, got more with one of shape");
    const filled = await load([constant("c", { dims: [100, 2], values: [3] }), node("y", "Add", ["X", "c"])], "y");
    expect(filled.call(ones([1, 2])).data.every((value) => value === 4)).toBe(true);
  });

  test("a graph of a ten thousand nodes in a chain loads in bounded time", async () => {
    const count = 10_000;
    const chain = Array.from({ length: count }, (_, index) =>
      node(`n${index}`, "Relu", [index === 0 ? "X" : `n${index - 1}`]),
    );
    const start = performance.now();
    const net = await load(chain.reverse(), `n${count - 1}`);
    expect(net.tensors().length).toBe(count + 1);
    expect(performance.now() - start).toBeLessThan(30_000);
  }, 60_000);

  test("a file of another format is named", async () => {
    const zip = Uint8Array.of(0x50, 0x4b, 3, 4, ...new Uint8Array(40));
    const error = await refusal(loadMetaGraph({ ...small, meta: zip }, { output }));
    expect(error).toMatch(/zip/i);
    expect(new DataError(error)).toBeInstanceOf(GradusError);
  });
});

test("a saved graph of TensorFlow in a program without loadMetaGraph says what to import", async () => {
  vi.resetModules();
  const { dialectOf } = await import("../../../src/graph/dialects.ts");
  expect(() => dialectOf("graph", "tensorflow")).toThrow(
    'graph: a graph must have operators of onnx, got "tensorflow". Import loadMetaGraph and name it in this program: it brings them.',
  );
});

describe("a .meta that is described", () => {
  test("the part that the loss needs is described, without savers and gradients", async () => {
    expect(await describeGraph(small.meta as Uint8Array<ArrayBuffer>)).toEqual({
      format: "tensorflow",
      producer: "TensorFlow 1.7.0",
      irVersion: 26,
      opsets: {},
      inputs: [{ name: "X:0", shape: ["", 3], dtype: "float32" }],
      outputs: [{ name: output, shape: undefined, dtype: "float32" }],
      operators: { Placeholder: 1, VariableV2: 4, Identity: 4, MatMul: 2, BiasAdd: 2, Relu: 1 },
      unsupported: {},
      tensors: [
        "dnn/hidden1/MatMul:0",
        "dnn/hidden1/BiasAdd:0",
        "dnn/hidden1/Relu:0",
        "dnn/outputs/MatMul:0",
        "dnn/outputs/BiasAdd:0",
      ],
      weights: [
        { name: "hidden1/kernel", shape: [3, 2], dtype: "float32" },
        { name: "hidden1/bias", shape: [2], dtype: "float32" },
        { name: "outputs/kernel", shape: [2, 1], dtype: "float32" },
        { name: "outputs/bias", shape: [1], dtype: "float32" },
      ],
      external: [],
      metadata: {},
    });
  });

  test("without a loss all nodes are described, with those that are not computed", async () => {
    const { operators, unsupported } = await describeGraph(
      encodeMeta({ nodes: [...variable("w", [2]), node("s", "SaveV2", ["w"])] }) as Uint8Array<ArrayBuffer>,
    );
    expect(operators).toEqual({ VariableV2: 1, Identity: 1, Const: 1, Assign: 1, SaveV2: 1 });
    expect(unsupported).toEqual({ SaveV2: ["s"] });
  });
});
