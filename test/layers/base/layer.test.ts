import { describe, expect, it } from "vitest";
import { grad } from "../../../src/autograd/grad.ts";
import type { Variable } from "../../../src/autograd/variable.ts";
import { loadModel } from "../../../src/io/model/loadModel.ts";
import { registerLayer } from "../../../src/io/model/registry.ts";
import { encodeModel } from "../../../src/io/model/saveModel.ts";
import { Layer } from "../../../src/layers/base/layer.ts";
import type { CallOptions } from "../../../src/layers/base/layerOptions.ts";
import { Dense } from "../../../src/layers/dense.ts";
import { BatchNorm } from "../../../src/layers/normalization/batchNorm.ts";
import { Sequential } from "../../../src/layers/sequential.ts";
import { add, mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { matmul } from "../../../src/ops/matmul/matmul.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { inDoublePrecision } from "../../../src/tensor/interpret/precision.ts";
import { ones, type Tensor, tensor, zeros } from "../../../src/tensor/tensor.ts";
import { errorOf } from "../helpers.ts";

/** A custom layer: variables in build, the formula in call. */
class Scale extends Layer {
  scale!: Variable;

  build(inputShape: readonly number[]) {
    this.scale = this.addVariable("scale", { shape: [inputShape.at(-1) as number], initializer: "ones" });
  }
  call(input: Tensor) {
    return mul(input, this.scale.read());
  }
}

/** Two layers of one name inside. */
class Twins extends Layer {
  readonly parts: readonly Layer[] = [new Dense({ name: "twin", units: 2 }), new Dense({ name: "twin", units: 2 })];
  override get sublayers() {
    return this.parts;
  }
  build() {}
  call(input: Tensor) {
    return this.parts.reduce((x, layer) => layer.call(x), input);
  }
}

describe("a custom layer", () => {
  it("a custom layer is built when it is first called, from the shape of a row", () => {
    const layer = new Scale();
    expect(layer.built).toBe(false);
    expect(layer.variables).toEqual([]);
    expect(layer.call(tensor([[1, 2, 3]])).toArray()).toEqual([[1, 2, 3]]);
    expect(layer.built).toBe(true);
    expect(layer.scale.name).toBe("scale/scale");
    layer.scale.assign(tensor([1, 2, 3]));
    expect(layer.call(tensor([[1, 2, 3]])).toArray()).toEqual([[1, 4, 9]]);
  });

  it("a custom layer is part of a model, and gradients reach its variable", () => {
    const model = new Sequential({ name: "net", inputShape: [3], layers: [new Scale(), new Dense({ units: 2 })] });
    expect(model.variables.map(({ name }) => name)).toEqual(["net/scale/scale", "net/dense/kernel", "net/dense/bias"]);
    const layer = new Scale();
    const x = tensor([[1, 2, 3]]);
    layer.call(x);
    const gradient = grad((w: Tensor) => {
      layer.scale.override(w);
      return sum(layer.call(x));
    })(ones([3]));
    expect(gradient.toArray()).toEqual([1, 2, 3]);
  });

  it("a custom layer is a scope for the layers inside of it, for their names and random numbers", () => {
    class Two extends Layer {
      readonly parts: Layer[] = [new Dense({ units: 2 }), new Dense({ units: 2 })];
      override get sublayers() {
        return this.parts;
      }
      override get variables() {
        return this.parts.flatMap(({ variables }) => variables);
      }
      build() {
        this.parts.push(new Dense({ name: "late", units: 2 }));
      }
      call(input: Tensor) {
        return this.parts.reduce((x, layer) => layer.call(x), input);
      }
    }
    const make = () => new Sequential({ name: "net", inputShape: [2], layers: [new Two(), new Two()], seed: 3 });
    const [model, twin] = [make(), make()];
    const kernels = model.variables.filter(({ name }) => name.endsWith("kernel"));
    expect(kernels.map(({ name }) => name)).toEqual([
      "net/two/dense/kernel",
      "net/two/dense_1/kernel",
      "net/two/late/kernel",
      "net/two_1/dense/kernel",
      "net/two_1/dense_1/kernel",
      "net/two_1/late/kernel",
    ]);
    const values = (model: Sequential) => model.variables.map((variable) => variable.read().toArray());
    expect(values(model)).toEqual(values(twin));
    expect(new Set(kernels.map((kernel) => kernel.read().data.join())).size).toBe(6);
    expect(() => new Sequential({ inputShape: [2], layers: [new Twins()] })).toThrow(
      'sequential/twins: each layer needs a name of its own, got "twin" twice. Rename one.',
    );
  });

  it("a custom layer takes its name from the option, or else from the class", () => {
    class TwoWords extends Scale {}
    class XGate extends Scale {}
    expect([new Scale().name, new TwoWords().name, new XGate().name, new Scale({ name: "s" }).name]).toEqual([
      "scale",
      "two_words",
      "xgate",
      "s",
    ]);
  });

  it("a custom layer receives training, which is false by default", () => {
    const seen: unknown[] = [];
    class Spy extends Layer {
      build(): void {}
      call(input: Tensor, { training = false }: CallOptions = {}): Tensor {
        seen.push(training);
        return input;
      }
    }
    const model = new Sequential({ layers: [new Spy()] });
    model.call(ones([1, 1]));
    model.call(ones([1, 1]), { training: true });
    model.predict(ones([1, 1]));
    // The first is the run on shapes.
    expect(seen).toEqual([false, false, true, false]);
  });

  it("a custom layer calls the layer it extends without a second check", () => {
    class Twice extends Scale {
      override call(input: Tensor): Tensor {
        return mul(super.call(input), 2);
      }
    }
    expect(new Twice().call(tensor([[3]])).toArray()).toEqual([[6]]);
  });

  it("a custom layer converts stored bytes", () => {
    const bytes = tensor(new Uint8Array([0, 51, 255]), { shape: [1, 3], scale: 1 / 255 });
    expect(new Scale().call(bytes).dtype).toBe("float32");
    expect((new Scale().call(bytes).toArray() as number[][])[0][1]).toBeCloseTo(0.2, 6);
  });

  it("a custom layer keeps float32 variables when a check in float64 builds it", () => {
    const layer = new Dense({ units: 2, seed: 1 });
    const other = new Dense({ units: 2, seed: 1 });
    const output = inDoublePrecision(() => layer.call(ones([1, 3])));
    other.call(ones([1, 3]));
    expect(output.dtype).toBe("float64");
    expect(layer.kernel.dtype).toBe("float32");
    expect(layer.kernel.shape).toEqual([3, 2]);
    expect(layer.call(ones([1, 3])).dtype).toBe("float32");
    const model = inDoublePrecision(
      () => new Sequential({ inputShape: [3], layers: [new Dense({ units: 2 }), new BatchNorm()] }),
    );
    expect(model.outputShape).toEqual([2]);
    expect(model.predict(ones([1, 3])).dtype).toBe("float32");
    expect(inDoublePrecision(() => model.predict(ones([5, 3]), { batchSize: 2 })).dtype).toBe("float64");
  });

  it("a custom layer inside of another is built by a run on shapes, and stays built", () => {
    class Wrapper extends Layer {
      readonly inner: Scale = new Scale({ name: "inner", seed: 1 });
      build(): void {}
      call(input: Tensor): Tensor {
        return this.inner.call(input);
      }
    }
    const wrapper = new Wrapper();
    const model = new Sequential({ inputShape: [2], layers: [wrapper] });
    expect(wrapper.inner.scale.read().toArray()).toEqual([1, 1]);
    expect(model.call(tensor([[1, 2]])).toArray()).toEqual([[1, 2]]);
  });
});

describe("layers that have each other in their fields", () => {
  class Holder extends Layer {
    other: Layer | undefined;
    readonly own: Dense = new Dense({ units: 2 });
    call(input: Tensor): Tensor {
      return this.own.call(input);
    }
  }
  const circle = (): Holder => {
    const [first, second] = [new Holder({ name: "a" }), new Holder({ name: "b" })];
    first.other = second;
    second.other = first;
    return first;
  };
  const message = "a: a layer must not be inside of itself, got a, which has b, which has a.";

  it.each<readonly [name: string, use: (layer: Holder) => unknown]>([
    ["variables", (layer) => layer.variables],
    ["losses", (layer) => layer.losses()],
    ["trainableVariables", (layer) => layer.trainableVariables],
  ])("%s names the circle", (_, use) => {
    expect(() => use(circle())).toThrow(message);
    // The walk that failed leaves no trace.
    expect(() => use(circle())).toThrow(message);
  });

  it("trainable and freeze name the circle, and change nothing", () => {
    const layer = circle();
    expect(() => {
      layer.trainable = false;
    }).toThrow(message);
    expect(layer.trainable).toBe(true);
    expect(() => layer.freeze()).toThrow("must not be inside of itself");
  });

  it("a layer that has itself, or that several layers share, is not a circle", () => {
    const own = new Holder({ name: "own" });
    own.other = own;
    own.call(tensor([[1, 2]]));
    expect(own.variables.map(({ name }) => name)).toEqual(["own/dense/kernel", "own/dense/bias"]);
    const shared = new Dense({ units: 2, name: "shared" });
    shared.call(tensor([[1, 2]]));
    const [first, second] = [new Holder({ name: "a" }), new Holder({ name: "b" })];
    first.other = shared;
    second.other = shared;
    const model = new Sequential({ name: "m", inputShape: [2], layers: [first, second] });
    expect(model.variables.length).toBe(6);
  });
});

describe("layers in the fields of a layer", () => {
  class Residual extends Layer {
    inner = new Dense({ units: 3 });
    call(input: Tensor): Tensor {
      return add(input, this.inner.call(input));
    }
  }
  const residual = () =>
    new Sequential({ name: "net", inputShape: [3], layers: [new Residual(), new Dense({ units: 1 })] });

  it("layers in fields, lists and objects of a layer are found, from the constructor and from build", () => {
    class Parts extends Layer {
      list = [new Dense({ units: 2 }), new Dense({ units: 2 })];
      byName = { query: new Dense({ name: "query", units: 2 }), text: "no layer" };
      late: Layer | undefined;
      own!: Variable;
      again = this.list[0];
      build(): void {
        this.late = new Sequential({ name: "late", inputShape: [2], layers: [new Dense({ units: 2 })] });
        this.own = this.addVariable("own", { shape: [2], initializer: "ones" });
      }
      call(input: Tensor): Tensor {
        const all = [...this.list, this.byName.query, this.late as Layer];
        return mul(
          all.reduce((x, layer) => layer.call(x), input),
          this.own.read(),
        );
      }
    }
    const model = new Sequential({ name: "net", inputShape: [2], layers: [new Parts()], seed: 1 });
    expect(model.variables.map(({ name }) => name)).toEqual([
      "net/parts/own",
      ...["dense", "dense_1", "query"].flatMap((name) => [`net/parts/${name}/kernel`, `net/parts/${name}/bias`]),
      // A model that is built under its own name keeps it.
      "late/dense/kernel",
      "late/dense/bias",
    ]);
    expect(model.layers[0].sublayers).toHaveLength(4);
    expect(model.freeze("parts/query")).toHaveLength(2);
  });

  it("layers in fields are trained, frozen, penalized, saved and shown", async () => {
    const model = residual();
    expect(model.trainableVariables).toHaveLength(4);
    const before = model.variable("residual/dense/kernel").read();
    new SGD({ learningRate: 0.1 }).minimize(() => sum(model.call(ones([2, 3]))), model.trainableVariables);
    expect(model.variable("residual/dense/kernel").read().toArray()).not.toEqual(before.toArray());
    registerLayer("test/Residual", Residual);
    const copy = await loadModel(encodeModel(model));
    expect(copy.call(ones([2, 3])).toArray()).toEqual(model.call(ones([2, 3])).toArray());
    expect(copy.variables.map(({ name }) => name)).toEqual(model.variables.map(({ name }) => name));
    expect(model.summary()).toBe(
      [
        "layer      output shape  parameters  trainable",
        "----------------------------------------------",
        "residual   [*, 3]                12         12",
        "  dense    [*, 3]                12         12",
        "dense      [*, 1]                 4          4",
        "----------------------------------------------",
        "model net                        16         16",
      ].join("\n"),
    );
    model.freeze("residual");
    expect(model.trainableVariables).toHaveLength(2);
    class Frozen extends Residual {
      constructor() {
        super({ name: "frozen", trainable: false });
      }
    }
    expect(new Sequential({ inputShape: [3], layers: [new Frozen()] }).trainableVariables).toEqual([]);
  });

  it("a layer that another layer calls without having it in a field is an error", () => {
    class Hidden extends Layer {
      #inner = new Dense({ units: 3 });
      call(input: Tensor): Tensor {
        return this.#inner.call(input);
      }
    }
    const error =
      "ValueError: dense: a layer that is called by another must be inside of it, to be trained and saved, got a call by " +
      "hidden. Keep it in a field without # of a class that extends Layer, from the constructor or build on, or list it in sublayers.";
    expect(errorOf(() => new Hidden().call(ones([1, 3])))).toBe(error);
    expect(errorOf(() => new Sequential({ inputShape: [3], layers: [new Hidden()] }))).toBe(
      error.replace("by hidden", "by sequential/hidden"),
    );
    const outside = new Dense({ units: 3 });
    expect(errorOf(() => new Sequential({ inputShape: [3], layers: [(x) => outside.call(x)] }))).toMatch(
      /^ValueError: dense: a layer that is called by another must be inside of it/,
    );
    class Listing extends Hidden {
      #own = new Dense({ units: 3 });
      override get variables() {
        return this.#own.variables;
      }
      override call(input: Tensor): Tensor {
        return this.#own.call(input);
      }
    }
    expect(new Listing().call(ones([1, 3])).shape).toEqual([1, 3]);
    // After the error, a call from outside works.
    expect(outside.call(ones([1, 3])).shape).toEqual([1, 3]);
    class Listed extends Hidden {
      inner = new Dense({ units: 3 });
      override call(input: Tensor): Tensor {
        return this.inner.call(input);
      }
    }
    expect(new Listed().call(ones([1, 3])).shape).toEqual([1, 3]);
  });

  it("a layer in the fields of two layers is one layer: its variables are listed once", () => {
    const encoder = new Dense({ name: "encoder", units: 2, useBias: false });
    class Decoder extends Layer {
      encoder = encoder;
      call(input: Tensor): Tensor {
        return matmul(input, this.encoder.kernel.read(), { transposeB: true });
      }
    }
    const model = new Sequential({ name: "net", inputShape: [3], layers: [encoder, new Decoder()] });
    expect(model.variables.map(({ name }) => name)).toEqual(["net/encoder/kernel"]);
    expect(model.trainableVariables).toHaveLength(1);
    expect(model.outputShape).toEqual([3]);
  });

  it("a layer may have a field for the layer that contains it", () => {
    class Child extends Layer {
      owner: Layer | undefined;
      call(input: Tensor): Tensor {
        return input;
      }
    }
    class Parent extends Layer {
      child = new Child();
      call(input: Tensor): Tensor {
        this.child.owner = this;
        return this.child.call(input);
      }
    }
    const parent = new Parent();
    const model = new Sequential({ inputShape: [2], layers: [parent] });
    parent.child.owner = parent;
    expect([model.variables, parent.child.sublayers]).toEqual([[], []]);
  });
});

describe("freezing", () => {
  it("a frozen layer has no trainable variables", () => {
    const layer = new Dense({ units: 2, trainable: false });
    layer.call(ones([1, 3]));
    expect(layer.variables).toHaveLength(2);
    expect(layer.trainableVariables).toEqual([]);
    layer.trainable = true;
    expect(layer.trainableVariables).toEqual(layer.variables);
    layer.kernel.trainable = false;
    expect(layer.trainableVariables).toEqual([layer.bias]);
  });
});

describe("errors of layers", () => {
  class Broken extends Layer {
    readonly wanted: () => unknown;
    constructor(wanted: () => unknown) {
      super({ name: "broken" });
      this.wanted = wanted;
    }
    build(): void {
      this.addVariable("w", { shape: [2], initializer: () => this.wanted() as Tensor });
    }
    call(input: Tensor): Tensor {
      return add(input, 1);
    }
  }
  const row = ones([1, 2]);

  it.each([
    [
      () => new Scale().call([[1]] as unknown as Tensor),
      "DTypeError: scale: the input must be a tensor, got [[1]]. Wrap values with tensor(...).",
    ],
    [
      () => new Scale().call(tensor(1)),
      "ShapeError: scale: the first axis of the input counts its rows, got shape []. Reshape it to [1, ...].",
    ],
    [
      () => {
        const layer = new Scale();
        layer.call(ones([2, 3]));
        layer.call(ones([2, 4]));
      },
      "ShapeError: scale: mul: shapes must broadcast (equal lengths, or 1, from the last axis), " +
        "got a=[2, 4], b=[3] (4 against 3). Reshape one of them.",
    ],
    [
      () => new Broken(() => zeros([3])).call(row),
      "ValueError: broken/w: the initializer must make a tensor of shape [2], got float32 [3]. Use the shape that is passed to it.",
    ],
    [
      () => new Broken(() => 3).call(row),
      "ValueError: broken/w: the initializer must make a tensor of shape [2], got 3. Use the shape that is passed to it.",
    ],
    [
      () => new Broken(() => zeros([2], { dtype: "float64" })).call(row),
      "DTypeError: broken/w: the initializer must make float32, got float64. Variables are trained in float32.",
    ],
    [
      () => new Scale({ name: "a/b" }),
      'ValueError: Scale: a name must be text without "/", got "a/b". The model\'s name is put in front of it.',
    ],
    [
      () => new Scale({ trainable: "no" as unknown as boolean }),
      'ValueError: scale: trainable must be true or false, got "no".',
    ],
  ])("layers throw the full text, case %#", (body, message) => {
    expect(errorOf(body)).toBe(message);
  });

  it("addVariable throws outside of build, for a repeated name, and for unknown options or initializers", () => {
    class Late extends Layer {
      build(): void {}
      call(input: Tensor): Tensor {
        this.addVariable("w", { shape: [1], initializer: "zeros" });
        return input;
      }
    }
    expect(errorOf(() => new Late().call(row))).toBe(
      'ValueError: late: variables are created in build, got addVariable("w") elsewhere. Move it into build(inputShape).',
    );
    class Double extends Layer {
      build(): void {
        this.addVariable("w", { shape: [1], initializer: "zeros" });
        this.addVariable("w", { shape: [1], initializer: "zeros" });
      }
      call(input: Tensor): Tensor {
        return input;
      }
    }
    expect(errorOf(() => new Double().call(row))).toBe(
      'ValueError: double: each variable needs a name of its own, got "w" twice. Rename one.',
    );
    class Odd extends Layer {
      build(): void {
        this.addVariable("w", { shape: [1], initializer: "glorot" as "zeros" });
      }
      call(input: Tensor): Tensor {
        return input;
      }
    }
    expect(errorOf(() => new Odd().call(row))).toBe(
      "ValueError: odd/w: initializer must be a function or one of zeros, ones, glorotUniform, glorotNormal, heUniform, " +
        'heNormal, lecunUniform, lecunNormal, got "glorot".',
    );
  });

  it("a custom call that returns anything but a tensor throws", () => {
    class Later extends Layer {
      build(): void {}
      call(input: Tensor): Tensor {
        return Promise.resolve(input) as unknown as Tensor;
      }
    }
    expect(errorOf(() => new Later().call(row))).toBe(
      "ValueError: later: call must return a tensor, got a Promise. Return what it computes; it must be synchronous.",
    );
  });

  it("a build that failed can be tried again", () => {
    let wanted: unknown = 3;
    const layer = new Broken(() => wanted);
    expect(() => layer.call(row)).toThrow();
    wanted = zeros([2]);
    expect(layer.call(row).toArray()).toEqual([[2, 2]]);
    expect(layer.variables).toHaveLength(1);
  });

  it("an error of an operation names the innermost layer, once", () => {
    class Product extends Layer {
      build(): void {}
      call(input: Tensor): Tensor {
        return matmul(input, input);
      }
    }
    const model = new Sequential({
      name: "outer",
      layers: [new Sequential({ name: "inner", layers: [new Product({ name: "p" })] })],
    });
    expect(errorOf(() => model.call(ones([2, 3])))).toBe(
      "ShapeError: outer/inner/p: matmul: inner sizes must match, got a=[2, 3] (inner 3), b=[2, 3] (inner 2). " +
        "Pass { transposeB: true } to use bᵀ.",
    );
  });
});
