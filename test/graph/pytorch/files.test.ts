import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Activation,
  AdaGrad,
  Adam,
  BatchNorm,
  Conv2D,
  Dense,
  Dropout,
  dataset,
  Flatten,
  input,
  Layer,
  type LayerOptions,
  loadVariables,
  Model,
  Momentum,
  meanSquaredError,
  mul,
  type Optimizer,
  ones,
  RandomFlip,
  reduceOnPlateau,
  Sequential,
  SGD,
  type Tensor,
  tensor,
} from "gradus";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../../../bench/size/measure.ts";
import { savePyTorch } from "../../../src/graph/index.ts";
import { layerTexts } from "../../../src/graph/pytorch/network/layerTexts.ts";
import { pythonClassName, pythonName } from "../../../src/graph/pytorch/network/pythonText.ts";
import { optimizerText } from "../../../src/graph/pytorch/training/optimizerText.ts";
import { builtInLayers } from "../../../src/io/model/layerClasses.ts";
import { optimizerMakers } from "../../../src/io/model/optimizerClasses.ts";

let parent = "";
let folder = "";
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "gradus-pytorch-"));
  folder = join(parent, "handover");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const sgd = (): Optimizer => new SGD({ learningRate: 0.1 });
const dense = (): Sequential =>
  new Sequential({
    inputShape: [2],
    layers: [new Dense({ name: "a", units: 3 }), new Dense({ name: "b", units: 2 })],
    seed: 1,
  });
const arrays = (name: string): Promise<ReadonlyMap<string, Tensor>> => loadVariables(join(folder, name));

/** The message of the error of a handover. */
const refusal = async (model: Layer, optimizer: Optimizer = sgd(), options: object = {}): Promise<string> => {
  const error: unknown = await savePyTorch({ model, optimizer, ...options }, folder).then(
    () => "no error",
    (reason: Error) => reason.message,
  );
  expect(existsSync(folder), "nothing is written").toBe(false);
  return error as string;
};

describe("weights.npz", () => {
  test("weights have PyTorch's names and shapes, and the optimizer's state lies as they do", async () => {
    const model = new Sequential({
      name: "cnn",
      inputShape: [3, 4, 2],
      layers: [
        new Conv2D({ name: "conv", filters: 5, kernelSize: [2, 3] }),
        new BatchNorm({ name: "norm", scale: false }),
        new Flatten(),
        new Dense({ name: "out", units: 2 }),
      ],
      seed: 1,
    });
    const optimizer = new Momentum({ learningRate: 0.1, momentum: 0.9 });
    for (let step = 0; step < 2; step++) {
      optimizer.minimize(() => meanSquaredError(model.call(ones([2, 3, 4, 2]), { training: true }), ones([2, 2])));
    }
    await savePyTorch({ model, optimizer }, folder);
    const saved = await arrays("weights.npz");
    const shapes = Object.fromEntries(Array.from(saved, ([name, { shape }]) => [name, shape.join()]));
    expect(shapes).toEqual({
      "conv.weight": "5,2,2,3",
      "conv.bias": "5",
      "norm.bias": "5",
      "norm.running_mean": "5",
      "norm.running_var": "5",
      "out.weight": "2,20",
      "out.bias": "2",
      "optimizer/step": "",
      "optimizer/conv.weight/momentum_buffer": "5,2,2,3",
      "optimizer/conv.bias/momentum_buffer": "5",
      "optimizer/norm.bias/momentum_buffer": "5",
      "optimizer/out.weight/momentum_buffer": "2,20",
      "optimizer/out.bias/momentum_buffer": "2",
    });
    expect(saved.get("optimizer/step")?.item()).toBe(2);
    const kernel = model.variable("conv/kernel").read().toArray() as number[][][][];
    const weight = saved.get("conv.weight")!.toArray() as number[][][][];
    const slot = optimizer.slots(model.variable("out/kernel")).momentum.read().toArray() as number[][];
    const buffer = saved.get("optimizer/out.weight/momentum_buffer")!.toArray() as number[][];
    expect(weight[4][1][0][2]).toBe(kernel[0][2][1][4]);
    expect(buffer[1][13]).toBe(slot[13][1]);
    expect(readdirSync(folder).sort()).toEqual(["README.txt", "model.py", "train.py", "weights.npz"]);
  });

  test("updates of each variable are counted, and frozen variables have no state", async () => {
    const model = dense();
    const optimizer = new Adam({ variant: "pytorch" });
    const step = (): unknown => optimizer.minimize(() => meanSquaredError(model.call(ones([1, 2])), ones([1, 2])));
    step();
    model.freeze("a");
    step();
    await savePyTorch({ model, optimizer }, folder);
    const saved = await arrays("weights.npz");
    expect(saved.get("optimizer/b.weight/step")?.item()).toBe(2);
    expect([...saved.keys()].filter((name) => name.startsWith("optimizer/a"))).toEqual([]);
    expect(saved.get("optimizer/b.weight/exp_avg_sq")?.shape).toEqual([2, 3]);
  });
});

describe("data.npz", () => {
  test("stored bytes stay bytes beside their scale, and weights of examples are kept", async () => {
    const x = tensor(Uint8Array.from([0, 255, 3, 4]), { shape: [2, 2], dtype: "uint8", scale: 1 / 255 });
    const data = dataset({ x, y: tensor([0, 1], { dtype: "int32" }), weights: tensor([1, 2]) });
    await savePyTorch({ model: dense(), optimizer: sgd(), data }, folder);
    const saved = await arrays("data.npz");
    expect([...saved.get("x")!.data]).toEqual([0, 255, 3, 4]);
    expect(saved.get("x")?.dtype).toBe("uint8");
    expect(saved.get("x_scale")?.item()).toBe(1 / 255);
    expect(saved.get("y")?.dtype).toBe("int32");
    expect(saved.get("weights")?.toArray()).toEqual([1, 2]);
  });

  test("data that the model or the loss does not take are an error, and nothing is written", async () => {
    const y = ones([2, 2]);
    expect(await refusal(dense(), sgd(), { data: dataset({ x: ones([2, 3]), y }) })).toBe(
      "savePyTorch: each row of data.x must have the shape that the model was built for, got [*, 3] instead of [*, 2]. " +
        "Pass the data that fit trains with.",
    );
    expect(await refusal(dense(), sgd(), { data: dataset({ x: ones([2, 2]), y }) })).toMatch(
      /^savePyTorch: the loss must be named for targets that are not int32 labels, got targets of dtype float32/,
    );
  });
});

class Doubled extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options, "doubled");
  }
  call(x: Tensor): Tensor {
    return mul(x, 2);
  }
}

describe("what has no counterpart in PyTorch", () => {
  test("all of it is listed in one error, and nothing is written", async () => {
    const model = new Sequential({
      name: "net",
      inputShape: [4, 4, 1],
      layers: [
        new RandomFlip(),
        new Doubled(),
        new Flatten(),
        new BatchNorm({ renorm: true }),
        new Dense({
          units: 2,
          activation: (x) => mul(x, x),
          kernelRegularizer: (w) => mul(w, w),
          biasConstraint: (w) => w,
        }),
        new Activation((x) => mul(x, 3)),
      ],
    });
    const optimizer = new Adam({ learningRate: (step) => 1 / (step + 1), clip: (gradients) => gradients });
    const loss = (p: Tensor): Tensor => p;
    expect(await refusal(model, optimizer, { loss })).toBe(
      'savePyTorch: everything must have a counterpart in PyTorch, got without one: "net/random_flip" (RandomFlip); "net/doubled" ' +
        '(Doubled); "net/batch_norm" (BatchNorm with renorm); "net/dense/kernel" (a custom regularizer); "net/dense/bias" (a custom ' +
        'constraint); "net/dense" (a custom activation); "net/activation" (a custom function); the learning-rate schedule ' +
        "(a custom function); the clip (a custom function); a custom loss. Replace these, or leave them out and add them to model.py " +
        "or train.py.",
    );
  });

  test("an optimizer of another variant throws an error that names the option", async () => {
    expect(await refusal(dense(), new Adam())).toContain(
      'got without one: Adam with variant: "tensorflow1", whose formula is another one (pass { variant: "pytorch" })',
    );
    expect(await refusal(dense(), new AdaGrad({ variant: "keras" }))).toContain('AdaGrad with variant: "keras"');
  });

  test("savePyTorch throws for a schedule that watches training", async () => {
    const optimizer = new SGD({ learningRate: reduceOnPlateau({ schedule: 0.1 }) as never });
    expect(await refusal(dense(), optimizer)).toContain("the learning-rate schedule (reduceOnPlateau)");
  });

  test("savePyTorch throws for several inputs, a call with its own training, and a model that is not built", async () => {
    const [x, y] = [input({ shape: [2] }), input({ shape: [2] })];
    const one = new Dense({ name: "one", units: 2 });
    const both = new Model({ name: "two", inputs: [x, y], outputs: [one.call(x), one.call(y)] });
    expect(await refusal(both)).toContain('"two" with 2 inputs and 2 outputs');
    const dropped = new Dropout({ name: "drop" }).call(x, { training: true });
    const outputs = new Dense({ name: "top", units: 1 }).call(dropped);
    expect(await refusal(new Model({ name: "drops", inputs: x, outputs }))).toContain(
      '"drops/drop" (which is called with training: true)',
    );
    expect(await refusal(new Sequential({ name: "new", layers: [new Dense({ units: 1 })] }))).toBe(
      'savePyTorch: the model must have been built, got "new" without variables. Give it an inputShape, or call it once.',
    );
    expect(await refusal(one)).toContain('"one", which is not a Sequential or a Model');
  });

  test("every layer of the library is written, or known to have no counterpart", () => {
    const missing = [...builtInLayers.keys()].filter((name) => !layerTexts.has(name));
    expect(missing.sort()).toEqual(["RandomFlip", "RandomRotation", "RandomShift", "RandomZoom", "TableEncoder"]);
    expect([...layerTexts.keys()].filter((name) => !builtInLayers.has(name))).toEqual([]);
  });

  test("every optimizer of the library is written in the variant of PyTorch, where it has variants", () => {
    for (const [name, make] of optimizerMakers) {
      const momentum = /Momentum|Nesterov/.test(name) ? { momentum: 0.9 } : {};
      const options = { learningRate: 0.1, ...momentum, ...(name === "Lion" ? {} : { variant: "pytorch" }) };
      const problems: string[] = [];
      expect(optimizerText(make(options), (what) => problems.push(what))?.expression, name).toContain(
        "parameters, lr=",
      );
      expect(problems).toEqual([]);
    }
  });
});

test("a folder is made where its parent exists, and is an error elsewhere", async () => {
  await savePyTorch({ model: dense(), optimizer: sgd() }, folder);
  expect(existsSync(join(folder, "train.py"))).toBe(true);
  const absent = join(parent, "none", "handover");
  await expect(savePyTorch({ model: dense(), optimizer: sgd() }, absent)).rejects.toThrow(
    "the folder of a file must exist",
  );
  expect(existsSync(join(parent, "none"))).toBe(false);
});

describe("names in Python", () => {
  test("names keep their letters, and avoid words of Python and attributes of nn.Module", () => {
    const taken = new Set<string>();
    const names = [
      "hidden1",
      "conv-1",
      "conv_1",
      "1st",
      "class",
      "train",
      "forward",
      "Größe",
      "層",
      "_private",
      "self",
    ];
    expect(names.map((name) => pythonName(name, taken))).toEqual([
      "hidden1",
      "conv_1",
      "conv_1_1",
      "layer_1st",
      "class_",
      "train_",
      "forward_",
      "Gro_e",
      "layer_",
      "layer_private",
      "self_",
    ]);
  });

  test("classes are named as models are, each by a name of its own", () => {
    const taken = new Set(["BatchNorm"]);
    expect(["wide net", "wide_net", "batch_norm", "3d", "日本"].map((name) => pythonClassName(name, taken))).toEqual([
      "WideNet",
      "WideNet_1",
      "BatchNorm_1",
      "Net3d",
      "Net",
    ]);
  });
});

test("a program that only loads ONNX does not carry the programs for PyTorch", async () => {
  const { modules } = await bundle('import { loadOnnx } from "gradus/graph"; console.log(loadOnnx);');
  expect(Object.keys(modules).filter((path) => path.includes("graph/onnx"))).not.toEqual([]);
  expect(Object.keys(modules).filter((path) => path.includes("pytorch"))).toEqual([]);
});
