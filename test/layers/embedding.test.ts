import {
  Dense,
  dataset,
  Embedding,
  type EmbeddingOptions,
  evaluate,
  fit,
  Layer,
  LayerNorm,
  mean,
  Sequential,
  SGD,
  type Tensor,
  tensor,
} from "gradus";
import { expect, test } from "vitest";
import { errorOf } from "./helpers.ts";

const indices = (values: number[], shape?: number[]): Tensor =>
  tensor(values, { dtype: "int32", ...(shape ? { shape } : {}) });

test("Embedding looks vectors up for rows and for rows of a length", () => {
  const layer = new Embedding({ inputDim: 3, outputDim: 2, seed: 1 });
  const flat = layer.call(indices([2, 0]));
  const table = layer.embeddings.read().toArray() as number[][];
  expect(flat.toArray()).toEqual([table[2], table[0]]);
  expect(layer.call(indices([0, 1, 1, 2], [2, 2])).toArray()).toEqual([
    [table[0], table[1]],
    [table[1], table[2]],
  ]);
  expect(layer.variables.map(({ name, shape }) => [name, shape])).toEqual([["embedding/embeddings", [3, 2]]]);
});

test("Embedding starts from uniform numbers between -0.05 and 0.05, as Keras", () => {
  const layer = new Embedding({ inputDim: 500, outputDim: 20, seed: 1 });
  layer.call(indices([0]));
  const values = [...layer.embeddings.read().data];
  expect(Math.max(...values)).toBeLessThanOrEqual(0.05);
  expect(Math.max(...values)).toBeGreaterThan(0.0499);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.05);
  expect(Math.min(...values)).toBeLessThan(-0.0499);
});

test("Embedding throws for other inputs than indices of its categories, and for a mask", () => {
  const layer = new Embedding({ inputDim: 3, outputDim: 2 });
  expect(errorOf(() => layer.call(tensor([[0, 1]])))).toBe(
    "DTypeError: embedding: the input must hold indices of dtype int32, got float32. " +
      'Make them with tensor(values, { dtype: "int32" }).',
  );
  expect(errorOf(() => layer.call(indices([0, 3])))).toBe(
    "ValueError: embedding: an index must lie from 0 to 2, got 3 at position 1. Correct it, or the number of categories.",
  );
  const masked = { inputDim: 3, outputDim: 2, maskZero: true } as EmbeddingOptions;
  expect(errorOf(() => new Embedding(masked))).toMatch(
    /^ValueError: Embedding: maskZero must be left out, got true: layers/,
  );
  expect(errorOf(() => new Embedding({ inputDim: 0, outputDim: 2 }))).toMatch(
    /^ValueError: Embedding: inputDim must be a whole number from 1/,
  );
});

test("a model with Embedding reports what does not fit behind it", () => {
  const layers = [new Embedding({ inputDim: 3, outputDim: 2 }), new LayerNorm({ axis: 1 })];
  expect(errorOf(() => new Sequential({ inputShape: [4], layers }))).toMatch(
    /^ShapeError: sequential\/layer_norm: axis/,
  );
});

class Average extends Layer {
  call(input: Tensor): Tensor {
    return mean(input, { axis: 1 });
  }
}

test("a model that begins with Embedding trains on rows of indices, predicts, and prints its shapes", async () => {
  const model = new Sequential({
    inputShape: [6],
    layers: [new Embedding({ inputDim: 8, outputDim: 4 }), new Average(), new Dense({ units: 2 })],
    seed: 1,
  });
  // The class is whether the numbers of a row are below 4.
  const x = indices(
    Array.from({ length: 240 }, (_, at) => ((at * 7) % 4) + 4 * (Math.floor(at / 6) % 2)),
    [40, 6],
  );
  const y = indices(Array.from({ length: 40 }, (_, row) => row % 2));
  const data = dataset({ x, y });
  await fit(model, data, { optimizer: new SGD({ learningRate: 1 }), epochs: 40, batchSize: 8, seed: 1 });
  expect(evaluate(model, data).accuracy).toBe(1);
  expect(model.predict(x).shape).toEqual([40, 2]);
  expect(model.summary()).toContain("[*, 6, 4]");
});
