import {
  binaryAccuracy,
  Dense,
  dataset,
  evaluate,
  fit,
  grad,
  kFold,
  Sequential,
  SGD,
  sigmoidCrossEntropy,
  type Tensor,
  tensor,
} from "gradus";
import { describe, expect, it } from "vitest";

/** Yes and no as labels int32 [n] where a model has one output, and as floats [n, 1] where labels are strata. */

const labels = (...values: number[]): Tensor => tensor(values, { dtype: "int32" });
const logits = tensor([[1.5], [-0.5], [2]]);
const floats = tensor([[1], [0], [0]]);

describe("answers", () => {
  it("sigmoidCrossEntropy and binaryAccuracy take labels int32 [n] beside outputs [n, 1] and [n]", () => {
    for (const targets of [labels(1, 0, 0), tensor([[1], [0], [0]], { dtype: "int32" })]) {
      expect(sigmoidCrossEntropy(logits, targets).item()).toBe(sigmoidCrossEntropy(logits, floats).item());
      expect(sigmoidCrossEntropy(logits, targets, { reduction: "none" }).shape).toEqual([3, 1]);
      expect(binaryAccuracy()(logits, targets)).toBe(binaryAccuracy()(logits, floats));
    }
    const flat = tensor([1.5, -0.5, 2]);
    expect(sigmoidCrossEntropy(flat, labels(1, 0, 0)).item()).toBe(sigmoidCrossEntropy(logits, floats).item());
    const slope = (targets: Tensor): number[] => [...grad((x: Tensor) => sigmoidCrossEntropy(x, targets))(logits).data];
    expect(slope(labels(1, 0, 0))).toEqual(slope(floats));
  });

  it("sigmoidCrossEntropy and binaryAccuracy throw for other labels and shapes", () => {
    expect(() => sigmoidCrossEntropy(logits, labels(1, 0, 2))).toThrow("a label must lie from 0 to 1, got 2");
    expect(() => binaryAccuracy()(logits, labels(1, 0, 2))).toThrow("a target must be 0 or 1, got 2");
    for (const targets of [labels(1, 0), labels(1, 0, 0, 1)]) {
      expect(() => sigmoidCrossEntropy(logits, targets)).toThrow("one shape");
      expect(() => binaryAccuracy()(logits, targets)).toThrow("one shape");
    }
    expect(() => sigmoidCrossEntropy(tensor([[1, 2]]), labels(1, 0))).toThrow("one shape");
    expect(() => sigmoidCrossEntropy(logits, tensor([1, 0, 0]))).toThrow("one shape");
  });

  it("fit and evaluate train one output on labels, and metrics in a list keep their names without as const", async () => {
    const x = tensor([[0], [1], [2], [3]]);
    const model = new Sequential({ inputShape: [1], layers: [new Dense({ units: 1 })], seed: 1 });
    const metrics = [binaryAccuracy()];
    const data = dataset({ x, y: labels(0, 0, 1, 1) });
    const history = await fit(model, data, {
      optimizer: new SGD({ learningRate: 0.5 }),
      loss: sigmoidCrossEntropy,
      epochs: 200,
      metrics,
      validation: data,
    });
    const result = evaluate(model, data, { loss: sigmoidCrossEntropy, metrics });
    const value: number = result.metrics.binaryAccuracy;
    expect([value, result.accuracy, history.last("validationBinaryAccuracy")]).toEqual([1, undefined, 1]);
    // @ts-expect-error: no metric has this name.
    expect(result.metrics.accuracy).toBeUndefined();
    await expect(fit(model, data, { optimizer: new SGD({ learningRate: 0.5 }), epochs: 1 })).rejects.toThrow(
      "A single score answers yes or no: pass { loss: sigmoidCrossEntropy }",
    );
  });

  it("kFold stratifies by floats of 0 and 1, and by labels in a column", () => {
    const answers = [0, 1, 0, 0, 1, 0, 0, 1, 0];
    const x = tensor(answers.map((_, index) => [index]));
    for (const y of [
      tensor(answers.map((answer) => [answer])),
      tensor(answers),
      labels(...answers),
      tensor(
        answers.map((answer) => [answer]),
        { dtype: "int32" },
      ),
    ]) {
      const folds = [...kFold(dataset({ x, y }), { folds: 3, stratified: true, seed: 1 })];
      const same = [...kFold(dataset({ x, y: labels(...answers) }), { folds: 3, stratified: true, seed: 1 })];
      expect(folds.map(({ validation }) => [...validation.x.data])).toEqual(
        same.map(({ validation }) => [...validation.x.data]),
      );
      for (const { validation } of folds)
        expect([...validation.y.data].filter((answer) => answer === 1).length).toBe(1);
    }
    for (const y of [
      tensor([0.5, 1, 0, 1]),
      tensor([
        [1, 0],
        [0, 1],
        [1, 0],
        [0, 1],
      ]),
    ]) {
      expect(() => kFold(dataset({ x: tensor([1, 2, 3, 4]), y }), { folds: 2, stratified: true })).toThrow(
        "stratified folds need labels",
      );
    }
  });
});
