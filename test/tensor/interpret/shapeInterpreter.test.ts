import { describe, expect, it } from "vitest";
import { grad } from "../../../src/autograd/grad.ts";
import { Variable } from "../../../src/autograd/variable.ts";
import { add, mul } from "../../../src/ops/elementwise/arithmetic.ts";
import { relu } from "../../../src/ops/elementwise/rectifier.ts";
import { matmul } from "../../../src/ops/matmul/matmul.ts";
import { dropout } from "../../../src/ops/network/dropout.ts";
import { softmax } from "../../../src/ops/reduce/softmax.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { observeKernels } from "../../../src/tensor/interpret/eager.ts";
import { inferOutput, withValues } from "../../../src/tensor/interpret/shapeInterpreter.ts";
import { arena } from "../../../src/tensor/memory/arena.ts";
import { heap } from "../../../src/tensor/memory/heap.ts";
import { atEndOfStep, runStep } from "../../../src/tensor/memory/step.ts";
import { Random } from "../../../src/tensor/random.ts";
import { ones, type Tensor, tensor, zeros } from "../../../src/tensor/tensor.ts";
import { errorOf } from "../../layers/helpers.ts";

const float = (...shape: number[]): { shape: number[]; dtype: "float32" } => ({ shape, dtype: "float32" });
const readError = (shape: string): string =>
  `ValueError: tensor: while shapes are worked out a tensor has no values, got a read of one of shape ${shape}. ` +
  "Compute with operations only, or leave out inputShape and ask for the shapes after the first call.";

describe("inferOutput", () => {
  it("inferOutput returns shape and dtype, and computes nothing", () => {
    const w = ones([4, 5]);
    const ran: string[] = [];
    const output = observeKernels(
      (primitive) => ran.push(primitive),
      () => inferOutput((x) => softmax(relu(matmul(x, w))), [float(3, 4)]),
    );
    expect(output).toEqual({ shape: [3, 5], dtype: "float32" });
    expect(ran).toEqual([]);
  });

  it("inferOutput works at sizes beyond any memory", () => {
    const before = heap().usedBytes;
    expect(inferOutput((a, b) => matmul(a, b), [float(1e6, 1e6), float(1e6, 1e6)]).shape).toEqual([1e6, 1e6]);
    expect(heap().usedBytes).toBe(before);
  });

  it("inferOutput throws the errors of the shape rules", () => {
    expect(errorOf(() => inferOutput((a, b) => add(a, b), [float(2, 3), float(2, 4)]))).toMatch(
      /^ShapeError: add: shapes must broadcast/,
    );
  });

  it("inferOutput throws where values are read, and names the shape and the fix", () => {
    for (const read of [
      (x: Tensor) => x.data,
      (x: Tensor) => x.item(),
      (x: Tensor) => x.toArray(),
      (x: Tensor) => sum(x).item(),
    ]) {
      let message = "";
      inferOutput(
        (x) => {
          message = errorOf(() => read(x));
          return x;
        },
        [float(2, 3)],
      );
      expect(message).toBe(readError(message.includes("[]") ? "[]" : "[2, 3]"));
    }
  });

  it("a tensor of inferOutput can be printed", () => {
    let shown = "";
    inferOutput(
      (x) => {
        shown = `${x}`;
        return x;
      },
      [float(2, 3)],
    );
    expect(shown).toBe("Tensor float32 [2, 3] (shape only)");
  });

  it("a tensor of inferOutput throws after the run, and is not taken for zeros", () => {
    let smuggled = zeros([1]);
    inferOutput(
      (x) => {
        smuggled = add(x, 1);
        return x;
      },
      [float(2)],
    );
    expect(errorOf(() => smuggled.data)).toBe(readError("[2]"));
    expect(errorOf(() => add(smuggled, 1))).toBe(readError("[2]"));
    expect(
      errorOf(() =>
        runStep(
          () => relu(smuggled),
          () => {},
        ),
      ),
    ).toBe(readError("[2]"));
  });

  it("inferOutput undoes random draws and assignments, and runs no effects of the end of a step", () => {
    const random = new Random(1);
    const variable = new Variable(tensor([1, 2]), { name: "v" });
    let done = 0;
    const run = (): void => {
      inferOutput(
        (x) => {
          variable.assign(add(variable.read(), sum(x)));
          atEndOfStep(() => {
            variable.assign(zeros([2]));
          });
          done++;
          return add(dropout(x, { rate: 0.5, random }), variable.read());
        },
        [float(3, 2)],
      );
    };
    const state = random.state;
    run();
    expect(done).toBe(1);
    expect(random.state).toEqual(state);
    expect(variable.read().toArray()).toEqual([1, 2]);

    let effects = 0;
    runStep(
      () => {
        inferOutput(
          (x) => {
            atEndOfStep(() => effects++);
            return x;
          },
          [float(1)],
        );
        run();
      },
      () => {},
    );
    expect(effects).toBe(0);
    expect(random.state).toEqual(state);
    expect(variable.read().toArray()).toEqual([1, 2]);
  });

  it("inferOutput undoes random draws and assignments when the function throws", () => {
    const random = new Random(1);
    const { state } = random;
    expect(() => inferOutput((x) => matmul(dropout(x, { rate: 0.5, random }), x), [float(2, 3)])).toThrow(
      /inner sizes/,
    );
    expect(random.state).toEqual(state);
    expect(add(tensor([1]), 1).toArray()).toEqual([2]);
  });

  it("inferOutput reads variables with their values", () => {
    const variable = new Variable(tensor([3]), { name: "v" });
    let seen = 0;
    inferOutput(
      (x) => {
        seen = variable.read().item();
        return x;
      },
      [float(1)],
    );
    expect(seen).toBe(3);
  });

  it("inferOutput works for a function that computes gradients", () => {
    const output = inferOutput((x) => mul(grad((a: Tensor) => sum(mul(a, softmax(a))))(x), 2), [float(2, 3)]);
    expect(output).toEqual({ shape: [2, 3], dtype: "float32" });
  });

  it("inferOutput runs inside of a gradient, without being recorded", () => {
    const f = (x: Tensor): Tensor => {
      inferOutput((a) => mul(a, x), [float(2)]);
      return sum(mul(x, x));
    };
    expect(grad(f)(tensor([1, 2])).toArray()).toEqual([2, 4]);
  });

  it("code inside of inferOutput can still compute real values", () => {
    let computed = zeros([1]);
    inferOutput(
      (x) => {
        computed = withValues(() => add(tensor([1, 2]), 1));
        return add(x, computed);
      },
      [float(2)],
    );
    expect(computed.toArray()).toEqual([2, 3]);
  });

  it("inferOutput does not take memory from the arena", () => {
    const before = arena.capacity;
    for (let index = 0; index < 100; index++) inferOutput((x) => relu(x), [float(1e5, 100)]);
    expect(arena.capacity).toBe(before);
  });
});
