import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.ts";
import { updateVariables, Variable } from "../../src/autograd/variable.ts";
import { add, mul } from "../../src/ops/elementwise/arithmetic.ts";
import { square } from "../../src/ops/elementwise/powers.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { reshape } from "../../src/ops/shape/reshape.ts";
import { sgdPrimitive } from "../../src/optim/sgd.ts";
import { rolledBack } from "../../src/tensor/interpret/rollback.ts";
import { currentStep, runStep } from "../../src/tensor/memory/step.ts";
import { ones, type Tensor, tensor, zeros } from "../../src/tensor/tensor.ts";
import { textOf } from "./textOf.ts";

const inStep = <T>(body: () => T): T => runStep(body, () => {});

describe("Variable", () => {
  test("Variable.read outside of a step returns a snapshot", () => {
    const w = new Variable(tensor([1, 2]));
    const before = w.read();
    w.assign(tensor([3, 4]));
    expect(before.toArray()).toEqual([1, 2]);
    expect(w.read().toArray()).toEqual([3, 4]);
  });

  test("Variable.read inside a step shares the memory, and returns the same tensor until an assignment", () => {
    const w = new Variable(tensor([1, 2]));
    inStep(() => {
      const first = w.read();
      expect(w.read()).toBe(first);
      expect(first.storage.array).toBeUndefined();
      w.assign(add(first, 1));
      const second = w.read();
      expect(second).not.toBe(first);
      expect(first.toArray(), "what was read before").toEqual([1, 2]);
      expect(second.toArray()).toEqual([2, 3]);
      w.assign(mul(second, second));
      expect([first, second, w.read()].map((value) => value.toArray())).toEqual([
        [1, 2],
        [2, 3],
        [4, 9],
      ]);
    });
    expect(w.read().toArray()).toEqual([4, 9]);
  });

  test("Variable.assign takes the tensor that was read, also in another shape", () => {
    const w = new Variable(tensor([1, 2]));
    const column = new Variable(tensor([[1], [2]]));
    inStep(() => {
      w.assign(w.read());
      expect(w.read().toArray()).toEqual([1, 2]);
      w.assign(reshape(column.read(), [2]));
      column.assign(mul(column.read(), 5));
      column.assign(reshape(w.read(), [2, 1]));
    });
    expect([w.read().toArray(), column.read().toArray()]).toEqual([
      [1, 2],
      [[1], [2]],
    ]);
  });

  test("Variable copies its initial value", () => {
    const values = new Float32Array([1, 2]);
    const w = new Variable(tensor(values));
    values[0] = 9;
    expect(w.read().toArray()).toEqual([1, 2]);
  });

  test("Variable does not change a value of it that a step returned", () => {
    const w = new Variable(tensor(3));
    const [value] = [grad((x: Tensor) => mul(x, w.read()))(tensor(1))];
    w.assign(tensor(5));
    expect(value.item()).toBe(3);
    const returned = runStep(
      () => w.read(),
      (result) => result.storage.moveToArray(),
    );
    w.assign(tensor(7));
    expect(returned.item()).toBe(5);
  });

  test("Variable is a constant to the gradient of a function that captures it", () => {
    const w = new Variable(tensor(3));
    expect(grad((x: Tensor) => mul(square(w.read()), x))(tensor(2)).item()).toBe(9);
  });

  test("Variable holds every dtype, and no elements", () => {
    const empty = new Variable(zeros([0, 3]));
    expect(empty.read().shape).toEqual([0, 3]);
    const count = new Variable(tensor([2 ** 31 - 1], { dtype: "int32" }), { trainable: false });
    expect(count.read().item()).toBe(2 ** 31 - 1);
    const double = new Variable(tensor([0.1], { dtype: "float64" }));
    expect(double.read().item()).toBe(0.1);
  });
});

describe("updates in place", () => {
  const update = (...variables: Variable[]): void =>
    updateVariables(
      sgdPrimitive,
      variables.map((variable) => ({ states: [variable], by: ones(variable.shape) })),
      [tensor([0.5])],
      {},
    );

  test.each([
    ["inside a step", (w: Variable) => inStep(() => update(w))],
    ["outside of a step", (w: Variable) => update(w)],
    [
      "in a sealed step",
      (w: Variable) =>
        inStep(() => {
          w.read();
          currentStep()!.allowsInPlaceUpdates = true;
          update(w);
        }),
    ],
  ])("updates in place work %s", (_, run) => {
    const w = new Variable(tensor([1, 2]));
    run(w);
    expect(w.read().toArray()).toEqual([0.5, 1.5]);
  });

  test("updates in place do not change what was read before", () => {
    const w = new Variable(tensor([1, 2]));
    inStep(() => {
      const before = w.read();
      const view = reshape(before, [2, 1]);
      update(w);
      update(w);
      expect(before.toArray()).toEqual([1, 2]);
      expect(view.toArray()).toEqual([[1], [2]]);
      expect(w.read().toArray()).toEqual([0, 1]);
    });
  });

  test("updates in place change all variables at once", () => {
    const [a, b] = [new Variable(tensor([1, 2])), new Variable(tensor([[3], [4], [5]]))];
    inStep(() => {
      const before = b.read();
      update(a, b);
      expect(before.toArray()).toEqual([[3], [4], [5]]);
    });
    expect([a, b].map((variable) => variable.read().toArray())).toEqual([
      [0.5, 1.5],
      [[2.5], [3.5], [4.5]],
    ]);
  });

  test("a rollback undoes updates in place, but not the tensors that were read in between", () => {
    const w = new Variable(tensor([1, 2]));
    inStep(() => {
      const between = rolledBack(() => {
        update(w);
        const read = w.read();
        w.assign(tensor([8, 9]));
        return read;
      });
      const last = rolledBack(() => {
        w.assign(tensor([6, 6]));
        return w.read();
      });
      expect([between, last, w.read()].map((value) => value.toArray())).toEqual([
        [0.5, 1.5],
        [6, 6],
        [1, 2],
      ]);
    });
  });
});

describe("Variable throws for", () => {
  test.each([
    [
      "another shape",
      () => new Variable(zeros([2]), { name: "w" }).assign(zeros([3])),
      "ShapeError: w: an assigned value must have the variable's shape [2], got [3]. Reshape it.",
    ],
    [
      "another dtype",
      () => new Variable(zeros([2]), { name: "w" }).assign(zeros([2], { dtype: "int32" })),
      'DTypeError: w: an assigned value must have the variable\'s dtype float32, got int32. Make it with tensor(values, { dtype: "float32" }).',
    ],
    [
      "whole numbers that are to be trained",
      () => new Variable(zeros([2], { dtype: "int32" }), { name: "steps" }),
      "DTypeError: steps: a trainable variable must be float, got int32. Pass { trainable: false } or a float tensor.",
    ],
  ])("Variable throws for %s", (_, call, text) => {
    expect(textOf(call)).toBe(text);
  });
});

test("variables that are not reachable give their memory back", () => {
  const script = fileURLToPath(new URL("./variableMemory.ts", import.meta.url));
  const output = execFileSync(
    process.execPath,
    ["--expose-gc", "--conditions=gradus-source", "--import", "tsx", script],
    { encoding: "utf8" },
  );
  const { before, held, after } = JSON.parse(output) as Record<"before" | "held" | "after", number>;
  expect(held - before).toBeGreaterThanOrEqual(100 * 4000);
  expect(after - before, "one is still held").toBeLessThan(2 * 4016);
  expect(sum(ones([2])).item()).toBe(2);
});
