import {
  Activation,
  AveragePooling2D,
  BatchNorm,
  type Callback,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  fit,
  type Layer,
  MaxPooling2D,
  PReLU,
  Reshape,
  Sequential,
  tensor,
} from "gradus";
import { describe, expect, test } from "vitest";
import { Curves, isDrawable, mostPoints } from "../../playground/curves.ts";
import { duration, percent, roughly, short } from "../../playground/format.ts";
import type { CurvePoint, Progress } from "../../playground/messages.ts";
import { canBuild, defaultNetwork, networkProblems, presets } from "../../playground/network.ts";
import { defaultTraining, optimizers, trainingProblems } from "../../playground/training.ts";
import { buildNetwork, buildOptimizer, formOf } from "../../playground/worker/build.ts";
import { builtInData } from "../../playground/worker/data.ts";
import { Gate } from "../../playground/worker/gate.ts";
import {
  factsOf,
  featureMapsOf,
  firstWeights,
  mistakesOf,
  probabilitiesOf,
  sideOf,
} from "../../playground/worker/inspect.ts";
import { Meter } from "../../playground/worker/meter.ts";
import { Trainer } from "../../playground/worker/trainer.ts";

describe("settings", () => {
  test("settings that are wrong give a sentence, settings that are right a network", () => {
    const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);
    expect(networkProblems(defaultNetwork)).toEqual({});
    expect(networkProblems({ ...defaultNetwork, hidden: [32, 0] })).toEqual({
      layer2: like(/^Layer 2 must have 1 to 2048 units/),
    });
    expect(networkProblems({ ...defaultNetwork, hidden: Array(9).fill(1) })).toEqual({
      hidden: like(/up to 8 hidden layers, not 9/),
    });
    expect(networkProblems({ ...defaultNetwork, dropout: 1 })).toEqual({ dropout: like(/^Dropout/) });
    const blocks = (count: number, pooling: boolean) => Array(count).fill({ filters: 1, pooling });
    expect(networkProblems({ ...defaultNetwork, convolutions: blocks(5, false) })).toEqual({
      convolutions: like(/up to 4 convolutions, not 5/),
    });
    expect(networkProblems({ ...defaultNetwork, convolutions: blocks(4, true) })).toEqual({
      convolutions: like(/^Up to 3 convolutions may pool, not 4/),
    });
    expect(
      networkProblems({ ...defaultNetwork, convolutions: [...blocks(1, true), { filters: 65, pooling: false }] }),
    ).toEqual({ convolution2: like(/^Convolution 2 must have 1 to 64 filters/) });
    // Several problems at once, also settings that a file left open.
    const wrong = {
      convolutions: [],
      hidden: [Number.NaN, 5, 1e9],
      activation: undefined,
      dropout: 0,
      batchNorm: undefined,
      seed: -1,
    };
    expect(networkProblems(wrong)).toEqual({
      layer1: like(/^Layer 1/),
      layer3: like(/^Layer 3/),
      activation: like(/choose/),
      batchNorm: like(/choose/),
      seed: like(/^The seed/),
    });
    expect([canBuild(wrong), canBuild(defaultNetwork)]).toEqual([false, true]);
    expect(trainingProblems(defaultTraining)).toEqual({});
    expect(trainingProblems({ ...defaultTraining, learningRate: Number.NaN, batchSize: 0.5, epochs: 0 })).toEqual({
      learningRate: like(/learning rate/),
      batchSize: like(/batch size/),
      epochs: like(/epochs/),
    });
  });

  const manyConvolutions = [true, false, true, true].map((pooling, index) => ({ filters: index + 2, pooling }));

  test("settings can be read back from the network with formOf", () => {
    for (const settings of [
      defaultNetwork,
      { ...defaultNetwork, hidden: [], activation: "linear" as const },
      { ...defaultNetwork, hidden: [5, 7], activation: "selu" as const, dropout: 0.3, batchNorm: true },
      { ...defaultNetwork, convolutions: [{ filters: 3, pooling: false }], hidden: [], activation: "tanh" as const },
      { ...defaultNetwork, convolutions: manyConvolutions, dropout: 0.2, batchNorm: true },
      ...Object.values(presets).map((preset) => ({ ...preset, seed: 3 })),
    ]) {
      const model = buildNetwork(settings, 8);
      expect(formOf(model, settings.seed)).toEqual(settings);
      expect(sideOf(model)).toBe(8);
      expect(factsOf(model).trained).toBe(
        model.trainableVariables.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
      );
    }
  });

  test("settings are undefined where the layers of a file differ, or are unknown to the page", () => {
    const outputs = new Dense({ units: 10 });
    const form = (...hidden: readonly Layer[]): unknown =>
      formOf(new Sequential({ inputShape: [64], layers: [...hidden, outputs] }), 1);
    const common = { convolutions: [], hidden: [6, 4], activation: "gelu", dropout: 0, batchNorm: false, seed: 1 };
    const gelu = (units: number): Layer => new Dense({ units, activation: "gelu" });
    expect(form(gelu(6), gelu(4))).toEqual(common);
    expect(form(gelu(6), new Dense({ units: 4, activation: "tanh" }))).toEqual({ ...common, activation: undefined });
    expect(form(gelu(6), new Dense({ units: 4 }))).toEqual({ ...common, activation: undefined });
    expect(form(gelu(6), gelu(4), new Activation("tanh"))).toEqual({ ...common, activation: undefined });
    expect(form(new Dense({ units: 6 }), new PReLU(), gelu(4))).toEqual({ ...common, activation: undefined });
    expect(form(gelu(6), new Dropout({ rate: 0.5 }), gelu(4))).toEqual({ ...common, dropout: undefined });
    expect(form(gelu(6), gelu(4), new BatchNorm())).toEqual({ ...common, batchNorm: undefined });
    // A layer for the inputs is not a setting of hidden layers.
    expect(form(new BatchNorm(), gelu(6), gelu(4))).toMatchObject({ batchNorm: undefined });
  });

  test("settings are undefined where the convolutions of a file are not those of the page", () => {
    const common = { convolutions: [{ filters: 2, pooling: true }], hidden: [4], activation: "relu" };
    const form = (...layers: readonly Layer[]): unknown => {
      const dense = [new Dense({ units: 4, activation: "relu" }), new Dense({ units: 10 })];
      const inner = [new Reshape({ shape: [8, 8, 1] }), ...layers, new Flatten(), ...dense];
      return formOf(new Sequential({ inputShape: [64], layers: inner }), 1);
    };
    const conv = (options: object = {}): Layer =>
      new Conv2D({ filters: 2, kernelSize: 3, padding: "same", activation: "relu", ...options });
    expect(form(conv(), new MaxPooling2D())).toMatchObject(common);
    expect(form(conv({ trainable: false, kernelSize: [3, 3] }), new MaxPooling2D())).toMatchObject(common);
    expect(form(conv({ activation: "tanh" }), new MaxPooling2D())).toMatchObject({ ...common, activation: undefined });
    const unknown = { convolutions: [], hidden: [4], activation: undefined, dropout: undefined, batchNorm: undefined };
    expect(form(conv({ kernelSize: 5 }))).toMatchObject(unknown);
    expect(form(conv({ strides: 2 }))).toMatchObject(unknown);
    expect(form(conv({ padding: "valid" }))).toMatchObject(unknown);
    expect(form(conv(), new MaxPooling2D({ poolSize: 4 }))).toMatchObject(unknown);
    expect(form(conv(), new AveragePooling2D())).toMatchObject(unknown);
    expect(form(new MaxPooling2D(), conv())).toMatchObject(unknown);
  });

  test("settings offer only optimizers of the library", () => {
    for (const name of Object.keys(optimizers) as (keyof typeof optimizers)[]) {
      expect(buildOptimizer(name, 0.5).learningRate).toBe(0.5);
    }
  });
});

describe("convolutions", () => {
  const convolutions = [
    { filters: 5, pooling: true },
    { filters: 20, pooling: false },
  ];

  test("convolutions have feature maps behind their activations and poolings, which agree with the layers", () => {
    const picture = Float32Array.from({ length: 64 }, (_, index) => (index % 7) / 6);
    for (const batchNorm of [false, true]) {
      const model = buildNetwork({ ...defaultNetwork, convolutions, batchNorm }, 8);
      const layers = featureMapsOf(model, picture, 16);
      const last = batchNorm ? "_relu" : "";
      expect(layers.map(({ name, side, channels, maps }) => [name, side, channels, maps.length])).toEqual([
        [`conv1${last}`, 8, 5, 5 * 64],
        ["pool1", 4, 5, 5 * 16],
        [`conv2${last}`, 4, 20, 16 * 16],
      ]);
      for (const { name, channels, maps, side } of layers) {
        const output = model.upTo(name).predict(tensor(picture, { shape: [1, 64] })).data;
        const third = Array.from({ length: side * side }, (_, pixel) => output[pixel * channels + 2]);
        expect([...maps.subarray(2 * side * side, 3 * side * side)]).toEqual(third);
      }
      expect(layers[1].kind).toBe("max pooling");
    }
    expect(featureMapsOf(buildNetwork(defaultNetwork, 8), picture, 16)).toEqual([]);
  });

  test("convolutions have pictures of their filters, and kernels of several channels have none", () => {
    const model = buildNetwork({ ...defaultNetwork, convolutions }, 8);
    const shown = firstWeights(model, 3);
    expect(shown).toMatchObject({ side: 3, units: 5, kind: "filters" });
    const kernel = [...model.variable("conv1/kernel").read().data];
    expect([...(shown?.pictures.slice(9, 18) ?? [])]).toEqual(Array.from({ length: 9 }, (_, at) => kernel[at * 5 + 1]));
    const first = (...layers: readonly Layer[]): unknown =>
      firstWeights(new Sequential({ inputShape: [64], layers: [...layers, new Dense({ units: 10 })] }), 3);
    const outputs = [new Flatten()];
    expect(first(new Reshape({ shape: [4, 4, 4] }), new Conv2D({ filters: 2, kernelSize: 3 }), ...outputs)).toBe(
      undefined,
    );
    expect(first(new Reshape({ shape: [8, 8, 1] }), new Conv2D({ filters: 2, kernelSize: [1, 3] }), ...outputs)).toBe(
      undefined,
    );
    expect(first(new BatchNorm())).toBe(undefined);
  });
});

describe("the gate", () => {
  const signal = new AbortController().signal;

  test("the gate holds, lets single steps through, and opens", async () => {
    const gate = new Gate();
    let held = 0;
    const pass = (): Promise<void> => gate.pass(signal, () => held++) ?? Promise.resolve();
    const first = pass();
    gate.step();
    await first;
    let isThrough = false;
    const second = pass().then(() => {
      isThrough = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([isThrough, held]).toEqual([false, 2]);
    gate.open();
    await second;
    expect(gate.pass(signal, () => held++)).toBeUndefined();
    gate.close();
    const abort = new AbortController();
    const third = gate.pass(abort.signal, () => held++);
    abort.abort(new Error("enough"));
    await expect(third).rejects.toThrow("enough");
  });

  test("the gate limits the steps per second", async () => {
    const gate = new Gate();
    gate.open();
    gate.pace(200);
    const start = performance.now();
    for (let step = 0; step < 20; step++) await gate.pass(signal, () => undefined);
    // Of the 20 steps, some may make up for the 20 ms by which timers may be late.
    expect(performance.now() - start).toBeGreaterThan(70);
    gate.pace(undefined);
    expect(gate.pass(signal, () => undefined)).toBeUndefined();
  });
});

test("the meter returns the median time of steps, and the examples of the last second", () => {
  const meter = new Meter();
  expect([meter.stepTime, meter.examplesPerSecond]).toEqual([undefined, undefined]);
  for (let step = 0; step < 400; step++) meter.add(step % 10 === 0 ? 50 : 2, 32, 10 * step);
  expect(meter.stepTime).toBe(2);
  expect(meter.examplesPerSecond).toBeGreaterThan(3000);
  expect(meter.examplesPerSecond).toBeLessThan(3400);
  meter.rest();
  expect(meter.examplesPerSecond).toBeUndefined();
});

test("curves stay short, and keep the first point and the newest", () => {
  const curves = new Curves();
  for (let epoch = 0; epoch < 10 * mostPoints + 3; epoch++) curves.add([{ epoch, loss: 1 / (epoch + 1) }]);
  const { points } = curves;
  expect(points.length).toBeLessThanOrEqual(mostPoints + 1);
  expect(points.length).toBeGreaterThan(mostPoints / 2 - 1);
  expect(points[0].epoch).toBe(0);
  expect(points.at(-1)?.epoch).toBe(10 * mostPoints + 2);
  expect(points.every(({ epoch }, index) => index === 0 || epoch > points[index - 1].epoch)).toBe(true);
  expect(curves.last("loss")).toBe(1 / (10 * mostPoints + 3));
  expect(curves.last("validationLoss")).toBeUndefined();
  curves.clear();
  expect(curves.points).toEqual([]);
});

test("curves leave out values that the axis cannot show", () => {
  const values = [undefined, Number.NaN, Number.POSITIVE_INFINITY, 0, 1e-12, 2];
  expect(values.filter((value) => isDrawable(value, true))).toEqual([1e-12, 2]);
  expect(values.filter((value) => isDrawable(value, false))).toEqual([0, 1e-12, 2]);
});

test("numbers on the page are short, and a small loss is not 0.00", () => {
  expect([short(2.3456), short(0.000123), short(0), short(undefined), short(123456)]).toEqual([
    "2.35",
    "1.23e-4",
    "0",
    "–",
    "1.23e5",
  ]);
  expect([percent(0.97123), duration(0.2504), duration(12.345), roughly(123456), roughly(undefined)]).toEqual([
    "97.1 %",
    "250 µs",
    "12.3 ms",
    "120,000",
    "–",
  ]);
});

describe("a trainer", () => {
  test("a trainer continues with other settings, and reports the point of every epoch once", async () => {
    const data = await builtInData();
    const model = buildNetwork(defaultNetwork, 8);
    const gate = new Gate();
    const points: CurvePoint[] = [];
    let last: Progress | undefined;
    let finished: () => void = () => undefined;
    const trainer = new Trainer(model, data, { ...defaultTraining, epochs: 12 }, gate, (progress, added) => {
      points.push(...added);
      last = progress;
      if (progress.state === "finished") finished();
    });
    const end = (): Promise<void> =>
      new Promise((resolve) => {
        finished = resolve;
      });
    trainer.begin();
    const first = end();
    trainer.start();
    trainer.settings = { ...defaultTraining, epochs: 12, batchSize: 64, optimizer: "adam", learningRate: 0.003 };
    await first;
    expect(last).toMatchObject({ state: "finished", epoch: 12, examplesPerSecond: undefined });
    expect(points.map(({ epoch }) => epoch).filter(Number.isInteger)).toEqual([...Array(13).keys()]);
    expect(points.at(-1)?.validationAccuracy).toBeGreaterThan(0.9);
    const second = end();
    trainer.start();
    await second;
    expect(last?.epoch).toBe(24);

    // The data that the page shows.
    const { wrong, of, worst } = mistakesOf(model, data.test, 5);
    expect(of).toBe(360);
    expect(wrong).toBeLessThan(36);
    expect(worst.length).toBe(Math.min(5, wrong));
    for (const { picture, label, predicted, probability } of worst) {
      const probabilities = probabilitiesOf(model, picture);
      expect(predicted).not.toBe(label);
      expect(probabilities.indexOf(Math.max(...probabilities))).toBe(predicted);
      expect(Math.max(...probabilities)).toBeCloseTo(probability ?? Number.NaN, 5);
    }
    const kernel = model.variables[0].read().toArray() as number[][];
    const shown = firstWeights(model, 3);
    expect(shown?.units).toBe(32);
    expect([...(shown?.pictures.slice(128, 192) ?? [])]).toEqual(kernel.map((row) => row[2]));
  });

  test("a trainer reports the loss of every step, also after a huge loss", async () => {
    const data = await builtInData();
    const training = { ...defaultTraining, learningRate: 1e9 };
    const losses: number[] = [];
    const optimizer = buildOptimizer(training.optimizer, training.learningRate);
    optimizer.watch(({ loss }) => losses.push(loss?.item() ?? Number.NaN));
    const { batchSize } = training;
    const stop: Callback = { onStep: (run) => (run.batch === 12 ? run.stop() : undefined) };
    await fit(buildNetwork(defaultNetwork, 8), data.train, { optimizer, epochs: 1, batchSize, callbacks: [stop] });
    expect(Math.max(...losses) / losses[11]).toBeGreaterThan(1e16);

    const reported: number[] = [];
    let held: () => void = () => undefined;
    const trainer = new Trainer(buildNetwork(defaultNetwork, 8), data, training, new Gate(), ({ state }, points) => {
      reported.push(...points.flatMap(({ loss }) => loss ?? []));
      if (state === "paused") held();
    });
    for (let step = 0; step < 12; step++) {
      await new Promise<void>((done) => {
        held = done;
        trainer.step();
      });
    }
    trainer.end();
    // Each is divided by the number of its examples again.
    expect(reported.map((loss, step) => Math.abs(loss / losses[step] - 1) < 1e-12)).toEqual(Array(12).fill(true));
  });

  test("a trainer reports a failure, keeps its history, and shows the steps before the failure", async () => {
    const data = await builtInData();
    const model = buildNetwork({ ...defaultNetwork, hidden: [32, 32], activation: "linear" }, 8);
    const points: CurvePoint[] = [];
    let last: Progress | undefined;
    const training = { ...defaultTraining, optimizer: "sgd", learningRate: 10 } as const;
    const trainer = new Trainer(model, data, training, new Gate(), (progress, added) => {
      points.push(...added);
      last = progress;
    });
    const failure = new Promise<unknown>((resolve) => {
      trainer.onFailure = resolve;
    });
    trainer.start();
    expect(String(await failure)).toMatch(/the loss must be finite/);
    expect(last?.state).toBe("failed");
    expect(points.at(-1)?.loss).toBeGreaterThan(1e10);
    expect(
      model.variables.every((variable) => variable.read().data.every(Number.isFinite as (value: number) => boolean)),
    ).toBe(true);
    trainer.settings = { ...defaultTraining, epochs: 3 };
    trainer.end();
  });
});
