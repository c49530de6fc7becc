import { expect, test } from "vitest";
import { confusionMatrix, dataset, rSquared, type Tensor, tensor } from "../../src/index.ts";
import { BinaryEvaluator } from "../../src/report/inspect/inspectBinary.ts";
import { ClassEvaluator } from "../../src/report/inspect/inspectClasses.ts";
import { ValueEvaluator } from "../../src/report/inspect/inspectValues.ts";

const options = { mistakes: 5, imageShape: undefined };
const labelsOf = (labels: readonly number[]): Tensor => tensor(labels, { dtype: "int32" });
const dataOf = (y: Tensor) => dataset({ x: y, y });

test("a report counts classes as confusionMatrix does, in chunks of any size", () => {
  const scores = [
    [2, 1, 0],
    [1, 1, 0],
    [0, 3, 3],
    [-Infinity, 0, 5],
  ];
  const labels = [0, 1, 2, 2];
  const evaluator = new ClassEvaluator();
  evaluator.add(tensor(scores.slice(0, 3)), labelsOf(labels.slice(0, 3)), 0);
  evaluator.add(tensor(scores.slice(3)), labelsOf(labels.slice(3)), 3);
  const result = evaluator.result(dataOf(labelsOf(labels)), options);
  expect(result?.confusion).toEqual(confusionMatrix(tensor(scores), labelsOf(labels)).counts);
  expect(result?.mistakes.map(({ row, label, predicted }) => [row, label, predicted])).toEqual([
    [2, 2, 1],
    [1, 1, 0],
  ]);
});

test("a report does not count rows with a score that is NaN or Infinity, or with a label that is not a class", () => {
  const scores = tensor([
    [0, Number.NaN, 1],
    [Infinity, 0, 1],
    [0, 1, 2],
    [0, 1, 2],
  ]);
  const labels = labelsOf([0, 1, 3, 2]);
  const evaluator = new ClassEvaluator();
  evaluator.add(scores, labels, 0);
  const result = evaluator.result(dataOf(labels), options);
  expect([result?.confusion, result?.mistakes]).toEqual([
    [
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ],
    [],
  ]);
});

test("a report counts yes and no by the threshold of logits or of probabilities, and only finite scores", () => {
  const confusionOf = (scores: readonly number[], labels: readonly number[]) => {
    const evaluator = new BinaryEvaluator();
    evaluator.add(tensor(scores), tensor(labels));
    return evaluator.result(dataOf(tensor(labels)), options)?.confusion;
  };
  expect(confusionOf([-1, 0, 0.4, 2], [0, 1, 1, 0])).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(confusionOf([0.1, 0.5, 0.6, 1], [0, 1, 1, 0])).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(confusionOf([Number.NaN, Infinity], [0, 1])).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

test("a report has the R² of rSquared for the finite rows, and leaves it out if all targets are equal", () => {
  const outputOf = (predictions: readonly number[], targets: readonly number[]) => {
    const evaluator = new ValueEvaluator();
    evaluator.add(tensor(predictions), tensor(targets), 0);
    return evaluator.result(dataOf(tensor(targets)), options)?.outputs[0];
  };
  const output = outputOf([1, 2, Number.NaN, 5], [1, 3, 3, 4]);
  expect(output?.rSquared).toBe(rSquared(tensor([1, 2, 5]), tensor([1, 3, 4])));
  expect(output?.meanAbsoluteError).toBeCloseTo(2 / 3);
  expect(outputOf([1, 2], [3, 3])).toMatchObject({ meanAbsoluteError: 1.5 });
  expect(outputOf([1, 2], [3, 3])).not.toHaveProperty("rSquared");
});
