import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import {
  Activation,
  add,
  BatchNorm,
  type Callback,
  checkpoints,
  Dense,
  Dropout,
  dataset,
  earlyStopping,
  type FitOptions,
  fit,
  History,
  type Inspection,
  type Layer,
  loadCheckpoint,
  loadDigits,
  Momentum,
  meanAbsoluteError,
  meanSquaredError,
  minibatches,
  mul,
  NonFiniteError,
  ones,
  PReLU,
  rSquared,
  Sequential,
  SGD,
  sqrt,
  sub,
  sum,
  take,
  tensor,
} from "../../../src/index.ts";
import { histogramOf } from "../../../src/report/analysis/histogram.ts";
import { inspectActivations } from "../../../src/report/inspect/inspectActivations.ts";
import { inspector } from "../../../src/report/inspect/inspector.ts";
import { renderReport } from "../../../src/report/renderReport.ts";

const { train: all, validation } = await loadDigits();
const train = take(all, { to: 300 });

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-report-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** With everything that draws random numbers or moves statistics. */
const network = (): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [64],
    layers: [
      new Dense({ name: "hidden1", units: 20, activation: "relu" }),
      new BatchNorm({ name: "bn" }),
      new Activation("tanh", { name: "act" }),
      new Dropout({ name: "drop", rate: 0.3 }),
      new Sequential({ name: "inner", layers: [new Dense({ name: "hidden2", units: 10, activation: "sigmoid" })] }),
      new PReLU({ name: "prelu" }),
      new Dense({ name: "outputs", units: 10 }),
    ],
    seed: 5,
  });

const valuesOf = (model: Layer): readonly (readonly number[])[] =>
  model.variables.map((variable) => [...variable.read().data]);

const run = async (
  callbacks: readonly Callback[],
  options: Partial<FitOptions> = {},
): Promise<{ model: Sequential; history: History }> => {
  const model = network();
  const optimizer = new Momentum({ learningRate: 0.05, momentum: 0.9 });
  const history = await fit(model, train, { optimizer, epochs: 3, batchSize: 30, validation, callbacks, ...options });
  return { model, history };
};

const lastWith = (history: History, part: keyof Inspection): Inspection =>
  history.inspections.findLast((inspection) => inspection[part] !== undefined) as Inspection;

describe("inspector", () => {
  it("inspector changes no bit of the run", async () => {
    const [plain, inspected] = [await run([]), await run([inspector({ everySteps: 1 })])];
    expect(valuesOf(inspected.model)).toEqual(valuesOf(plain.model));
    const without = (history: History): unknown => history.epochs.map((epoch) => ({ ...epoch, seconds: 0 }));
    expect(without(inspected.history)).toEqual(without(plain.history));
  });

  it("inspector records norms of weights, gradients and updates", async () => {
    const model = new Sequential({
      name: "m",
      inputShape: [2],
      layers: [new Dense({ name: "d", units: 1, kernelInitializer: "ones", useBias: false })],
    });
    // y = w·[3, 4] = 7; the gradient of (y - 0)² is 2·7·[3, 4], its norm 70; with the rate 0.01 it takes [0.42, 0.56] away.
    const data = dataset({ x: tensor([[3, 4]]), y: tensor([[0]]) });
    const { inspections } = await fit(model, data, {
      optimizer: new SGD({ learningRate: 0.01 }),
      epochs: 1,
      loss: meanSquaredError,
      callbacks: [inspector()],
    });
    expect(inspections[0].loss).toBeCloseTo(49, 5);
    const [seen] = inspections[0].variables ?? [];
    expect(seen.name).toBe("m/d/kernel");
    expect(seen.gradientNorm).toBeCloseTo(70, 4);
    expect(seen.norm).toBeCloseTo(Math.hypot(0.58, 0.44), 5);
    expect(seen.updateRatio).toBeCloseTo(0.7 / Math.SQRT2, 5);
    expect(seen.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it("inspector samples every layer, also of nested models, and records what is trained", async () => {
    const { history } = await run([inspector({ classNames: [..."0123456789"] })]);
    const [first] = history.inspections;
    expect(first.activations?.map(({ layer, activation }) => `${layer}: ${activation}`)).toEqual([
      "hidden1: relu",
      "act: tanh",
      "inner/hidden2: sigmoid",
      "prelu: prelu",
    ]);
    expect(first.setup?.model).toBe("net");
    expect(first.setup?.facts).toContainEqual(["optimizer", "Momentum"]);
    expect(first.setup?.facts).toContainEqual(["momentum", "0.9"]);
    const statistics = first.variables?.find(({ name }) => name === "net/bn/moving_mean");
    expect(statistics?.gradientNorm).toBeUndefined();
    const { classes } = lastWith(history, "classes");
    expect(classes?.examples).toBe(validation.size);
    expect(classes?.imageShape).toEqual([8, 8, 1]);
    const right = classes?.confusion.reduce((sum, row, label) => sum + row[label], 0) ?? 0;
    expect(right / validation.size).toBeCloseTo(history.last("validationAccuracy"), 10);
  });

  it("inspector records the surest mistakes with their pixels", async () => {
    const { model, history } = await run([inspector({ mistakes: 5 })]);
    const { mistakes = [] } = lastWith(history, "classes").classes ?? {};
    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes.length).toBeLessThanOrEqual(5);
    const scores = model.predict(validation.x);
    for (const [index, { row, label, predicted, probability, pixels }] of mistakes.entries()) {
      expect(validation.y.data[row]).toBe(label);
      const own = [...scores.data.slice(row * 10, row * 10 + 10)];
      expect(own.indexOf(Math.max(...own))).toBe(predicted);
      expect(probability).toBeLessThanOrEqual(mistakes[index - 1]?.probability ?? 1);
      const expected = [...validation.x.data.slice(row * 64, row * 64 + 64)].map((byte) =>
        Math.round((255 * byte) / 16),
      );
      expect([...Buffer.from(pixels ?? "", "base64")]).toEqual(expected);
    }
  });

  it("inspector samples a run of any length about 100 times, and weights more rarely and at the end", async () => {
    const { history } = await run([inspector()], { epochs: 60, batchSize: 10 });
    const looks = history.inspections.filter(({ activations }) => activations);
    expect(looks.length).toBeGreaterThan(80);
    expect(looks.length).toBeLessThanOrEqual(115);
    const counted = history.inspections.filter(({ variables = [] }) => variables[0]?.histogram);
    expect(counted.length).toBeGreaterThan(5);
    expect(counted.length).toBeLessThan(20);
    expect(counted.at(-1)).toBe(history.inspections.at(-1));
    expect(history.inspections.at(-1)).toMatchObject({ step: 1800, epoch: 60 });
  });

  it("inspector samples a very long run early", async () => {
    const stopping: Callback = {
      onStep: (running) => {
        if (running.optimizer.step === 40) running.stop("enough seen");
      },
    };
    const { history } = await run([inspector(), stopping], { epochs: 1_000_000 });
    const steps = history.inspections.filter(({ activations }) => activations).map(({ step }) => step);
    expect(steps.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(steps.length).toBeGreaterThan(12);
    expect(history.inspections.filter(({ variables }) => variables?.[0].histogram).length).toBeGreaterThan(4);
  });

  it("inspector samples more and more rarely if the length of the run is unknown", async () => {
    const source = (epoch: number) => minibatches(train, { batchSize: 30, seed: epoch });
    const model = network();
    const history = await fit(model, source, {
      optimizer: new SGD({ learningRate: 0.01 }),
      epochs: 30,
      callbacks: [inspector()],
    });
    const steps = history.inspections.map(({ step }) => step);
    expect(steps.length).toBeLessThan(120);
    expect(steps.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    // There is nothing to look at activations with.
    expect(history.inspections[0].activations).toBeUndefined();
    const withData = await fit(network(), source, {
      optimizer: new SGD({ learningRate: 0.01 }),
      epochs: 1,
      callbacks: [inspector({ data: validation })],
    });
    expect(withData.inspections[0].activations).toHaveLength(4);
  });

  it("inspector samples the same steps when a run is stopped and resumes", async () => {
    const whole = await run([inspector({ everySteps: 4 })], { epochs: 3 });
    const path = join(folder, "run.safetensors");
    const stopping: Callback = {
      onStep: (running) => {
        if (running.optimizer.step === 17) running.stop("for the test");
      },
    };
    await run([inspector({ everySteps: 4 }), stopping, checkpoints(path)]);
    const saved = await loadCheckpoint(path);
    const more = await fit(saved.model, train, {
      ...saved,
      epochs: 3,
      batchSize: 30,
      validation,
      callbacks: [inspector({ everySteps: 4 })],
    });
    expect(more.inspections).toEqual(whole.history.inspections);
  });

  it("inspector evaluates the model that early stopping has restored", async () => {
    const stopping = earlyStopping({ patience: 1, restoreBest: true });
    const { model, history } = await run([inspector(), stopping], {
      epochs: 40,
      optimizer: new SGD({ learningRate: 0.8 }),
    });
    const final = history.inspections.at(-1);
    const norm = Math.hypot(...model.variables[0].read().data);
    expect(final?.variables?.[0].norm).toBeCloseTo(norm, 6);
  });

  it("inspector keeps the sample of the step that failed, and writes a report of it", async () => {
    const path = join(folder, "failed.html");
    const model = network();
    let seen: readonly Inspection[] = [];
    const spy: Callback = {
      onTrainEnd: ({ history }) => {
        seen = [...history.inspections];
      },
    };
    const spoiled: Callback = {
      onStep: (running) => {
        if (running.optimizer.step === 4) {
          const { kernel } = running.model.sublayers[0] as Dense;
          kernel.assign(tensor(new Float32Array(kernel.size).fill(Number.NaN), { shape: kernel.shape }));
        }
      },
    };
    const training = fit(model, train, {
      optimizer: new SGD({ learningRate: 0.01 }),
      epochs: 2,
      callbacks: [inspector({ everySteps: 1, report: path }), spy, spoiled],
    });
    await expect(training).rejects.toThrow(NonFiniteError);
    expect(seen.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    const text = readFileSync(path, "utf8");
    expect(text).toContain("it failed: SGD.minimize: the loss must be finite");
    expect(text).toContain("<p>0 epochs, 4 steps</p>");
  });

  it.each([
    [undefined, "its signal was aborted."],
    [new Error("the page was closed"), "its signal was aborted: the page was closed."],
  ])(
    "inspector reports that a run was aborted for the reason %s, and does not say that it failed",
    async (reason, expected) => {
      const path = join(folder, "aborted.html");
      const abort = new AbortController();
      const callbacks = [inspector({ report: path }), { onStep: () => abort.abort(reason) }];
      const options = { optimizer: new SGD({ learningRate: 0.01 }), epochs: 2, callbacks, signal: abort.signal };
      await expect(fit(network(), train, options)).rejects.toSatisfy((error) => error === abort.signal.reason);
      const text = readFileSync(path, "utf8");
      expect(text).toContain(`Training stopped before its last epoch: ${expected}`);
      expect(text).not.toContain("it failed");
    },
  );

  it("inspector samples the step whose gradients were not finite", async () => {
    const model = new Sequential({
      name: "m",
      inputShape: [1],
      layers: [new Dense({ name: "d", units: 1, kernelInitializer: "zeros" })],
    });
    const data = dataset({ x: tensor([[1]]), y: tensor([[0]]) });
    let history = new History();
    const spy: Callback = {
      onTrainEnd: (running) => {
        history = running.history;
      },
    };
    // √ has no slope at 0.
    const training = fit(model, data, {
      optimizer: new SGD({ learningRate: 0.1 }),
      epochs: 1,
      loss: (predictions, targets) => sum(sqrt(sub(predictions, targets))),
      callbacks: [inspector(), spy],
    });
    await expect(training).rejects.toThrow(NonFiniteError);
    expect(history.inspections[0]).toMatchObject({ step: 1, loss: 0 });
    expect(history.inspections[0].variables?.[0]).toMatchObject({ name: "m/d/kernel", norm: 0, isNonFinite: true });
    expect(history.inspections[0].variables?.[0].gradientNorm).toBeUndefined();
  });

  it("inspector stops watching when training ends", async () => {
    const optimizer = new SGD({ learningRate: 0.01 });
    const first = await run([inspector({ everySteps: 1 })], { optimizer, epochs: 1 });
    const count = first.history.inspections.length;
    await run([], { optimizer, epochs: 1 });
    expect(first.history.inspections.length).toBe(count);
  });

  it("inspector lets the event loop run while it evaluates many examples", async () => {
    const many = take(all, { to: 1000 });
    const big = dataset({
      x: tensor(new Uint8Array(20_000 * 64), { shape: [20_000, 64], scale: 1 / 16 }),
      y: tensor(new Int32Array(20_000)),
    });
    const layers = [new Dense({ units: 300, activation: "relu" }), new Dense({ units: 300 }), new Dense({ units: 10 })];
    const model = new Sequential({ inputShape: [64], layers, seed: 1 });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const history = await fit(model, many, {
      optimizer: new SGD({ learningRate: 0.1 }),
      epochs: 0,
      callbacks: [inspector({ data: big })],
    });
    clearInterval(timer);
    expect(history.inspections.at(-1)?.classes?.examples).toBe(20_000);
    expect(turns).toBeGreaterThan(2);
  });

  it.each([
    [{ everyStep: 3 }, "inspector: every option must be one that exists, got"],
    [{ everySteps: 0 }, "inspector: everySteps must be a whole number from 1, got 0."],
    [{ sample: 1.5 }, "inspector: sample must be a whole number from 1, got 1.5."],
    [{ mistakes: -1 }, "inspector: mistakes must be a whole number from 0, got -1."],
    [{ classNames: [1] }, "inspector: classNames must be a list of texts, got [1]."],
    [{ report: "" }, 'inspector: report must be a path, got "".'],
    [{ data: 3 }, "inspector: data must be a data set of one input and one target, got 3."],
    [
      { imageShape: [8, 8, 2] },
      "inspector: imageShape must be [height, width] or [height, width, channels] with 1 or 3 channels, got [8, 8, 2].",
    ],
  ])("inspector throws for %j", (options, message) => {
    expect(() => inspector(options as object)).toThrow(message);
  });

  it("inspector throws before the first step if the report cannot be written", async () => {
    const optimizer = new SGD({ learningRate: 0.1 });
    const training = run([inspector({ report: join(folder, "missing", "report.html") })], { optimizer });
    await expect(training).rejects.toThrow(/missing/);
    expect(optimizer.step).toBe(0);
  });

  it("inspector throws for pictures of another size than the examples have", async () => {
    await expect(run([inspector({ imageShape: [7, 8] })])).rejects.toThrow(
      "inspector: imageShape must be of as many pixels as an example of the data has (64), got [7, 8].",
    );
  });
});

describe("inspector on a model of numbers", () => {
  const x = tensor(
    Float32Array.from({ length: 40 }, (_, index) => index / 10),
    { shape: [40, 1] },
  );
  const data = dataset({ x, y: add(mul(x, 3), 1), name: "a line" });
  const line = (units: number): Sequential =>
    new Sequential({ inputShape: [1], layers: [new Dense({ units, kernelInitializer: "ones" })] });

  it("inspector records R², the mean absolute error and the worst predictions of a model of numbers", async () => {
    const model = line(1);
    const history = await fit(model, data, {
      optimizer: new SGD({ learningRate: 0.01 }),
      epochs: 3,
      loss: meanSquaredError,
      callbacks: [inspector({ mistakes: 2 })],
    });
    const { data: name, examples, outputs } = lastWith(history, "values").values!;
    expect([name, examples, outputs.length]).toEqual(["a line", 40, 1]);
    const predictions = model.predict(x);
    expect(outputs[0].rSquared).toBeCloseTo(rSquared(predictions, data.y), 5);
    expect(outputs[0].meanAbsoluteError).toBeCloseTo(meanAbsoluteError(predictions, data.y).item(), 5);
    expect(outputs[0].some.map(({ row }) => row)).toEqual(Array.from({ length: 40 }, (_, row) => row));
    const errors = outputs[0].some.map(({ target, predicted }) => Math.abs(target - predicted));
    const [worst, next] = [...errors].sort((a, b) => b - a);
    const reported = outputs[0].worst.map(({ target, predicted }) => Math.abs(target - predicted));
    expect(reported).toEqual([worst, next]);
    expect(lastWith(history, "values").classes).toBeUndefined();
  });

  it("inspector records the first outputs of a model of numbers with many, and examples from all of the data", async () => {
    const many = tensor(
      Float32Array.from({ length: 1000 }, (_, index) => index / 1000),
      { shape: [1000, 1] },
    );
    const history = await fit(line(6), dataset({ x: many, y: mul(many, ones([1, 6])) }), {
      optimizer: new SGD({ learningRate: 0.01 }),
      epochs: 1,
      loss: meanSquaredError,
      callbacks: [inspector()],
    });
    const { outputs } = lastWith(history, "values").values!;
    expect(outputs).toHaveLength(4);
    expect(outputs[3].some).toHaveLength(400);
    expect(outputs[3].some.at(-1)?.row).toBeGreaterThan(990);
    const page = renderReport(history);
    expect(page).toContain("<h3>Output 3: Predicted and true</h3>");
  });
});

describe("inspectActivations", () => {
  const through = (activation: "relu" | "sigmoid" | "tanh" | "elu" | "leakyRelu" | "softmax" | "linear") =>
    inspectActivations(
      new Sequential({ inputShape: [4], layers: [new Activation(activation)] }),
      tensor([
        [-10, -10, 0.5, 2],
        [-10, 10, 0.5, 1],
      ]),
    );

  test.each([
    // -10, -10, and one of 10; the first unit is dead.
    ["relu", 3 / 8, 1 / 4],
    // Both tails are flat.
    ["sigmoid", 4 / 8, 2 / 4],
    ["tanh", 4 / 8, 2 / 4],
    ["elu", 3 / 8, 1 / 4],
    ["leakyRelu", 0, 0],
  ] as const)("inspectActivations counts flat and dead units of %s", (activation, saturated, dead) => {
    expect(through(activation)[0]).toMatchObject({ activation, saturated, dead });
  });

  test("inspectActivations leaves out softmax and linear", () => {
    expect(through("softmax")).toEqual([]);
    expect(through("linear")).toEqual([]);
  });

  test("inspectActivations has the mean and the deviation of the outputs", () => {
    const [{ mean, deviation }] = through("relu");
    expect(mean).toBeCloseTo((0.5 + 2 + 10 + 0.5 + 1) / 8, 6);
    const values = [0, 0, 0.5, 2, 0, 10, 0.5, 1];
    const expected = Math.sqrt(values.reduce((sum, value) => sum + (value - 1.75) ** 2, 0) / 8);
    expect(deviation).toBeCloseTo(expected, 6);
  });
});

describe("histogramOf", () => {
  test("histogramOf counts every finite value once, and no other", () => {
    const values = Float32Array.from({ length: 100 }, (_, index) => index);
    values[7] = Number.NaN;
    values[8] = Infinity;
    const { low, high, counts } = histogramOf(values);
    expect([low, high]).toEqual([0, 99]);
    expect(counts).toHaveLength(10);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(98);
    // 90 to 99: the largest value belongs to the last bin.
    expect(counts.at(-1)).toBe(10);
  });

  test("histogramOf takes equal values, no values, and values that are not finite", () => {
    expect(histogramOf(new Float32Array(5).fill(3))).toEqual({ low: 3, high: 3, counts: [5] });
    expect(histogramOf(new Float32Array(0))).toEqual({ low: 0, high: 0, counts: [] });
    expect(histogramOf(new Float32Array(2).fill(Number.NaN))).toEqual({ low: 0, high: 0, counts: [] });
  });
});

test("inspections survive JSON", async () => {
  const { history } = await run([inspector()]);
  const copy = History.fromJSON(JSON.parse(JSON.stringify(history)));
  expect(copy.inspections).toEqual(history.inspections);
});
