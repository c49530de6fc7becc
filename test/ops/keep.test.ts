import { add, grad, keep, mul, SGD, square, sum, type Tensor, tensor, Variable, valueAndGrad } from "gradus";
import { describe, expect, test } from "vitest";

describe("keep", () => {
  test("keep passes gradients, of a result and of the argument itself", () => {
    expect(grad((x: Tensor) => sum(add(square(keep(x)), x)))(tensor([3])).toArray()).toEqual([7]);
    expect(grad((x: Tensor) => sum(mul(keep(square(x)), x)))(tensor([3])).toArray()).toEqual([27]);
    const slope = grad((x: Tensor) => sum(keep(mul(x, square(x)))));
    expect(grad((x: Tensor) => sum(keep(slope(x))))(tensor([2])).toArray()).toEqual([12]);
  });

  test("keep passes gradients of a variable, and its copy does not follow the update", () => {
    const w = new Variable(tensor([3]), { name: "w" });
    let kept: Tensor | undefined;
    new SGD({ learningRate: 1 }).minimize(() => {
      kept = keep(w.read());
      return sum(add(square(kept), w.read()));
    });
    expect(kept?.toArray()).toEqual([3]);
    expect(w.read().toArray()).toEqual([3 - 7]);
  });

  test("a tensor that was kept in a step is valid after it", () => {
    const kept: Tensor[] = [];
    const [value] = valueAndGrad((x: Tensor) => {
      kept.push(keep(square(x)));
      return sum(kept[0]);
    })(tensor([1, 3]));
    grad((x: Tensor) => sum(x))(tensor([1, 2, 3, 4]));
    expect([kept[0].toArray(), value.item()]).toEqual([[1, 9], 10]);
  });

  test("keep throws for a value that is not a tensor", () => {
    expect(() => keep(5 as unknown as Tensor)).toThrow("keep: the value must be a tensor, got 5.");
  });
});
