import {
  AdaGrad,
  Adam,
  add,
  clipByGlobalNorm,
  compile,
  embedding,
  type Gradients,
  gather,
  grad,
  l2,
  maxNorm,
  mul,
  NonFiniteError,
  type Optimizer,
  randomNormal,
  reshape,
  SGD,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  Variable,
  type VariableOptions,
} from "gradus";
import { describe, expect, test } from "vitest";
import { observeKernels } from "../../../src/tensor/interpret/eager.ts";
import { sameBits } from "../../../src/tensor/tensor.ts";
import { onEachBackend } from "../../layers/helpers.ts";

const [categories, width] = [60, 7];
const start = (): Tensor => randomNormal([categories, width], { seed: 1 });
const tableOf = (options: VariableOptions = {}): Variable => new Variable(start(), { name: "table", ...options });

/** Indices with many repetitions, another list for each step. */
const indicesOf = (step: number): Tensor =>
  tensor(
    Array.from({ length: 12 }, (_, at) => (at * at + step * 7) % 20),
    { dtype: "int32", shape: [4, 3] },
  );
const targets = randomNormal([4, 3, width], { seed: 2 });

type Lookup = (table: Tensor, indices: Tensor) => Tensor;
const lossOf = (table: Variable, lookup: Lookup, indices: Tensor): Tensor =>
  sum(square(sub(lookup(table.read(), indices), targets)));

/** The names of the primitives that a function computes. */
const computed = (body: () => void): Set<string> => {
  const names = new Set<string>();
  observeKernels((name) => names.add(name), body);
  return names;
};

/** Trains two tables, with the rows of the gradient and with all of it, and compares all bits after each step. */
const expectSameBits = (
  make: () => Optimizer,
  { options = {}, extra }: { options?: VariableOptions; extra?: (table: Variable) => Tensor } = {},
): Set<string> => {
  const [rows, whole] = [tableOf(options), tableOf(options)];
  const optimizers = [make(), make()];
  const lossWith = (table: Variable, lookup: Lookup, step: number): Tensor => {
    const loss = lossOf(table, lookup, indicesOf(step));
    return extra ? add(loss, extra(table)) : loss;
  };
  let names = new Set<string>();
  for (let step = 0; step < 20; step++) {
    names = computed(() => {
      optimizers[0].minimize(() => lossWith(rows, embedding, step), [rows]);
    });
    optimizers[1].minimize(() => lossWith(whole, gather, step), [whole]);
    expect(sameBits(rows.read(), whole.read()), `step ${step}`).toBe(true);
    const slots = Object.entries(optimizers[0].slots(rows));
    for (const [name, slot] of slots) expect(sameBits(slot.read(), optimizers[1].slots(whole)[name].read())).toBe(true);
  }
  return names;
};

onEachBackend((backend) => {
  describe("a step on some rows of a table", () => {
    test.each<[string, () => Optimizer]>([
      ["SGD", () => new SGD({ learningRate: 0.1 })],
      ["AdaGrad", () => new AdaGrad({ learningRate: 0.1 })],
      ["AdaGrad of Keras", () => new AdaGrad({ variant: "keras" })],
      ["AdaGrad of PyTorch", () => new AdaGrad({ variant: "pytorch", learningRateDecay: 0.1 })],
    ])("updates only these with %s, to the bits of the whole update", (_, make) => {
      const names = expectSameBits(make);
      expect(names).toContain("replaceRows");
      expect(names).not.toContain("embeddingGradient");
    });

    test.each<[string, () => Optimizer, Parameters<typeof expectSameBits>[1]]>([
      ["Adam, whose slots decay", () => new Adam({ learningRate: 0.1 }), {}],
      ["weight decay", () => new SGD({ learningRate: 0.1, weightDecay: 0.1 }), {}],
      ["clipping", () => new SGD({ learningRate: 0.1, clip: clipByGlobalNorm(1) }), {}],
      ["a regularizer", () => new SGD({ learningRate: 0.1 }), { options: { regularizer: l2(0.1) } }],
      ["a constraint", () => new SGD({ learningRate: 0.1 }), { options: { constraint: maxNorm(1) } }],
      [
        "a loss of the whole table",
        () => new SGD({ learningRate: 0.1 }),
        { extra: (table) => sum(square(table.read())) },
      ],
    ])("updates the whole table with %s", (_, make, options) => {
      const names = expectSameBits(make, options);
      expect(names).toContain("embeddingGradient");
      expect(names).not.toContain("replaceRows");
    });
  });

  test("a table that is read through a reshape is updated as a whole", () => {
    const flat = new Variable(reshape(start(), [categories * width]), { name: "flat" });
    const whole = tableOf();
    const read = (): Tensor => reshape(flat.read(), [categories, width]);
    for (let step = 0; step < 3; step++) {
      new SGD({ learningRate: 0.1 }).minimize(
        () => sum(square(sub(embedding(read(), indicesOf(step)), targets))),
        [flat],
      );
      new SGD({ learningRate: 0.1 }).minimize(() => lossOf(whole, gather, indicesOf(step)), [whole]);
    }
    expect(flat.read().data).toEqual(whole.read().data);
  });

  test("computeGradients returns the whole gradient, also within a step of the caller", () => {
    const table = tableOf();
    const optimizer = new SGD({ learningRate: 0.1 });
    const whole = optimizer.computeGradients(() => lossOf(table, gather, indicesOf(0)), [table]).gradients[0].gradient;
    const expected = whole.toArray();
    const { gradients } = optimizer.computeGradients(() => lossOf(table, embedding, indicesOf(0)), [table]);
    expect(gradients[0].gradient.toArray()).toEqual(expected);
    optimizer.applyGradients(gradients);
    const reference = tableOf();
    optimizer.minimize(() => lossOf(reference, gather, indicesOf(0)), [reference]);
    expect(sameBits(table.read(), reference.read())).toBe(true);
  });

  test("watchers see the whole gradient, eagerly and in a compiled step", () => {
    for (const wrap of [(step: (x: Tensor) => Tensor) => step, compile]) {
      const table = tableOf();
      const optimizer = new SGD({ learningRate: 0.1 });
      const seen: unknown[] = [];
      optimizer.watch(({ gradients }: { gradients: Gradients }) => {
        seen.push(gradients[0].gradient.toArray());
      });
      const step = wrap((indices: Tensor) => optimizer.minimize(() => lossOf(table, embedding, indices), [table]));
      for (let index = 0; index < 4; index++) {
        const before = tableOf();
        before.assign(table.read());
        const { gradients } = optimizer.computeGradients(() => lossOf(before, gather, indicesOf(index)), [before]);
        const expected = gradients[0].gradient.toArray();
        step(indicesOf(index));
        expect(seen.at(-1)).toEqual(expected);
      }
    }
  });

  test("a compiled step on some rows has the bits of the step as it is", () => {
    for (const make of [
      () => new SGD({ learningRate: 0.1 }),
      () => new AdaGrad({ learningRate: 0.1 }),
      () => new Adam({ learningRate: 0.1 }),
    ]) {
      const [eager, recorded] = [tableOf(), tableOf()];
      const optimizers = [make(), make()];
      let runs = 0;
      const compiled = compile((indices: Tensor) => {
        runs++;
        return optimizers[1].minimize(() => lossOf(recorded, embedding, indices), [recorded]);
      });
      for (let step = 0; step < 10; step++) {
        optimizers[0].minimize(() => lossOf(eager, gather, indicesOf(step)), [eager]);
        compiled(indicesOf(step));
        expect(sameBits(eager.read(), recorded.read()), `step ${step}`).toBe(true);
      }
      if (backend !== "reference") expect(runs).toBeLessThan(6);
    }
  });

  test("a compiled step throws for an index that is out of range, and changes nothing", () => {
    const table = tableOf();
    const optimizer = new SGD({ learningRate: 0.1 });
    const step = compile((indices: Tensor) => optimizer.minimize(() => lossOf(table, embedding, indices), [table]));
    for (let index = 0; index < 4; index++) step(indicesOf(index));
    const before = table.read();
    const wrong = tensor([...indicesOf(0).data.slice(0, 11), 60], { dtype: "int32", shape: [4, 3] });
    expect(() => step(wrong)).toThrow(
      "embedding: an index must lie from 0 to 59, got 60 at position 11. Correct it, or the number of categories.",
    );
    expect(sameBits(before, table.read())).toBe(true);
  });

  test("a gradient that is not finite names its position in the table, and nothing is updated", () => {
    const values = start().data;
    values[5 * width + 2] = 0;
    const table = new Variable(tensor(values, { shape: [categories, width] }), { name: "table" });
    const before = table.read();
    const indices = tensor([3, 5, 5], { dtype: "int32" });
    // The root has a value at 0, and no derivative.
    const step = (): Tensor =>
      new SGD({ learningRate: 0.1 }).minimize(() => sum(sqrt(square(embedding(table.read(), indices)))), [table]);
    expect(step).toThrow(NonFiniteError);
    expect(step).toThrow(
      `got NaN at position ${5 * width + 2} of the gradient of "table" in step 1. Nothing was updated.`,
    );
    expect(sameBits(before, table.read())).toBe(true);
  });

  test("gradients of gradients of an embedding are those of gather", () => {
    const indices = indicesOf(1);
    const cubes = (lookup: Lookup) => (table: Tensor) => {
      const rows = lookup(table, indices);
      return sum(mul(mul(rows, rows), rows));
    };
    const second = (lookup: Lookup): Tensor =>
      grad((table: Tensor) => sum(square(grad(cubes(lookup))(table))))(start());
    expect(sameBits(second(embedding), second(gather))).toBe(true);
  });
});
