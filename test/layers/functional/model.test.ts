import {
  Activation,
  Add,
  BatchNorm,
  type CallOptions,
  Concatenate,
  compile,
  Dense,
  Dropout,
  dataset,
  encodeModel,
  fit,
  grad,
  input,
  Layer,
  loadModel,
  Model,
  Multiply,
  meanSquaredError,
  mul,
  ones,
  randomNormal,
  relu,
  Sequential,
  SGD,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "gradus";
import { describe, expect, test } from "vitest";

const residual = (): Model => {
  const x = input({ shape: [4], name: "x" });
  const hidden = new Dense({ name: "hidden", units: 4, activation: "tanh" }).call(x);
  const outputs = new Dense({ name: "outputs", units: 2 }).call(new Add().call([x, hidden]));
  return new Model({ name: "residual", inputs: x, outputs, seed: 5 });
};

const twoInputs = (): Model => {
  const wide = input({ shape: [3] });
  const deep = input({ shape: [2] });
  const hidden = new Dense({ name: "hidden", units: 4, activation: "relu" }).call(deep);
  const price = new Dense({ name: "price", units: 1 }).call(new Concatenate().call([wide, hidden]));
  const kind = new Dense({ name: "kind", units: 5 }).call(hidden);
  return new Model({ name: "houses", inputs: { wide, deep }, outputs: { price, kind }, seed: 7 });
};

const rows = (count: number, width: number, seed = 1): Tensor => randomNormal([count, width], { seed });

describe("a model that is wired as a graph", () => {
  test("computes what its layers compute when they are called one by one", () => {
    const model = residual();
    const x = rows(3, 4);
    const hidden = model.layer("hidden").call(x);
    const expected = model.layer("outputs").call(new Add().call([x, hidden]));
    expect(model.call(x).toArray()).toEqual(expected.toArray());
    expect(model.predict(x, { batchSize: 2 }).toArray()).toEqual(expected.toArray());
  });

  test("names its variables as Sequential does, and draws the same numbers for the same name and seed", () => {
    const chain = new Sequential({
      name: "residual",
      inputShape: [4],
      seed: 5,
      layers: [new Dense({ name: "hidden", units: 4, activation: "tanh" }), new Dense({ name: "outputs", units: 2 })],
    });
    const model = residual();
    expect(model.variables.map(({ name }) => name)).toEqual(chain.variables.map(({ name }) => name));
    for (const { name } of model.variables) {
      expect(model.variable(name).read().toArray()).toEqual(chain.variable(name).read().toArray());
    }
  });

  test("numbers layers without a name", () => {
    const x = input({ shape: [2] });
    const first = new Dense({ units: 2 }).call(x);
    const model = new Model({ inputs: x, outputs: new Dense({ units: 2 }).call(new Add().call([x, first])) });
    expect(model.layers.map(({ name }) => name)).toEqual(["dense", "add", "dense_1"]);
  });

  test("shares the variables of a layer that is called twice, and adds its gradients up", () => {
    const a = input({ shape: [2] });
    const b = input({ shape: [2] });
    const shared = new Dense({ name: "shared", units: 1, kernelInitializer: "ones" });
    const model = new Model({ inputs: [a, b], outputs: new Add().call([shared.call(a), shared.call(b)]) });
    expect(model.variables.map(({ name }) => name)).toEqual(["model/shared/kernel", "model/shared/bias"]);
    const x = tensor([[1, 2]]);
    const y = tensor([[10, 20]]);
    const [kernel] = model.variables;
    const gradient = new SGD({ learningRate: 1 });
    gradient.minimize(() => sum(model.call([x, y])), [kernel]);
    expect(kernel.read().toArray()).toEqual([[1 - 11], [1 - 22]]);
  });

  test("takes inputs by name or in their order, and gives all outputs by name", () => {
    const model = twoInputs();
    const inputs = { deep: rows(3, 2), wide: rows(3, 3) };
    const byName = model.run(inputs);
    const inOrder = model.run([inputs.wide, inputs.deep]);
    expect(Object.keys(byName)).toEqual(["price", "kind"]);
    expect(byName.price.toArray()).toEqual(inOrder.price.toArray());
    expect(byName.kind.shape).toEqual([3, 5]);
    expect(model.run(inputs, { outputs: ["hidden", "kind"] }).hidden.shape).toEqual([3, 4]);
    const chunked = model.predictAll(inputs, { batchSize: 2 });
    expect(chunked.price.toArray()).toEqual(byName.price.toArray());
    expect(chunked.kind.toArray()).toEqual(byName.kind.toArray());
    expect(model.outputOf("hidden", inputs).shape).toEqual([3, 4]);
  });

  test("converts stored bytes in every input", () => {
    const bytes = tensor(new Uint8Array([0, 51, 102, 255]), { shape: [2, 2], scale: 1 / 255 });
    const x = input({ shape: [2] });
    const y = input({ shape: [2] });
    const model = new Model({ inputs: { x, y }, outputs: new Add().call([x, y]) });
    expect(model.call({ x: bytes, y: zeros([2, 2]) }).toArray()).toEqual(
      new Add().call([bytes, zeros([2, 2])]).toArray(),
    );
  });

  test("takes int32 where an input says so", () => {
    class Double extends Layer {
      call(x: Tensor): Tensor {
        return mul(x.dtype === "int32" ? ones(x.shape) : zeros(x.shape), 2);
      }
    }
    const x = input({ shape: [2], dtype: "int32" });
    const model = new Model({ inputs: x, outputs: new Double().call(x) });
    expect(model.predict(zeros([1, 2], { dtype: "int32" })).toArray()).toEqual([[2, 2]]);
  });

  test("passes training on, except to calls that say it themselves", () => {
    const x = input({ shape: [1000] });
    const follows = new Dropout({ name: "follows", rate: 0.5 }).call(x);
    const never = new Dropout({ name: "never", rate: 0.5 }).call(x, { training: false });
    const model = new Model({ inputs: x, outputs: { follows, never }, seed: 1 });
    const zerosOf = (y: Tensor): number => y.data.filter((value: number) => value === 0).length;
    const inTraining = model.run(ones([1, 1000]), { training: true });
    expect(zerosOf(inTraining.follows)).toBeGreaterThan(300);
    expect(zerosOf(inTraining.never)).toBe(0);
    expect(zerosOf(model.run(ones([1, 1000])).follows)).toBe(0);
  });

  test("nests in models of both kinds, and holds them", () => {
    const x = input({ shape: [4] });
    const inner = new Sequential({ name: "inner", layers: [new Dense({ name: "deep", units: 3 }), relu] });
    const model = new Model({
      name: "outer",
      inputs: x,
      outputs: new Dense({ name: "top", units: 1 }).call(inner.call(x)),
    });
    expect(model.variables[0].name).toBe("outer/inner/deep/kernel");
    expect(model.layer("inner/deep").path).toBe("outer/inner/deep");
    expect(model.outputOf("inner/deep", zeros([2, 4])).shape).toEqual([2, 3]);
    const around = new Sequential({ inputShape: [4], layers: [residual(), new Dense({ units: 3 })] });
    expect(around.predict(zeros([2, 4])).shape).toEqual([2, 3]);
    expect(around.layer("residual/hidden").path).toBe("residual/hidden");
  });

  test("freezes by pattern", () => {
    const model = residual();
    expect(model.freeze(/hidden/)).toEqual(["residual/hidden/kernel", "residual/hidden/bias"]);
    expect(model.trainableVariables.map(({ name }) => name)).toEqual([
      "residual/outputs/kernel",
      "residual/outputs/bias",
    ]);
    expect(model.trainable).toBe(true);
    model.trainable = false;
    expect(model.trainableVariables).toEqual([]);
  });

  test("is cut after a layer and extended behind its output, with the same variables", () => {
    const model = residual();
    const lower = model.upTo("hidden");
    expect(lower.outputs).toEqual([{ name: "hidden", shape: [4] }]);
    expect(lower.variable("hidden/kernel")).toBe(model.variable("hidden/kernel"));
    const other = lower.extend([relu, new Dense({ name: "new_outputs", units: 3 })]);
    expect(other.predict(zeros([2, 4])).shape).toEqual([2, 3]);
    expect(other.variables.map(({ name }) => name)).toEqual([
      "residual/hidden/kernel",
      "residual/hidden/bias",
      "residual/new_outputs/kernel",
      "residual/new_outputs/bias",
    ]);
    const part = twoInputs().upTo("kind");
    expect(part.inputs.map(({ name }) => name)).toEqual(["deep"]);
    expect(part.predict(zeros([2, 2])).shape).toEqual([2, 5]);
  });

  test("tells apart what a layer gives that is called several times", () => {
    const a = input({ shape: [2] });
    const b = input({ shape: [2] });
    const shared = new Dense({ name: "shared", units: 3 });
    const model = new Model({ inputs: { a, b }, outputs: new Add().call([shared.call(a), shared.call(b)]) });
    const inputs = { a: zeros([1, 2]), b: ones([1, 2]) };
    expect(model.outputOf("shared:1", inputs).toArray()).toEqual(shared.call(inputs.b).toArray());
    expect(() => model.upTo("shared")).toThrow(
      'model: the name must mean one call of "shared", which is called 2 times, got "shared". Write "shared:0" or "shared:1".',
    );
  });

  test("shows in its summary what each layer is called with", () => {
    const lines = residual()
      .summary()
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/));
    expect(lines[0]).toEqual(["layer", "output shape", "parameters", "trainable", "input"]);
    expect(lines[3]).toEqual(["add", "[*, 4]", "0", "0", "x, hidden"]);
    expect(lines.at(-1)).toEqual(["model residual", "30", "30"]);
  });

  test("comes back from a file with its wiring, shared layers, nested models and frozen variables", async () => {
    const a = input({ shape: [2], name: "a" });
    const b = input({ shape: [2], name: "b" });
    const shared = new Dense({ name: "shared", units: 2 });
    const inner = new Sequential({ name: "inner", layers: [new Dense({ units: 2 }), new BatchNorm()] });
    const joined = new Multiply().call([shared.call(a), inner.call(shared.call(b))]);
    const outputs = { y: new Dense({ name: "top", units: 1 }).call(joined), z: new Activation("relu").call(joined) };
    const model = new Model({ name: "saved", inputs: { a, b }, outputs, seed: 3 });
    model.freeze("top");
    const copy = await loadModel(encodeModel(model), { as: Model });
    const inputs = { a: rows(4, 2, 2), b: rows(4, 2, 3) };
    expect(copy.run(inputs).y.toArray()).toEqual(model.run(inputs).y.toArray());
    expect(copy.run(inputs).z.toArray()).toEqual(model.run(inputs).z.toArray());
    expect(copy.summary()).toBe(model.summary());
    expect(copy.trainableVariables.map(({ name }) => name)).toEqual(model.trainableVariables.map(({ name }) => name));
    await expect(loadModel(encodeModel(model))).rejects.toThrow(
      "the model must be a Sequential, got Model. Pass { as: Model }.",
    );
  });

  test("trains with fit, recorded and as it is, with the same bits", async () => {
    const x = rows(60, 4);
    const data = dataset({ x, y: rows(60, 2, 9) });
    const train = async (recorded: boolean): Promise<readonly number[]> => {
      const model = residual();
      const optimizer = new SGD({ learningRate: 0.1 });
      const options = { optimizer, epochs: 3, batchSize: 20, seed: 1, loss: meanSquaredError, compile: recorded };
      const { epochs } = await fit(model, data, options);
      return epochs.map(({ loss }) => loss);
    };
    const recorded = await train(true);
    expect(recorded).toEqual(await train(false));
    expect(recorded[2]).toBeLessThan(recorded[0]);
  });

  test("is recorded by compile, also with several inputs and outputs", () => {
    const model = twoInputs();
    const run = compile((wide: Tensor, deep: Tensor) => model.run({ wide, deep }));
    for (const seed of [1, 2, 3]) {
      const inputs = { wide: rows(3, 3, seed), deep: rows(3, 2, seed) };
      expect(run(inputs.wide, inputs.deep).price.toArray()).toEqual(model.run(inputs).price.toArray());
    }
  });

  test("is differentiated twice", () => {
    const model = residual();
    const slope = (x: Tensor): Tensor => sum(grad((z: Tensor) => sum(model.call(z)))(x));
    const [, second] = valueAndGrad(slope)(rows(2, 4));
    expect(second.data.every((value: number) => Number.isFinite(value) && value !== 0)).toBe(true);
  });

  test("gives a custom layer that joins tensors their shapes", () => {
    class Weighted extends Layer {
      shapes: unknown;
      override get takesSeveral(): boolean {
        return true;
      }
      build(_shape: readonly number[], shapes?: unknown): void {
        this.shapes = shapes;
      }
      call(inputs: Tensor | readonly Tensor[], _options?: CallOptions): Tensor {
        const [a, b] = inputs as readonly Tensor[];
        return mul(a, sum(b));
      }
    }
    const a = input({ shape: [2] });
    const b = input({ shape: [3] });
    const layer = new Weighted();
    const model = new Model({ inputs: [a, b], outputs: layer.call([a, b]) });
    expect(layer.shapes).toEqual([[2], [3]]);
    expect(model.call([ones([1, 2]), ones([1, 3])]).toArray()).toEqual([[3, 3]]);
  });

  test("is as deep as wanted", () => {
    const x = input({ shape: [1] });
    let y = x;
    for (let depth = 0; depth < 3000; depth++) y = new Activation("relu").call(y);
    expect(new Model({ inputs: x, outputs: y }).layers.length).toBe(3000);
  });
});

describe("a model says what is wrong", () => {
  const x = input({ shape: [2], name: "x" });
  const hidden = new Dense({ name: "hidden", units: 3 }).call(x);

  test.each<[string, () => unknown, string]>([
    [
      "tensors instead of symbols",
      () => new Model({ inputs: zeros([1, 2]), outputs: hidden }),
      "Model: inputs must be symbols",
    ],
    ["no outputs", () => new Model({ inputs: x, outputs: [] }), "Model: there must be outputs, got none."],
    [
      "a missing input",
      () =>
        new Model({
          inputs: input({ shape: [9] }),
          outputs: [hidden, new Dense({ units: 1 }).call(input({ shape: [9] }))],
        }),
      "must",
    ],
    [
      "an input that is not used",
      () => new Model({ inputs: [x, input({ shape: [1] })], outputs: hidden }),
      "does not. Leave it out",
    ],
    [
      "an input that is computed",
      () => new Model({ inputs: hidden, outputs: hidden }),
      "an input must be made by input({ shape })",
    ],
    ["an input twice", () => new Model({ inputs: [x, x], outputs: hidden }), 'needs a name of its own, got "x" twice'],
    ["an unknown option", () => new Model({ inputs: x, outputs: hidden, layers: [] } as never), 'got "layers"'],
    ["values of a symbol", () => x.toArray(), "a symbol stands for a tensor and has neither values nor operations"],
    ["the shape of what a layer gives", () => hidden.shape, 'the symbol of what "hidden" gives'],
    ["an operation on a symbol", () => relu(hidden), "new Activation(relu) instead of relu"],
    ["a tensor beside a symbol", () => new Add().call([x, zeros([1, 2])]), "every input must be a symbol"],
    [
      "layers that do not fit",
      () => {
        const a = input({ shape: [2] });
        const b = input({ shape: [3] });
        return new Model({ inputs: [a, b], outputs: new Add({ name: "sum" }).call([a, b]) });
      },
      "model/sum: add: ",
    ],
    [
      "an input of a wrong name",
      () => twoInputs().run({ wide: zeros([1, 3]), dep: zeros([1, 2]) }),
      "The inputs are wide, deep.",
    ],
    ["too few inputs", () => twoInputs().run([zeros([1, 3])]), "as many tensors as inputs, got 1"],
    ["rows of another shape", () => residual().call(zeros([2, 5])), "each row of the input x must have the shape"],
    ["inputs of different length", () => twoInputs().run([zeros([1, 3]), zeros([2, 2])]), "rows"],
    ["call with several outputs", () => twoInputs().call([zeros([1, 3]), zeros([1, 2])]), "Use run(inputs)."],
    [
      "predict with several outputs",
      () => twoInputs().predict([zeros([1, 3]), zeros([1, 2])]),
      "Use predictAll(inputs).",
    ],
    ["a layer that does not exist", () => residual().upTo("hiden"), "The layers are hidden, add, outputs."],
  ])("%s", (_, action, message) => {
    expect(action).toThrow(message);
  });
});
