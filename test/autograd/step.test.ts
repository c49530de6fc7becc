import { describe, expect, test } from "vitest";
import { grad } from "../../src/autograd/grad.ts";
import { Variable } from "../../src/autograd/variable.ts";
import { add, mul } from "../../src/ops/elementwise/arithmetic.ts";
import { exp, square } from "../../src/ops/elementwise/powers.ts";
import { matmul } from "../../src/ops/matmul/matmul.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { keep } from "../../src/ops/support/keep.ts";
import { identity } from "../../src/ops/support/stopGradient.ts";
import { arena } from "../../src/tensor/memory/arena.ts";
import { heap } from "../../src/tensor/memory/heap.ts";
import { handOver, markUsed, runStep } from "../../src/tensor/memory/step.ts";
import { ones, type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { textOf } from "./textOf.ts";

const stale =
  "StaleTensorError: tensor: a temporary of a step can be read only during that step, got a read after its end. " +
  "Return the tensor from the step, or copy it out with keep(tensor).";

/** A temporary that outlived its step. */
const smuggle = (transform: (x: Tensor) => Tensor = (x) => x): Tensor => {
  let smuggled: Tensor | undefined;
  grad((x: Tensor) => {
    const y = square(x);
    smuggled = transform(y);
    return sum(y);
  })(tensor([1, 2]));
  return smuggled as Tensor;
};

describe("temporaries", () => {
  test.each([
    ["data", (x: Tensor): unknown => x.data],
    ["toArray", (x: Tensor): unknown => x.toArray()],
    ["toString", (x: Tensor): unknown => x.toString()],
    ["an operation", (x: Tensor): unknown => add(x, 1)],
    ["an alias", (x: Tensor): unknown => identity(x)],
    ["keep", (x: Tensor): unknown => keep(x)],
    ["an operation of a later step", (x: Tensor): unknown => grad((y: Tensor) => sum(mul(x, y)))(tensor([1, 2]))],
    ["a new variable", (x: Tensor): unknown => new Variable(x)],
    ["an assignment", (x: Tensor): unknown => new Variable(ones([2])).assign(x)],
  ])("temporaries throw in %s after their step", (_, read) => {
    expect(textOf(() => read(smuggle()))).toBe(stale);
    expect(textOf(() => read(smuggle(identity)))).toBe(stale);
  });

  test("temporaries can be copied with keep", () => {
    const kept = smuggle(keep);
    for (let step = 0; step < 3; step++) grad((x: Tensor) => sum(exp(x)))(ones([100]));
    expect(kept.toArray()).toEqual([1, 4]);
  });

  test("temporaries of a step that threw throw too, and the next step works", () => {
    const used = heap().usedBytes;
    let smuggled: Tensor | undefined;
    const failing = (x: Tensor): Tensor => {
      smuggled = exp(x);
      throw new Error("on purpose");
    };
    expect(() => grad(failing)(ones([3]))).toThrow("on purpose");
    expect(textOf(() => (smuggled as Tensor).data)).toBe(stale);
    expect(grad((x: Tensor) => sum(square(x)))(tensor([1, 2])).toArray()).toEqual([2, 4]);
    expect(heap().usedBytes).toBe(used);
  });

  test("temporaries have a shape and dtype that can be read at any time", () => {
    const smuggled = smuggle();
    expect([smuggled.shape, smuggled.dtype, smuggled.size]).toEqual([[2], "float32", 2]);
  });
});

describe("results", () => {
  test("results of a step stay valid, whatever is computed later", () => {
    const results = Array.from({ length: 20 }, (_, index) => grad((x: Tensor) => sum(square(x)))(tensor([index])));
    expect(results.map((result) => result.item())).toEqual(results.map((_, index) => 2 * index));
  });

  test("results outside of a step are ordinary tensors", () => {
    const results = Array.from({ length: 20 }, (_, index) => add(tensor([index]), 1));
    expect(results.map((result) => result.item())).toEqual(results.map((_, index) => index + 1));
  });

  test("results of an inner step live as long as the outer step", () => {
    const outer = grad((x: Tensor) => {
      const inner = grad((y: Tensor) => sum(square(y)))(x);
      for (let count = 0; count < 10; count++) exp(ones([1000]));
      return sum(mul(inner, inner));
    });
    expect(outer(tensor([1, 2])).toArray()).toEqual([8, 16]);
  });
});

describe("what a step hands over", () => {
  const handing = (): Tensor =>
    runStep(
      () => exp(tensor([0, 0])),
      (result) => handOver(result.storage),
    );

  test("a tensor that a step hands over is readable in the arena, and the next step copies it out", () => {
    const result = handing();
    expect(result.storage.array).toBeUndefined();
    expect(result.toArray()).toEqual([1, 1]);
    grad((x: Tensor) => sum(exp(x)))(ones([100]));
    expect(result.storage.array).toBeDefined();
    expect(result.toArray()).toEqual([1, 1]);
  });

  test("a tensor that a step hands over is stale after it was used", () => {
    const result = handing();
    runStep(
      () => markUsed(result.storage),
      () => {},
      { resume: true },
    );
    grad((x: Tensor) => sum(exp(x)))(ones([100]));
    expect(textOf(() => result.data)).toBe(stale);
  });

  test("a tensor that a step hands over survives plain operations", () => {
    const result = handing();
    for (let count = 0; count < 50; count++) add(ones([1000]), count);
    expect(result.toArray()).toEqual([1, 1]);
  });

  test("a tensor that a step hands over is stale if the step failed", () => {
    let handed: Tensor | undefined;
    expect(() =>
      runStep(
        () => exp(tensor([0, 0])),
        (result) => {
          handed = result;
          handOver(result.storage);
          throw new Error("on purpose");
        },
      ),
    ).toThrow("on purpose");
    expect(textOf(() => (handed as Tensor).data)).toBe(stale);
  });
});

describe("memory", () => {
  test("memory is flat over 1,000 steps", () => {
    const w = new Variable(ones([8, 8]));
    const step = (): void => {
      grad((x: Tensor) => sum(exp(matmul(x, w.read()))))(ones([4, 8]));
    };
    for (let count = 0; count < 10; count++) step();
    const before = [heap().usedBytes, arena.capacity, heap().buffer.byteLength];
    for (let count = 0; count < 1000; count++) step();
    expect([heap().usedBytes, arena.capacity, heap().buffer.byteLength]).toEqual(before);
  });

  test("memory is flat over 1,000 plain operations", () => {
    for (let count = 0; count < 10; count++) mul(ones([500]), 2);
    const before = [heap().usedBytes, arena.capacity];
    for (let count = 0; count < 1000; count++) mul(ones([500]), 2);
    expect([heap().usedBytes, arena.capacity]).toEqual(before);
  });

  test("a step that outgrows its chunks and the memory keeps its values", () => {
    const pages = heap().buffer.byteLength;
    const size = pages / 8; // half of all the memory, in float32
    const [da, db] = grad((a: Tensor, b: Tensor) => {
      const small = square(a);
      const large = mul(ones([size]), b);
      const doubled = add(large, large);
      const more = exp(mul(doubled, 0));
      return add(sum(small), mul(sum(mul(doubled, more)), 1 / size));
    })(tensor([1, 2, 3]), tensor(2));
    expect(heap().buffer.byteLength).toBeGreaterThan(pages);
    expect(da.toArray()).toEqual([2, 4, 6]);
    expect(db.item()).toBeCloseTo(2, 5);
    // Afterwards the chunks are one, and the next step of this size does not grow anything.
    const after = [heap().usedBytes, heap().buffer.byteLength];
    grad((b: Tensor) => mul(sum(mul(ones([size]), b)), 1 / size))(tensor(2));
    expect([heap().usedBytes, heap().buffer.byteLength]).toEqual(after);
  });
});
