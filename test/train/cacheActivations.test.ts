import {
  Adam,
  accuracy,
  BatchNorm,
  type CacheOptions,
  cacheActivations,
  Dense,
  Dropout,
  elu,
  evaluate,
  fit,
  type History,
  type Layer,
  l2,
  loadDigits,
  maxNorm,
  mul,
  Sequential,
  sub,
  sum,
  type Tensor,
  take,
} from "gradus";
import { describe, expect, it } from "vitest";
import { observeKernels } from "../../src/tensor/interpret/eager.ts";
import { sameBits } from "../../src/tensor/tensor.ts";
import { errorOf, onEachBackend } from "../layers/helpers.ts";

const { train: digits, validation } = await loadDigits();
const train = take(digits, { to: 230 });

const lower = (): Layer[] => [
  new Dense({ name: "hidden1", units: 20, kernelRegularizer: l2(1e-3) }),
  new BatchNorm({ name: "bn1" }),
  new Dense({ name: "hidden2", units: 15, activityRegularizer: l2(1e-3) }),
];

const network = (between: readonly (Layer | typeof elu)[] = [elu]): Sequential =>
  new Sequential({
    name: "dnn",
    inputShape: [64],
    seed: 5,
    layers: [
      ...lower(),
      ...between,
      new Dropout({ rate: 0.3 }),
      new Dense({ name: "hidden3", units: 12, activation: "relu", kernelConstraint: maxNorm(1) }),
      new BatchNorm({ name: "bn3" }),
      new Dense({ name: "outputs", units: 10, kernelRegularizer: l2(1e-3) }),
    ],
  });

const values = (model: Layer): readonly Tensor[] => model.variables.map((variable) => variable.read());
const options = () => ({ optimizer: new Adam({ learningRate: 0.01 }), epochs: 3, batchSize: 20 });
const records = (history: History) => history.epochs.map(({ seconds: _, ...record }) => record);

onEachBackend(() => {
  it("cacheActivations trains to the same bits as without the cache, shuffling, dropout and history included", async () => {
    const [whole, cached] = [network(), network()];
    for (const model of [whole, cached]) model.freeze(/hidden[12]|bn1/);
    const expected = await fit(whole, train, { ...options(), validation });
    const { head, inputs } = cacheActivations(cached, train);
    expect(head.layers.map(({ name }) => name)).toEqual(["dropout", "hidden3", "bn3", "outputs"]);
    expect([inputs.x.shape, inputs.size, inputs.y]).toEqual([[230, 15], 230, train.y]);
    const held = cacheActivations(cached, validation).inputs;
    const history = await fit(head, inputs, { ...options(), validation: held });
    expect(records(history)).toEqual(records(expected));
    const before = values(network());
    values(whole).forEach((value, index) => {
      expect(sameBits(value, values(cached)[index]), whole.variables[index].name).toBe(true);
    });
    // It has learned, and what was frozen stayed.
    expect(values(whole).map((value, index) => sameBits(value, before[index]))).toEqual([
      ...[true, true, true, true, true, true, true, true],
      ...[false, false, false, false, false, false, false, false],
    ]);
    // The model has the trained head.
    expect(sameBits(cached.predict(validation.x), whole.predict(validation.x))).toBe(true);
    expect(accuracy(cached.predict(validation.x), validation.y)).toBe(evaluate(head, held).accuracy);
  });
});

describe("cacheActivations", () => {
  it("cacheActivations computes the frozen part once, and shares the variables of the rest", () => {
    const model = network();
    model.freeze(/hidden[12]|bn1/);
    const { head, inputs } = cacheActivations(model, train);
    const ran: string[] = [];
    observeKernels(
      (primitive) => ran.push(primitive),
      () => new Adam({ learningRate: 0.01 }).minimize(() => sum(head.call(inputs.x, { training: true }))),
    );
    expect(ran.filter((primitive) => primitive === "affine")).toHaveLength(2);
    expect(head.variables.map(({ name }) => name)).toEqual(model.variables.slice(8).map(({ name }) => name));
    expect(head.variables.every((variable) => model.variables.includes(variable))).toBe(true);
  });

  it("cacheActivations ends behind the last frozen layer, or at upTo", () => {
    const names = (model: Sequential, cache?: CacheOptions): string =>
      cacheActivations(model, train, cache)
        .head.layers.map(({ name }) => name)
        .join();
    const model = network();
    model.freeze(/hidden1/);
    expect(names(model)).toBe("bn1,hidden2,elu,dropout,hidden3,bn3,outputs");
    model.freeze(/hidden2|bn1/);
    expect(names(model)).toBe("dropout,hidden3,bn3,outputs");
    expect(names(model, { upTo: "bn1" })).toBe("hidden2,elu,dropout,hidden3,bn3,outputs");
    expect(names(model, { upTo: "dnn/hidden2" })).toBe("elu,dropout,hidden3,bn3,outputs");
    // Frozen layers further up are left where they are.
    model.freeze("hidden3");
    model.unfreeze("bn1");
    expect(names(model)).toBe("bn1,hidden2,elu,dropout,hidden3,bn3,outputs");
    const nested = new Sequential({ name: "lower", layers: lower() });
    const outer = new Sequential({ name: "dnn", inputShape: [64], layers: [nested, new Dense({ units: 10 })] });
    nested.freeze();
    expect(names(outer)).toBe("dense");
  });

  it("cacheActivations throws for layers whose outputs change, and names them", () => {
    const refusal = (layer: string, fault: string): string =>
      `ValueError: cacheActivations: what is cached must be the same every time, got "dnn/${layer}" among the first ${fault}. ` +
      "Freeze it, take it out, or cache less with { upTo }.";
    const random = "which draws random numbers or moves statistics in training (active dropout, a training batch norm)";
    const frozenBehind = (layer: Layer | typeof elu): Sequential => {
      const layers = [
        new Dense({ name: "a", units: 8 }),
        layer,
        new Dense({ name: "b", units: 6 }),
        new Dense({ units: 10 }),
      ];
      const model = new Sequential({ name: "dnn", inputShape: [64], seed: 1, layers });
      model.freeze(/\/[ab]\//);
      return model;
    };
    const dropping = frozenBehind(new Dropout({ rate: 0.001 }));
    const drawn = dropping.layer("dropout").random.state;
    expect(errorOf(() => cacheActivations(dropping, train))).toBe(refusal("dropout", `3 layers, ${random}`));
    expect(dropping.layer("dropout").random.state).toEqual(drawn);
    expect(cacheActivations(dropping, train, { upTo: "a" }).inputs.x.shape).toEqual([230, 8]);
    // Dropout that drops nothing is allowed.
    expect(cacheActivations(frozenBehind(new Dropout({ rate: 0 })), train).inputs.x.shape).toEqual([230, 6]);
    // A batch norm without trainable variables still moves its statistics, unless it is frozen.
    const bare = frozenBehind(new BatchNorm({ center: false, scale: false }));
    const [mean] = bare.layer("batch_norm").variables;
    expect(errorOf(() => cacheActivations(bare, train))).toBe(refusal("batch_norm", `3 layers, ${random}`));
    expect(mean.read().data.every((value) => value === 0)).toBe(true);
    bare.freeze("batch_norm");
    expect(cacheActivations(bare, train).inputs.x.shape).toEqual([230, 6]);
    const centre = (x: Tensor): Tensor => sub(x, mul(sum(x, { axis: 0, keepDims: true }), 1 / x.shape[0]));
    const centred = frozenBehind((x) => centre(x as Tensor));
    expect(errorOf(() => cacheActivations(centred, train))).toBe(
      refusal("activation", "3 layers, whose outputs for a row depend on the other rows"),
    );
  });

  it("cacheActivations throws for a model without frozen layers, or without trainable ones", () => {
    const model = network();
    expect(errorOf(() => cacheActivations(model, train))).toBe(
      'ValueError: cacheActivations: the first layers must be frozen, got "dnn/hidden1", which is trained. ' +
        "Freeze them with model.freeze(/hidden[12]/), for example.",
    );
    model.freeze("hidden1");
    expect(errorOf(() => cacheActivations(model, train, { upTo: "hidden2" }))).toBe(
      'ValueError: cacheActivations: upTo must name a layer of the model that is frozen with all before it, got "hidden2", ' +
        'up to which "dnn/bn1" is trained. Freeze it, or leave upTo out.',
    );
    expect(errorOf(() => cacheActivations(model, train, { upTo: "hidden9" }))).toMatch(/must be a layer of the name/);
    expect(errorOf(() => cacheActivations(model, train, { until: "hidden1" } as object))).toMatch(
      /The options are upTo\./,
    );
    model.freeze();
    expect(errorOf(() => cacheActivations(model, train, { upTo: "bn1" }))).toBe(
      "ValueError: cacheActivations: a layer must be left to train, got dnn with all of them frozen. Unfreeze one.",
    );
    const single = new Dense({ units: 1 }) as unknown as Sequential;
    expect(errorOf(() => cacheActivations(single, train))).toMatch(/the model must be a Sequential/);
  });

  it("cacheActivations throws when its data are read after a frozen layer changed", async () => {
    const model = network();
    model.freeze(/hidden[12]|bn1/);
    const { head, inputs } = cacheActivations(model, train);
    const kernel = model.variable("hidden1/kernel");
    const outdated = (what: string): string =>
      `cacheActivations: cached activations must be those of the frozen layers as they are, got ${what} since they were ` +
      "computed. Call cacheActivations again.";
    // The same numbers are not a change.
    kernel.assign(kernel.read());
    await fit(head, inputs, { ...options(), epochs: 1 });
    const before = kernel.read();
    const change = {
      onStep: ({ batch }: { batch: number }): void => {
        if (batch === 4) kernel.assign(mul(kernel.read(), 2));
      },
    };
    let steps = 0;
    const count = {
      onStep: (): void => {
        steps++;
      },
    };
    await expect(fit(head, inputs, { ...options(), callbacks: [change, count] })).rejects.toThrow(
      outdated('a change of "dnn/hidden1/kernel"'),
    );
    expect(steps).toBe(4);
    expect(() => take(inputs, { to: 3 })).toThrow("cacheActivations");
    kernel.assign(before);
    expect(take(inputs, { to: 3 }).x.shape).toEqual([3, 15]);
    const mean = model.variable("bn1/moving_mean");
    const statistics = mean.read();
    mean.assign(mul(sub(statistics, 1), 2));
    expect(() => inputs.x).toThrow(outdated('a change of "dnn/bn1/moving_mean"'));
    mean.assign(statistics);
    model.unfreeze("hidden2");
    expect(() => inputs.x).toThrow(outdated('"dnn/hidden2", which was frozen or unfrozen,'));
    model.freeze("hidden2");
    model.unfreeze("hidden1/bias");
    expect(() => inputs.x).toThrow(outdated('"dnn/hidden1", which was frozen or unfrozen,'));
    model.freeze("hidden1/bias");
    // Of the head, anything may be frozen.
    model.freeze("hidden3");
    expect(inputs.x.shape).toEqual([230, 15]);
  });
});
