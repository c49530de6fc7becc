import { updateVariables, type Variable } from "../../../autograd/variable.ts";
import { add, div, mul, sub } from "../../../ops/elementwise/arithmetic.ts";
import { notEqual } from "../../../ops/elementwise/compare.ts";
import { sqrt, square } from "../../../ops/elementwise/powers.ts";
import { batchNormInference } from "../../../ops/network/batchNormInference.ts";
import { batchNormTraining } from "../../../ops/network/batchNormTraining.ts";
import { dropout } from "../../../ops/network/dropout.ts";
import { layerNorm } from "../../../ops/network/layerNorm.ts";
import { mean } from "../../../ops/reduce/reduce.ts";
import { stopGradient } from "../../../ops/support/stopGradient.ts";
import { movingAveragePrimitive } from "../../../ops/update/movingAverage.ts";
import { atEndOfStep } from "../../../tensor/memory/step.ts";
import { normalizeAxis, sameShape } from "../../../tensor/shape.ts";
import { ones, type Tensor } from "../../../tensor/tensor.ts";
import type { GraphNode, Operator, Operators, RunContext } from "../../core/graphNode.ts";

/**
 * Batch normalization of axis 1. Whether the batch or the moving statistics normalize follows the option `training` of the
 * call, whatever mode the file was exported in; where scale and offset are frozen, the statistics do. After a training step
 * they are moving·momentum + batch·(1 − momentum), with the biased variance. Opset 1 to 6 have `is_test`, 7 and 8 `spatial`,
 * 14 and later `training_mode`.
 */
const batchNormalization: Operator = (node) => {
  const epsilon = node.number("epsilon", 1e-5);
  const momentum = node.number("momentum", 0.9);
  if (node.whole("spatial", 1) !== 1) node.refuse("statistics must be per channel (spatial 1)", 0);
  return (inputs, context) => {
    const [x, scale, offset] = [0, 1, 2].map((index) => node.tensor(inputs, index));
    const options = { axis: 1, epsilon };
    const [movingMean, movingVariance] = [node.tensor(inputs, 3), node.tensor(inputs, 4)];
    if (!context.training || !isTrained(node, context)) {
      return [batchNormInference(x, movingMean, movingVariance, scale, offset, options), movingMean, movingVariance];
    }
    const { y, mean: batchMean, variance } = batchNormTraining(x, scale, offset, options);
    const moving = [context.variable(node.inputs[3]), context.variable(node.inputs[4])];
    const batch = [stopGradient(batchMean), stopGradient(variance)];
    atEndOfStep(() => follow(moving, batch, momentum));
    return [y, movingMean, movingVariance];
  };
};

/** Whether the graph is trained, and the scale or the offset, where they are variables. */
const isTrained = (node: GraphNode, { trainable, variable }: RunContext): boolean => {
  const parameters = [variable(node.inputs[1]), variable(node.inputs[2])].filter(
    (parameter) => parameter !== undefined,
  );
  return trainable && (parameters.length === 0 || parameters.some((parameter) => parameter.trainable));
};

const follow = (moving: readonly (Variable | undefined)[], batch: readonly Tensor[], decay: number): void => {
  for (const [index, variable] of moving.entries()) {
    if (!variable) continue;
    updateVariables(movingAveragePrimitive, [{ states: [variable], by: batch[index] }], [], {
      decay,
      share: 1 - decay,
    });
  }
};

/** The axes from `axis` on are normalized together. */
const axesFrom = (node: GraphNode, x: Tensor): readonly number[] => {
  const first = normalizeAxis(node.op, node.whole("axis", -1), x.axes);
  return x.axes.map((_, axis) => axis).slice(first);
};

/** (x − mean)/√(variance + ε)·scale + offset over the last axes. */
const layerNormalization: Operator = (node) => {
  const epsilon = node.number("epsilon", 1e-5);
  return (inputs) => {
    const x = node.tensor(inputs, 0);
    const axis = axesFrom(node, x);
    const [scale, offset] = [node.tensor(inputs, 1), inputs[2] && node.tensor(inputs, 2)];
    const row = x.axes.slice(axis[0]);
    const isRow = [scale, offset].every((parameter) => !parameter || sameShape(parameter.axes, row));
    if (isRow && !node.hasOutput(1) && !node.hasOutput(2)) return layerNorm(x, scale, offset, { axis, epsilon });
    const centre = mean(x, { axis, keepDims: true });
    const centred = sub(x, centre);
    const deviation = sqrt(add(mean(square(centred), { axis, keepDims: true }), epsilon));
    const scaled = mul(div(centred, deviation), scale);
    return [offset ? add(scaled, offset) : scaled, centre, div(1, deviation)];
  };
};

/** x/√(mean x² + ε)·scale over the last axes. */
const rmsNormalization: Operator = (node) => {
  const epsilon = node.number("epsilon", 1e-5);
  return (inputs) => {
    const x = node.tensor(inputs, 0);
    const size = sqrt(add(mean(square(x), { axis: axesFrom(node, x), keepDims: true }), epsilon));
    return mul(div(x, size), node.tensor(inputs, 1));
  };
};

/**
 * Drops in training alone, whatever mode the file was exported in. The rate is an attribute up to opset 11, later an input,
 * 0.5 by default. The second output tells which elements stay.
 */
const dropoutNode: Operator =
  (node) =>
  (inputs, { training, random }) => {
    const x = node.tensor(inputs, 0);
    const ratio = node.version < 12 ? node.number("ratio", 0.5) : (node.numbers(inputs, 1, "the ratio")?.[0] ?? 0.5);
    if (!training || ratio === 0) return node.hasOutput(1) ? [x, notEqual(ones(x.axes), 0)] : x;
    if (!node.hasOutput(1)) return dropout(x, { rate: ratio, random: random() });
    const factors = dropout(ones(x.axes, { dtype: x.dtype }), { rate: ratio, random: random() });
    return [mul(x, factors), notEqual(factors, 0)];
  };

/** Normalization and dropout. */
export const normalizationOperators: Operators = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  Dropout: dropoutNode,
};
