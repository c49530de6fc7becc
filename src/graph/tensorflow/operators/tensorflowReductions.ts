import { neg } from "../../../ops/elementwise/arithmetic.ts";
import { all, any } from "../../../ops/reduce/anyAll.ts";
import { argMax } from "../../../ops/reduce/argMax.ts";
import { prod } from "../../../ops/reduce/prod.ts";
import { max, mean, min } from "../../../ops/reduce/reduce.ts";
import { sum } from "../../../ops/shape/broadcast.ts";
import type { ReduceOptions } from "../../../ops/shape/reduction.ts";
import { normalizeAxes, normalizeAxis } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, tensorOf } from "../../core/hostArray.ts";
import { hostReduce, hostReshape } from "../../core/hostOperations.ts";

/** How the host folds. */
interface HostFold {
  readonly combine: (total: number, value: number) => number;
  readonly start: number;
  readonly divides?: boolean;
}

/** The axes are an input that is known before the data; an empty list keeps all axes. */
const reduction =
  (kernel: (x: Tensor, options: ReduceOptions) => Tensor, host: HostFold): Operator =>
  (node) => {
    const keepDims = node.whole("keep_dims", 0) !== 0;
    return (inputs, { budget }) => {
      const x = node.input(inputs, 0);
      const axes = normalizeAxes(node.op, [...node.host(inputs, 1, "the axes").data], x.shape);
      if (axes.length === 0) return x;
      if (!(x instanceof HostArray)) return kernel(x, { axis: axes, keepDims });
      const kept = hostReduce(x, axes, budget, host.combine, host.start);
      if (host.divides) {
        const count = x.size / kept.size;
        const round = x.dtype === "int32" ? Math.trunc : Math.fround;
        for (const [index, value] of kept.data.entries()) kept.data[index] = round(value / count);
      }
      return keepDims
        ? kept
        : hostReshape(
            kept,
            x.shape.filter((_, axis) => !axes.includes(axis)),
          );
    };
  };

/** The position of an extreme along an axis; of equal ones the first. */
const argOf =
  (prepare: (x: Tensor) => Tensor): Operator =>
  (node) =>
  (inputs) => {
    const x = tensorOf(node.input(inputs, 0));
    return argMax(prepare(x), { axis: normalizeAxis(node.op, node.host(inputs, 1, "the axis").data[0], x.axes) });
  };

/** Reductions. */
export const tensorflowReductions: Operators = {
  Sum: reduction(sum, { combine: (a, b) => a + b, start: 0 }),
  Mean: reduction(mean, { combine: (a, b) => a + b, start: 0, divides: true }),
  Max: reduction(max, { combine: Math.max, start: -Infinity }),
  Min: reduction(min, { combine: Math.min, start: Infinity }),
  Prod: reduction(prod, { combine: (a, b) => a * b, start: 1 }),
  All: reduction(all, { combine: (a, b) => Number(a !== 0 && b !== 0), start: 1 }),
  Any: reduction(any, { combine: (a, b) => Number(a !== 0 || b !== 0), start: 0 }),
  ArgMax: argOf((x) => x),
  ArgMin: argOf(neg),
};
