import { bindOne } from "../tensor/bind.ts";
import { ShapeError, ValueError } from "../tensor/errors.ts";
import { checkOptions, noOptions } from "../tensor/options.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { crossEntropy } from "../wasm/softmax.ts";
import { add, mul, neg, sub } from "./arithmetic.ts";
import { clip } from "./clip.ts";
import { checkIndices } from "./gather.ts";
import { logSumExpOf } from "./logSumExp.ts";
import { oneHot } from "./oneHot.ts";
import { checkRows, floatOperand, floatOperands, type Operand, requireDType, sameFloat } from "./operands.ts";
import { square } from "./power.ts";
import { mean, sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { indexInput, type SampleCase, type Samples, samples } from "./sample.ts";
import { softplus } from "./smooth.ts";
import { softmax } from "./softmax.ts";

/** Options of the losses. */
export interface LossOptions {
  /** What becomes of the losses of the examples (elements): their mean (default), their sum, or all of them. */
  readonly reduction?: "mean" | "sum" | "none";
}

const lossOptions: readonly string[] = ["reduction"];

const reduced = (operation: string, losses: Tensor, { reduction = "mean" }: LossOptions): Tensor => {
  switch (reduction) {
    case "mean":
      return mean(losses);
    case "sum":
      return sum(losses);
    case "none":
      return losses;
    default:
      throw new ValueError(
        `${operation}: reduction must be "mean", "sum" or "none", got "${String(reduction)}". Choose one of these.`,
      );
  }
};

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
      losses[row] = logSumExpOf(x) - x[labels[row]];
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
      const total = logSumExpOf(x);
      for (let c = 0; c < columns; c++) {
        dx[row * columns + c] = dy[row] * (Math.exp(x[c] - total) - Number(c === labels[row]));
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
      const difference = sub(softmax(logits), oneHot(labels, logits.shape[1], { dtype: logits.dtype as "float32" }));
      return sum(mul(dy, difference), { axis: 1 });
    },
    () => {
      const probabilities = softmax(logits);
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
export const softmaxCrossEntropy = (logits: Operand, labels: Tensor, options: LossOptions = noOptions): Tensor => {
  checkOptions("softmaxCrossEntropy", options, lossOptions);
  const losses = bindOne(
    softmaxCrossEntropyPrimitive,
    [floatOperand("softmaxCrossEntropy", logits), labels],
    undefined,
  );
  return reduced("softmaxCrossEntropy", losses, options);
};

/** Predictions and targets must agree in shape: broadcasting here hides mistakes. */
const pairOf = (operation: string, predictions: Operand, targets: Operand): [Tensor, Tensor] => {
  const [left, right] = floatOperands(operation, predictions, targets);
  if (!sameShape(left.shape, right.shape)) {
    throw new ShapeError(
      `${operation}: predictions and targets must have one shape, got ${formatShape(left.shape)} and ${formatShape(right.shape)}. Reshape one of them.`,
    );
  }
  return [left, right];
};

/**
 * The cross entropy of probabilities under sigmoid(logits), for each element: max(x, 0) − x·t + ln(1 + e^−|x|), written
 * as softplus(x) − x·t.
 * @param targets Floats from 0 to 1, of the shape of the logits.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * sigmoidCrossEntropy(tensor([[0]]), tensor([[1]])).item(); // 0.6931 = ln 2
 */
export const sigmoidCrossEntropy = (logits: Operand, targets: Operand, options: LossOptions = noOptions): Tensor => {
  checkOptions("sigmoidCrossEntropy", options, lossOptions);
  const [x, t] = pairOf("sigmoidCrossEntropy", logits, targets);
  // t·softplus(−x) + (1 − t)·softplus(x): no difference of large numbers where the loss is small.
  const losses = add(mul(t, softplus(neg(x))), mul(sub(1, t), softplus(x)));
  return reduced("sigmoidCrossEntropy", losses, options);
};

/**
 * The squared error (p − t)² of each element.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * meanSquaredError(tensor([[1], [2]]), tensor([[1], [4]])).item(); // 2
 */
export const meanSquaredError = (predictions: Operand, targets: Operand, options: LossOptions = noOptions): Tensor => {
  checkOptions("meanSquaredError", options, lossOptions);
  const [p, t] = pairOf("meanSquaredError", predictions, targets);
  return reduced("meanSquaredError", square(sub(p, t)), options);
};

/** Options of `huber`. */
export interface HuberOptions extends LossOptions {
  /** Where the square turns into a line. Default 1. */
  readonly delta?: number;
}

const huberOptions: readonly string[] = ["delta", "reduction"];

/**
 * Huber's loss of each element: e²/2 where |e| ≤ δ, else δ(|e| − δ/2), with e = p − t (Huber 1964).
 * @throws ValueError unless δ is positive; ShapeError, DTypeError for operands that do not fit.
 * @example
 * huber(tensor([[0.5], [3]]), tensor([[0], [0]]), { reduction: "none" }).toArray(); // [[0.125], [2.5]]
 */
export const huber = (predictions: Operand, targets: Operand, options: HuberOptions = noOptions): Tensor => {
  checkOptions("huber", options, huberOptions);
  const { delta = 1 } = options;
  if (!(delta > 0 && delta < Number.POSITIVE_INFINITY)) {
    throw new ValueError(
      `huber: delta must be positive and finite, got ${delta}. Pass the error where the line begins.`,
    );
  }
  const [p, t] = pairOf("huber", predictions, targets);
  const error = sub(p, t);
  // c·(e − c/2) with c = e limited to ±δ is both branches at once, and smooth.
  const limited = clip(error, { min: -delta, max: delta });
  const losses = mul(limited, sub(error, mul(limited, 0.5)));
  return reduced("huber", losses, options);
};

const rows: readonly (readonly [number, number])[] = [
  [1, 1],
  [3, 3],
  [4, 5],
  [5, 4],
  [2, 10],
  [3, 16],
  [17, 3],
  [0, 3],
];

const crossEntropyCases = (): SampleCase<void>[] =>
  rows.map(([count, classes]) => ({
    inputs: [{ shape: [count, classes], low: -3, high: 3 }, indexInput([count], classes)],
    attributes: undefined,
  }));

export const softmaxCrossEntropySamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: softmaxCrossEntropyPrimitive,
  cases: [
    ...crossEntropyCases(),
    { inputs: [{ shape: [2, 2], values: [1000, -1000, -1000, 1000] }, indexInput([2], 2)], attributes: undefined },
  ],
  refused: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [2], dtype: "int32", values: [0, 3] }],
      attributes: undefined,
      error:
        "ValueError: softmaxCrossEntropy: a label must lie from 0 to 2, got 3 at position 1. Correct it, or the number of classes.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [3], dtype: "int32", values: [0] }],
      attributes: undefined,
      error:
        "ShapeError: softmaxCrossEntropy: predictions must be [rows, classes] and labels [rows], got [2, 3] and [3]. Reshape them, or check that both come from the same batch.",
    },
    {
      inputs: [{ shape: [2, 3] }, { shape: [2] }],
      attributes: undefined,
      error:
        'DTypeError: softmaxCrossEntropy: labels must have dtype int32, got float32. Make them with tensor(values, { dtype: "int32" }).',
    },
  ],
}));

export const softmaxCrossEntropyGradientSamples: Samples = /* @__PURE__ */ samples(() => ({
  primitive: softmaxCrossEntropyGradientPrimitive,
  cases: rows.map(([count, classes]) => ({
    inputs: [{ shape: [count] }, { shape: [count, classes], low: -3, high: 3 }, indexInput([count], classes)],
    attributes: undefined,
  })),
  refused: [
    {
      inputs: [{ shape: [2] }, { shape: [2, 3] }, { shape: [2], dtype: "int32", values: [-1, 0] }],
      attributes: undefined,
      error:
        "ValueError: softmaxCrossEntropyGradient: a label must lie from 0 to 2, got -1 at position 0. Correct it, or the number of classes.",
    },
  ],
}));
