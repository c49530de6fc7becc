import { encodeSafetensors, loadVariables, tensor } from "gradus";
import { loadKeras } from "gradus/keras";
import { describe, expect, test } from "vitest";
import { encodeModel, smallNetwork } from "../graph/onnxWriter.ts";
import { type AnyConfig, membersOf, withConfig } from "./changedFile.ts";
import { kerasBytes, kerasFile } from "./kerasFiles.ts";

const messageOf = async (load: Promise<unknown>): Promise<string> => {
  const error = await load.then(
    () => new Error("nothing was thrown"),
    (thrown: Error) => thrown,
  );
  return `${error.name}: ${error.message}`;
};

const changed = async (change: (config: AnyConfig) => unknown): Promise<string> =>
  messageOf(loadKeras(await withConfig("sequential.keras", change)));

test("loadKeras lists all layers and options without a counterpart at once", async () => {
  const message = await changed(({ config }) => {
    config.layers[2].config.activation = "hard_sigmoid";
    config.layers[2].config.kernel_initializer.class_name = "Orthogonal";
    config.layers[2].config.quantization = "int8";
    config.layers[3].class_name = "LSTM";
    config.layers[4].config.noise_shape = [1];
    config.layers[5].registered_name = "Custom>Dense";
    config.layers[5].module = "my_package.layers";
  });
  expect(message).toBe(
    "DataError: loadKeras: each layer and each option must have a counterpart, got 6 without: " +
      '"first" (Dense): activation "hard_sigmoid"; ' +
      '"first" (Dense): kernel_initializer {"class_name":"Orthogonal","config":{"seed":null},"module":"keras.initializer...; ' +
      '"first" (Dense): quantization "int8"; "norm" (LSTM): the layer; "drop" (Dropout): noise_shape [1]; ' +
      '"second" (Dense): the layer. Export the model as ONNX, and load it with loadOnnx of gradus/graph.',
  );
});

const refused: readonly (readonly [title: string, change: (config: AnyConfig) => unknown, message: string])[] = [
  [
    "a free length in the shape of the input",
    ({ config }) => {
      config.layers[0].config.batch_shape = [null, null];
    },
    "the shape [null,null], in which only the number of rows may be free",
  ],
  [
    "images with the channels first",
    ({ config }) => {
      config.layers[4] = {
        class_name: "MaxPooling2D",
        config: { name: "pool", pool_size: [2, 2], data_format: "channels_first" },
      };
    },
    '"pool" (MaxPooling2D): data_format "channels_first"',
  ],
  [
    "an activity regularizer of Keras 3, which does not divide by the rows",
    ({ config }) => {
      config.layers[2].config.activity_regularizer = { class_name: "L2", config: { l2: 0.1 } };
    },
    '"first" (Dense): activity_regularizer {"class_name":"L2","config":{"l2":0.1}}',
  ],
  [
    "a leaky ReLU by its name within another layer",
    ({ config }) => {
      config.layers[2].config.activation = "leaky_relu";
    },
    '"first" (Dense): activation "leaky_relu"',
  ],
  [
    "a quantized layer",
    ({ config }) => {
      config.layers[2].config.dtype = { class_name: "QuantizedDTypePolicy", config: { mode: "int8" } };
    },
    '"first" (Dense): dtype',
  ],
  [
    "a ReLU with a largest value",
    ({ config }) => {
      config.layers[4] = { class_name: "ReLU", config: { name: "six", max_value: 6, negative_slope: 0, threshold: 0 } };
    },
    '"six" (ReLU): max_value 6',
  ],
  [
    "units that are not a number",
    ({ config }) => {
      config.layers[2].config.units = "six";
    },
    '"first" (Dense) must have options that fit, got "Dense: units must be',
  ],
  [
    "other units than the file has",
    ({ config }) => {
      config.layers[2].config.units = 2 ** 30;
    },
    '"net/first/kernel" must have the shape [4, 1073741824], got [4, 6]',
  ],
  [
    "a model that is code in Python",
    (config) => {
      config.class_name = "MyModel";
    },
    'the model must be a Sequential or a functional model, got one of the class "MyModel", which is code in Python',
  ],
  [
    "a layer that is not in the weights",
    ({ config }) => {
      config.layers.push({ class_name: "Dense", config: { ...config.layers[5].config, name: "third" } });
    },
    '"net/third" must have its kernel at layers/dense_2/vars/0, got none',
  ],
  [
    "arrays of a layer that is not in the config",
    ({ config }) => {
      config.layers.pop();
    },
    'each array must be of a layer, got "layers/dense_1/vars/0"',
  ],
  [
    "a name that looks like a path",
    ({ config }) => {
      config.layers[2].config.name = "a/b";
    },
    'the name of a Dense must be text without "/", got "a/b"',
  ],
  [
    "models nested beyond any use",
    (config) => {
      let nested = config;
      for (let depth = 0; depth < 20; depth++) nested = { class_name: "Sequential", config: { layers: [nested] } };
      return nested;
    },
    "models may be nested 16 deep",
  ],
  ["a config without layers", () => ({ class_name: "Sequential", config: {} }), "Sequential.layers must be a list"],
  ["a config that is not an object", () => [], "config must be an object"],
];

describe.each(refused)("a file of Keras with %s", (_, change, message) => {
  test("is refused", async () => {
    const text = await changed(change);
    expect(text).toContain(message);
    expect(text).toMatch(/^DataError: loadKeras: .+[."]$/);
  });
});

const refusedGraphs: typeof refused = [
  [
    "a circle",
    ({ config }) => {
      config.layers[8].inbound_nodes[0].args[0].config.keras_history = ["all", 0, 0];
    },
    "each call must follow those that it needs",
  ],
  [
    "a call of a layer that does not exist",
    ({ config }) => {
      config.layers[8].inbound_nodes[0].args[0].config.keras_history = ["nothing", 0, 0];
    },
    'a call must take what a layer gives, got "nothing"',
  ],
  [
    "a second result of a layer",
    ({ config }) => {
      config.layers[8].inbound_nodes[0].args[0].config.keras_history = ["one", 0, 1];
    },
    'the result 1 of "one": layers give one tensor',
  ],
  [
    "a mask in a call",
    ({ config }) => {
      config.layers[8].inbound_nodes[0].kwargs.mask = "mask";
    },
    '"narrow" (Reshape): a call with mask "mask"',
  ],
  [
    "two layers of one name",
    ({ config }) => {
      config.layers[8].config.name = "shared";
      config.layers[8].name = "shared";
    },
    "the names of layers must differ",
  ],
  [
    "a merge layer by an operation of Keras",
    ({ config }) => {
      config.layers[5].module = "keras.src.ops.numpy";
      config.layers[5].class_name = "Matmul";
    },
    '"sum" (Matmul): the layer',
  ],
];

describe.each(refusedGraphs)("a functional model of Keras with %s", (_, change, message) => {
  test("is refused", async () => {
    expect(await messageOf(loadKeras(await withConfig("functional.keras", change)))).toContain(message);
  });
});

test("loadKeras says of other files what they are, and what to do", async () => {
  expect(await messageOf(loadKeras(kerasFile("model.weights.h5")))).toContain(
    "the file must hold an architecture (model_config), got 5 arrays alone. Build the model in code, and read the arrays with loadVariables",
  );
  expect(await messageOf(loadKeras(encodeModel(smallNetwork)))).toContain("got an ONNX model. Load it with loadOnnx");
  const saved = Uint8Array.of(8, 1, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  expect(await messageOf(loadKeras(saved))).toContain(
    "got a SavedModel of TensorFlow (saved_model.pb). Save the model",
  );
  expect(await messageOf(loadKeras(encodeSafetensors({ x: tensor([1]) })))).toContain("got a safetensors file");
  expect(await messageOf(loadKeras("test/keras/files"))).toContain("this must be a plain file, got a folder");
  expect(await messageOf(loadKeras(Uint8Array.of(1, 2, 3)))).toContain("must begin with its signature");
  const members = await membersOf("sequential.keras");
  members.delete("config.json");
  const { encodeZip } = await import("../../src/io/formats/zip.ts");
  expect(await messageOf(loadKeras(encodeZip("x", members)))).toContain("must contain config.json");
  expect(await messageOf(loadKeras(kerasBytes("sequential.keras"), { maxBytes: 100 }))).toContain("at most 100 bytes");
  expect(await messageOf(loadKeras(kerasBytes("sequential.keras"), { maxByte: 1 } as never))).toMatch(/^ValueError/);
});

test("loadVariables reads the weights of a file of Keras without its optimizer", async () => {
  const weights = await loadVariables(kerasFile("model.weights.h5"));
  const zipped = await loadVariables(kerasFile("model.keras"), { match: /dense/ });
  expect([...zipped.keys()]).toEqual([
    "layers/dense/vars/0",
    "layers/dense/vars/1",
    "layers/dense_1/vars/0",
    "layers/dense_1/vars/1",
  ]);
  for (const [name, value] of zipped) expect(weights.get(name)?.data).toEqual(value.data);
  expect([...weights.keys()].filter((name) => name.startsWith("optimizer"))).toEqual([]);
  const old = await loadVariables(kerasFile("weights2.h5"));
  expect([...old].map(([name, { shape }]) => [name, [...shape]])).toEqual([
    ["out/bias", [3]],
    ["out/kernel", [20, 3]],
  ]);
});
