import {
  grad,
  gradientCheck,
  logSoftmax,
  mul,
  neg,
  oneHot,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  sum,
  type Tensor,
  tensor,
} from "gradus";
import { describe, expect, test } from "vitest";
import { availableBackends } from "../../../src/tensor/interpret/backend.ts";
import { textOf } from "../../autograd/textOf.ts";
import { onBackend } from "../../gradcheck/kernels.ts";

const logits = tensor([
  [1, 2, -0.5],
  [0.25, -1, 3],
  [0, 0, 0],
]);
const labels = tensor([1, 0, 2], { dtype: "int32" });
const none = { reduction: "none" } as const;
/** A value that only plain JavaScript passes. */
const wrong = (value: unknown): never => value as never;

/** The losses by the definition, in double. */
const expected = (targets: readonly (readonly number[])[]): number[] =>
  (logits.toArray() as number[][]).map((row, index) => {
    const total = Math.log(row.reduce((result, value) => result + Math.exp(value), 0));
    return row.reduce((loss, value, c) => loss - targets[index][c] * (value - total), 0);
  });

const close = (actual: Tensor, numbers: readonly number[]): void => {
  expect(actual.size).toBe(numbers.length);
  for (const [index, value] of actual.data.entries()) expect(value).toBeCloseTo(numbers[index], 5);
};

describe.each(availableBackends())("softmaxCrossEntropy on %s", (backend) => {
  test("softmaxCrossEntropy takes one-hot rows and probabilities", () => {
    onBackend(backend, () => {
      const integer = softmaxCrossEntropy(logits, labels, none);
      close(softmaxCrossEntropy(logits, oneHot(labels, 3), none), [...integer.data]);
      const soft = [
        [0.5, 0.25, 0.25],
        [0, 1, 0],
        [0.1, 0.2, 0.7],
      ];
      close(softmaxCrossEntropy(logits, tensor(soft), none), expected(soft));
      expect(softmaxCrossEntropy(logits, tensor(soft)).item()).toBeCloseTo(
        expected(soft).reduce((total, loss) => total + loss, 0) / 3,
        5,
      );
    });
  });

  test("softmaxCrossEntropy smooths labels, integers and one-hot rows alike", () => {
    onBackend(backend, () => {
      const smooth = [1, 0, 2].map((label) => [0, 1, 2].map((c) => 0.9 * Number(c === label) + 0.1 / 3));
      for (const targets of [labels, oneHot(labels, 3)]) {
        close(softmaxCrossEntropy(logits, targets, { labelSmoothing: 0.1, ...none }), expected(smooth));
      }
      expect(softmaxCrossEntropy(logits, labels, { labelSmoothing: 0 }).item()).toBe(
        softmaxCrossEntropy(logits, labels).item(),
      );
    });
  });

  test("softmaxCrossEntropy ignores rows with the label ignoreLabel", () => {
    onBackend(backend, () => {
      const [first, , third] = softmaxCrossEntropy(logits, labels, none).data;
      for (const ignoreLabel of [-1, 255, 0]) {
        const padded = tensor([1, ignoreLabel, 2], { dtype: "int32" });
        close(softmaxCrossEntropy(logits, padded, { ignoreLabel, ...none }), [first, 0, third]);
        close(softmaxCrossEntropy(logits, padded, { ignoreLabel, reduction: "sum" }), [first + third]);
        close(softmaxCrossEntropy(logits, padded, { ignoreLabel }), [(first + third) / 2]);
        const gradient = grad((x: Tensor) => softmaxCrossEntropy(x, padded, { ignoreLabel }))(logits);
        expect([...gradient.data.slice(3, 6)].map(Math.abs)).toEqual([0, 0, 0]);
      }
      const nothing = tensor([-1, -1, -1], { dtype: "int32" });
      expect(softmaxCrossEntropy(logits, nothing, { ignoreLabel: -1 }).item()).toBe(0);
    });
  });

  test("sigmoidCrossEntropy weights positives, by a number or by column", () => {
    onBackend(backend, () => {
      const targets = tensor([
        [1, 0, 1],
        [0, 1, 0.5],
        [1, 1, 0],
      ]);
      const plain = sigmoidCrossEntropy(logits, targets, none);
      close(sigmoidCrossEntropy(logits, targets, { positiveWeight: 1, ...none }), [...plain.data]);
      for (const positiveWeight of [3, tensor([3, 1, 2])]) {
        const weights = typeof positiveWeight === "number" ? [3, 3, 3] : [3, 1, 2];
        const losses = [...logits.data].map((x, index) => {
          const t = targets.data[index];
          return weights[index % 3] * t * Math.log1p(Math.exp(-x)) + (1 - t) * Math.log1p(Math.exp(x));
        });
        close(sigmoidCrossEntropy(logits, targets, { positiveWeight, ...none }), losses);
      }
    });
  });
});

test("the options of the losses have right derivatives", () => {
  const padded = tensor([1, -1, 2], { dtype: "int32" });
  const soft = tensor([
    [0.5, 0.25, 0.25],
    [0, 1, 0],
    [0.1, 0.2, 0.7],
  ]);
  for (const loss of [
    (x: Tensor) => softmaxCrossEntropy(x, soft, { labelSmoothing: 0.2 }),
    (x: Tensor) => softmaxCrossEntropy(x, padded, { labelSmoothing: 0.2, ignoreLabel: -1 }),
    (x: Tensor) => softmaxCrossEntropy(x, padded, { ignoreLabel: -1, reduction: "sum" }),
    (x: Tensor) => sigmoidCrossEntropy(x, soft, { positiveWeight: tensor([3, 1, 2]) }),
  ]) {
    expect(() => gradientCheck(loss, [logits])).not.toThrow();
  }
  const bySum = grad((x: Tensor) => neg(sum(mul(soft, logSoftmax(x)))))(logits);
  close(grad((x: Tensor) => softmaxCrossEntropy(x, soft, { reduction: "sum" }))(logits), [...bySum.data]);
});

test.each([
  [
    () => softmaxCrossEntropy(logits, labels, { labelSmoothing: 1.5 }),
    "ValueError: softmaxCrossEntropy: labelSmoothing must be a finite number from 0 to 1, got 1.5.",
  ],
  [
    () => softmaxCrossEntropy(logits, labels, { ignoreLabel: 0.5 }),
    "ValueError: softmaxCrossEntropy: ignoreLabel must be a whole number, got 0.5.",
  ],
  [
    () => softmaxCrossEntropy(logits, oneHot(labels, 3), { ignoreLabel: 1 }),
    "ValueError: softmaxCrossEntropy: ignoreLabel needs int32 labels, got probabilities. Leave it out.",
  ],
  [
    () => softmaxCrossEntropy(logits, oneHot(labels, 4)),
    "ShapeError: softmaxCrossEntropy: predictions and targets must have one shape, got [3, 3] and [3, 4]. Reshape one of them.",
  ],
  [
    () => sigmoidCrossEntropy(logits, logits, { positiveWeight: -1 }),
    "ValueError: sigmoidCrossEntropy: positiveWeight must be finite and not negative, got -1.",
  ],
  [
    () => sigmoidCrossEntropy(logits, logits, { positiveWeight: wrong("3") }),
    'DTypeError: sigmoidCrossEntropy: an operand must be a tensor or a number, got "3". Wrap values with tensor(...).',
  ],
])("losses throw for wrong options, case %#", (call, text) => {
  expect(textOf(call)).toBe(text);
});
