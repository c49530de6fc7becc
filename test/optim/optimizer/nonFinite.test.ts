import { inspect } from "node:util";
import {
  add,
  BatchNorm,
  Dense,
  Dropout,
  div,
  exp,
  log,
  meanSquaredError,
  mul,
  NonFiniteError,
  pow,
  Sequential,
  SGD,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  Variable,
} from "gradus";
import { describe, expect, it } from "vitest";

/** The error of a step on these first values. */
const failed = (values: number[] | number[][], loss: (w: Tensor) => Tensor, learningRate = 0.1): NonFiniteError => {
  const w = new Variable(tensor(values as number[]), { name: "net/w" });
  const before = [...w.read().data];
  const optimizer = new SGD({ learningRate });
  try {
    optimizer.minimize(() => loss(w.read()), [w]);
  } catch (error) {
    expect(error).toBeInstanceOf(NonFiniteError);
    expect([...w.read().data]).toEqual(before);
    expect(optimizer.step).toBe(0);
    return error as NonFiniteError;
  }
  throw new Error("the step did not fail");
};

describe("a loss that is not finite", () => {
  it.each([
    ["log", [1, 0], (w: Tensor) => sum(log(w)), "log(0) gives -Infinity at position 1 of [2]"],
    ["log", [1, -2], (w: Tensor) => sum(log(w)), "log(-2) gives NaN at position 1 of [2]"],
    ["sqrt", [1, -2], (w: Tensor) => sum(sqrt(w)), "sqrt(-2) gives NaN at position 1 of [2]"],
    ["div", [1, 0], (w: Tensor) => sum(div(3, w)), "div(3, 0) gives Infinity at position 1 of [2]"],
    ["exp", [1, 90], (w: Tensor) => sum(exp(w)), "exp(90) gives Infinity at position 1 of [2]"],
    ["pow", [1, -8], (w: Tensor) => sum(pow(w, 0.5)), "pow(-8, 0.5) gives NaN at position 1 of [2]"],
    ["square", [1, 1e30], (w: Tensor) => sum(square(w)), "square(1e+30) gives Infinity at position 1 of [2]"],
    [
      "mul",
      [1, 2],
      (w: Tensor) => sum(mul(w, tensor([1, Number.NaN]))),
      "operand 2 of mul, which comes from the data or from what is not trained, holds NaN at position 1 of [2]",
    ],
  ])("a loss that is not finite names %s of %j as its origin", (operation, values, loss, cause) => {
    const error = failed(values, loss);
    expect(error.likelyCause).toBe(cause);
    expect(error.origin?.operation).toBe(operation);
    // console.log looks into it when the step is over.
    expect(inspect(error)).toContain(cause);
    // The operation reads it, or an operand beside it.
    expect([error.variable, error.step]).toEqual([operation === "mul" ? undefined : "net/w", 1]);
    expect(error.message).toMatch(
      /^SGD\.minimize: the loss must be finite, got \S+ in step 1\. Nothing was updated\. Likely cause: /,
    );
  });

  it("a loss that is not finite names the first operation at fault, or a variable that already holds NaN", () => {
    expect(failed([1, 0], (w) => sum(square(add(log(w), 1)))).origin?.operation).toBe("log");
    const bad = failed([1, Number.NaN], (w) => sum(mul(w, 2)));
    expect(bad.variable).toBe("net/w");
    expect(bad.likelyCause).toBe(
      'the variable "net/w" holds NaN at position 1 of [2], which an update or an assignment has left there',
    );
  });

  it("a loss that is not finite after rising losses reports a learning rate that is too high", () => {
    const w = new Variable(tensor([1]), { name: "w" });
    const optimizer = new SGD({ learningRate: 100 });
    let error: unknown;
    for (let step = 0; step < 200 && !error; step++) {
      try {
        optimizer.minimize(() => sum(square(w.read())), [w]);
      } catch (thrown) {
        error = thrown;
      }
    }
    expect((error as NonFiniteError).likelyCause).toMatch(
      /^a learning rate that is too high, 100: the loss had risen from 39600 to 6\.049e\+36 in 7 steps, until square\(-4\.89415e\+20\) gave Infinity at position 0 of \[1\]$/,
    );
    expect((error as Error).message).toMatch(/Lower the learning rate, or clip the gradients \(clipByGlobalNorm\)\.$/);
  });

  it("a loss that is not finite names the variable of the layer that overflowed, and no position in a scalar", () => {
    const model = new Sequential({ name: "net", inputShape: [1], layers: [new Dense({ units: 1 })], seed: 1 });
    const step = (x: number, loss: (y: Tensor) => Tensor) => {
      model.variable("dense/kernel").assign(tensor([[1e30]]));
      try {
        new SGD({ learningRate: 0.1 }).minimize(() => loss(model.call(tensor([[x]]))), model.trainableVariables);
      } catch (error) {
        return error as NonFiniteError;
      }
      return undefined;
    };
    const error = step(1e30, sum);
    expect(error?.variable).toBe("net/dense/kernel");
    expect(error?.likelyCause).toMatch(/^affine.* gives Infinity at position 0 of \[1, 1\]$/);
    const scalar = step(1, (y) => exp(sum(mul(y, 1e-28))));
    expect([scalar?.variable, scalar?.origin?.shape]).toEqual([undefined, []]);
    expect(scalar?.likelyCause).toBe("exp(100) gives Infinity");
  });

  it("a loss that is not finite names a variable that was assigned an infinite value", () => {
    const w = new Variable(tensor([1]), { name: "w" });
    const optimizer = new SGD({ learningRate: 0.1 });
    optimizer.minimize(() => sum(mul(w.read(), -1)), [w]);
    w.assign(tensor([Number.POSITIVE_INFINITY]));
    expect(() => optimizer.minimize(() => sum(mul(w.read(), -1)), [w])).toThrow(
      'got -Infinity in step 2. Nothing was updated. Likely cause: the variable "w" holds Infinity at position 0 of [1], which an update',
    );
  });

  it("a loss that is not finite names a batch norm without a variance, and moves no statistics", () => {
    const model = new Sequential({
      inputShape: [2],
      layers: [new BatchNorm({ epsilon: 1e-46 }), new Dense({ units: 1 })],
      seed: 1,
    });
    const x = tensor([
      [1, 5],
      [2, 5],
    ]);
    const optimizer = new SGD({ learningRate: 0.1 });
    const step = () =>
      optimizer.minimize(() => meanSquaredError(model.call(x, { training: true }), tensor([[0], [1]])));
    expect(step).toThrow("Likely cause: batchNorm(5, …, …) gives NaN at position 1 of [2, 2]");
    const moving = model.variables
      .filter(({ name }) => name.includes("moving"))
      .map((variable) => [...variable.read().data]);
    expect(moving).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });
});

describe("a gradient that is not finite", () => {
  it.each([
    ["sqrt", [1, 0], (w: Tensor) => sum(sqrt(w)), "the derivative of sqrt(0) gives Infinity at position 1 of [2]"],
    [
      "pow",
      [1, 0],
      (w: Tensor) => sum(pow(w, 0.5)),
      "the derivative of pow(0, 0.5) gives Infinity at position 1 of [2]",
    ],
    [
      "log",
      [1, 2 ** -140],
      (w: Tensor) => sum(log(w)),
      "the derivative of log(7.17465e-43) gives Infinity at position 1 of [2]",
    ],
    [
      "div",
      [1, 1e-30],
      (w: Tensor) => sum(div(1, w)),
      "the derivative of div(1, 1e-30) gives -Infinity at position 1 of [2]",
    ],
  ])("a gradient that is not finite names %s of %j as its origin", (operation, values, loss, cause) => {
    const error = failed(values, loss);
    expect(error.likelyCause).toBe(cause);
    expect([error.origin?.operation, error.variable, error.step]).toEqual([operation, "net/w", 1]);
    expect(error.message).toContain(
      'at position 1 of the gradient of "net/w" in step 1. Nothing was updated. Likely cause: ',
    );
  });

  it("a gradient that is not finite names the derivative that overflowed first", () => {
    const error = failed([1e-41, 1e-40], (w) => sum(mul(mul(mul(w, 1e25), 1e25), 0.5)));
    expect(error.likelyCause).toBe("the derivative of mul(9.99967e-42, 1e+25) gives Infinity at position 0 of [2]");
    expect(error.origin?.operation).toBe("mul");
  });

  it("a gradient that is not finite changes no random numbers, variables or later results while its cause is searched", () => {
    const model = new Sequential({
      inputShape: [2],
      layers: [new Dropout({ rate: 0.5 }), new Dense({ units: 1 })],
      seed: 1,
    });
    const twin = new Sequential({
      inputShape: [2],
      layers: [new Dropout({ rate: 0.5 }), new Dense({ units: 1 })],
      seed: 1,
    });
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const optimizer = new SGD({ learningRate: 0.1 });
    const bad = (): Tensor => log(sub(sum(model.call(x, { training: true })), sum(model.call(x, { training: true }))));
    const fine = (net: Sequential) => (): Tensor => sum(square(net.call(x, { training: true })));
    expect(() => optimizer.minimize(() => sum(mul(0, sqrt(mul(0, bad())))))).toThrow(NonFiniteError);
    // The failing step drew masks twice; looking for the cause drew none.
    twin.call(x, { training: true });
    twin.call(x, { training: true });
    optimizer.minimize(fine(model));
    new SGD({ learningRate: 0.1 }).minimize(fine(twin));
    expect(model.variables.map((variable) => [...variable.read().data])).toEqual(
      twin.variables.map((variable) => [...variable.read().data]),
    );
  });
});
