import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as gradus from "gradus";
import {
  Activation,
  Adam,
  add,
  argMax,
  BatchNorm,
  batchNormTraining,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  compile,
  cosineDecay,
  Dense,
  Dropout,
  dropout,
  getBackend,
  grad,
  type Layer,
  l1,
  l2,
  Momentum,
  maxNorm,
  meanSquaredError,
  mul,
  NonFiniteError,
  type Optimizer,
  Random,
  RMSProp,
  randomNormal,
  randomUniform,
  relu,
  Sequential,
  SGD,
  sigmoidCrossEntropy,
  softmax,
  softmaxCrossEntropy,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  Variable,
} from "gradus";
import { afterEach, describe, expect, test } from "vitest";
import { layersOf } from "../../../src/layers/base/tree.ts";
import { availableBackends, setBackend } from "../../../src/tensor/interpret/backend.ts";
import { sameBits } from "../../../src/tensor/tensor.ts";
import { everyLayer } from "../../io/everyLayer.ts";

const initial = getBackend();
afterEach(() => setBackend(initial));

type Step = (x: Tensor, y: Tensor) => Tensor;

/** A model, its optimizer, and a step of training that reads nothing else. */
interface Training {
  readonly model: Layer;
  readonly optimizer: Optimizer;
  readonly step: Step;
}

const network = (): Sequential =>
  new Sequential({
    name: "net",
    inputShape: [4],
    layers: [new Dense({ units: 5, activation: "tanh" }), new Dense({ units: 3 })],
    seed: 1,
  });

const training = (model: Layer, optimizer: Optimizer, loss = softmaxCrossEntropy): Training => ({
  model,
  optimizer,
  step: (x, y) => optimizer.minimize(() => loss(model.call(x, { training: true }), y), model.trainableVariables),
});

/** Batches of inputs and labels; every batch is another. */
const batch = (index: number, rows: number = 6): [Tensor, Tensor] => [
  randomNormal([rows, 4], { seed: index }),
  tensor(
    Array.from({ length: rows }, (_, row) => (row * 7 + index) % 3),
    { dtype: "int32" },
  ),
];

const stateOf = ({ model, optimizer }: Training): Tensor[] => [
  ...model.variables.map((variable) => variable.read()),
  ...model.variables.flatMap((variable) => Object.values(optimizer.slots(variable)).map((slot) => slot.read())),
];

/** Runs the same training as it is and compiled, and compares losses, variables and slots bit for bit after every step. */
const expectSameBits = (
  make: () => Training,
  {
    steps = 8,
    batchOf = batch,
    between,
    replays = true,
  }: {
    readonly steps?: number;
    readonly batchOf?: (index: number) => [Tensor, Tensor];
    /** Changes something before a step. */
    readonly between?: (training: Training, step: number) => void;
    readonly replays?: boolean;
  } = {},
): void => {
  const eager = make();
  const recorded = make();
  // Models without a seed begin with the same values and random numbers.
  for (const [index, variable] of recorded.model.variables.entries())
    variable.assign(eager.model.variables[index].read());
  const layers = layersOf(eager.model);
  for (const [index, { random }] of layersOf(recorded.model).entries()) random.state = layers[index].random.state;
  let runs = 0;
  const compiled = compile((x: Tensor, y: Tensor) => {
    runs++;
    return recorded.step(x, y);
  });
  for (let index = 0; index < steps; index++) {
    between?.(eager, index);
    between?.(recorded, index);
    const [x, y] = batchOf(index);
    const losses = [eager.step(x, y), compiled(x, y)] as const;
    expect(sameBits(...losses), `the loss of step ${index}: ${losses}`).toBe(true);
    const [expected, actual] = [stateOf(eager), stateOf(recorded)];
    expect(actual.length).toBe(expected.length);
    for (const [at, value] of expected.entries()) {
      expect(sameBits(value, actual[at]), `value ${at} after step ${index}`).toBe(true);
    }
    expect(recorded.optimizer.step).toBe(eager.optimizer.step);
  }
  // Without this, a function that is never replayed would pass.
  if (replays) expect(runs, "how often the function ran as it is").toBeLessThan(steps);
};

const fast = availableBackends().filter((backend) => backend !== "reference");

/** Every optimizer that the library exports, with each variant that it has. */
const optimizers: [string, () => Optimizer][] = Object.entries(gradus)
  .filter(([, value]) => (value as { prototype?: unknown }).prototype instanceof gradus.Optimizer)
  .flatMap(([name, value]) => {
    const make = (options: object): Optimizer => {
      const optimizer = value as unknown as new (options: object) => Optimizer;
      try {
        return new optimizer({ learningRate: 0.05, momentum: 0.9, ...options });
      } catch {
        return new optimizer({ learningRate: 0.05, ...options });
      }
    };
    const variants = ["tensorflow1", "keras", "pytorch"].filter((variant) => {
      try {
        return make({ variant });
      } catch {
        return false;
      }
    });
    const all: (string | undefined)[] = variants.length > 0 ? variants : [undefined];
    return all.map((variant): [string, () => Optimizer] => [
      `${name} ${variant ?? ""}`,
      () => make(variant === undefined ? {} : { variant }),
    ]);
  });

test("compiles every optimizer of the library", () => {
  expect(optimizers.length).toBeGreaterThan(12);
});

describe.each(fast)("a compiled step on %s has the bits of the step as it is", (backend) => {
  test.each(optimizers)("with %s", (_, optimizer) => {
    setBackend(backend);
    expectSameBits(() => training(network(), optimizer()), { steps: 20 });
  });

  test.each(Object.keys(everyLayer))("with a model of %s", (name) => {
    setBackend(backend);
    const make = (): Training => {
      const model = everyLayer[name]();
      return training(model, new Momentum({ learningRate: 0.001, momentum: 0.9 }), (output) => sum(square(output)));
    };
    if (make().model.trainableVariables.length === 0) return;
    // Once: a model that is made between two steps would have them recorded anew.
    const row = everyLayer[name]().builtFor!;
    const inputOf = (index: number): Tensor =>
      ["OneHot", "TableEncoder", "Embedding"].includes(name)
        ? tensor(
            Array.from({ length: 24 }, (_, at) => (at + index) % 2),
            { shape: [6, 4], dtype: name === "Embedding" ? "int32" : "float32" },
          )
        : randomNormal([6, ...row], { seed: index });
    expectSameBits(make, { batchOf: (index) => [inputOf(index), tensor(0)] });
  });
});

describe("a compiled step has the bits of the step as it is", () => {
  test("with a schedule of the learning rate", () => {
    const learningRate = (): number | gradus.Schedule => cosineDecay({ initial: 0.1, decaySteps: 10 });
    expectSameBits(() => training(network(), new Adam({ learningRate: learningRate() })), { steps: 14 });
  });

  test("when the learning rate is set between two steps", () => {
    expectSameBits(() => training(network(), new SGD({ learningRate: 0.1 })), {
      between: ({ optimizer }, step) => {
        optimizer.learningRate = 0.1 / (step + 1);
      },
    });
  });

  test.each([
    ["clipByValue", () => clipByValue(-0.01, 0.01)],
    ["clipByNorm", () => clipByNorm(0.01)],
    ["clipByGlobalNorm", () => clipByGlobalNorm(0.01)],
  ])("with %s", (_, clip) => {
    expectSameBits(() => training(network(), new SGD({ learningRate: 0.1, clip: clip() })));
  });

  test("with weight decay, regularizers, a constraint and a penalty on an output", () => {
    const model = (): Sequential =>
      new Sequential({
        inputShape: [4],
        layers: [
          new Dense({ units: 5, kernelRegularizer: l2(0.1), biasRegularizer: l1(0.1), activityRegularizer: l2(0.1) }),
          new Dense({ units: 3, kernelConstraint: maxNorm(0.5) }),
        ],
        seed: 3,
      });
    expectSameBits(() => training(model(), new SGD({ learningRate: 0.3, weightDecay: 0.01 })));
  });

  test("with dropout, whose random numbers go on", () => {
    const model = (): Sequential =>
      new Sequential({
        inputShape: [4],
        layers: [
          new Dropout({ rate: 0.5 }),
          new Dense({ units: 5 }),
          new Dropout({ rate: 0.2 }),
          new Dense({ units: 3 }),
        ],
        seed: 3,
      });
    expectSameBits(() => training(model(), new SGD({ learningRate: 0.3 })));
  });

  test("with dropout whose stream of random numbers begins in the first call", () => {
    const make = (): Training => {
      const layers = [new Dropout({ rate: 0.5 }), new Dense({ units: 3 })];
      return training(new Sequential({ inputShape: [4], layers, seed: 3 }), new SGD({ learningRate: 0.3 }));
    };
    const [eager, recorded] = [make(), make()];
    const compiled = compile(recorded.step);
    for (let index = 0; index < 6; index++) {
      expect(sameBits(eager.step(...batch(index)), compiled(...batch(index)))).toBe(true);
    }
    expect(compiled.recordings).toBe(1);
  });

  test("with random numbers of a seed in the function, which are the same in each call", () => {
    expectSameBits(() => {
      const model = network();
      const optimizer = new SGD({ learningRate: 0.1 });
      const random = new Random(5);
      const step: Step = (x, y) =>
        optimizer.minimize(() => {
          const noisy = add(dropout(x, { rate: 0.5, seed: 2 }), randomUniform([6, 4], { random }));
          return softmaxCrossEntropy(model.call(add(noisy, randomNormal([4], { random: random.fork("a") }))), y);
        });
      return { model, optimizer, step };
    });
  });

  test("when it computes gradients first, and applies others", () => {
    expectSameBits(() => {
      const model = network();
      const optimizer = new Adam({ learningRate: 0.1 });
      const step: Step = (x, y) => {
        const { loss, gradients } = optimizer.computeGradients(() => softmaxCrossEntropy(model.call(x), y));
        optimizer.applyGradients(clipByValue(-0.1, 0.1)(gradients));
        return loss;
      };
      return { model, optimizer, step };
    });
  });

  test("when it reads a variable before and after it changes", () => {
    expectSameBits(() => {
      const model = network();
      const optimizer = new SGD({ learningRate: 0.1 });
      const step: Step = (x, y) => {
        const before = model.variables.map((variable) => variable.read());
        const loss = optimizer.minimize(() => softmaxCrossEntropy(model.call(x), y));
        const changes = model.variables.map((variable, index) => sum(square(sub(variable.read(), before[index]))));
        for (const variable of model.variables) variable.assign(mul(variable.read(), 0.99));
        return changes.reduce((a, b) => add(a, b), loss);
      };
      return { model, optimizer, step };
    });
  });

  test("when two networks are trained against each other in one function", () => {
    expectSameBits(() => {
      const [generator, model] = [network(), network()];
      const [first, optimizer] = [new Adam({ learningRate: 0.01 }), new Adam({ learningRate: 0.02 })];
      const ones = (x: Tensor): Tensor => mul(sum(square(x), { axis: 1 }), 1e-3);
      const step: Step = (x) => {
        const fake = (): Tensor => ones(model.call(add(x, sum(generator.call(x)))));
        const a = optimizer.minimize(() => sum(ones(model.call(x))), model.trainableVariables);
        const b = first.minimize(() => sum(fake()), generator.trainableVariables);
        return add(a, b);
      };
      return { model, optimizer, step };
    });
  });

  test("for batches of different sizes in turns, one recording each", () => {
    expectSameBits(() => training(network(), new Adam({ learningRate: 0.01 })), {
      steps: 12,
      batchOf: (index) => batch(index, 3 + (index % 3)),
    });
  });

  test("in float64 beside float32", () => {
    expectSameBits(() => {
      const w = new Variable(tensor([1, 2, 3, 4], { dtype: "float64" }), { name: "w" });
      const optimizer = new RMSProp({ learningRate: 0.1 });
      const model = network();
      const step: Step = (x) =>
        optimizer.minimize(() =>
          gradus.toFloat(sum(square(mul(gradus.toFloat(x, { dtype: "float64" }), w.read()))), { dtype: "float64" }),
        );
      return { model, optimizer, step };
    });
  });
});

describe("a recording is made anew, with the bits of the step as it is,", () => {
  const freezing = (): Training => training(network(), new Momentum({ learningRate: 0.1, momentum: 0.9 }));
  const changes: Record<string, (training: Training, step: number) => void> = {
    "when a variable is frozen and trained again": ({ model }, step) => {
      model.variables[0].trainable = step < 3 || step > 6;
    },
    "when a layer is frozen and trained again": ({ model }, step) => {
      if (step === 3) model.freeze("net/dense");
      if (step === 6) model.unfreeze("net/dense");
    },
    "when the backend changes": (_, step) => {
      const { length } = fast;
      setBackend(step === 4 ? "reference" : fast[step % 5 === 0 ? 0 : length - 1]);
    },
    "when values are assigned": ({ model }, step) => {
      if (step === 4) model.variables[1].assign(tensor([1, 2, 3, 4, 5]));
    },
    "when the optimizer's state is restored": ({ model, optimizer }, step) => {
      if (step === 4) optimizer.restoreState({ step: 2, variables: {} }, model.variables);
    },
    "when a regularizer is set from plain JavaScript": ({ model }, step) => {
      if (step === 4) Object.assign(model.variables[0], { regularizer: l2(0.5) });
    },
    "when the clip is set from plain JavaScript": ({ optimizer }, step) => {
      if (step === 4) Object.assign(optimizer, { clip: clipByValue(-0.01, 0.01) });
    },
    "when a watcher begins to look at gradients": ({ optimizer }, step) => {
      if (step === 4) optimizer.watch(({ gradients }) => expect(gradients.length).toBe(4));
    },
  };
  test.each(Object.keys(changes))("%s", (name) => {
    expectSameBits(freezing, { steps: 12, between: changes[name] });
  });

  test("when watchers come and go, which see the loss and gradients of each step and may keep them", () => {
    const [eager, recorded] = [freezing(), freezing()];
    const compiled = compile(recorded.step);
    const seen: string[][] = [[], []];
    const kept: Tensor[] = [];
    const stops: (() => void)[] = [];
    for (let index = 0; index < 12; index++) {
      for (const [which, { optimizer }] of [eager, recorded].entries()) {
        if (index === 3) {
          const stop = optimizer.watch(({ step, loss, gradients }) => {
            if (loss) kept.push(gradus.keep(loss));
            for (const { gradient } of gradients) kept.push(gradus.keep(gradient));
            seen[which].push(
              `${step} ${loss?.item()} ${gradients.map(({ gradient }) => sum(square(gradient)).item())}`,
            );
          });
          stops.push(stop);
        }
        if (index === 9) stops[which]();
      }
      expect(sameBits(eager.step(...batch(index)), compiled(...batch(index)))).toBe(true);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0].length).toBe(6);
    for (const [index, value] of kept.entries()) {
      const other = kept[index % 10 < 5 ? index + 5 : index - 5];
      expect(sameBits(value, other), `kept tensor ${index}`).toBe(true);
    }
    for (const [index, value] of stateOf(eager).entries()) expect(sameBits(value, stateOf(recorded)[index])).toBe(true);
  });

  test("when gradients become huge, and watchers see each step once", () => {
    const [eager, recorded] = [1, 2].map(() => training(network(), new SGD({ learningRate: 1e-30 })));
    const compiled = compile(recorded.step);
    const seen: [number[], number[]] = [[], []];
    eager.optimizer.watch(({ step }) => seen[0].push(step));
    recorded.optimizer.watch(({ step }) => seen[1].push(step));
    for (let index = 0; index < 12; index++) {
      const [x, y] = batch(index);
      const scaled = mul(x, index % 5 === 3 ? 1e20 : 1);
      expect(sameBits(eager.step(scaled, y), compiled(scaled, y))).toBe(true);
    }
    expect(seen[1]).toEqual(seen[0]);
    for (const [index, value] of stateOf(eager).entries()) expect(sameBits(value, stateOf(recorded)[index])).toBe(true);
  });

  test("when the function uses another optimizer, which is made later", () => {
    expectSameBits(() => {
      const model = network();
      let used: Optimizer = new SGD({ learningRate: 0.1 });
      let count = 0;
      return {
        model,
        get optimizer() {
          if (count++ === 10) used = new Adam({ learningRate: 0.1 });
          return used;
        },
        step: (x, y) => used.minimize(() => softmaxCrossEntropy(model.call(x), y)),
      };
    });
  });

  test("when a layer gets another variable", () => {
    expectSameBits(freezing, {
      between: ({ model }, step) => {
        const [dense] = (model as Sequential).layers as Dense[];
        if (step === 4) dense.bias = new Variable(tensor([5, 4, 3, 2, 1]), { name: dense.bias?.name ?? "" });
      },
    });
  });
});

describe("a compiled step that fails", () => {
  const failing = (make: () => [Tensor, Tensor], error: RegExp): void => {
    const [eager, recorded] = [1, 2].map(() => training(network(), new Adam({ learningRate: 0.1 })));
    const compiled = compile(recorded.step);
    for (let index = 0; index < 5; index++) {
      eager.step(...batch(index));
      compiled(...batch(index));
    }
    const [x, y] = make();
    let expected: unknown;
    try {
      eager.step(x, y);
    } catch (thrown) {
      expected = thrown;
    }
    expect(String(expected)).toMatch(error);
    expect(() => compiled(x, y)).toThrow(expected as Error);
    // Nothing was updated, and the next steps are right.
    for (let index = 5; index < 9; index++) {
      expect(sameBits(eager.step(...batch(index)), compiled(...batch(index)))).toBe(true);
    }
    for (const [index, value] of stateOf(eager).entries()) expect(sameBits(value, stateOf(recorded)[index])).toBe(true);
  };

  test("for a label out of range throws the error of the step as it is, and updates nothing", () => {
    failing(() => [batch(1)[0], tensor([0, 1, 2, 3, 0, 1], { dtype: "int32" })], /label/);
  });

  test("for an input that is not finite throws the error of the step as it is, and updates nothing", () => {
    failing(() => [mul(batch(1)[0], Number.NaN), batch(1)[1]], /NonFiniteError/);
  });

  test("for a wrong shape throws the error of the step as it is, and updates nothing", () => {
    failing(() => [randomNormal([6, 5], { seed: 1 }), batch(1)[1]], /ShapeError/);
  });

  test("for an update that is not finite throws the error of the step as it is, and updates nothing", () => {
    const make = (): Training & { readonly w: Variable } => {
      const w = new Variable(tensor([1]), { name: "w" });
      const optimizer = new Adam({ learningRate: 0.1 });
      return { model: network(), w, optimizer, step: (x) => optimizer.minimize(() => sum(mul(w.read(), x))) };
    };
    const [eager, recorded] = [make(), make()];
    const compiled = compile(recorded.step);
    for (let step = 0; step < 4; step++)
      expect(sameBits(eager.step(tensor([2]), tensor(0)), compiled(tensor([2]), tensor(0)))).toBe(true);
    const errors = [eager.step, compiled].map((step) => {
      try {
        step(tensor([1e30]), tensor(0));
      } catch (error) {
        return error;
      }
      return undefined;
    });
    expect(errors[0]).toBeInstanceOf(NonFiniteError);
    expect(errors[1]).toEqual(errors[0]);
    expect(sameBits(eager.w.read(), recorded.w.read())).toBe(true);
    expect(sameBits(eager.step(tensor([2]), tensor(0)), compiled(tensor([2]), tensor(0)))).toBe(true);
    expect(sameBits(eager.w.read(), recorded.w.read())).toBe(true);
  });

  test("in its second update takes back the first, and does both again as they are", () => {
    const make = () => {
      const [a, b] = ["a", "b"].map((name) => new Variable(tensor([1]), { name }));
      const [first, second] = [new Momentum({ learningRate: 0.1, momentum: 0.9 }), new SGD({ learningRate: 0.1 })];
      const random = new Random(3);
      const step = (x: Tensor): Tensor => {
        first.minimize(() => sum(square(mul(a.read(), randomUniform([1], { random })))), [a]);
        return second.minimize(() => sum(mul(b.read(), x)), [b]);
      };
      return { a, b, first, second, step };
    };
    const [eager, recorded] = [make(), make()];
    const compiled = compile(recorded.step);
    for (const value of [1, 2, 3, 4, Number.POSITIVE_INFINITY, 5, 6]) {
      const results = [eager.step, compiled].map((step) => {
        try {
          return step(tensor([value])).item();
        } catch (error) {
          return String(error);
        }
      });
      expect(results[1]).toBe(results[0]);
      for (const name of ["a", "b"] as const) expect(sameBits(recorded[name].read(), eager[name].read())).toBe(true);
      for (const name of ["first", "second"] as const) expect(recorded[name].step).toBe(eager[name].step);
    }
  });

  test("says what to do when the function reads a value on the host", () => {
    const reads: ((x: Tensor) => unknown)[] = [
      (x) => sum(x).item(),
      (x) => square(x).data,
      (x) => square(x).toArray(),
      (x) => (x.item() > 0 ? x : square(x)),
      (x) => gradus.keep(square(x)),
      (x) => `${x}`,
    ];
    for (const read of reads) expect(() => compile(read)(tensor([1]))).toThrow(/must not read values on the host/);
    const w = new Variable(tensor([1]), { name: "w" });
    expect(() => compile(() => w.read().item())()).toThrow(/must not read values on the host/);
    // Later calls work as ever.
    expect(compile((x: Tensor) => square(x))(tensor([3])).toArray()).toEqual([9]);
  });

  test("refuses what is not a function, a promise, and a result that is not a tensor", () => {
    expect(() => compile(5 as never)).toThrow(/f must be a function, got 5/);
    expect(() => compile(async () => tensor(1))()).toThrow(/must be synchronous/);
    expect(() => compile(() => 5)()).toThrow(/must return tensors or nothing, got 5/);
    expect(() => compile(() => [tensor(1), "a"])()).toThrow(/must return tensors or nothing, got "a"/);
    // Also where it runs as it is.
    setBackend("reference");
    expect(() => compile(async () => tensor(1))()).toThrow(/must be synchronous/);
    expect(() => compile(() => ({ a: 5 }))()).toThrow(/must return tensors or nothing, got 5/);
  });
});

describe("a compiled function", () => {
  test("takes tensors in arrays and plain objects, and returns them so", () => {
    let runs = 0;
    const f = compile(({ a, list }: { a: Tensor; list: readonly Tensor[] }) => {
      runs++;
      return { sum: add(a, list[0]), nothing: undefined, products: [mul(list[0], list[1])] };
    });
    for (let index = 1; index < 5; index++) {
      const { sum: total, products } = f({ a: tensor([index]), list: [tensor([2]), tensor([3 * index])] });
      expect([total.toArray(), products[0].toArray()]).toEqual([[index + 2], [6 * index]]);
    }
    expect(runs).toBe(1);
  });

  test("may return nothing, an argument, or a tensor from outside", () => {
    const outside = tensor([7]);
    const f = compile((x: Tensor) => [x, outside, tensor([1])] as const);
    expect(f(tensor([1])).map((value) => value.toArray())).toEqual([[1], [7], [1]]);
    expect(f(tensor([2])).map((value) => value.toArray())).toEqual([[2], [7], [1]]);
    expect(compile(() => undefined)()).toBe(undefined);
  });

  test("gives results that stay as they are", () => {
    const f = compile((x: Tensor) => square(x));
    const results = [1, 2, 3].map((value) => f(tensor([value])));
    expect(results.map((result) => result.item())).toEqual([1, 4, 9]);
  });

  test("ends what is smuggled out of it", () => {
    let smuggled: Tensor | undefined;
    const f = compile((x: Tensor) => {
      smuggled = square(x);
      return sum(smuggled);
    });
    f(tensor([1, 2]));
    expect(() => smuggled?.data).toThrow(gradus.StaleTensorError);
    f(tensor([1, 2]));
    expect(() => smuggled?.data).toThrow(gradus.StaleTensorError);
  });

  test("is recorded for each shape, dtype, scale and other argument, the oldest of 16 going", () => {
    let runs = 0;
    const f = compile((x: Tensor, factor: number) => {
      runs++;
      return mul(gradus.toFloat(x), factor);
    });
    expect(f.recordings).toBe(0);
    const inputs = [
      tensor([1, 2]),
      tensor([[1, 2]]),
      tensor([1, 2], { dtype: "int32" }),
      tensor([1, 2], { dtype: "uint8", scale: 0.5 }),
      tensor([1, 2], { dtype: "uint8", scale: 0.25 }),
    ];
    for (let turn = 0; turn < 3; turn++) {
      for (const factor of [1, 2]) {
        for (const x of inputs) expect(sameBits(f(x, factor), mul(gradus.toFloat(x), factor))).toBe(true);
      }
    }
    expect([runs, f.recordings]).toEqual([10, 10]);
    for (let size = 3; size < 20; size++) f(gradus.ones([size]), 1);
    expect(f.recordings).toBe(16);
    f(gradus.ones([19]), 1);
    expect(runs).toBe(27);
    f(inputs[0], 1);
    expect(runs).toBe(28);
  });

  test("predicts with the bits of the call as it is, while the model is trained", () => {
    const { model, step } = training(network(), new SGD({ learningRate: 0.5 }));
    const predict = compile((x: Tensor) => ({ p: softmax(model.call(x)), label: argMax(model.call(x), { axis: 1 }) }));
    for (let index = 0; index < 6; index++) {
      const [x, y] = batch(index);
      step(x, y);
      expect(sameBits(predict(x).p, softmax(model.call(x)))).toBe(true);
      expect(sameBits(predict(x).label, argMax(model.call(x), { axis: 1 }))).toBe(true);
    }
    expect(predict.recordings).toBe(1);
  });

  test("returns what a step returns beside its loss", () => {
    const make = () => {
      const { model, optimizer } = training(network(), new SGD({ learningRate: 0.5 }));
      const step = (x: Tensor, y: Tensor) =>
        optimizer.minimize(() => {
          const scores = model.call(x);
          return { loss: softmaxCrossEntropy(scores, y), scores, kernel: model.variables[0].read() };
        });
      return step;
    };
    const [step, compiled] = [make(), compile(make())];
    const kept: [Tensor, Tensor][] = [];
    for (let index = 0; index < 5; index++) {
      const [expected, actual] = [step(...batch(index)), compiled(...batch(index))];
      for (const name of ["loss", "scores", "kernel"] as const) kept.push([expected[name], actual[name]]);
    }
    // The kernel is the one before the update, and no result changes with later steps.
    for (const [expected, actual] of kept) expect(sameBits(actual, expected)).toBe(true);
    expect(compiled.recordings).toBe(1);
  });

  test("computes gradients, also of gradients", () => {
    const f = (x: Tensor): Tensor =>
      grad((u: Tensor) => sum(square(grad((v: Tensor) => sum(mul(square(v), v)))(u))))(x);
    const compiled = compile(f);
    for (let index = 0; index < 3; index++) {
      const x = randomNormal([5], { seed: index });
      expect(sameBits(compiled(x), f(x))).toBe(true);
    }
    expect(compiled.recordings).toBe(1);
  });

  test("may be called within another one, in a step, and in a gradient", () => {
    const inner = compile((x: Tensor) => square(x));
    const outer = compile((x: Tensor) => add(inner(x), 1));
    for (const value of [1, 2]) expect(outer(tensor([value])).item()).toBe(value ** 2 + 1);
    expect(grad((x: Tensor) => sum(outer(x)))(tensor([3])).item()).toBe(6);
    const w = new Variable(tensor([2]), { name: "w" });
    expect(new SGD({ learningRate: 0.25 }).minimize(() => sum(inner(w.read()))).item()).toBe(4);
    expect(w.read().item()).toBe(1);
  });

  test("runs as it is on the reference backend", () => {
    setBackend("reference");
    let runs = 0;
    const f = compile((x: Tensor) => {
      runs++;
      return square(x);
    });
    for (const value of [1, 2, 3]) expect(f(tensor([value])).item()).toBe(value ** 2);
    expect([runs, f.recordings]).toEqual([3, 0]);
  });

  test("that makes a model in each call runs as it is", () => {
    const f = compile((x: Tensor) => {
      const layer = new Dense({ units: 2, seed: 1 });
      return layer.call(x);
    });
    const x = randomNormal([2, 3], { seed: 1 });
    for (let index = 0; index < 80; index++) {
      expect(sameBits(f(x), new Dense({ units: 2, seed: 1 }).call(x))).toBe(true);
    }
    expect(f.recordings).toBe(0);
  });

  test("leaves alone gradients that were computed before it", () => {
    const w = new Variable(tensor([1, 2]), { name: "w" });
    const optimizer = new SGD({ learningRate: 1 });
    const f = compile((x: Tensor) => sum(square(x)));
    for (let index = 0; index < 3; index++) {
      const { gradients } = optimizer.computeGradients(() => sum(mul(w.read(), tensor([1, 2]))));
      f(tensor([1, 2]));
      optimizer.applyGradients(gradients);
    }
    expect(w.read().toArray()).toEqual([-2, -4]);
  });

  test("uses losses with labels to ignore, weights of positives and batch statistics", () => {
    const f = (x: Tensor, labels: Tensor): readonly Tensor[] => [
      softmaxCrossEntropy(x, labels, { ignoreLabel: 2 }),
      sigmoidCrossEntropy(x, relu(x), { positiveWeight: tensor([1, 2, 3, 4]) }),
      meanSquaredError(batchNormTraining(x, undefined, undefined, { axis: 0, epsilon: 1e-3 }).y, x),
    ];
    const compiled = compile(f);
    for (let index = 0; index < 4; index++) {
      const [x, labels] = batch(index);
      const expected = f(x, labels);
      for (const [at, value] of compiled(x, labels).entries()) expect(sameBits(value, expected[at])).toBe(true);
    }
    expect(compiled.recordings).toBe(1);
    expect(() => compile((x: Tensor) => sigmoidCrossEntropy(x, x, { positiveWeight: -1 }))(tensor([1]))).toThrow(
      /positiveWeight/,
    );
  });
});

test("recordings whose function is dropped give their memory back", async () => {
  const { heap } = await import("../../../src/tensor/memory/heap.ts");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const make = (): void => {
    const f = compile((x: Tensor) => sum(new Activation("elu").call(square(x))));
    const g = compile((x: Tensor) => sum(square(x)));
    f(gradus.ones([1000]));
    g(gradus.ones([1000]));
  };
  const used: number[] = [];
  for (let turn = 0; turn < 60; turn++) {
    for (let index = 0; index < 50; index++) make();
    collect();
    await new Promise((resolve) => setTimeout(resolve, 1));
    used.push(heap().usedBytes);
  }
  expect(Math.max(...used.slice(30))).toBeLessThan(Math.max(...used.slice(0, 30)) * 1.5);
});

test("BatchNorm in a compiled step moves its statistics as in the step as it is", () => {
  expectSameBits(() =>
    training(
      new Sequential({
        inputShape: [4],
        layers: [new BatchNorm({ center: false, scale: false }), new Dense({ units: 3 })],
        seed: 1,
      }),
      new SGD({ learningRate: 0.1 }),
    ),
  );
});
