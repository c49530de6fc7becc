import {
  add,
  compile,
  constant,
  Dense,
  dataset,
  evaluate,
  grad,
  keep,
  minibatches,
  reshape,
  Sequential,
  SGD,
  slice,
  square,
  sum,
  type Tensor,
  take,
  tensor,
  transpose,
  Variable,
  valueAndGrad,
} from "gradus";
import { describe, expect, test } from "vitest";

const matrix = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
const variable = (): Variable => new Variable(matrix(), { name: "w" });
const loss = (x: Tensor): Tensor => sum(square(x));
const model = (): Sequential => new Sequential({ inputShape: [3], layers: [new Dense({ units: 4 })], seed: 1 });
const dataOf = () => dataset({ x: matrix(), y: tensor([0, 1], { dtype: "int32" }) });

/** A tensor that a function sees within a step. */
const inStep = (make: (x: Tensor) => Tensor): Tensor => {
  let seen: Tensor | undefined;
  grad((x: Tensor) => {
    const inner = make(x);
    attack(inner);
    seen = keep(inner);
    return loss(inner);
  })(matrix());
  return seen!;
};

/** Changes that plain JavaScript can try; each throws in strict mode. */
const changes: Readonly<Record<string, (shape: number[]) => void>> = {
  reverse: (shape) => shape.reverse(),
  push: (shape) => shape.push(2),
  "a longer axis": (shape) => {
    shape[0] = 1_000_000;
  },
  "another rank": (shape) => {
    shape.length = 1;
  },
  sort: (shape) => shape.sort((a, b) => b - a),
};

/** Tries every change of the shape of a tensor. */
const attack = (x: Tensor | Variable): void => {
  for (const [name, change] of Object.entries(changes)) {
    // Nothing is reversed or sorted in an empty shape, so these have no effect there.
    if (x.shape.length > 0 || name === "push") expect(() => change(x.shape as number[]), name).toThrow(TypeError);
  }
  expect(() => Object.assign(x, { shape: [1] })).toThrow(TypeError);
};

const sources: Readonly<Record<string, () => Tensor | Promise<Tensor>>> = {
  tensor: matrix,
  "tensor with a shape": () => tensor(new Float32Array(6), { shape: [2, 3] }),
  "an operation outside a step": () => add(matrix(), 1),
  "an operation within a step": () => inStep((x) => add(x, 1)),
  "a tensor that a step watches": () => inStep((x) => x),
  "a view within a step": () => inStep((x) => reshape(x, [3, 2])),
  "a slice": () => slice(matrix(), [0, 1], [2, 2]),
  "a transpose": () => transpose(matrix()),
  "variable.read outside a step": () => variable().read(),
  "variable.read within a step": () => inStep((x) => add(variable().read(), x)),
  "a kept tensor": () => keep(matrix()),
  predict: () => model().predict(matrix()),
  "the output of a layer": () => model().call(matrix()),
  "a gradient": () => grad(loss)(matrix()),
  "a value beside gradients": () => valueAndGrad(loss)(matrix())[0],
  "the value of a step": () => {
    const w = variable();
    return new SGD({ learningRate: 0.1 }).minimize(() => loss(w.read()), [w]);
  },
  "a compiled function": () => {
    const f = compile((x: Tensor) => add(x, 1));
    f(matrix());
    return f(matrix());
  },
  "rows of a data set": () => take(dataOf(), { to: 1 }).x,
  "a minibatch": () => [...minibatches(dataOf(), { batchSize: 1, seed: 1 })][0].x,
  "an initializer": () => constant(1)([2, 3], undefined as never),
};

describe("the shape of a tensor cannot be changed", () => {
  test.each(Object.entries(sources))("%s", async (_, make) => {
    const x = await make();
    const before = [[...x.shape], x.toArray(), String(x), x.size, x.rank];
    attack(x);
    expect([[...x.shape], x.toArray(), String(x), x.size, x.rank]).toEqual(before);
    expect(add(x, 0).toArray()).toEqual(x.toArray());
  });

  test("the shape of a variable cannot be changed", () => {
    const w = variable();
    attack(w);
    expect(w.read().toArray()).toEqual(matrix().toArray());
  });

  test("an initializer that changes its shape does not change the variable's", () => {
    const layer = new Dense({
      units: 2,
      kernelInitializer: (shape) => {
        const values = constant(0.5)(shape, undefined as never);
        (shape as number[]).reverse();
        return values;
      },
    });
    layer.buildFor([3]);
    expect(layer.variables[0].shape).toEqual([3, 2]);
  });

  test("a loss or metric cannot change the shapes that evaluate uses", async () => {
    const mean = (predictions: Tensor): Tensor => {
      attack(predictions);
      return sum(predictions);
    };
    const data = dataOf();
    const { loss: value } = await evaluate(model(), data, { loss: mean as never });
    expect(Number.isFinite(value)).toBe(true);
    expect(data.x.shape).toEqual([2, 3]);
  });

  test("two reads of a shape give the same frozen array", () => {
    const x = matrix();
    expect(x.shape).toBe(x.shape);
    expect(Object.isFrozen(x.shape)).toBe(true);
  });
});
