import { updateVariables, type Variable } from "../../../autograd/variable.ts";
import { add, sub } from "../../../ops/elementwise/arithmetic.ts";
import { randomNormal, randomTruncatedNormal, randomUniform } from "../../../ops/random/distributions.ts";
import { stopGradient } from "../../../ops/support/stopGradient.ts";
import { movingAveragePrimitive } from "../../../ops/update/movingAverage.ts";
import { atEndOfStep } from "../../../tensor/memory/step.ts";
import type { Random } from "../../../tensor/random.ts";
import type { Shape } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, type Value } from "../../core/hostArray.ts";

const identity: Operator = (node) => (inputs) => node.input(inputs, 0);

/** The first output where the condition does not hold, else the second: the other one is not there, nor what needs it. */
const switched: Operator = (node) => (inputs) => {
  const value = node.input(inputs, 0);
  const holds = node.host(inputs, 1, "the condition of a branch").data[0] !== 0;
  return [holds ? undefined : value, holds ? value : undefined];
};

/** The input that is there, and its position. */
const merged: Operator = () => (inputs) => {
  const position = inputs.findIndex((input) => input !== undefined);
  if (position < 0) return [undefined, undefined];
  return [inputs[position], new HostArray([], "int32", Float64Array.of(position))];
};

/**
 * An assignment: after a training step the variable becomes `keeps`·variable + `share`·value. The output is the new value, for
 * nodes that read it.
 */
const assignment = (keeps: 0 | 1, share: 1 | -1): Operator => {
  const combine = (before: Tensor, value: Tensor): Tensor => {
    if (keeps === 0) return value;
    return share === 1 ? add(before, value) : sub(before, value);
  };
  return (node) => {
    const name = node.text("variable", "");
    return (inputs, { isTrained, variable }) => {
      const [before, value] = [node.tensor(inputs, 0), stopGradient(node.tensor(inputs, 1))];
      const target = variable(name);
      if (isTrained && target) atEndOfStep(() => assign(target, value, keeps, share));
      return combine(before, value);
    };
  };
};

const assign = (variable: Variable, value: Tensor, keeps: 0 | 1, share: 1 | -1): void => {
  if (keeps === 0) variable.assign(value);
  else updateVariables(movingAveragePrimitive, [{ states: [variable], by: value }], [], { decay: keeps, share });
};

/** Numbers of the graph's own stream, in a shape that is known before the data. */
const drawn =
  (draw: (shape: Shape, random: Random) => Value): Operator =>
  (node) =>
  (inputs, { random }) =>
    draw([...node.host(inputs, 0, "the shape").data], random());

/** Branches, the flag of training, random numbers, and assignments. */
export const tensorflowControl: Operators = {
  /** The placeholder that tells whether the network is trained. */
  Training:
    () =>
    (_, { isTrained }) =>
      new HostArray([], "bool", Float64Array.of(Number(isTrained))),
  /** A constant of a branch: its other inputs are not there when the branch is not taken. */
  Guard: identity,
  Switch: switched,
  RefSwitch: switched,
  Merge: merged,
  RefMerge: merged,
  Identity: identity,
  RefIdentity: identity,
  ReadVariableOp: identity,
  Snapshot: identity,
  CheckNumerics: identity,
  StopGradient: (node) => (inputs) => {
    const value = node.input(inputs, 0);
    return value instanceof HostArray ? value : stopGradient(value);
  },
  // Only the second derivative stops there.
  PreventGradient: identity,
  PlaceholderWithDefault: identity,
  Assign: assignment(0, 1),
  AssignAdd: assignment(1, 1),
  AssignSub: assignment(1, -1),
  AssignVariableOp: assignment(0, 1),
  AssignAddVariableOp: assignment(1, 1),
  AssignSubVariableOp: assignment(1, -1),
  RandomUniform: drawn((shape, random) => randomUniform(shape, { random })),
  RandomStandardNormal: drawn((shape, random) => randomNormal(shape, { random })),
  TruncatedNormal: drawn((shape, random) => randomTruncatedNormal(shape, { random })),
};
