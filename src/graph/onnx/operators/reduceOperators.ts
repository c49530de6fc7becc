import { abs, neg } from "../../../ops/elementwise/arithmetic.ts";
import { log, sqrt, square } from "../../../ops/elementwise/powers.ts";
import { argMax } from "../../../ops/reduce/argMax.ts";
import { cumsum } from "../../../ops/reduce/cumsum.ts";
import { logSumExp } from "../../../ops/reduce/logSumExp.ts";
import { max, mean, min } from "../../../ops/reduce/reduce.ts";
import { sum } from "../../../ops/shape/broadcast.ts";
import { pad } from "../../../ops/shape/pad.ts";
import type { ReduceOptions } from "../../../ops/shape/reduction.ts";
import { reshape } from "../../../ops/shape/reshape.ts";
import { slice } from "../../../ops/shape/slice.ts";
import { normalizeAxes, normalizeAxis } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { GraphNode, Inputs, Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, tensorOf } from "../../core/hostArray.ts";
import { hostReduce, hostReshape } from "../../core/hostOperations.ts";

/** The axes: an attribute, for ReduceSum up to opset 12 and for others up to 17; later an input. Undefined: all of them. */
const axesOf = (node: GraphNode, inputs: Inputs): readonly number[] | undefined => {
  const isAttribute = node.version < (node.op === "ReduceSum" ? 13 : 18);
  const axes = isAttribute ? node.list("axes") : node.numbers(inputs, 1, "the axes");
  if (axes && axes.length > 0) return axes;
  return node.whole("noop_with_empty_axes", 0) === 1 ? [] : undefined;
};

/** How the host folds, where it can. */
interface HostFold {
  readonly combine: (total: number, value: number) => number;
  readonly start: number;
  readonly divides?: boolean;
}

const reduction =
  (kernel: (x: Tensor, options: ReduceOptions) => Tensor, host?: HostFold): Operator =>
  (node) => {
    const keepDims = node.whole("keepdims", 1) !== 0;
    return (inputs, { budget }) => {
      const x = node.input(inputs, 0);
      const axes = normalizeAxes(node.op, axesOf(node, inputs), x.shape);
      if (axes.length === 0) return x;
      if (!(x instanceof HostArray) || !host) return kernel(tensorOf(x), { axis: axes, keepDims });
      const kept = hostReduce(x, axes, budget, host.combine, host.start);
      if (host.divides) {
        const count = x.size / kept.size;
        for (const [index, value] of kept.data.entries()) kept.data[index] = value / count;
      }
      return keepDims
        ? kept
        : hostReshape(
            kept,
            x.shape.filter((_, axis) => !axes.includes(axis)),
          );
    };
  };

/** The position of an extreme; of equal ones the first. */
const argOf =
  (prepare: (x: Tensor) => Tensor): Operator =>
  (node) => {
    if (node.whole("select_last_index", 0) !== 0) node.refuse("the first of equal elements must be selected", 1);
    const keepDims = node.whole("keepdims", 1) !== 0;
    return (inputs) => {
      const x = node.tensor(inputs, 0);
      const axis = normalizeAxis(node.op, node.whole("axis", 0), x.axes);
      const positions = argMax(prepare(x), { axis });
      return keepDims
        ? reshape(
            positions,
            x.axes.map((length, index) => (index === axis ? 1 : length)),
          )
        : positions;
    };
  };

/** Each element at the place of the next one, or of the one before, and 0 at the end that becomes free. */
const shifted = (x: Tensor, axis: number, backwards: boolean): Tensor => {
  const begin = x.axes.map((_, index) => Number(index === axis && backwards));
  const size = x.axes.map((length, index) => (index === axis ? Math.max(length - 1, 0) : length));
  const margins = x.axes.map((_, index): [number, number] => {
    if (index !== axis || x.axes[axis] === 0) return [0, 0];
    return backwards ? [0, 1] : [1, 0];
  });
  return pad(slice(x, begin, size), margins);
};

/** Sums up to each element; `exclusive` leaves the element itself out. */
const cumulative: Operator = (node) => {
  const reverse = node.whole("reverse", 0) !== 0;
  const isExclusive = node.whole("exclusive", 0) !== 0;
  return (inputs) => {
    const x = node.tensor(inputs, 0);
    const [axis] = node.host(inputs, 1, "the axis").data;
    return cumsum(isExclusive ? shifted(x, normalizeAxis("CumSum", axis, x.axes), reverse) : x, { axis, reverse });
  };
};

/** Reductions. */
export const reduceOperators: Operators = {
  ReduceSum: reduction(sum, { combine: (a, b) => a + b, start: 0 }),
  ReduceMean: reduction(mean, { combine: (a, b) => a + b, start: 0, divides: true }),
  ReduceMax: reduction(max, { combine: Math.max, start: -Infinity }),
  ReduceMin: reduction(min, { combine: Math.min, start: Infinity }),
  // Of the data there is no product: the host computes those of shapes.
  ReduceProd: (node) => {
    const product = reduction((x) => x, { combine: (a, b) => a * b, start: 1 })(node);
    return (inputs, context) => {
      node.host(inputs, 0, "what is multiplied");
      return product(inputs, context);
    };
  },
  ReduceL1: reduction((x, options) => sum(abs(x), options)),
  ReduceL2: reduction((x, options) => sqrt(sum(square(x), options))),
  ReduceSumSquare: reduction((x, options) => sum(square(x), options)),
  ReduceLogSum: reduction((x, options) => log(sum(x, options))),
  ReduceLogSumExp: reduction(logSumExp),
  CumSum: cumulative,
  ArgMax: argOf((x) => x),
  ArgMin: argOf(neg),
};
