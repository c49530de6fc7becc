import { describe, expect, it } from "vitest";
import { Dense } from "../../src/layers/dense.ts";
import { BatchNorm } from "../../src/layers/normalization/batchNorm.ts";
import { Sequential } from "../../src/layers/sequential.ts";
import { elu } from "../../src/ops/elementwise/rectifier.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { SGD } from "../../src/optim/sgd.ts";
import { sameBits, type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { errorOf, onEachBackend, pattern } from "./helpers.ts";

const dnn = (seed = 1): Sequential =>
  new Sequential({
    name: "dnn",
    inputShape: [4],
    layers: [
      new Dense({ name: "hidden1", units: 5, activation: "relu" }),
      new BatchNorm({ name: "bn1" }),
      new Dense({ name: "hidden2", units: 3, activation: "relu" }),
      new Dense({ name: "outputs", units: 2 }),
    ],
    seed,
  });

/** A network whose first layer is one itself. */
const nested = (): Sequential =>
  new Sequential({
    name: "outer",
    inputShape: [4],
    layers: [
      new Sequential({
        name: "inner",
        layers: [new Dense({ name: "a", units: 3 }), elu, new Dense({ name: "b", units: 2 })],
      }),
      new Dense({ name: "outputs", units: 1 }),
    ],
    seed: 2,
  });

const names = (model: Sequential): string[] => model.variables.map(({ name }) => name);
const values = (model: Sequential): Tensor[] => model.variables.map((variable) => variable.read());

onEachBackend(() => {
  const x = pattern([7, 4]);

  describe("outputOf", () => {
    it("outputOf returns the output of the layer within the model", () => {
      const model = dnn();
      const hidden = model.layers.slice(0, 3).reduce((y, layer) => layer.call(y), x);
      expect(sameBits(model.outputOf("hidden2", x), hidden)).toBe(true);
      expect(sameBits(model.outputOf("dnn/hidden2", x, { batchSize: 2 }), hidden)).toBe(true);
      expect(sameBits(model.outputOf("outputs", x), model.predict(x))).toBe(true);
    });

    it("outputOf reaches into nested models", () => {
      const model = nested();
      const inner = model.layer("inner") as Sequential;
      expect(sameBits(model.outputOf("inner/a", x), inner.layers[0].call(x))).toBe(true);
      expect(sameBits(model.outputOf("outer/inner/elu", x), inner.outputOf("elu", x))).toBe(true);
    });

    it("outputOf can be differentiated", () => {
      const model = dnn();
      const optimizer = new SGD({ learningRate: 0.1 });
      const of = (body: () => Tensor): Tensor => {
        const variables = [model.variable("hidden1/kernel")];
        return optimizer.computeGradients(() => sum(body()), variables).gradients[0].gradient;
      };
      const direct = of(() => model.layers.slice(0, 3).reduce((y, layer) => layer.call(y), x));
      expect(
        sameBits(
          of(() => model.outputOf("hidden2", x)),
          direct,
        ),
      ).toBe(true);
    });

    it("outputOf builds the whole model for the input, and throws for other inputs from then on", () => {
      const model = new Sequential({
        name: "m",
        layers: [new Dense({ name: "a", units: 2 }), new Dense({ units: 1 })],
      });
      expect(model.outputOf("a", x).shape).toEqual([7, 2]);
      expect(names(model)).toHaveLength(4);
      expect(errorOf(() => model.outputOf("a", pattern([7, 5])))).toContain(
        "got shape [7, 5] where [*, 4] is expected",
      );
    });
  });

  describe("upTo and extend", () => {
    const grow = (model: Sequential): Sequential =>
      model
        .upTo("hidden2")
        .extend([new Dense({ name: "new_hidden3", units: 4, activation: "relu" }), elu, new Dense({ units: 6 })]);

    it("upTo and extend share the variables, which keep their names, and name new ones under the model", () => {
      const model = dnn();
      const grown = grow(model);
      expect(names(grown)).toEqual([
        ...names(model).slice(0, 8),
        "dnn/new_hidden3/kernel",
        "dnn/new_hidden3/bias",
        "dnn/dense/kernel",
        "dnn/dense/bias",
      ]);
      expect(grown.variables.slice(0, 8).every((variable, index) => variable === model.variables[index])).toBe(true);
      expect([grown.inputShape, grown.outputShape]).toEqual([[4], [6]]);
      expect(sameBits(grown.outputOf("hidden2", x), model.outputOf("hidden2", x))).toBe(true);
      // The model that was grown from is what it was.
      expect([model.layers.length, model.outputShape]).toEqual([4, [2]]);
    });

    it("upTo and extend draw new variables from the model's stream: the same seed gives the same bits", () => {
      const [a, b, c] = [dnn(1), dnn(1), dnn(2)].map((model) => grow(model).variable("new_hidden3/kernel").read());
      expect(sameBits(a, b)).toBe(true);
      expect(sameBits(a, c)).toBe(false);
      const whole = new Sequential({
        name: "dnn",
        inputShape: [3],
        layers: [new Dense({ name: "new_hidden3", units: 4 })],
        seed: 1,
      });
      expect(sameBits(a, whole.variable("new_hidden3/kernel").read())).toBe(true);
    });

    it("upTo and extend train shared variables in both models, but not frozen ones", () => {
      const model = dnn();
      const grown = grow(model);
      model.layer("hidden1").trainable = false;
      const before = values(model);
      new SGD({ learningRate: 0.1 }).minimize(() => sum(grown.call(x)), grown.trainableVariables);
      const changed = model.variables.filter((variable, index) => !sameBits(variable.read(), before[index]));
      expect(changed.map(({ name }) => name)).toEqual([
        "dnn/bn1/gamma",
        "dnn/bn1/beta",
        "dnn/hidden2/kernel",
        "dnn/hidden2/bias",
      ]);
      expect(sameBits(grown.outputOf("hidden2", x), model.outputOf("hidden2", x))).toBe(true);
    });

    it("upTo and extend work before the model is built", () => {
      const late = new Sequential({
        name: "late",
        layers: [new Dense({ name: "a", units: 3 }), new Dense({ name: "b", units: 2 })],
        seed: 3,
      });
      const grown = late.upTo("a").extend([new Dense({ name: "c", units: 1 })]);
      expect([grown.built, grown.call(x).shape]).toEqual([false, [7, 1]]);
      expect(names(grown)).toEqual(["late/a/kernel", "late/a/bias", "late/c/kernel", "late/c/bias"]);
      late.call(x);
      expect(late.variable("a/kernel")).toBe(grown.variable("a/kernel"));
    });

    it("upTo and extend reach into nested models, whose layers keep their names", () => {
      const model = nested();
      const grown = model.upTo("inner/a").extend([new Dense({ name: "top", units: 2 })]);
      expect(names(grown)).toEqual([
        "outer/inner/a/kernel",
        "outer/inner/a/bias",
        "outer/top/kernel",
        "outer/top/bias",
      ]);
      const inner = (model.layer("inner") as Sequential).extend([new Dense({ name: "c", units: 1 })]);
      expect(names(inner).slice(-2)).toEqual(["outer/inner/c/kernel", "outer/inner/c/bias"]);
    });

    it("upTo and extend throw for a taken name, shapes that do not fit, and a value that is not a layer", () => {
      expect(errorOf(() => dnn().extend([new Dense({ name: "hidden1", units: 1 })]))).toBe(
        'ValueError: dnn: each layer needs a name of its own, got "hidden1" twice. Rename one.',
      );
      const other = new Dense({ name: "other", units: 2 });
      other.call(tensor([[1]]));
      expect(errorOf(() => dnn().extend([other]))).toMatch(/^ShapeError: .*where \[\*, 1\] is expected/);
      expect(errorOf(() => dnn().extend([]))).toBe(
        "ValueError: dnn: extend: layers must be a list of at least one layer, got an empty list. Add a layer.",
      );
      expect(errorOf(() => dnn().extend([3 as never]))).toBe(
        "ValueError: dnn: extend: each of the layers must be a layer or a function of a tensor, got 3 at position 0. Remove it.",
      );
      expect(errorOf(() => dnn().upTo("hidden3"))).toBe(
        'ValueError: dnn: there must be a layer of the name, got "hidden3". The layers are hidden1, bn1, hidden2, outputs.',
      );
      expect(errorOf(() => nested().upTo("inner/c"))).toBe(
        'ValueError: outer/inner: there must be a layer of the name, got "c". The layers are a, elu, b.',
      );
    });
  });
});

describe("findVariables", () => {
  it("findVariables returns the variables that match anywhere in the name", () => {
    const model = dnn();
    expect(model.findVariables(/hidden[12]\/kernel/)).toEqual([
      model.variable("hidden1/kernel"),
      model.variable("hidden2/kernel"),
    ]);
    expect(model.findVariables(/^dnn\/outputs/g).map(({ name }) => name)).toEqual([
      "dnn/outputs/kernel",
      "dnn/outputs/bias",
    ]);
  });

  it("findVariables throws for a pattern that matches nothing", () => {
    expect(
      errorOf(() =>
        dnn()
          .upTo("hidden1")
          .findVariables(/hidden2/),
      ),
    ).toBe(
      "ValueError: dnn: there must be a variable that matches, got /hidden2/. The variables are dnn/hidden1/kernel, dnn/hidden1/bias.",
    );
    const late = new Sequential({ name: "late", layers: [new Dense({ units: 1 })] });
    expect(errorOf(() => late.findVariables(/./))).toContain(
      "There are none yet: pass inputShape, or call the model first.",
    );
  });
});

describe("layer", () => {
  it("layer returns a nested layer by its path, with or without the name of the model", () => {
    const model = nested();
    expect(model.layer("inner/b")).toBe(model.layer("outer/inner/b"));
    expect(model.layer("inner/b").path).toBe("outer/inner/b");
  });
});
