import { described } from "../../base/describe.ts";
import { ValueError } from "../../base/errors.ts";
import { anything, checkOptions, joinRules, number, type OptionRules, whole } from "../../base/options.ts";
import { noOptions } from "../../base/showValue.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import { decide, hostTensor } from "../../tensor/interpret/hostWork.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { isColumnOf } from "../../tensor/shape.ts";
import { ones, Tensor } from "../../tensor/tensor.ts";
import { crossEntropy } from "../../wasm/rows/softmaxKernel.ts";
import { add, div, mul, neg, sub } from "../elementwise/arithmetic.ts";
import { softplus } from "../elementwise/smooth.ts";
import { logSoftmaxPrimitive, softmaxPrimitive } from "../reduce/softmax.ts";
import { broadcastTo, sum } from "../shape/broadcast.ts";
import { checkIndices } from "../shape/gather.ts";
import { reshape } from "../shape/reshape.ts";
import {
  checkRows,
  floatOperand,
  floatOperands,
  isOneHot,
  type Operand,
  requireDType,
  sameFloat,
} from "../support/operands.ts";
import { logSumExpOf } from "../support/rows.ts";
import { toFloat } from "../support/toFloat.ts";
import { type LossOptions, lossOptions, pairOf, reduced } from "./lossOptions.ts";

/** loss = log Σ exp(logits) − logits[label], one for each row. */
export const softmaxCrossEntropyPrimitive: Primitive = {
  name: "softmaxCrossEntropy",
  infer: ([logits, labels]) => {
    requireDType("softmaxCrossEntropy", "labels", labels, "int32");
    checkRows("softmaxCrossEntropy", logits.axes, labels.axes);
    return [{ shape: labels.axes, dtype: sameFloat("softmaxCrossEntropy", [logits]) }];
  },
  check: ([, labels], [logits]) => checkIndices("softmaxCrossEntropy", "a label", labels, logits.axes[1]),
  reference: ({ inputs: [logits, labels], outputs: [losses], inputTypes }) => {
    const columns = inputTypes[0].axes[1];
    for (let row = 0; row < labels.length; row++) {
      const x = Float64Array.from(logits.subarray(row * columns, (row + 1) * columns));
      const [shift, logSum] = logSumExpOf(x);
      losses[row] = logSum - (x[labels[row]] - shift);
    }
  },
  simd: {
    kernel: "crossEntropy",
    run: ({ inputs, outputs, inputTypes, link }) => {
      const [rows, columns] = inputTypes[0].axes;
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
    checkRows("softmaxCrossEntropyGradient", logits.axes, labels.axes);
    return [{ shape: logits.axes, dtype: sameFloat("softmaxCrossEntropyGradient", [dy, logits]) }];
  },
  check: ([, , labels], [, logits]) => checkIndices("softmaxCrossEntropyGradient", "a label", labels, logits.axes[1]),
  reference: ({ inputs: [dy, logits, labels], outputs: [dx], inputTypes }) => {
    const columns = inputTypes[1].axes[1];
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
      const [rows, columns] = inputTypes[1].axes;
      link(crossEntropy).crossEntropyGradient(logits, labels, dy, outputs[0], rows, columns);
    },
  },
  vjp: ({ inputs: [dl, logits, labels], dy }) => [
    () => {
      const one = ones(labels.axes, { dtype: logits.dtype });
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

/** Options of `softmaxCrossEntropy`. */
export interface SoftmaxCrossEntropyOptions extends LossOptions {
  /** The part of each label that is spread evenly over all classes, from 0 to 1 (Szegedy et al. 2016). Default: 0. */
  readonly labelSmoothing?: number;
  /**
   * Rows with this label have a loss of 0, and the mean is that of the other rows (0 if there are none). Any whole number,
   * such as -1. Default: no label is ignored.
   */
  readonly ignoreLabel?: number;
}

const softmaxOptions: OptionRules<SoftmaxCrossEntropyOptions> = /* @__PURE__ */ joinRules(
  { labelSmoothing: /* @__PURE__ */ number({ from: 0, to: 1 }), ignoreLabel: /* @__PURE__ */ whole() },
  lossOptions,
);

/**
 * The cross entropy of integer labels under softmax(logits): −log softmax(logits)[label] = log Σ exp(logits) −
 * logits[label], safe for logits of any size.
 * @param logits [rows, classes], unnormalized.
 * @param labels int32, [rows], from 0 to classes − 1; or probabilities, floats of the shape of the logits, whose rows add up
 * to 1, such as one-hot rows: −Σ p·log softmax(logits).
 * @returns One number, or [rows] with reduction "none".
 * @throws ValueError for a label or an option out of range; ShapeError, DTypeError for operands that do not fit.
 * @example
 * softmaxCrossEntropy(tensor([[0, 0]]), tensor([1], { dtype: "int32" })).item(); // 0.6931 = ln 2
 * softmaxCrossEntropy(tensor([[0, 0]]), tensor([[0.5, 0.5]])).item(); // 0.6931
 */
export const softmaxCrossEntropy: (logits: Operand, labels: Tensor, options?: SoftmaxCrossEntropyOptions) => Tensor =
  /* @__PURE__ */ described((logits, labels, options = noOptions) => {
    checkOptions("softmaxCrossEntropy", options, softmaxOptions);
    const { labelSmoothing = 0, ignoreLabel } = options;
    const x = floatOperand("softmaxCrossEntropy", logits);
    const isSoft = labels instanceof Tensor && isFloat(labels.dtype) && isOneHot(labels.axes);
    if (isSoft && ignoreLabel !== undefined) {
      throw new ValueError("softmaxCrossEntropy: ignoreLabel needs int32 labels, got probabilities. Leave it out.");
    }
    const [chosen, counted] = ignoreLabel === undefined || isSoft ? [labels] : withoutLabel(x, labels, ignoreLabel);
    let losses = isSoft ? softLosses(x, labels) : bindOne(softmaxCrossEntropyPrimitive, [x, chosen], undefined);
    if (labelSmoothing > 0) {
      const uniform = div(sum(neg(bindOne(logSoftmaxPrimitive, [x], undefined)), { axis: 1 }), x.axes[1]);
      losses = add(mul(losses, 1 - labelSmoothing), mul(uniform, labelSmoothing));
    }
    if (!counted) return reduced(losses, options);
    losses = mul(losses, counted);
    if (options.reduction === "none" || options.reduction === "sum") return reduced(losses, options);
    const number = hostTensor([], losses.dtype, (element) => {
      let count = 0;
      for (const label of labels.storage.elements()) if (label !== ignoreLabel) count++;
      element[0] = Math.max(count, 1);
    });
    return div(sum(losses), number);
  }, "softmaxCrossEntropy");

/** −Σ p·log softmax(x) of each row. */
const softLosses = (x: Tensor, probabilities: Tensor): Tensor => {
  const [left, right] = pairOf("softmaxCrossEntropy", x, probabilities);
  return neg(sum(mul(right, bindOne(logSoftmaxPrimitive, [left], undefined)), { axis: 1 }));
};

/**
 * Labels with another label in the place of `ignored`, and 0 for these rows, 1 for the others. Their label becomes the class
 * with the highest score: its loss is finite, so 0 times it is 0.
 */
const withoutLabel = (x: Tensor, labels: Tensor, ignored: number): [labels: Tensor, counted: Tensor] => {
  requireDType("softmaxCrossEntropy", "labels", labels, "int32");
  checkRows("softmaxCrossEntropy", x.axes, labels.axes);
  const columns = x.axes[1];
  const chosen = hostTensor(labels.axes, "int32", (chosen) => {
    const scores = x.storage.elements();
    chosen.set(labels.storage.elements());
    for (let row = 0; row < chosen.length; row++) {
      if (chosen[row] !== ignored) continue;
      let best = 0;
      for (let c = 1; c < columns; c++) if (scores[row * columns + c] > scores[row * columns + best]) best = c;
      chosen[row] = best;
    }
  });
  const counted = hostTensor(labels.axes, x.dtype, (counted) => {
    for (const [row, label] of labels.storage.elements().entries()) counted[row] = label === ignored ? 0 : 1;
  });
  return [chosen, counted];
};

/** Options of `sigmoidCrossEntropy`. */
export interface SigmoidCrossEntropyOptions extends LossOptions {
  /**
   * The weight of positives, which multiplies the first term of the loss: a number, or one per column. Above 1 for rare
   * positives. Default: 1.
   */
  readonly positiveWeight?: Operand;
}

const sigmoidOptions: OptionRules<SigmoidCrossEntropyOptions> = /* @__PURE__ */ joinRules(
  { positiveWeight: anything },
  lossOptions,
);

/** The weights of positives, which broadcast to the logits. */
const weightsOf = (weights: Operand, logits: Tensor): Tensor => {
  const [, w] = floatOperands("sigmoidCrossEntropy", logits, weights);
  const wrong = decide(() => w.storage.elements().find((value) => !(value >= 0 && value < Infinity)));
  if (wrong !== undefined) {
    throw new ValueError(`sigmoidCrossEntropy: positiveWeight must be finite and not negative, got ${wrong}.`);
  }
  return broadcastTo(w, logits.axes);
};

/**
 * The cross entropy of probabilities under sigmoid(logits), for each element: w·t·softplus(−x) + (1 − t)·softplus(x), where
 * w is `positiveWeight`.
 * @param targets Floats from 0 to 1, of the shape of the logits; or labels 0 and 1, int32 of that shape or [n] for logits [n, 1].
 * @throws ShapeError, DTypeError for operands that do not fit; ValueError for labels other than 0 and 1.
 * @example
 * sigmoidCrossEntropy(tensor([[0]]), tensor([[1]])).item(); // 0.6931 = ln 2
 */
export const sigmoidCrossEntropy: (logits: Operand, targets: Operand, options?: SigmoidCrossEntropyOptions) => Tensor =
  /* @__PURE__ */ described((logits, targets, options = noOptions) => {
    checkOptions("sigmoidCrossEntropy", options, sigmoidOptions);
    const { positiveWeight } = options;
    const [x, t] = pairOf("sigmoidCrossEntropy", logits, answersOf(targets, logits));
    // t·softplus(−x) + (1 − t)·softplus(x): no difference of large numbers where the loss is small.
    let positives = mul(t, softplus(neg(x)));
    if (positiveWeight !== undefined) positives = mul(positives, weightsOf(positiveWeight, x));
    const losses = add(positives, mul(sub(1, t), softplus(x)));
    return reduced(losses, options);
  }, "sigmoidCrossEntropy");

/** Labels 0 and 1 as floats of the shape of the logits; other targets as they are. */
const answersOf = (targets: Operand, logits: Operand): Operand => {
  if (!(targets instanceof Tensor) || targets.dtype !== "int32") return targets;
  decide(() => checkIndices("sigmoidCrossEntropy", "a label", targets.storage.elements(), 2));
  const answers = toFloat(targets);
  const isColumn = logits instanceof Tensor && isColumnOf(logits.axes, targets.axes);
  return isColumn ? reshape(answers, logits.axes) : answers;
};
