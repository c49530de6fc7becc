import { checkOption, type OptionRule, required, whole } from "../../base/options.ts";
import { bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { inTopK as inTopKKernel } from "../../wasm/rows/inTopKKernel.ts";
import { checkIndices } from "../shape/gather.ts";
import { checkRows, floatOperand, type Operand, requireDType, sameFloat } from "../support/operands.ts";

/** y = whether fewer than k classes have a larger score than the label's; false where a score of the row is not finite. */
export const inTopKPrimitive: Primitive<{ readonly k: number }> = {
  name: "inTopK",
  infer: ([predictions, labels]) => {
    sameFloat("inTopK", [predictions]);
    requireDType("inTopK", "labels", labels, "int32");
    checkRows("inTopK", predictions.axes, labels.axes);
    return [{ shape: labels.axes, dtype: "bool" }];
  },
  check: ([, labels], [predictions]) => checkIndices("inTopK", "a label", labels, predictions.axes[1]),
  reference: ({ inputs: [predictions, labels], outputs: [y], inputTypes, attributes: { k } }) => {
    const classes = inputTypes[0].axes[1];
    for (let row = 0; row < labels.length; row++) {
      const score = predictions[row * classes + labels[row]];
      let larger = 0;
      let finite = true;
      for (let c = 0; c < classes; c++) {
        const value = predictions[row * classes + c];
        if (value > score) larger++;
        finite &&= Number.isFinite(value);
      }
      y[row] = Number(finite && larger < k);
    }
  },
  simd: {
    kernel: "inTopK",
    run: ({ inputs, outputs, inputTypes, attributes: { k }, link }) => {
      const [rows, columns] = inputTypes[0].axes;
      link(inTopKKernel).inTopK(inputs[0], inputs[1], k, outputs[0], rows, columns);
    },
  },
};

const kRule: OptionRule = /* @__PURE__ */ required(/* @__PURE__ */ whole({ from: 1 }));

/**
 * Whether the label is among the k classes with the highest scores, as TensorFlow's `tf.nn.in_top_k`: the result is 1
 * when fewer than k classes have a strictly larger score, and 0 in a row with a score that is not finite.
 * @param predictions Scores, [rows, classes].
 * @param labels int32, [rows].
 * @throws ValueError for a label out of range or k below 1; ShapeError, DTypeError for operands that do not fit.
 * @example
 * inTopK(tensor([[0.1, 0.9]]), tensor([0], { dtype: "int32" }), 2).toArray(); // [1]
 */
export const inTopK = (predictions: Operand, labels: Tensor, k: number): Tensor => {
  checkOption("inTopK", "k", k, kRule);
  return bindOne(inTopKPrimitive, [floatOperand("inTopK", predictions), labels], { k });
};
