import {
  addPrimitive,
  divPrimitive,
  mulPrimitive,
  negPrimitive,
  subPrimitive,
} from "../../ops/elementwise/arithmetic.ts";
import { sumPrimitive } from "../../ops/shape/broadcast.ts";
import type { ReduceAttributes } from "../../ops/shape/reduction.ts";
import { reshapePrimitive } from "../../ops/shape/reshape.ts";
import type { Bind, Interpreter, Primitive } from "../../tensor/interpret/primitive.ts";
import { broadcastStrides, outerLengthInner, type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** A number as Σ weights·values: the value of a function before its last additions. */
export interface Terms {
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/** The value of a function at a point, taken apart and as it is. */
export interface Evaluation {
  readonly terms: Terms;
  readonly result: Terms;
}

interface LinearCall {
  readonly primitive: unknown;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attributes: unknown;
}

/**
 * Watches a function that ends in additions, and takes its value apart into the numbers that were added. A number of 1e-8 is
 * lost in a sum of 1e16, and its change with it; among the terms it is still there.
 */
export class TermRecorder implements Interpreter {
  readonly #calls: LinearCall[] = [];
  /** Tensors that are not constants: the inputs, and what was computed. */
  readonly #varying: Set<Tensor>;

  constructor(inputs: readonly Tensor[]) {
    this.#varying = new Set(inputs);
  }

  bind<Attributes>(
    primitive: Primitive<Attributes>,
    inputs: readonly Tensor[],
    attributes: Attributes,
    below: Bind,
  ): readonly Tensor[] {
    const outputs = below(primitive, inputs, attributes);
    if (linearRules.has(primitive)) this.#calls.push({ primitive, inputs, output: outputs[0], attributes });
    for (const output of outputs) this.#varying.add(output);
    return outputs;
  }

  /** The terms of Σ weights·result. */
  termsOf(result: Tensor, weights: Float64Array): Terms {
    const open = new Map<Tensor, Float64Array>([[result, weights]]);
    const isConstant = (value: Tensor): boolean => value.size === 1 && !this.#varying.has(value);
    for (const call of this.#calls.toReversed()) {
      const own = open.get(call.output);
      const parts = own && linearRules.get(call.primitive)?.(call, own, isConstant);
      if (!parts) continue;
      open.delete(call.output);
      for (const [input, added] of parts) open.set(input, plus(open.get(input), added));
    }
    return {
      values: joined([...open.keys()].map(({ storage }) => storage.view())),
      weights: joined([...open.values()]),
    };
  }
}

/** The weights of the inputs, from those of the output; undefined when the call is not linear in what varies. */
type LinearRule = (
  call: LinearCall,
  weights: Float64Array,
  isConstant: (value: Tensor) => boolean,
) => readonly (readonly [Tensor, Float64Array])[] | undefined;

// These rules share nothing with the derivatives, which they help to check.
const linearRules: ReadonlyMap<unknown, LinearRule> = /* @__PURE__ */ new Map<unknown, LinearRule>([
  [addPrimitive, ({ inputs: [a, b], output }, weights) => [part(a, output, weights, 1), part(b, output, weights, 1)]],
  [subPrimitive, ({ inputs: [a, b], output }, weights) => [part(a, output, weights, 1), part(b, output, weights, -1)]],
  [negPrimitive, ({ inputs: [x], output }, weights) => [part(x, output, weights, -1)]],
  [reshapePrimitive, ({ inputs: [x] }, weights) => [[x, weights]]],
  [
    sumPrimitive,
    ({ inputs: [x], attributes }, weights) => [[x, spread(weights, x.axes, attributes as ReduceAttributes)]],
  ],
  [
    mulPrimitive,
    ({ inputs: [a, b], output }, weights, isConstant) => {
      if (isConstant(b)) return [part(a, output, weights, b.item())];
      return isConstant(a) ? [part(b, output, weights, a.item())] : undefined;
    },
  ],
  [
    divPrimitive,
    ({ inputs: [a, b], output }, weights, isConstant) =>
      isConstant(b) ? [part(a, output, weights, 1 / b.item())] : undefined,
  ],
]);

/** The weights of an operand times a factor, summed where the operand was repeated. */
const part = (
  operand: Tensor,
  { axes: shape }: Tensor,
  weights: Float64Array,
  factor: number,
): readonly [Tensor, Float64Array] => {
  if (operand.size === weights.length)
    return [operand, factor === 1 ? weights : weights.map((weight) => weight * factor)];
  const own = new Float64Array(operand.size);
  const strides = broadcastStrides(operand.axes, shape);
  for (let position = 0; position < weights.length; position++) {
    let rest = position;
    let index = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    own[index] += weights[position] * factor;
  }
  return [operand, own];
};

/** The weights of the sums as weights of what was summed. */
const spread = (weights: Float64Array, shape: Shape, { axis, count }: ReduceAttributes): Float64Array => {
  const { outer, length, inner } = outerLengthInner(shape, axis, count);
  return Float64Array.from(
    { length: outer * length * inner },
    (_, position) => weights[Math.floor(position / (length * inner)) * inner + (position % inner)],
  );
};

const plus = (a: Float64Array | undefined, b: Float64Array): Float64Array =>
  a ? a.map((value, index) => value + b[index]) : b;

const joined = (arrays: readonly ArrayLike<number>[]): Float64Array => {
  const result = new Float64Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    result.set(array, at);
    at += array.length;
  }
  return result;
};
