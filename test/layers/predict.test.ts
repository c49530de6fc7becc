import { describe, expect, it } from "vitest";
import { grad } from "../../src/autograd/grad.ts";
import { Dense } from "../../src/layers/dense.ts";
import { Dropout } from "../../src/layers/dropoutLayer.ts";
import { BatchNorm } from "../../src/layers/normalization/batchNorm.ts";
import { OutputRows, rowsPerChunk } from "../../src/layers/predict.ts";
import { Sequential } from "../../src/layers/sequential.ts";
import { elu } from "../../src/ops/elementwise/rectifier.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { toFloat } from "../../src/ops/support/toFloat.ts";
import { arena } from "../../src/tensor/memory/arena.ts";
import { heap } from "../../src/tensor/memory/heap.ts";
import { runStep } from "../../src/tensor/memory/step.ts";
import { ones, sameBits, type Tensor, tensor, zeros } from "../../src/tensor/tensor.ts";
import { errorOf, onEachBackend, pattern } from "./helpers.ts";

const make = (inputs: number): Sequential =>
  new Sequential({
    name: "m",
    inputShape: [inputs],
    layers: [
      new Dense({ units: 33 }),
      new BatchNorm(),
      elu,
      new Dropout(),
      new Dense({ units: 5, activation: "softmax" }),
    ],
    seed: 11,
  });

const bytes = (rows: number, columns: number): Tensor =>
  tensor(
    Uint8Array.from({ length: rows * columns }, (_, index) => (index * 73) % 256),
    { shape: [rows, columns], scale: 1 / 255 },
  );

onEachBackend(() => {
  describe("predict", () => {
    it("predict returns the bits of a call, whatever the size of the chunks", () => {
      const model = make(17);
      const x = pattern([103, 17]);
      const whole = model.call(x);
      for (const batchSize of [1, 2, 7, 8, 50, 102, 103, 104, undefined]) {
        const y = model.predict(x, { batchSize });
        expect(y.shape).toEqual([103, 5]);
        expect(sameBits(y, whole), `batchSize ${batchSize}`).toBe(true);
      }
    });

    it("predict converts stored bytes to their numbers, chunk by chunk", () => {
      const model = make(17);
      const x = bytes(40, 17);
      expect(sameBits(model.predict(x, { batchSize: 7 }), model.call(toFloat(x)))).toBe(true);
      expect(sameBits(model.predict(x), model.call(x))).toBe(true);
    });

    it("outputs that come chunk by chunk must have one row for each row, of one shape", () => {
      const outputs = new OutputRows("evaluate", make(17), 5);
      outputs.set(ones([2, 3]), 0, 2);
      expect(errorOf(() => outputs.set(ones([1, 3]), 2, 3))).toBe(
        "ShapeError: m: evaluate needs a model that outputs one row for each row of its input, got shape [1, 3] for 3 rows. " +
          "Use call for others.",
      );
      expect(errorOf(() => outputs.set(ones([3, 2]), 2, 3))).toContain("got shape [3, 2] for 3 rows");
      outputs.set(
        tensor([
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ]),
        2,
        3,
      );
      expect(outputs.tensor.toArray()).toEqual([
        [1, 1, 1],
        [1, 1, 1],
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ]);
    });

    it("predict works with no rows, one row, and rows of more axes", () => {
      const model = make(17);
      expect(model.predict(zeros([0, 17])).shape).toEqual([0, 5]);
      expect(model.predict(ones([1, 17])).shape).toEqual([1, 5]);
      const deep = new Sequential({ inputShape: [2, 3], layers: [new Dense({ units: 4 })], seed: 1 });
      const x = pattern([9, 2, 3]);
      expect(sameBits(deep.predict(x, { batchSize: 4 }), deep.call(x))).toBe(true);
    });

    it("predict builds the model", () => {
      const model = new Sequential({ layers: [new Dense({ units: 2 })] });
      expect(model.predict(ones([3, 4])).shape).toEqual([3, 2]);
    });

    it("predict returns an ordinary tensor, which later steps do not change", () => {
      const model = make(17);
      const x = pattern([20, 17]);
      const y = model.predict(x, { batchSize: 6 });
      const before = y.data;
      model.predict(pattern([30, 17]));
      expect(y.data).toEqual(before);
    });

    it("predict runs in inference mode", () => {
      const model = make(17);
      const { state } = model.layer("dropout").random;
      model.predict(pattern([20, 17]));
      expect(model.layer("dropout").random.state).toEqual(state);
      expect(
        model
          .variable("batch_norm/moving_mean")
          .read()
          .data.every((value) => value === 0),
      ).toBe(true);
    });

    it("predict uses memory for a chunk, not for the data", () => {
      const model = make(200);
      const used = (rows: number): number => {
        model.predict(bytes(rows, 200), { batchSize: 256 });
        return heap().usedBytes;
      };
      // Where something compiles, predictions of few rows have a recording, which the last chunk replays.
      for (let index = 0; index < 3; index++) {
        used(1);
        model.predict(ones([1, 200]));
      }
      const few = used(256);
      expect(used(256 * 40 + 1)).toBe(few);
      const held = arena.mark();
      for (let index = 0; index < 200; index++) model.predict(ones([1, 200]));
      expect([heap().usedBytes, arena.mark()]).toEqual([few, held]);
    });

    it("predict inside a step is a part of the step: gradients pass", () => {
      const model = make(17);
      const x = pattern([4, 17]);
      const dx = grad((a: Tensor) => sum(model.predict(a, { batchSize: 1 })))(x);
      expect(dx.shape).toEqual([4, 17]);
      const y = runStep(
        () => model.predict(x, { batchSize: 1 }),
        (result) => result.storage.moveToArray(),
      );
      expect(sameBits(y, model.call(x))).toBe(true);
    });

    it("predict computes chunks of 1024 rows, and of fewer where layers are wide", () => {
      expect([1, 784, 1024, 2048, 2 ** 20, 2 ** 22].map(rowsPerChunk)).toEqual([1024, 1024, 1024, 512, 1, 1]);
    });
  });
});

describe("errors of predict", () => {
  it.each([0, 1.5, -1, Number.NaN])("predict throws for the batchSize %s", (batchSize) => {
    expect(errorOf(() => make(2).predict(ones([1, 2]), { batchSize }))).toBe(
      `ValueError: predict: batchSize must be a whole number from 1, got ${batchSize}.`,
    );
  });

  it("predict throws for unknown options, and for a value that is not a tensor", () => {
    expect(errorOf(() => make(2).predict(ones([1, 2]), { batch: 3 } as object))).toBe(
      'ValueError: predict: every option must be one that exists, got "batch". The options are batchSize.',
    );
    expect(errorOf(() => make(2).predict([[1, 2]] as unknown as Tensor))).toBe(
      "DTypeError: m: the input must be a tensor, got [[1, 2]]. Wrap values with tensor(...).",
    );
  });

  it("predict works after a step that failed", () => {
    const model = make(2);
    expect(() => model.predict(ones([3, 3]))).toThrow();
    expect(model.predict(ones([3, 2])).shape).toEqual([3, 5]);
  });
});
