import { equal, greater, greaterEqual, less, lessEqual, notEqual, where } from "../../../ops/elementwise/compare.ts";
import { logicalAnd, logicalNot, logicalOr } from "../../../ops/elementwise/logic.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, tensorOf } from "../../core/hostArray.ts";
import { hostElementwise } from "../../core/hostOperations.ts";
import { reshapeValue } from "../../core/values.ts";
import { asComparable, tensorflowElementwise } from "./tensorflowArithmetic.ts";

const comparison = (host: (a: number, b: number) => boolean, kernel: (a: Tensor, b: Tensor) => Tensor): Operator =>
  tensorflowElementwise(
    (a, b) => Number(host(a, b)),
    (a, b) => kernel(asComparable(a), asComparable(b)),
    "bool",
  );

/**
 * Where the condition holds the first, else the second. One that is known before the data chooses; a vector chooses rows in `Select`,
 * and broadcasts in `SelectV2`.
 */
const select: Operator =
  (node) =>
  (inputs, { budget }) => {
    const [condition, a, b] = [0, 1, 2].map((index) => node.input(inputs, index));
    if (condition instanceof HostArray && condition.size === 1) return condition.data[0] !== 0 ? a : b;
    const rank = a.shape.length;
    const isRows = node.op === "Select" && condition.shape.length === 1 && rank > 1;
    const shape = [...condition.shape, ...new Array<number>(Math.max(rank - 1, 0)).fill(1)];
    const along = isRows ? reshapeValue(condition, shape) : condition;
    if (along instanceof HostArray && a instanceof HostArray && b instanceof HostArray) {
      return hostElementwise(node.op, [along, a, b], a.dtype, budget, (holds, x, y) => (holds ? x : y));
    }
    return where(tensorOf(along), tensorOf(a), tensorOf(b));
  };

/** Comparisons, logic and choices. */
export const tensorflowLogic: Operators = {
  Equal: comparison((a, b) => a === b, equal),
  NotEqual: comparison((a, b) => a !== b, notEqual),
  Greater: comparison((a, b) => a > b, greater),
  GreaterEqual: comparison((a, b) => a >= b, greaterEqual),
  Less: comparison((a, b) => a < b, less),
  LessEqual: comparison((a, b) => a <= b, lessEqual),
  LogicalAnd: tensorflowElementwise((a, b) => Number(a !== 0 && b !== 0), logicalAnd, "bool"),
  LogicalOr: tensorflowElementwise((a, b) => Number(a !== 0 || b !== 0), logicalOr, "bool"),
  LogicalNot: tensorflowElementwise((a) => Number(a === 0), logicalNot, "bool"),
  Select: select,
  SelectV2: select,
};
