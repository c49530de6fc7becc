import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Adam,
  BatchNorm,
  type Callback,
  Concatenate,
  Conv1D,
  Conv2D,
  cacheActivations,
  checkpoints,
  type Dataset,
  Dense,
  DepthwiseConv2D,
  Dropout,
  dataset,
  encodeModel,
  Flatten,
  fit,
  GlobalAveragePooling2D,
  input,
  l2,
  loadCheckpoint,
  loadModel,
  MaxPooling2D,
  Model,
  maxNorm,
  RandomShift,
  Reshape,
  randomUniform,
  relu,
  restore,
  Sequential,
  type SequentialOptions,
  SGD,
  saveVariables,
  tensor,
  zeros,
} from "gradus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sameBits } from "../../../src/tensor/tensor.ts";
import { errorOf, onEachBackend } from "../helpers.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-cnn-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A network with everything that draws random numbers or moves statistics. */
const cnn = (options: Partial<SequentialOptions> = {}): Sequential =>
  new Sequential({
    name: "cnn",
    inputShape: [8, 8, 2],
    layers: [
      new RandomShift({ heightFactor: 0.2, widthFactor: 0.2 }),
      new Conv2D({ name: "conv1", filters: 4, kernelSize: 3, useBias: false }),
      new BatchNorm({ name: "norm1", momentum: 0.9 }),
      relu,
      new MaxPooling2D({ name: "pool1", poolSize: 2 }),
      new DepthwiseConv2D({ name: "conv2", kernelSize: 2, activation: "relu" }),
      new Flatten(),
      new Dropout({ rate: 0.3 }),
      new Dense({ name: "outputs", units: 3 }),
    ],
    seed: 4,
    ...options,
  });

const images = (size = 30): Dataset =>
  dataset({
    x: randomUniform([size, 8, 8, 2], { seed: 7 }),
    y: tensor(Int32Array.from({ length: size }, (_, row) => row % 3)),
  });

const train = (model: Sequential, options: object = {}, data: Dataset = images()) =>
  fit(model, data, { optimizer: new Adam({ learningRate: 0.01 }), epochs: 2, batchSize: 10, seed: 1, ...options });

const bits = (model: Sequential) => model.variables.map((variable) => variable.read());

const expectSameBits = (a: Sequential, b: Sequential): void => {
  const [ours, theirs] = [bits(a), bits(b)];
  expect(ours.map((value, index) => sameBits(value, theirs[index]))).toEqual(ours.map(() => true));
};

onEachBackend((backend) => {
  describe("networks of convolutions", () => {
    it("networks of convolutions are summarized with the shapes of images", () => {
      const lines = cnn().summary().split("\n");
      expect(lines.find((line) => line.includes("conv1"))).toMatch(/\[\*, 6, 6, 4\].*72/);
      expect(lines.find((line) => line.includes("pool1"))).toMatch(/\[\*, 3, 3, 4\]/);
      expect(lines.find((line) => line.includes("flatten"))).toMatch(/\[\*, 16\]/);
    });

    it("networks of convolutions are cut by upTo and outputOf, and continued by extend, with shared variables", () => {
      const [model, { x }] = [cnn(), images(5)];
      const part = model.upTo("pool1");
      expect(part.predict(x).shape).toEqual([5, 3, 3, 4]);
      expect(sameBits(part.predict(x), model.outputOf("pool1", x))).toBe(true);
      const longer = part.extend([new GlobalAveragePooling2D(), new Dense({ name: "other", units: 2 })]);
      expect(longer.predict(x).shape).toEqual([5, 2]);
      expect(longer.variable("conv1/kernel")).toBe(model.variable("conv1/kernel"));
      expect(longer.variable("other/kernel").shape).toEqual([4, 2]);
    });

    it("networks of convolutions keep frozen layers, and their statistics, as they are", async () => {
      const model = cnn();
      const before = bits(model);
      const frozen = model.freeze(/conv1|norm1/);
      expect(frozen).toEqual(["cnn/conv1/kernel", "cnn/norm1/gamma", "cnn/norm1/beta"]);
      await train(model);
      const after = bits(model);
      for (const [index, { name }] of model.variables.entries()) {
        expect([name, sameBits(before[index], after[index])]).toEqual([name, /conv1|norm1/.test(name)]);
      }
    });

    it("networks of convolutions train on cached activations of a frozen part with the same bits", async () => {
      const make = (): Sequential => {
        const model = new Sequential({
          name: "cnn",
          inputShape: [8, 8, 2],
          layers: [
            new Conv2D({ name: "conv1", filters: 4, kernelSize: 3 }),
            new BatchNorm({ name: "norm1" }),
            new MaxPooling2D({ poolSize: 2 }),
            new Conv2D({ name: "conv2", filters: 3, kernelSize: 2, activation: "relu" }),
            new Flatten(),
            new Dropout({ rate: 0.3 }),
            new Dense({ name: "outputs", units: 3 }),
          ],
          seed: 4,
        });
        model.freeze(/conv1|norm1/);
        return model;
      };
      const [whole, cached] = [make(), make()];
      await train(whole);
      const { head, inputs } = cacheActivations(cached, images());
      expect(inputs.x.shape).toEqual([30, 3, 3, 4]);
      await train(head as Sequential, {}, inputs);
      expectSameBits(whole, cached);
    });

    it("networks of convolutions are saved and loaded, and a run that resumes from a checkpoint has the same bits", async () => {
      const [whole, cut] = [cnn(), cnn()];
      await train(whole);
      const path = join(folder, `${backend}.safetensors`);
      const stopping: Callback = {
        onStep: (run) => {
          if (run.optimizer.step === 4) run.stop("for the test");
        },
      };
      await train(cut, { callbacks: [stopping, checkpoints(path)] });
      const saved = await loadCheckpoint(path);
      const resumed = saved.model as Sequential;
      await fit(resumed, images(), { ...saved, epochs: 2, batchSize: 10, seed: 1 });
      expectSameBits(resumed, whole);
      const loaded = (await loadModel(encodeModel(whole))) as Sequential;
      expect(sameBits(loaded.predict(images().x), whole.predict(images().x))).toBe(true);
    });

    it("networks of convolutions train recorded steps with the same bits as steps that are not recorded", async () => {
      const [recorded, plain] = [cnn(), cnn()];
      await train(recorded, { compile: true });
      await train(plain, { compile: false });
      expectSameBits(recorded, plain);
    });

    it("networks of convolutions add the penalties of kernels to the loss", async () => {
      const kernelInitializer = "ones";
      const layers = [
        new Conv2D({ filters: 2, kernelSize: 3, kernelInitializer, kernelRegularizer: l2(0.1) }),
        new DepthwiseConv2D({ kernelSize: 2, depthwiseInitializer: "ones", depthwiseRegularizer: l2(1) }),
      ];
      const model = new Sequential({ inputShape: [8, 8, 1], layers });
      // l2 is half of the sum of squares: 18 and 8 ones.
      const penalties = model.losses().map((penalty) => penalty.item());
      expect(penalties[0]).toBeCloseTo(0.9, 6);
      expect(penalties[1]).toBeCloseTo(4, 6);
    });

    it("networks of convolutions keep the norm of each filter within a constraint", async () => {
      const kernelConstraint = maxNorm(0.5, { axis: [0, 1, 2] });
      const model = new Sequential({
        inputShape: [8, 8, 2],
        layers: [
          new Conv2D({ name: "conv", filters: 4, kernelSize: 3, kernelConstraint }),
          new Flatten(),
          new Dense({ units: 3 }),
        ],
        seed: 1,
      });
      await train(model, { optimizer: new SGD({ learningRate: 1 }) });
      const kernel = [...model.variable("conv/kernel").read().data].map(Number);
      const norms = [0, 1, 2, 3].map((filter) => Math.hypot(...kernel.filter((_, index) => index % 4 === filter)));
      for (const norm of norms) expect(norm).toBeLessThan(0.5 + 1e-6);
      expect(Math.max(...norms)).toBeGreaterThan(0.5 - 1e-6);
    });
  });
});

describe("ShapeError of networks of convolutions", () => {
  const network =
    (inputShape: readonly number[], ...layers: SequentialOptions["layers"]) =>
    (): unknown =>
      new Sequential({ name: "cnn", inputShape, layers });
  const conv = (): Conv2D => new Conv2D({ name: "conv", filters: 2, kernelSize: 3 });

  it("a pooling that is larger than its image names the layer, and the shapes up to it", () => {
    expect(errorOf(network([4, 4, 1], conv(), new MaxPooling2D({ name: "pool", poolSize: 3 })))).toBe(
      "ShapeError: cnn/pool: maxPool2d: a window must fit into x and its padding, got poolSize=[3, 3], padding=[[0, 0], [0, 0]] " +
        'for x=[2, 2, 2, 2]. Choose a smaller window, or padding "same". ' +
        "Shapes up to this layer: input [*, 4, 4, 1], conv [*, 2, 2, 2].",
    );
  });

  it("a kernel that does not fit after pooling names the layers before it, also when the model is built by its first call", () => {
    const layers = (): SequentialOptions["layers"] => [
      conv(),
      new MaxPooling2D({ name: "pool", poolSize: 2 }),
      new Conv2D({ name: "last", filters: 2, kernelSize: 3 }),
    ];
    const message =
      "ShapeError: cnn/last: conv2d: the kernel must fit into the padded x, got x=[2, 1, 1, 2], kernel=[3, 3, 2, 2] (3 elements on " +
      '1 along axis 1). Choose padding: "same", a smaller kernel, or less pooling before it. ' +
      "Shapes up to this layer: input [*, 4, 4, 1], conv [*, 2, 2, 2], pool [*, 1, 1, 2].";
    expect(errorOf(network([4, 4, 1], ...layers()))).toBe(message);
    const lazy = new Sequential({ name: "cnn", layers: layers() });
    expect(errorOf(() => lazy.call(zeros([2, 4, 4, 1])))).toBe(message);
  });

  it("a layer of a model that branches names the shapes that lead to it, and not those of other branches", () => {
    const x = input({ shape: [6, 6, 1], name: "images" });
    const wide = new Conv2D({ name: "wide", filters: 2, kernelSize: 3 }).call(x);
    const deep = new Conv2D({ name: "deep", filters: 2, kernelSize: 5 }).call(x);
    new Flatten({ name: "unused" }).call(deep);
    const pooled = new MaxPooling2D({ name: "pool", poolSize: 3 }).call(deep);
    const make = (): Model =>
      new Model({ name: "cnn", inputs: x, outputs: new Concatenate({ name: "join" }).call([wide, pooled]) });
    expect(errorOf(make)).toBe(
      "ShapeError: cnn/pool: maxPool2d: a window must fit into x and its padding, got poolSize=[3, 3], padding=[[0, 0], [0, 0]] " +
        'for x=[2, 2, 2, 2]. Choose a smaller window, or padding "same". ' +
        "Shapes up to this layer: images [*, 6, 6, 1], deep [*, 2, 2, 2].",
    );
    const outputs = new Concatenate({ name: "join", axis: 1 }).call([
      new Flatten({ name: "flat" }).call(wide),
      new Conv2D({ name: "last", filters: 3, kernelSize: 1 }).call(deep),
    ]);
    expect(errorOf(() => new Model({ name: "cnn", inputs: x, outputs }))).toMatch(
      /^ShapeError: cnn\/join: .* Shapes up to this layer: images \[\*, 6, 6, 1\], .*wide \[\*, 4, 4, 2\].*flat \[\*, 32\]/,
    );
  });

  it("images that are flat, or without channels, need a Reshape", () => {
    const needed =
      "Put a Reshape({ shape: [height, width, channels] }) before the layer; grayscale images have 1 channel.";
    for (const shape of [[784], [28, 28]]) {
      expect(errorOf(network(shape, conv()))).toBe(
        `ShapeError: cnn/conv: the input must be [rows, height, width, channels], got shape [*, ${shape.join(", ")}]. ${needed}`,
      );
    }
    expect(errorOf(network([6, 6, 1], conv(), new Flatten(), new MaxPooling2D({ name: "pool" })))).toBe(
      `ShapeError: cnn/pool: the input must be [rows, height, width, channels], got shape [*, 32]. ${needed} ` +
        "Shapes up to this layer: input [*, 6, 6, 1], conv [*, 4, 4, 2], flatten [*, 32].",
    );
    expect(errorOf(network([6, 6, 1], conv(), new Conv1D({ name: "sequence", filters: 1, kernelSize: 2 })))).toMatch(
      /^ShapeError: cnn\/sequence: .* Shapes up to this layer: input \[\*, 6, 6, 1\], conv \[\*, 4, 4, 2\]\.$/,
    );
  });

  it("a Reshape to another number of elements names both", () => {
    expect(errorOf(network([28, 28, 1], new Reshape({ shape: [28, 29] })))).toBe(
      "ShapeError: cnn/reshape: a row must keep its number of elements, got shape [*, 28, 28, 1] (784 in a row) and shape: [28, 29]. " +
        "Choose lengths with that product, or one -1.",
    );
  });

  it("weights of a Dense behind Flatten that were saved for other images do not load, and the error has both shapes", async () => {
    const make = (side: number): Sequential =>
      network([side, side, 1], conv(), new Flatten(), new Dense({ name: "outputs", units: 2 }))() as Sequential;
    const path = join(folder, "other.safetensors");
    await saveVariables(make(6), path);
    await expect(restore(make(8), path)).rejects.toThrow(
      "got another shape or dtype for cnn/outputs/kernel (float32 [32, 2] for float32 [72, 2])",
    );
  });

  it("images with their channels first are recognized, and a transpose is proposed, which a Reshape would not do right", () => {
    const sequential = network([6, 5, 3], conv())() as Sequential;
    const x = input({ shape: [6, 5, 3], name: "images" });
    const model = new Model({ name: "cnn", inputs: x, outputs: conv().call(x) });
    for (const [called, name] of [
      [sequential, "the input"],
      [model, "the input images"],
    ] as const) {
      const message = errorOf(() => called.predict(zeros([2, 3, 6, 5])));
      expect(message).toBe(
        `ShapeError: cnn: each row of ${name} must have the shape that the model was built for, got shape [2, 3, 6, 5] where ` +
          "[*, 6, 5, 3] is expected. Put the channels last: transpose(x, [0, 2, 3, 1]).",
      );
      expect(errorOf(() => called.predict(zeros([2, 5, 6, 3])))).toMatch(/Reshape the input, or make another model/);
    }
  });
});
