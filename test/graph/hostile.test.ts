import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { DataError, ones } from "gradus";
import { describeGraph, loadOnnx } from "gradus/graph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  encodeModel,
  encodeTensor,
  type FileModel,
  type FileNode,
  type FileTensor,
  smallNetwork,
} from "./onnxWriter.ts";
import { bytes, join, type Message, message, text, varint, whole } from "./protobufWriter.ts";

/** The message of the error that loading throws, which must be a DataError. */
const refusal = async (
  source: Parameters<typeof loadOnnx>[0],
  options: Parameters<typeof loadOnnx>[1] = {},
): Promise<string> => {
  try {
    await loadOnnx(source, options);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as DataError).message;
  }
  throw new Error("the file must be refused");
};

/** The processor time since a start, as a busy machine may stop the process for seconds. */
const milliseconds = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};

const relu: FileNode = { op: "Relu", inputs: ["x"], outputs: ["y"] };
const file = (model: Partial<FileModel>): Uint8Array<ArrayBuffer> =>
  encodeModel({ nodes: [relu], inputs: { x: { dims: ["n", 2] } }, outputs: ["y"], ...model });

describe("a file that is not sound", () => {
  const broken: readonly (readonly [what: string, parts: readonly Message[], message: string])[] = [
    [
      "a whole number of eleven bytes",
      [Uint8Array.of(8, ...new Array(11).fill(255), 1)],
      "a whole number must have at most ten bytes, got more",
    ],
    ["a length beyond the end", [whole(1, 8), Uint8Array.of(0x3a, 100, 1)], "it must be complete, got 100 bytes of 1"],
    ["a negative length", [whole(1, 8), Uint8Array.of(0x3a), varint(-1)], "a length must not be negative, got -1"],
    ["a group", [whole(1, 8), Uint8Array.of(0x3b)], "it must not contain groups, got field 7"],
    [
      "a type of fields that does not exist",
      [whole(1, 8), Uint8Array.of(0x3e)],
      "a field must have a known type, got type 6",
    ],
    ["a field without a number", [whole(1, 8), Uint8Array.of(0)], "a field must have a number, got 0"],
    ["a number in place of the graph", [whole(1, 8), whole(7, 1)], "field 7 must be bytes, got type 0"],
    [
      "text that is not UTF-8",
      [whole(1, 8), bytes(2, Uint8Array.of(0xff))],
      "text must be UTF-8, got other bytes in field 2",
    ],
    ["no graph", [whole(1, 8), text(2, "test")], "an ONNX model must have a graph, got none"],
  ];
  test.each(broken)("a file with %s is refused", async (_, parts, message) => {
    expect(await refusal(join(parts))).toContain(message);
  });

  test("fields of unknown numbers are skipped, and of a repeated single field the last counts", async () => {
    const further = [whole(99, 3), text(98, "new"), Uint8Array.of(0xad, 6, 1, 2, 3, 4), whole(1, 9)];
    const net = await loadOnnx(file({ modelFields: further }));
    expect(net.call(ones([1, 2])).toArray()).toEqual([[1, 1]]);
    expect((await describeGraph(file({ modelFields: further }))).irVersion).toBe(9);
  });

  test("versions that are not read are named, with what wrote the file", async () => {
    expect(await refusal(file({ ir: 14 }))).toBe(
      "loadOnnx: the IR version must be from 1 to 13, got 14. Export it with 13 or below.",
    );
    expect(await refusal(file({ opset: 26 }))).toBe(
      "loadOnnx: the opset must be from 6 to 25, got 26 of test 1.0. Export the model with opset 17, or convert it with onnx.version_converter.",
    );
    expect(await refusal(file({ opset: 5 }))).toContain("got 5 of test 1.0");
  });

  test("files of other formats are named", async () => {
    expect(await refusal(new TextEncoder().encode("PK\x03\x04 archive/data.pkl"))).toContain(
      "the file must be an ONNX model, got a zip file of PyTorch",
    );
    expect(await refusal(new Uint8Array())).toContain("an ONNX model must have a graph");
  });

  test("all nodes that cannot be computed are told at once", async () => {
    const nodes: readonly FileNode[] = [
      { op: "LSTM", name: "rnn1", inputs: ["x"], outputs: ["a"] },
      { op: "LSTM", inputs: ["a"], outputs: ["b"] },
      { op: "Relu", domain: "com.example", name: "own", inputs: ["b"], outputs: ["c"] },
      {
        op: "If",
        name: "branch",
        inputs: ["c"],
        outputs: ["y"],
        attributes: { then_branch: { graph: new Uint8Array() } },
      },
    ];
    expect(await refusal(file({ nodes, opsets: { "com.example": 2 } }))).toBe(
      'loadOnnx: every node must have an operator that gradus computes, got LSTM of ai.onnx 17 ("rnn1", "b"); ' +
        'Relu of com.example 2 ("own"); If of ai.onnx 17 ("branch"), in a file of test 1.0. ' +
        "Ask for an earlier tensor with { outputs: [name] }, or export the model without these operators.",
    );
    // What is not asked for is not looked at.
    const behind = [relu, { op: "ZipMap", domain: "ai.onnx.ml", inputs: ["y"], outputs: ["labels"] }];
    const net = await loadOnnx(file({ nodes: behind, outputs: ["labels"] }), { output: "y" });
    expect(net.outputs.map(({ name }) => name)).toEqual(["y"]);
    expect((await describeGraph(file({ nodes: behind }))).unsupported).toEqual({
      "ZipMap of ai.onnx.ml without a version": ["labels"],
    });
  });

  test("circles, names that are taken twice, and tensors that nothing computes are refused; any order is read", async () => {
    const chain: readonly FileNode[] = [
      { op: "Relu", inputs: ["a"], outputs: ["y"] },
      { op: "Neg", inputs: ["x"], outputs: ["a"] },
    ];
    expect((await loadOnnx(file({ nodes: chain }))).tensors()).toEqual(["x", "a", "y"]);
    expect(await refusal(file({ nodes: [{ op: "Relu", inputs: ["y"], outputs: ["y"] }] }))).toContain(
      'nodes must not need each other in a circle, got "y" (Relu)',
    );
    expect(await refusal(file({ nodes: [chain[0], { op: "Neg", inputs: ["y"], outputs: ["a"] }] }))).toContain(
      "in a circle",
    );
    expect(await refusal(file({ nodes: [relu, relu] }))).toContain(
      'each tensor must have a name of its own, got "y" twice',
    );
    expect(await refusal(file({ nodes: [{ op: "Neg", inputs: ["x"], outputs: ["x"] }] }))).toContain('"x" twice');
    expect(await refusal(file({ nodes: [{ op: "Relu", inputs: ["z"], outputs: ["y"] }] }))).toContain(
      'got none "z" for node "y" (Relu)',
    );
    expect(await refusal(file({ outputs: ["none"] }))).toContain('got none "none" for an output');
    expect(await refusal(file({ outputs: [] }))).toContain("a graph must have outputs, got none");
    const short = await loadOnnx(file({ nodes: [{ op: "Add", inputs: ["x"], outputs: ["y"] }] }));
    const nodes = [
      { op: "MatMul", inputs: ["x"], outputs: ["m"] },
      { op: "Add", inputs: ["m", "x"], outputs: ["y"] },
    ];
    const product = await loadOnnx(file({ nodes }));
    expect(() => product.call(ones([1, 2]))).toThrow('graph: node "m" (MatMul) must have an input 1');
    expect(() => short.call(ones([1, 2]))).toThrow(
      'graph: node "y" (Add) must have an input 1, got 1 inputs. Check the file.',
    );
  });

  test("tensors must have the elements that their lengths promise", async () => {
    const withTensor = (tensor: FileTensor): Uint8Array<ArrayBuffer> =>
      file({ nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }], initializers: { w: tensor } });
    expect(await refusal(withTensor({ dims: [2, 2 ** 30], values: [1, 2] }))).toContain(
      `"w" must have ${2 ** 31} elements of float32, got 2`,
    );
    expect(await refusal(withTensor({ dims: [2 ** 40, 2 ** 40], values: [] }))).toContain(
      'the lengths of "w" must be whole numbers from 0',
    );
    expect(await refusal(withTensor({ dims: [-1], values: [1] }))).toContain("got [-1]");
    expect(await refusal(withTensor({ dims: new Array(65).fill(1), values: [1] }))).toContain(
      "a tensor may have 64 axes, got more",
    );
    expect(await refusal(withTensor({ dims: [1], values: [], raw: { type: 8, bytes: new Uint8Array(4) } }))).toContain(
      'tensors must hold numbers of 8 bits or more, got string for "w"',
    );
    expect(
      await refusal(
        withTensor({ dims: [1], values: [], raw: { type: 11, bytes: new Uint8Array(Float64Array.of(1e300).buffer) } }),
      ),
    ).toContain("float64 becomes float32");
  });
});

describe("few bytes that ask for much", () => {
  const constant = (name: string, ...values: readonly number[]): [string, FileTensor] => [
    name,
    { dims: [values.length], values, type: "int64" },
  ];
  const huge = 2 ** 40;
  const bombs: readonly (readonly [
    what: string,
    nodes: readonly FileNode[],
    initializers: readonly [string, FileTensor][],
  ])[] = [
    ["ConstantOfShape", [{ op: "ConstantOfShape", inputs: ["s"], outputs: ["y"] }], [constant("s", huge)]],
    ["Expand", [{ op: "Expand", inputs: ["one", "s"], outputs: ["y"] }], [constant("one", 1), constant("s", huge)]],
    ["Tile", [{ op: "Tile", inputs: ["one", "s"], outputs: ["y"] }], [constant("one", 1), constant("s", huge)]],
    [
      "Range",
      [{ op: "Range", inputs: ["zero", "s", "one"], outputs: ["y"] }],
      [constant("zero", 0), constant("one", 1), constant("s", huge)],
    ],
    [
      "Range without an end",
      [{ op: "Range", inputs: ["one", "one", "zero"], outputs: ["y"] }],
      [constant("zero", 0), constant("one", 1)],
    ],
    [
      "OneHot",
      [{ op: "OneHot", inputs: ["one", "s", "values"], outputs: ["y"] }],
      [constant("one", 1), constant("s", huge), ["values", { dims: [2], values: [0, 1] }]],
    ],
    [
      "doubling",
      Array.from({ length: 60 }, (_, index) => ({
        op: "Concat",
        inputs: [`d${index}`, `d${index}`],
        outputs: [index === 59 ? "y" : `d${index + 1}`],
        attributes: { axis: 0 },
      })),
      [constant("d0", 1)],
    ],
    [
      "many large arrays",
      [
        ...Array.from({ length: 40 }, (_, index) => ({ op: "ConstantOfShape", inputs: ["s"], outputs: [`d${index}`] })),
        { op: "Sum", inputs: Array.from({ length: 40 }, (_, index) => `d${index}`), outputs: ["y"] },
      ],
      [constant("s", 2 ** 20)],
    ],
  ];
  test.each(bombs)("%s is stopped before it takes memory", async (_, nodes, initializers) => {
    const encoded = encodeModel({ nodes, initializers: Object.fromEntries(initializers), outputs: ["y"] });
    expect(encoded.length).toBeLessThan(5000);
    const start = process.cpuUsage();
    const net = await loadOnnx(encoded);
    expect(() => net.run({})).toThrow(
      /graph: node "\w+" \(\w+\): .*(may have 16777216 elements|a number other than 0|must be|overflow)|too many elements/,
    );
    expect(milliseconds(start)).toBeLessThan(5000);
  });

  test("a product of a shape beyond whole numbers is refused where a tensor takes it", async () => {
    const net = await loadOnnx(
      encodeModel({
        nodes: [{ op: "Expand", inputs: ["x", "s"], outputs: ["y"] }],
        initializers: Object.fromEntries([constant("s", huge, huge, 1)]),
        inputs: { x: { dims: ["n"] } },
        outputs: ["y"],
      }),
    );
    expect(() => net.call(ones([1]))).toThrow(/graph: node "y" \(Expand\)/);
  });

  test("a long chain of nodes is loaded without recursion, in a time that grows with its length", async () => {
    const count = 40_000;
    const parts: Uint8Array[] = [];
    for (let index = 0; index < count; index++) {
      parts.push(message(1, text(1, `t${index}`), text(2, `t${index + 1}`), text(4, "Relu")));
    }
    const value = (name: string): Message =>
      join([text(1, name), message(2, message(1, whole(1, 1), message(2, message(1, text(2, "n")))))]);
    const graph = join([...parts, bytes(11, value("t0")), bytes(12, value(`t${count}`))]);
    const encoded = join([whole(1, 8), bytes(7, graph), message(8, whole(2, 17))]);
    const start = process.cpuUsage();
    const description = await describeGraph(encoded);
    expect(description.operators).toEqual({ Relu: count });
    const net = await loadOnnx(encoded);
    expect(net.tensors().length).toBe(count + 1);
    expect(net.call(ones([3])).toArray()).toEqual([1, 1, 1]);
    expect(milliseconds(start)).toBeLessThan(30_000);
  }, 60_000);
});

describe("weights in another file", () => {
  const data = new Uint8Array(Float32Array.of(9, 1, -2).buffer);
  const external = (fields: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> =>
    file({
      nodes: [{ op: "Mul", inputs: ["x", "w"], outputs: ["y"] }],
      initializers: { w: { dims: [2], values: [], external: fields } },
    });
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(joinPath(tmpdir(), "gradus-graph-"));
    mkdirSync(joinPath(folder, "models"));
    writeFileSync(joinPath(folder, "secret"), data);
    writeFileSync(joinPath(folder, "models/model.onnx.data"), data);
    symlinkSync(joinPath(folder, "secret"), joinPath(folder, "models/link"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const model = (fields: Readonly<Record<string, string>>): string => {
    const path = joinPath(folder, "models/model.onnx");
    writeFileSync(path, external(fields));
    return path;
  };

  test.each(["model.onnx.data", "./model.onnx.data"])(
    "weights are read from %s in the folder of the model",
    async (location) => {
      const net = await loadOnnx(model({ location, offset: "4", length: "8" }));
      expect(net.variable("w").read().toArray()).toEqual([1, -2]);
    },
  );

  test("weights are passed as bytes, and a missing file is named", async () => {
    const encoded = external({ location: "model.onnx.data", offset: "4" });
    const net = await loadOnnx(encoded, { external: { "model.onnx.data": data } });
    expect(net.call(ones([1, 2])).toArray()).toEqual([[1, -2]]);
    expect(await refusal(encoded)).toContain(
      'the weights are in another file, got no "model.onnx.data". Pass { external: { "model.onnx.data": bytes } }.',
    );
    expect((await describeGraph(encoded)).external).toEqual(["model.onnx.data"]);
    expect(await refusal(model({ location: "missing" }))).toContain("missing");
  });

  test.each(["../secret", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "C:secret", "a\0b", "./../secret", "link"])(
    "weights are not read from %j",
    async (location) => {
      expect(await refusal(model({ location, offset: "4", length: "8" }))).toContain("must be in a file beside it");
    },
  );

  test.each([
    [{ offset: "8" }, "must be 8 bytes within its file, got 4 bytes from 8 on, of 12"],
    [{ offset: "4", length: "4" }, "must be 8 bytes within its file"],
    [{ offset: "4", length: "99999999999" }, "must be 8 bytes within its file"],
    [{ offset: "-4" }, 'the offset of "w" must be a whole number, got "-4"'],
    [{ offset: "1e1" }, "must be a whole number"],
    [{ length: "99999999999999999999" }, "must be a whole number"],
  ])("a part %j that does not lie in its file is refused", async (fields, message) => {
    expect(await refusal(model({ location: "model.onnx.data", ...fields }))).toContain(message);
  });
});

test("a tensor as bytes of half and brain floats, doubles and whole numbers is converted", async () => {
  const initializers: Readonly<Record<string, FileTensor>> = {
    half: { dims: [2], values: [], raw: { type: 10, bytes: Uint8Array.of(0, 0x3c, 0, 0xc0) } },
    brain: { dims: [2], values: [], raw: { type: 16, bytes: Uint8Array.of(0x80, 0x3f, 0, 0x40) } },
    double: { dims: [2], values: [], raw: { type: 11, bytes: new Uint8Array(Float64Array.of(0.5, 4).buffer) } },
  };
  const net = await loadOnnx(
    file({
      nodes: [
        { op: "Add", inputs: ["x", "half"], outputs: ["a"] },
        { op: "Mul", inputs: ["a", "brain"], outputs: ["b"] },
        { op: "Add", inputs: ["b", "double"], outputs: ["y"] },
      ],
      initializers,
    }),
  );
  expect(net.variables.map((variable) => variable.read().toArray())).toEqual([
    [1, -2],
    [1, 2],
    [0.5, 4],
  ]);
  expect(encodeTensor("w", initializers.half).length).toBeGreaterThan(4);
  expect((await loadOnnx(encodeModel(smallNetwork))).variables.length).toBe(4);
});
