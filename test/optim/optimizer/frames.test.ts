import { expect, test } from "vitest";
import { Variable } from "../../../src/autograd/variable.ts";
import { square } from "../../../src/ops/elementwise/powers.ts";
import { sum } from "../../../src/ops/shape/broadcast.ts";
import { SGD } from "../../../src/optim/sgd.ts";
import { type Tensor, tensor } from "../../../src/tensor/tensor.ts";

/** What a user sees of the library when an error is thrown in the loss function. */
test("minimize puts at most 7 frames of the library between it and the loss", () => {
  const w = new Variable(tensor([1, 2]), { name: "w" });
  let stack: string[] = [];
  const loss = (): Tensor => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 50;
    stack = new Error("for its stack").stack?.split("\n").filter((line) => line.trim().startsWith("at ")) ?? [];
    Error.stackTraceLimit = limit;
    return sum(square(w.read()));
  };
  new SGD({ learningRate: 0.1 }).minimize(loss);
  // The first line is the loss itself.
  const between = stack.findIndex((line) => line.includes(".minimize")) - 1;
  expect(stack.slice(1, between + 1).every((line) => line.includes("/src/"))).toBe(true);
  expect(between).toBeGreaterThan(0);
  expect(between).toBeLessThanOrEqual(7);
});
