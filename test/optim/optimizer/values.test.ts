import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import { customGradient } from "../../../src/autograd/customGradient.ts";
import { grad, valueAndGrad } from "../../../src/autograd/grad.ts";
import { Variable } from "../../../src/autograd/variable.ts";
import { add, mul, sub } from "../../../src/ops/elementwise/arithmetic.ts";
import { square } from "../../../src/ops/elementwise/powers.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { Adam } from "../../../src/optim/adam.ts";
import type { Gradients } from "../../../src/optim/optimizer/gradients.ts";
import type { LossAndGradients } from "../../../src/optim/optimizer/lossGradients.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { availableBackends, getBackend, setBackend } from "../../../src/tensor/interpret/backend.ts";
import { arena } from "../../../src/tensor/memory/arena.ts";
import { atEndOfStep } from "../../../src/tensor/memory/step.ts";
import { type Tensor, tensor } from "../../../src/tensor/tensor.ts";
import { textOf } from "../../autograd/textOf.ts";

const used = getBackend();
afterEach(() => setBackend(used));

const variable = (name: string, values: number[]): Variable => new Variable(tensor(values), { name });

/** Steps that overwrite the memory of those before. */
const stepsLater = (): void => {
  const w = variable("later", [7, 7]);
  for (let step = 0; step < 3; step++) new SGD({ learningRate: 0.1 }).minimize(() => sum(square(w.read())));
};

describe("values of minimize", () => {
  test("values of minimize are those before the update, and stay valid", () => {
    for (const backend of availableBackends()) {
      setBackend(backend);
      const w = variable("w", [1, 2]);
      const { loss, predictions, more } = new SGD({ learningRate: 0.5 }).minimize(() => {
        const predictions = mul(w.read(), 3);
        return {
          loss: sum(square(predictions)),
          predictions,
          more: { list: [w.read(), add(predictions, 1)], count: 2 },
        };
      }, [w]);
      stepsLater();
      expectTypeOf(predictions).toEqualTypeOf<Tensor>();
      expectTypeOf(more).toEqualTypeOf<{ list: Tensor[]; count: number }>();
      expect(loss.item()).toBe(45);
      expect(predictions.toArray()).toEqual([3, 6]);
      expect(more.list.map((entry) => entry.toArray())).toEqual([
        [1, 2],
        [4, 7],
      ]);
      expect(more.count).toBe(2);
      expect(w.read().toArray()).toEqual([-8, -16]);
    }
  });

  test("values of minimize change no bit of the step", () => {
    const [alone, beside] = [variable("w", [0.3, -1.7]), variable("w", [0.3, -1.7])];
    const [first, second] = [new Adam(), new Adam()];
    for (let step = 0; step < 5; step++) {
      const loss = first.minimize(() => sum(square(mul(alone.read(), 3))));
      const values = second.minimize(() => {
        const y = mul(beside.read(), 3);
        return { loss: sum(square(y)), y, w: beside.read() };
      });
      expect(values.loss.data).toEqual(loss.data);
    }
    expect(beside.read().data).toEqual(alone.read().data);
  });

  test("values of minimize: the loss is that with penalties, under its name only", () => {
    const regularizer = (weights: Tensor): Tensor => sum(square(weights));
    const w = new Variable(tensor([2]), { name: "w", regularizer });
    const step = (options?: { regularize: boolean }): number[] => {
      const { loss, plain } = new SGD({ learningRate: 0 }).minimize(
        () => {
          const loss = sum(mul(w.read(), 3));
          return { loss, plain: loss };
        },
        [w],
        options,
      );
      return [loss.item(), plain.item()];
    };
    expect(step()).toEqual([10, 6]);
    expect(step({ regularize: false })).toEqual([6, 6]);
  });

  test("values of minimize: types are inferred, and what cannot be a value does not compile", () => {
    const w = variable("w", [1]);
    const optimizer = new SGD({ learningRate: 0.1 });
    const lossOf = (): Tensor => sum(square(w.read()));
    expectTypeOf(optimizer.minimize(lossOf)).toEqualTypeOf<Tensor>();
    expectTypeOf(optimizer.minimize(() => ({ loss: lossOf(), rate: 0.5 }))).toEqualTypeOf<{
      loss: Tensor;
      rate: number;
    }>();
    interface Forward {
      readonly loss: Tensor;
      readonly layers: readonly { readonly output: Tensor }[];
    }
    const forward = (): Forward => ({ loss: lossOf(), layers: [{ output: w.read() }] });
    expectTypeOf(optimizer.minimize(forward)).toEqualTypeOf<Forward>();
    expectTypeOf(optimizer.computeGradients(lossOf)).toEqualTypeOf<LossAndGradients>();
    const { gradients, layers } = optimizer.computeGradients(forward);
    expectTypeOf(gradients).toEqualTypeOf<Gradients>();
    expectTypeOf(layers[0].output).toEqualTypeOf<Tensor>();
    const refused = [
      // @ts-expect-error there is no loss
      () => optimizer.minimize(() => ({ predictions: lossOf() })),
      // @ts-expect-error text is not a value
      () => optimizer.minimize(() => ({ loss: lossOf(), name: "w" })),
      // @ts-expect-error nor is a function
      () => optimizer.minimize(() => ({ loss: lossOf(), inner: { lossOf } })),
      // @ts-expect-error nor is a promise
      () => optimizer.minimize(async () => ({ loss: lossOf() })),
    ];
    for (const call of refused) expect(call).toThrow("SGD.minimize: ");
  });

  test("values of minimize pass gradients on in an outer step, and leave the outer tape as it is", () => {
    const [a, b] = [variable("a", [3]), variable("b", [1])];
    const inner = new SGD({ learningRate: 0.25 });
    // a·a + a, where one a is a value that the inner step returned, which reads a but trains b alone.
    const { gradients, loss } = new SGD({ learningRate: 1 }).computeGradients(() => {
      const first = a.read();
      const values = inner.minimize(() => ({ loss: sum(square(mul(b.read(), a.read()))), a: a.read() }), [b]);
      return { loss: sum(add(mul(first, values.a), a.read())) };
    }, [a]);
    expect(loss.item()).toBe(12);
    expect(gradients.map(({ gradient }) => gradient.item())).toEqual([2 * 3 + 1]);
  });

  test("values of minimize: of customGradient, of a gradient of a gradient", () => {
    const w = variable("w", [2]);
    const doubled = customGradient(
      (x: Tensor) => mul(x, 2),
      (dy) => mul(dy, 10),
    );
    const { y, slope } = new SGD({ learningRate: 0.01 }).minimize(() => {
      const y = doubled(w.read());
      // (d/dw w³)² = 9w⁴, which is differentiated once more: 36w³.
      const slope = grad((x: Tensor) => sum(mul(x, square(x))))(w.read());
      return { loss: add(sum(y), sum(square(slope))), y, slope };
    });
    expect([y.item(), slope.item()]).toEqual([4, 12]);
    expect(w.read().item()).toBeCloseTo(2 - 0.01 * (10 + 36 * 8), 5);
  });

  test("values of minimize hold no memory of the step", () => {
    const w = variable("w", [1, 2]);
    const step = (): Tensor =>
      new SGD({ learningRate: 0.1 }).minimize(() => {
        const y = square(w.read());
        return { loss: sum(y), y };
      }).y;
    step();
    const mark = arena.mark();
    const all = Array.from({ length: 50 }, step);
    expect(arena.mark()).toEqual(mark);
    expect(new Set(all.map(({ data: [first] }) => first)).size).toBe(50);
  });
});

describe("values of computeGradients", () => {
  test("values of computeGradients stay valid, whatever the end of the step, an update or an assignment changes", () => {
    const w = variable("w", [1, 2]);
    const optimizer = new SGD({ learningRate: 0.5 });
    const { loss, gradients, read, y } = optimizer.computeGradients(() => {
      atEndOfStep(() => w.assign(tensor([10, 20])));
      const y = square(w.read());
      return { loss: sum(y), y, read: w.read() };
    });
    optimizer.applyGradients(gradients);
    stepsLater();
    expect([loss.item(), read.toArray(), y.toArray()]).toEqual([5, [1, 2], [1, 4]]);
    expect(w.read().toArray()).toEqual([9, 18]);
  });

  test("values of computeGradients: the name gradients is taken", () => {
    const w = variable("w", [1]);
    const call = (): unknown =>
      new SGD({ learningRate: 1 }).computeGradients(() => ({ loss: sum(w.read()), gradients: w.read() }));
    expect(textOf(call)).toBe(
      "ValueError: SGD.computeGradients: values beside the loss must not be called gradients, which the result holds by " +
        "itself. Take another name.",
    );
  });
});

describe("values of grad and valueAndGrad", () => {
  const f = (x: Tensor, y: Tensor): { value: Tensor; parts: { errors: Tensor }; count: number } => {
    const errors = sub(x, y);
    return { value: sum(square(errors)), parts: { errors }, count: 2 };
  };

  test("values of grad and valueAndGrad are returned beside the gradients, and stay valid", () => {
    const [x, y] = [tensor([1, 5]), tensor([2, 3])];
    const [values, slopes] = valueAndGrad(f)(x, y);
    const [gradients, same] = grad(f)(x, y);
    stepsLater();
    expectTypeOf(values).toEqualTypeOf<{ value: Tensor; parts: { errors: Tensor }; count: number }>();
    expectTypeOf(gradients).toEqualTypeOf<[x: Tensor, y: Tensor]>();
    expect(Object.keys(values)).toEqual(["value", "parts", "count"]);
    for (const { value, parts, count } of [values, same]) {
      expect([value.item(), parts.errors.toArray(), count]).toEqual([5, [-1, 2], 2]);
    }
    for (const [dx, dy] of [slopes, gradients]) {
      expect([dx.toArray(), dy.toArray()]).toEqual([
        [-2, 4],
        [2, -4],
      ]);
    }
  });

  test("values of grad and valueAndGrad: of one argument, the gradient is one tensor", () => {
    const cube = (x: Tensor): { value: Tensor; squares: Tensor } => {
      const squares = square(x);
      return { value: sum(mul(squares, x)), squares };
    };
    const [gradient, { squares }] = grad(cube)(tensor([2, 3]));
    expectTypeOf(gradient).toEqualTypeOf<Tensor>();
    expect([gradient.toArray(), squares.toArray()]).toEqual([
      [12, 27],
      [4, 9],
    ]);
    // Values of an inner gradient are differentiated in their turn: d/dx (3x² · x²) = 12x³.
    const outer = grad((x: Tensor) => {
      const [inner, values] = grad(cube)(x);
      return { value: sum(mul(inner, values.squares)), inner };
    });
    const [slope, { inner }] = outer(tensor([2]));
    expect([slope.item(), inner.item()]).toEqual([96, 12]);
  });

  test("values of grad and valueAndGrad: an argument that comes back is what was passed", () => {
    const x = tensor([4]);
    const [{ value, same }, slope] = valueAndGrad((x: Tensor) => ({ value: x, same: x }))(x);
    expect([value.item(), same.item(), slope.item()]).toEqual([4, 4, 1]);
  });
});

describe("values that are refused", () => {
  const w = variable("w", [1]);
  const optimizer = new SGD({ learningRate: 1 });
  const loss = (): Tensor => sum(square(w.read()));
  const minimize =
    (values: () => unknown): (() => unknown) =>
    () =>
      optimizer.minimize(values as () => Tensor);
  const gradOf =
    (values: (x: Tensor) => unknown): (() => unknown) =>
    () =>
      grad(values as (x: Tensor) => Tensor)(tensor([1]));
  const rule = "values must be tensors, numbers, lists and plain objects, got ";

  test.each<[string, () => unknown, string]>([
    [
      "a tensor in place of the function",
      () => optimizer.minimize(tensor([1]) as never),
      "ValueError: SGD.minimize: the loss must be a function that computes it in each step, got float32 [1]. Pass () => loss.",
    ],
    [
      "nothing in place of the function",
      () => optimizer.computeGradients(undefined as never),
      "ValueError: SGD.computeGradients: the loss must be a function that computes it in each step, got undefined. Pass () => loss.",
    ],
    [
      "an empty object",
      minimize(() => ({})),
      "ValueError: SGD.minimize: an object of values must hold loss, got {  }. Return { loss, ... }.",
    ],
    [
      "an object without a loss",
      minimize(() => ({ predictions: loss(), rate: 1 })),
      "ValueError: SGD.minimize: an object of values must hold loss, got { predictions, rate }. Return { loss, ... }.",
    ],
    [
      "an object without a value",
      gradOf((x) => ({ loss: sum(x) })),
      "ValueError: grad: the function must return a tensor, got an object. Return the loss.",
    ],
    [
      "a loss of more numbers",
      minimize(() => ({ loss: mul(w.read(), tensor([1, 2])) })),
      "ShapeError: SGD.minimize: the result must hold one number, got shape [2]. Take its sum or mean.",
    ],
    [
      "a loss that is a number",
      minimize(() => ({ loss: 3 })),
      "ValueError: SGD.minimize: the function must return a tensor, got 3. Return the loss.",
    ],
    [
      "an object of a class with a loss",
      minimize(() => Object.assign(new Map(), { loss: loss() })),
      `ValueError: SGD.minimize: ${rule}object at values. Leave it out.`,
    ],
    [
      "the same with a value",
      gradOf((x) => Object.assign(new Map(), { value: sum(x) })),
      `ValueError: grad: ${rule}object at values. Leave it out.`,
    ],
    [
      "a promise",
      minimize(async () => ({ loss: loss() })),
      "ValueError: SGD.minimize: the function must be synchronous, got a promise. Await what it needs before the call.",
    ],
    [
      "a promise as loss",
      minimize(() => ({ loss: Promise.reject(new Error("late")) })),
      "ValueError: SGD.minimize: the function must be synchronous, got a promise. Await what it needs before the call.",
    ],
    [
      "a promise beside the loss",
      minimize(() => ({ loss: loss(), later: Promise.resolve() })),
      `ValueError: SGD.minimize: ${rule}object at values.later. Leave it out.`,
    ],
    [
      "text, with its place",
      minimize(() => ({ loss: loss(), inner: { list: [1, "one"] } })),
      `ValueError: SGD.minimize: ${rule}string at values.inner.list[1]. Leave it out.`,
    ],
    ["a variable", gradOf((x) => ({ value: sum(x), w })), `ValueError: grad: ${rule}object at values.w. Leave it out.`],
    [
      "an object of a class",
      minimize(() => new Map([["loss", loss()]])),
      "ValueError: SGD.minimize: the function must return a tensor, got a Map. Return the loss.",
    ],
  ])("values that are refused: %s", (_, call, text) => {
    expect(textOf(call)).toBe(text);
    expect([w.read().item(), optimizer.step]).toEqual([1, 0]);
  });

  test("values that are refused: a temporary of an earlier step; nothing is updated", () => {
    let old: Tensor | undefined;
    optimizer.computeGradients(() => {
      old = square(w.read());
      return sum(old);
    });
    const call = minimize(() => ({ loss: loss(), old }));
    expect(textOf(call)).toMatch(/^StaleTensorError: /);
    expect([w.read().item(), optimizer.step]).toEqual([1, 0]);
  });
});
