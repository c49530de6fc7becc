import { describe, expect, it } from "vitest";
import type { Variable } from "../../src/autograd/variable.ts";
import { loadModel } from "../../src/io/model/loadModel.ts";
import { registerLayer } from "../../src/io/model/registry.ts";
import { encodeModel } from "../../src/io/model/saveModel.ts";
import { Activation } from "../../src/layers/activation.ts";
import { Layer } from "../../src/layers/base/layer.ts";
import { Dense } from "../../src/layers/dense.ts";
import { Dropout } from "../../src/layers/dropoutLayer.ts";
import { BatchNorm } from "../../src/layers/normalization/batchNorm.ts";
import { PReLU } from "../../src/layers/prelu.ts";
import { Sequential, type SequentialOptions } from "../../src/layers/sequential.ts";
import { square } from "../../src/ops/elementwise/powers.ts";
import { elu } from "../../src/ops/elementwise/rectifier.ts";
import { mean } from "../../src/ops/reduce/reduce.ts";
import { gather } from "../../src/ops/shape/gather.ts";
import { reshape } from "../../src/ops/shape/reshape.ts";
import { SGD } from "../../src/optim/sgd.ts";
import { observeKernels } from "../../src/tensor/interpret/eager.ts";
import { heap } from "../../src/tensor/memory/heap.ts";
import { ones, sameBits, type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { errorOf, onEachBackend, pattern } from "./helpers.ts";

const mnist = (): Sequential =>
  new Sequential({
    name: "dnn",
    inputShape: [784],
    layers: [
      new Dense({ name: "hidden1", units: 300, activation: "relu" }),
      new Dense({ name: "hidden2", units: 100, activation: "relu" }),
      new Dense({ name: "outputs", units: 10 }),
    ],
    seed: 42,
  });

/** A table of embeddings, which takes whole numbers. */
class Embedding extends Layer {
  table!: Variable;
  build(): void {
    this.table = this.addVariable("table", { shape: [5, 3], initializer: "glorotUniform" });
  }
  call(input: Tensor): Tensor {
    return gather(this.table.read(), input);
  }
}
registerLayer("test/Embedding", Embedding);

const names = (model: Sequential): string[] => model.layers.map(({ name }) => name);

onEachBackend(() => {
  describe("Sequential", () => {
    it("Sequential is built by its constructor, with named variables, without computing a layer", () => {
      const ran = new Set<string>();
      const model = observeKernels(
        (primitive) => ran.add(primitive),
        () => mnist(),
      );
      expect(model.variables.map(({ name, shape }) => [name, shape])).toEqual([
        ["dnn/hidden1/kernel", [784, 300]],
        ["dnn/hidden1/bias", [300]],
        ["dnn/hidden2/kernel", [300, 100]],
        ["dnn/hidden2/bias", [100]],
        ["dnn/outputs/kernel", [100, 10]],
        ["dnn/outputs/bias", [10]],
      ]);
      expect([...ran]).toEqual(["randomUniform"]);
      expect([model.inputShape, model.outputShape]).toEqual([[784], [10]]);
    });

    it("Sequential without inputShape is built by the first call, with the same bits", () => {
      const layers = (): Layer[] => [new Dense({ units: 4 }), new Dropout(), new Dense({ units: 2 })];
      const early = new Sequential({ layers: layers(), inputShape: [3], seed: 7 });
      const late = new Sequential({ layers: layers(), seed: 7 });
      expect([late.built, late.variables.length, late.outputShape]).toEqual([false, 0, undefined]);
      const x = pattern([5, 3]);
      for (const options of [{}, { training: true }, { training: true }]) {
        expect(sameBits(early.call(x, options), late.call(x, options))).toBe(true);
      }
      expect(late.variables.map(({ name }) => name)).toEqual(early.variables.map(({ name }) => name));
      expect(late.outputShape).toEqual([2]);
    });

    it("Sequential has the same bits with the same seed, and others with another seed", () => {
      const kernel = (seed: number): Tensor =>
        new Sequential({ inputShape: [3], layers: [new Dense({ units: 4 })], seed }).variable("dense/kernel").read();
      expect(sameBits(kernel(1), kernel(1))).toBe(true);
      expect(sameBits(kernel(1), kernel(2))).toBe(false);
    });

    it("Sequential with a new last layer has the same earlier layers, which draw the same numbers", () => {
      const layers = (): Layer[] => [new Dense({ units: 4 }), new Dropout()];
      const short = new Sequential({ name: "m", inputShape: [3], layers: layers(), seed: 7 });
      const long = new Sequential({
        name: "m",
        inputShape: [3],
        layers: [...layers(), new Dense({ units: 4 })],
        seed: 7,
      });
      expect(sameBits(short.variable("dense/kernel").read(), long.variable("m/dense/kernel").read())).toBe(true);
      expect(sameBits(long.variable("dense/kernel").read(), long.variable("dense_1/kernel").read())).toBe(false);
      long.call(pattern([5, 3]), { training: true });
      short.call(pattern([5, 3]), { training: true });
      expect(short.layer("dropout").random.state).toEqual(long.layer("dropout").random.state);
    });

    it("Sequential nests, with names, variables, shapes and seeds", () => {
      const make = (): Sequential =>
        new Sequential({
          name: "outer",
          inputShape: [3],
          layers: [new Sequential({ name: "inner", layers: [new Dense({ units: 4 }), elu] }), new Dense({ units: 2 })],
          seed: 3,
        });
      const model = make();
      expect(model.variables.map(({ name }) => name)).toEqual([
        "outer/inner/dense/kernel",
        "outer/inner/dense/bias",
        "outer/dense/kernel",
        "outer/dense/bias",
      ]);
      expect(sameBits(model.call(pattern([2, 3])), make().call(pattern([2, 3])))).toBe(true);
    });

    it("Sequential shares a layer, under its name, with another model", () => {
      const first = mnist();
      const hidden = first.layer("hidden1");
      const second = new Sequential({ name: "other", inputShape: [784], layers: [hidden, new Dense({ units: 5 })] });
      expect(second.variables.map(({ name }) => name)).toEqual([
        "dnn/hidden1/kernel",
        "dnn/hidden1/bias",
        "other/dense/kernel",
        "other/dense/bias",
      ]);
      expect(second.variables[0]).toBe(first.variables[0]);
      expect(second.variable("dnn/hidden1/bias")).toBe(first.variables[1]);
    });

    it("Sequential takes int32 inputs if its layers do, and is trained, nested, saved and loaded with them", async () => {
      const layers = () => [new Embedding(), new Dense({ units: 1 })];
      const ids = tensor(
        [
          [0, 1],
          [4, 4],
          [2, 3],
        ],
        { dtype: "int32" },
      );
      const model = new Sequential({ inputShape: [2], layers: layers(), seed: 1 });
      const late = new Sequential({ layers: layers(), seed: 1 });
      const nested = new Sequential({ inputShape: [2], layers: [new Sequential({ layers: layers() })], seed: 1 });
      expect([model.outputShape, late.call(ids).shape, nested.outputShape]).toEqual([
        [2, 1],
        [3, 2, 1],
        [2, 1],
      ]);
      expect(late.predict(ids).toArray()).toEqual(model.call(ids).toArray());
      const copy = await loadModel(encodeModel(model));
      expect(copy.predict(ids, { batchSize: 2 }).toArray()).toEqual(model.predict(ids).toArray());
      const loss = () => mean(square(model.call(ids)));
      const optimizer = new SGD({ learningRate: 0.1 });
      const first = optimizer.minimize(loss, model.variables).item();
      expect(optimizer.minimize(loss, model.variables).item()).toBeLessThan(first);
      // The error of a float input is the one that is reported.
      expect(errorOf(() => model.call(ones([1, 2])))).toMatch(/^DTypeError: sequential\/embedding: gather/);
    });

    it("layers take the options of a call, whether they use them or not", () => {
      const options = { training: true };
      expect(new Dense({ units: 1 }).call(ones([1, 2]), options).shape).toEqual([1, 1]);
      expect(new Activation("relu").call(ones([1, 2]), options).shape).toEqual([1, 2]);
      expect(new PReLU().call(ones([1, 2]), options).shape).toEqual([1, 2]);
    });

    it("Sequential freezes all of its layers, or a single layer", () => {
      const model = new Sequential({
        inputShape: [3],
        layers: [new Dense({ units: 2 }), new BatchNorm()],
        trainable: false,
      });
      expect(model.trainableVariables).toEqual([]);
      model.layer("batch_norm").trainable = true;
      expect(model.trainableVariables.map(({ name }) => name)).toEqual([
        "sequential/batch_norm/gamma",
        "sequential/batch_norm/beta",
      ]);
      model.trainable = true;
      expect(model.trainableVariables).toHaveLength(4);
    });
  });
});

describe("names of layers", () => {
  it("default names of layers are numbered, around the chosen names", () => {
    const dense = (name?: string): Dense => new Dense({ units: 2, name });
    expect(
      names(new Sequential({ layers: [dense(), dense("dense_1"), dense(), elu, elu, (x) => x, dense("dense")] })),
    ).toEqual(["dense_2", "dense_1", "dense_3", "elu", "elu_1", "activation", "dense"]);
  });

  it("names of the layers of a model must differ", () => {
    expect(
      errorOf(
        () => new Sequential({ name: "dnn", layers: [new Dropout({ name: "a" }), new Dense({ name: "a", units: 1 })] }),
      ),
    ).toBe('ValueError: dnn: each layer needs a name of its own, got "a" twice. Rename one.');
    const shared = new Dropout();
    expect(errorOf(() => new Sequential({ name: "dnn", layers: [shared, shared] }))).toBe(
      'ValueError: dnn: a model may contain each layer once, got "dropout" at positions 0 and 1. Create another one.',
    );
  });
});

describe("summary", () => {
  it("summary shows shapes, parameters, trainable parameters, and totals", () => {
    const model = new Sequential({
      name: "dnn",
      inputShape: [784],
      layers: [
        new Dense({ name: "hidden1", units: 300 }),
        new BatchNorm({ name: "bn1" }),
        elu,
        new Dense({ name: "outputs", units: 10 }),
      ],
    });
    expect(model.summary()).toBe(
      [
        "layer      output shape  parameters  trainable",
        "----------------------------------------------",
        "hidden1    [*, 300]         235,500    235,500",
        "bn1        [*, 300]           1,200        600",
        "elu        [*, 300]               0          0",
        "outputs    [*, 10]            3,010      3,010",
        "----------------------------------------------",
        "model dnn                   239,710    239,110",
      ].join("\n"),
    );
    model.layer("hidden1").trainable = false;
    expect(model.summary()).toMatch(/hidden1 +\[\*, 300\] +235,500 +0\n/);
  });

  it("summary shows ? for values that are not known yet", () => {
    const model = new Sequential({ layers: [new Dense({ units: 3 })] });
    expect(model.summary()).toBe(
      [
        "layer             output shape   parameters  trainable",
        "------------------------------------------------------",
        "dense             ?                       ?          ?",
        "------------------------------------------------------",
        "model sequential  not built yet           ?          ?",
      ].join("\n"),
    );
  });
});

describe("errors of Sequential", () => {
  const sequential =
    (options: object): (() => unknown) =>
    () =>
      new Sequential(options as SequentialOptions);
  it.each([
    [
      sequential({ layers: [] }),
      "ValueError: sequential: layers must be a list of at least one layer, got an empty list. Add a layer.",
    ],
    [
      sequential({ layers: [elu, "relu"] }),
      'ValueError: sequential: each of the layers must be a layer or a function of a tensor, got "relu" at position 1. Write new Activation("relu").',
    ],
    [
      sequential({ layers: [elu], input: [3] }),
      'ValueError: Sequential: every option must be one that exists, got "input". The options are layers, inputShape, name, trainable, seed, activityRegularizer.',
    ],
    [
      sequential({ layers: [elu], inputShape: [2.5] }),
      "ShapeError: sequential: a shape is at most 6 whole numbers from 0, got [2.5].",
    ],
    [
      sequential({ layers: [elu], inputShape: [2], seed: -1 }),
      "ValueError: Random: a seed is a whole number from 0 to 2^53 - 1, got -1.",
    ],
    [
      () => mnist().call(ones([32, 100])),
      "ShapeError: dnn: each row of the input must have the shape that the model was built for, got shape [32, 100] where " +
        "[*, 784] is expected. Reshape the input, or make another model for it.",
    ],
    [
      () => mnist().predict(ones([784])),
      "ShapeError: dnn: each row of the input must have the shape that the model was built for, got shape [784] where " +
        "[*, 784] is expected. Reshape the input, or make another model for it.",
    ],
    [
      sequential({ layers: [elu, (x: Tensor) => reshape(x, [-1, 7])], inputShape: [4], name: "net" }),
      "ShapeError: net/activation: reshape: the number of elements must stay, got x=[2, 4] (8) and shape [1, 7] (7). " +
        "Choose lengths with that product, or one -1. Shapes up to this layer: input [*, 4], elu [*, 4].",
    ],
    [
      sequential({ layers: [(x: Tensor) => mean(x, { axis: 0 })], inputShape: [4], name: "net" }),
      "ShapeError: net/activation: a layer must output one row for each row of its input, got shape [4] for 2 rows of shape [4]. " +
        "Keep the first axis.",
    ],
    [
      () => mnist().layer("hidden3"),
      'ValueError: dnn: there must be a layer of the name, got "hidden3". The layers are hidden1, hidden2, outputs.',
    ],
    [
      () => new Sequential({ layers: [new Dense({ units: 1 })] }).variable("dense/kernel"),
      'ValueError: sequential: there must be a variable of the name, got "dense/kernel". There are none yet: pass inputShape, or call the model first.',
    ],
    [
      () => new Sequential({ layers: [new Dense({ units: 1 })], inputShape: [1] }).variable("dense/weights"),
      'ValueError: sequential: there must be a variable of the name, got "dense/weights". The variables are ' +
        "sequential/dense/kernel, sequential/dense/bias.",
    ],
  ])("Sequential throws the full text, case %#", (body, message) => {
    expect(errorOf(body)).toBe(message);
  });
});

describe("memory", () => {
  it("a built model has the memory of its variables, and no more", () => {
    mnist();
    const before = heap().usedBytes;
    const model = mnist();
    const own = model.variables.reduce((bytes, { size }) => bytes + Math.ceil((size * 4) / 16) * 16, 0);
    expect(heap().usedBytes - before).toBe(own);
  });
});
