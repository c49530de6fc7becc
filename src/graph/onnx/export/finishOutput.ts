import { ShapeError, ValueError } from "../../../base/errors.ts";
import type { Layer } from "../../../layers/base/layer.ts";
import type { EncodedTarget } from "../../../layers/preprocessing/tableColumns.ts";
import { add, mul } from "../../../ops/elementwise/arithmetic.ts";
import { greater } from "../../../ops/elementwise/compare.ts";
import { sigmoid } from "../../../ops/elementwise/smooth.ts";
import { argMax } from "../../../ops/reduce/argMax.ts";
import { softmax } from "../../../ops/reduce/softmax.ts";
import { reshape } from "../../../ops/shape/reshape.ts";
import { toFloat } from "../../../ops/support/toFloat.ts";
import { toInt32 } from "../../../ops/support/toInt32.ts";
import { formatShape } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { OnnxOutput } from "./exportOptions.ts";

/**
 * The output of a model in the form that a file is to have.
 * @throws ValueError where the model does not have that form; ShapeError for labels of outputs that are not rows of scores.
 */
export const finishOutput = (
  where: string,
  model: Layer,
  y: Tensor,
  output: OnnxOutput,
  target: EncodedTarget | undefined,
): Tensor => {
  const ending = model.lastActivation?.name;
  const isProbability = ending === "softmax" || ending === "sigmoid";
  if (output === "values") {
    if (target?.type === "number") return add(mul(y, target.deviation), target.mean);
    throw new ValueError(
      `${where}: "values" is for a TableEncoder with a target of numbers, got ${target ? `one of type ${target.type}` : "none"}. Leave output out.`,
    );
  }
  if (output === "logits") {
    if (!isProbability) return y;
    throw new ValueError(
      `${where}: logits must come from a model that does not end with probabilities, got ${ending} as its last activation. ` +
        'Pass { output: "probabilities" }, or export model.upTo(name).',
    );
  }
  const isOne = y.axes.at(-1) === 1;
  if (output === "probabilities") {
    if (isProbability) return y;
    if (ending === "logSoftmax") {
      throw new ValueError(
        `${where}: probabilities must come from scores, got logSoftmax as the last activation. Leave output out, or end with softmax.`,
      );
    }
    return isOne ? sigmoid(y) : softmax(y);
  }
  if (y.rank !== 2) {
    throw new ShapeError(
      `${where}: labels must come from rows of scores, got outputs of shape ${formatShape(y.axes)}. Leave output out.`,
    );
  }
  if (!isOne) return argMax(y, { axis: 1 });
  return toInt32(toFloat(reshape(greater(y, isProbability ? 0.5 : 0), [y.axes[0]])));
};
