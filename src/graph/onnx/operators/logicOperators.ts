import { equal, greater, greaterEqual, less, lessEqual, notEqual, where } from "../../../ops/elementwise/compare.ts";
import { toFloat } from "../../../ops/support/toFloat.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, tensorOf } from "../../core/hostArray.ts";
import { hostElementwise } from "../../core/hostOperations.ts";
import { elementwise } from "./arithmeticOperators.ts";

/** Comparisons take bools too, and bools have no kernel for it. */
const compared =
  (kernel: (a: Tensor, b: Tensor) => Tensor) =>
  (...[a, b]: Tensor[]): Tensor =>
    a.dtype === "bool" && b.dtype === "bool" ? kernel(toFloat(a), toFloat(b)) : kernel(a, b);

const comparison = (host: (a: number, b: number) => boolean, kernel: (a: Tensor, b: Tensor) => Tensor): Operator =>
  elementwise((a, b) => Number(host(a, b)), compared(kernel), "bool");

/** A logical operation: a choice between two columns of its truth table. */
const logical = (host: (a: boolean, b: boolean) => boolean): Operator =>
  elementwise(
    (a, b) => Number(host(a !== 0, b !== 0)),
    (a, b) => {
      const column = (value: boolean): Tensor => where(b, Number(host(value, true)), Number(host(value, false)));
      return greater(where(a, column(true), column(false)), 0);
    },
    "bool",
  );

/** Comparisons and logic. Below opset 7 they have `broadcast` and `axis`, as arithmetic has. */
export const logicOperators: Operators = {
  Equal: comparison((a, b) => a === b, equal),
  Greater: comparison((a, b) => a > b, greater),
  GreaterOrEqual: comparison((a, b) => a >= b, greaterEqual),
  Less: comparison((a, b) => a < b, less),
  LessOrEqual: comparison((a, b) => a <= b, lessEqual),
  Not: elementwise(
    (a) => Number(!a),
    (x) => notEqual(toFloat(x), 1),
    "bool",
  ),
  And: logical((a, b) => a && b),
  Or: logical((a, b) => a || b),
  Xor: logical((a, b) => a !== b),
  Where:
    (node) =>
    (inputs, { budget }) => {
      const [condition, a, b] = [0, 1, 2].map((index) => node.input(inputs, index));
      return condition instanceof HostArray && a instanceof HostArray && b instanceof HostArray
        ? hostElementwise("Where", [condition, a, b], a.dtype, budget, (holds, x, y) => (holds ? x : y))
        : where(tensorOf(condition), tensorOf(a), tensorOf(b));
    },
};
