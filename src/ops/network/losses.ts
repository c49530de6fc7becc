import { described } from "../../base/describe.ts";
import { checkOptions } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { isColumnOf } from "../../tensor/shape.ts";
import { ones, Tensor } from "../../tensor/tensor.ts";
import { crossEntropy } from "../../wasm/rows/softmaxKernel.ts";
import { add, mul, neg, sub } from "../elementwise/arithmetic.ts";
import { softplus } from "../elementwise/smooth.ts";
import { softmaxPrimitive } from "../reduce/softmax.ts";
import { sum } from "../shape/broadcast.ts";
import { checkIndices } from "../shape/gather.ts";
import { reshape } from "../shape/reshape.ts";
import { checkRows, floatOperand, type Operand, requireDType, sameFloat } from "../support/operands.ts";
import { logSumExpOf } from "../support/rows.ts";
import { toFloat } from "../support/toFloat.ts";
import { type LossOptions, lossOptions, pairOf, reduced } from "./lossOptions.ts";

/** loss = log Σ exp(logits) − logits[label], one for each row. */
export const softmaxCrossEntropyPrimitive: Primitive = {
  name: "softmaxCrossEntropy",
  infer: ([logits, labels]) => {
    requireDType("softmaxCrossEntropy", "labels", labels, "int32");
    checkRows("softmaxCrossEntropy", logits.shape, labels.shape);
    return [{ shape: labels.shape, dtype: sameFloat("softmaxCrossEntropy", [logits]) }];
  },
  check: ([, labels], [logits]) => checkIndices("softmaxCrossEntropy", "a label", labels, logits.shape[1]),
  reference: ({ inputs: [logits, labels], outputs: [losses], inputTypes }) => {
    const columns = inputTypes[0].shape[1];
    for (let row = 0; row < labels.length; row++) {
      const x = Float64Array.from(logits.subarray(row * columns, (row + 1) * columns));
      const [shift, logSum] = logSumExpOf(x);
      losses[row] = logSum - (x[labels[row]] - shift);
    }
  },
  simd: {
    kernel: "crossEntropy",
    run: ({ inputs, outputs, inputTypes, link }) => {
      const [rows, columns] = inputTypes[0].shape;
      link(crossEntropy).crossEntropy(inputs[0], inputs[1], outputs[0], rows, columns);
    },
  },
  vjp: ({ inputs: [logits, labels], dy }) => [
    () => bindOne(softmaxCrossEntropyGradientPrimitive, [dy, logits, labels], undefined),
    undefined,
  ],
};

/** dlogits = dloss·(softmax(logits) − oneHot(label)), row by row. */
export const softmaxCrossEntropyGradientPrimitive: Primitive = {
  name: "softmaxCrossEntropyGradient",
  infer: ([dy, logits, labels]) => {
    requireDType("softmaxCrossEntropyGradient", "labels", labels, "int32");
    checkRows("softmaxCrossEntropyGradient", logits.shape, labels.shape);
    return [{ shape: logits.shape, dtype: sameFloat("softmaxCrossEntropyGradient", [dy, logits]) }];
  },
  check: ([, , labels], [, logits]) => checkIndices("softmaxCrossEntropyGradient", "a label", labels, logits.shape[1]),
  reference: ({ inputs: [dy, logits, labels], outputs: [dx], inputTypes }) => {
    const columns = inputTypes[1].shape[1];
    for (let row = 0; row < labels.length; row++) {
      const x = Float64Array.from(logits.subarray(row * columns, (row + 1) * columns));
      const [shift, logSum] = logSumExpOf(x);
      for (let c = 0; c < columns; c++) {
        dx[row * columns + c] = dy[row] * (Math.exp(x[c] - shift - logSum) - Number(c === labels[row]));
      }
    }
  },
  simd: {
    kernel: "crossEntropy.gradient",
    run: ({ inputs: [dy, logits, labels], outputs, inputTypes, link }) => {
      const [rows, columns] = inputTypes[1].shape;
      link(crossEntropy).crossEntropyGradient(logits, labels, dy, outputs[0], rows, columns);
    },
  },
  vjp: ({ inputs: [dl, logits, labels], dy }) => [
    () => {
      const one = ones(labels.shape, { dtype: logits.dtype });
      const difference = bindOne(softmaxCrossEntropyGradientPrimitive, [one, logits, labels], undefined);
      return sum(mul(dy, difference), { axis: 1 });
    },
    () => {
      const probabilities = bindOne(softmaxPrimitive, [logits], undefined);
      const weighted = mul(dy, probabilities);
      const row = sub(weighted, mul(probabilities, sum(weighted, { axis: 1, keepDims: true })));
      return mul(row, reshape(dl, [-1, 1]));
    },
    undefined,
  ],
};

/**
 * The cross entropy of integer labels under softmax(logits): −log softmax(logits)[label] = log Σ exp(logits) −
 * logits[label], safe for logits of any size.
 * @param logits [rows, classes], unnormalized.
 * @param labels int32, [rows], from 0 to classes − 1.
 * @returns One number, or [rows] with reduction "none".
 * @throws ValueError for a label out of range; ShapeError, DTypeError for operands that do not fit.
 * @example
 * softmaxCrossEntropy(tensor([[0, 0]]), tensor([1], { dtype: "int32" })).item(); // 0.6931 = ln 2
 */
export const softmaxCrossEntropy: (logits: Operand, labels: Tensor, options?: LossOptions) => Tensor =
  /* @__PURE__ */ described((logits, labels, options = noOptions) => {
    checkOptions("softmaxCrossEntropy", options, lossOptions);
    const operands = [floatOperand("softmaxCrossEntropy", logits), labels];
    return reduced(bindOne(softmaxCrossEntropyPrimitive, operands, undefined), options);
  }, "softmaxCrossEntropy");

/**
 * The cross entropy of probabilities under sigmoid(logits), for each element: max(x, 0) − x·t + ln(1 + e^−|x|), written
 * as softplus(x) − x·t.
 * @param targets Floats from 0 to 1, of the shape of the logits; or labels 0 and 1, int32 of that shape or [n] for logits [n, 1].
 * @throws ShapeError, DTypeError for operands that do not fit; ValueError for labels other than 0 and 1.
 * @example
 * sigmoidCrossEntropy(tensor([[0]]), tensor([[1]])).item(); // 0.6931 = ln 2
 */
export const sigmoidCrossEntropy: (logits: Operand, targets: Operand, options?: LossOptions) => Tensor =
  /* @__PURE__ */ described((logits, targets, options = noOptions) => {
    checkOptions("sigmoidCrossEntropy", options, lossOptions);
    const [x, t] = pairOf("sigmoidCrossEntropy", logits, answersOf(targets, logits));
    // t·softplus(−x) + (1 − t)·softplus(x): no difference of large numbers where the loss is small.
    const losses = add(mul(t, softplus(neg(x))), mul(sub(1, t), softplus(x)));
    return reduced(losses, options);
  }, "sigmoidCrossEntropy");

/** Labels 0 and 1 as floats of the shape of the logits; other targets as they are. */
const answersOf = (targets: Operand, logits: Operand): Operand => {
  if (!(targets instanceof Tensor) || targets.dtype !== "int32") return targets;
  checkIndices("sigmoidCrossEntropy", "a label", targets.storage.view(), 2);
  const answers = toFloat(targets);
  const isColumn = logits instanceof Tensor && isColumnOf(logits.shape, targets.shape);
  return isColumn ? reshape(answers, logits.shape) : answers;
};
