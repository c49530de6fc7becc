import { readFileSync } from "node:fs";
import {
  BatchNorm,
  DataError,
  Dense,
  decodeSafetensors,
  Embedding,
  elu,
  encodeModel,
  encodeSafetensors,
  Layer,
  loadModel,
  mul,
  ones,
  registerFunction,
  registerLayer,
  restore,
  Sequential,
  SGD,
  type Shape,
  square,
  sum,
  type Tensor,
  tensor,
  ValueError,
  type Variable,
} from "gradus";
import { describe, expect, it } from "vitest";
import { onEachBackend, pattern } from "../../layers/helpers.ts";
import { everyLayer } from "../everyLayer.ts";

const bits = (value: Tensor): number[] => [...new Uint32Array((value.data as Float32Array).buffer)];

const contents = (model: Layer): unknown =>
  model.variables.map((variable) => [variable.name, variable.shape, variable.trainable, bits(variable.read())]);

/** Rows of this shape: indices for a table of embeddings, else numbers. */
const inputOf = (model: Layer, rows: number, shape: Shape): Tensor => {
  const x = pattern([rows, ...shape]);
  if (!(model instanceof Sequential && model.layers[0] instanceof Embedding)) return x;
  return tensor(
    Int32Array.from({ length: x.size }, (_, index) => (index * 3) % 5),
    { shape: x.shape },
  );
};

/** A model after some steps, so that nothing has its first value. */
const trained = <Model extends Layer>(model: Model, shape: Shape): Model => {
  const optimizer = new SGD({ learningRate: 0.001 });
  for (let step = 0; step < 3; step++) {
    optimizer.minimize(() => sum(square(model.call(inputOf(model, 6, shape), { training: true }))));
  }
  return model;
};

onEachBackend(() => {
  describe.each(Object.entries(everyLayer))("a saved model of %s", (kind, make) => {
    it("a saved model loads as the same model, bit for bit", async () => {
      const model = trained(make(), make().builtFor as Shape);
      const options = model instanceof Sequential ? {} : { as: model.constructor as typeof Dense };
      const copy: Layer = await loadModel<Layer>(encodeModel(model), options);
      expect(contents(copy)).toEqual(contents(model));
      expect(copy.name).toBe(model.name);
      expect(copy.trainableVariables.map(({ name }) => name)).toEqual(model.trainableVariables.map(({ name }) => name));
      const x = inputOf(model, 7, model.builtFor as Shape);
      expect(bits(copy.call(x))).toEqual(bits(model.call(x)));
      // What it says of itself is the same as well, and it can be saved again: the same bytes.
      expect(encodeModel(copy)).toEqual(encodeModel(model));
      // It learns like the first model. (The states of random streams are saved in checkpoints only.)
      if (!/^(Dropout|RReLU|Random\w+|Sequential)$/.test(kind)) {
        expect(contents(trained(copy, copy.builtFor as Shape))).toEqual(
          contents(trained(model, copy.builtFor as Shape)),
        );
      }
    });
  });
});

class Scale extends Layer {
  scale!: Variable;
  readonly power: number;
  constructor(options: { readonly name?: string; readonly power: number }) {
    super(options, "scale");
    this.power = options.power;
  }
  build(inputShape: Shape): void {
    this.scale = this.addVariable("scale", { shape: inputShape, initializer: "ones" });
  }
  call(input: Tensor): Tensor {
    let y = input;
    for (let index = 0; index < this.power; index++) y = mul(y, this.scale.read());
    return y;
  }
}

/** Makes its layer itself, when it is called, and takes no object. */
class Twice extends Layer {
  readonly #inner: Dense;
  constructor(units: number) {
    super({}, "twice");
    this.#inner = new Dense({ name: "inner", units });
  }
  build(): void {}
  override get variables(): readonly Variable[] {
    return this.#inner.variables;
  }
  call(input: Tensor): Tensor {
    return this.#inner.call(this.#inner.call(input));
  }
}

class Net extends Layer {
  readonly #inner = new Dense({ name: "inner", units: 2 });
  build(): void {}
  override get variables(): readonly Variable[] {
    return this.#inner.variables;
  }
  call(input: Tensor): Tensor {
    return this.#inner.call(input);
  }
}

describe("custom classes and functions", () => {
  const model = (): Sequential =>
    new Sequential({ name: "own", inputShape: [3], layers: [new Scale({ power: 3 }), new Dense({ units: 2 })] });

  it("custom classes are saved under their registered names", async () => {
    expect(() => encodeModel(model())).toThrow(
      'encodeModel: each layer class must have a name that is registered, got Scale of "own/scale". ' +
        'Call registerLayer("name", Class), or save the variables alone with saveVariables.',
    );
    registerLayer("my.Scale", Scale);
    registerLayer("my.Scale", Scale);
    const saved = model();
    const copy = await loadModel(encodeModel(saved));
    expect(copy.layers[0]).toBeInstanceOf(Scale);
    expect((copy.layers[0] as Scale).power).toBe(3);
    expect(contents(copy)).toEqual(contents(saved));
    expect(() => registerLayer("my.Scale", Twice as unknown as typeof Scale)).toThrow(ValueError);
    expect(() => registerLayer("Dense", Scale)).toThrow(
      'registerLayer: each class must have its own name, got "Dense" twice. Choose another.',
    );
  });

  it("loading a custom class throws when the constructor does not take the config, or the class is not the expected class", async () => {
    registerLayer("Twice", Twice as unknown as new (options: object) => Twice);
    const saved = new Sequential({ inputShape: [2], layers: [new Twice(2)] });
    await expect(loadModel(encodeModel(saved))).rejects.toThrow(DataError);
    registerLayer("Net", Net);
    const net = new Net();
    net.call(ones([1, 3]));
    const bytes = encodeModel(net);
    await expect(loadModel(bytes)).rejects.toThrow(
      "loadModel: the model must be a Sequential, got Net. Pass { as: Net }.",
    );
    const copy: Net = await loadModel(bytes, { as: Net });
    expect(contents(copy)).toEqual(contents(net));
  });

  it("custom functions are saved under their registered names", async () => {
    const own = (): Sequential =>
      new Sequential({ inputShape: [2], layers: [new Dense({ name: "a", units: 2, kernelConstraint: clampToOne })] });
    const clampToOne = (weights: Tensor): Tensor => mul(weights, 1);
    expect(() => encodeModel(own())).toThrow(
      "sequential/a: kernelConstraint must have a description to be saved, got a custom function. " +
        'Give it a name with registerFunction("name", f), or save the variables alone with saveVariables.',
    );
    expect(registerFunction("clampToOne", clampToOne)).toBe(clampToOne);
    const copy = await loadModel(encodeModel(own()));
    expect(copy.variable("a/kernel").constraint).toBe(clampToOne);
    expect(() => registerFunction("clampToOne", (x: Tensor) => x)).toThrow(ValueError);
    expect(() => registerFunction("other", clampToOne)).toThrow(ValueError);
    expect(() => registerFunction("elu", (x: Tensor) => x)).toThrow(ValueError);
    expect(() => registerFunction("myElu", elu)).toThrow(
      'registerFunction: each function must have one name, and each name one function, got "myElu" for a function named "elu". Choose another name.',
    );
  });
});

describe("loadModel", () => {
  it("loadModel keeps variables and layers frozen, and the names of shared layers", async () => {
    const base = new Sequential({
      name: "dnn",
      inputShape: [4],
      layers: [new Dense({ name: "h1", units: 3 }), new Dense({ name: "h2", units: 3 }), new Dense({ units: 2 })],
    });
    base.layer("h1").trainable = false;
    base.variable("h2/bias").trainable = false;
    const top = base.upTo("h2").extend([new Dense({ name: "new", units: 2 })]);
    for (const model of [base, top]) {
      const copy = await loadModel(encodeModel(model));
      expect(contents(copy)).toEqual(contents(model));
      expect(copy.trainableVariables.map(({ name }) => name)).toEqual(model.trainableVariables.map(({ name }) => name));
      expect(copy.layer("h1").trainable).toBe(false);
    }
    expect(top.variables.map(({ name }) => name)).toContain("dnn/h1/kernel");
  });

  it("loadModel reads an ArrayBuffer, a Blob and an array of bytes", async () => {
    const model = new Sequential({ inputShape: [3], layers: [new Dense({ units: 2 })] });
    const bytes = encodeModel(model);
    for (const source of [bytes, bytes.slice().buffer, new Blob([bytes])]) {
      expect(contents(await loadModel(source))).toEqual(contents(model));
    }
  });
});

describe("versions of the format", () => {
  const fixture = (name: string): URL => new URL(`../fixtures/${name}.safetensors`, import.meta.url);

  it("restore reads files of version 1, and loadModel reports that the architecture is missing", async () => {
    const path = fixture("version1").pathname;
    const model = new Sequential({
      name: "dnn",
      inputShape: [4],
      layers: [
        new Dense({ name: "hidden1", units: 3, activation: "elu" }),
        new BatchNorm({ name: "bn1" }),
        new Dense({ name: "outputs", units: 2 }),
      ],
    });
    await restore(model, path);
    expect(model.predict(ones([1, 4])).toArray()).toEqual([[0.6868675947189331, 0.7767890095710754]]);
    await expect(loadModel(path)).rejects.toThrow(
      `${path}: the file must hold an architecture, got version 1, which holds variables alone. Build the model in code and call restore(model, path).`,
    );
  });

  it("loadModel reads files of version 2, and throws for unknown versions", async () => {
    const bytes = readFileSync(fixture("version2"));
    const copy = await loadModel(bytes);
    expect(copy.predict(ones([1, 4])).toArray()).toEqual([[0.6868675947189331, 0.7767890095710754]]);
    const { tensors, metadata } = decodeSafetensors(bytes);
    const later = encodeSafetensors(tensors, { metadata: { ...metadata, version: "3" } });
    await expect(loadModel(later)).rejects.toThrow(
      "loadModel: the version of the file must be 1 or 2, got 3. Use a newer gradus.",
    );
    await expect(loadModel(encodeSafetensors(tensors))).rejects.toThrow("got a file of another program");
  });
});
