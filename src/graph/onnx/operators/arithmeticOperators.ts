import { erf as hostErf } from "../../../base/math.ts";
import { abs, add, div, maximum, minimum, mul, neg, sub } from "../../../ops/elementwise/arithmetic.ts";
import { exp, log, pow, sqrt, square } from "../../../ops/elementwise/powers.ts";
import { ceil, floor, round, sign } from "../../../ops/elementwise/rounding.ts";
import { erf } from "../../../ops/elementwise/smooth.ts";
import { cos, sin } from "../../../ops/elementwise/trigonometric.ts";
import { reshape } from "../../../ops/shape/reshape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { allInputs, type Elementwise, elementwiseWith } from "../../core/elementwiseOperator.ts";
import type { GraphNode, Inputs, Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, type Value } from "../../core/hostArray.ts";
import { hostReshape } from "../../core/hostOperations.ts";

/** All inputs. Below opset 7 the second one may be aligned at an axis of the first: `broadcast` and `axis`. */
const operandsOf = (node: GraphNode, inputs: Inputs): readonly Value[] => {
  const operands = allInputs(node, inputs);
  const [a, b] = operands;
  if (node.version >= 7 || operands.length !== 2 || !node.has("axis") || node.whole("broadcast", 0) !== 1)
    return operands;
  const behind = a.shape.length - node.whole("axis", 0) - b.shape.length;
  if (behind <= 0) return operands;
  const shape = [...b.shape, ...new Array<number>(behind).fill(1)];
  return [a, b instanceof HostArray ? hostReshape(b, shape) : reshape(b, shape)];
};

/** Operators on elements, with the alignment of old opsets. */
export const elementwise: Elementwise = /* @__PURE__ */ elementwiseWith(operandsOf);

/** Folds any number of operands, one after another. */
const folded = (
  host: (a: number, b: number) => number,
  kernel: (a: Tensor, b: Tensor) => Tensor,
  divides = false,
): Operator =>
  elementwise(
    (...elements) => elements.reduce(host) / (divides ? elements.length : 1),
    (...operands) => {
      const total = operands.reduce(kernel);
      return divides ? div(total, operands.length) : total;
    },
  );

const isScalar = (value: Value | undefined, number: number): boolean =>
  value instanceof HostArray && value.size === 1 && value.data[0] === number;

/** A function that the host does not compute. */
const onTensor =
  (kernel: (x: Tensor) => Tensor): Operator =>
  (node) =>
  (inputs) =>
    kernel(node.tensor(inputs, 0));

const power = elementwise((a, b) => a ** b, pow);

/**
 * Arithmetic. Opset 1 to 6 have `broadcast` and `axis`, 7 and later broadcast as NumPy does; Sum, Mean, Min and Max take any
 * number of inputs, which broadcast from opset 8 on.
 */
export const arithmeticOperators: Operators = {
  Add: elementwise((a, b) => a + b, add),
  Sub: elementwise((a, b) => a - b, sub),
  Mul: elementwise((a, b) => a * b, mul),
  Div: elementwise((a, b) => a / b, div),
  Pow: (node) => {
    const compute = power(node);
    return (inputs, context) =>
      isScalar(inputs[1], 2) && inputs[0] && !(inputs[0] instanceof HostArray)
        ? square(inputs[0])
        : compute(inputs, context);
  },
  Neg: elementwise((a) => -a, neg),
  Abs: elementwise(Math.abs, abs),
  Sqrt: elementwise(Math.sqrt, sqrt),
  Exp: elementwise(Math.exp, exp),
  Log: elementwise(Math.log, log),
  Erf: elementwise(hostErf, erf),
  Sin: elementwise(Math.sin, sin),
  Cos: elementwise(Math.cos, cos),
  Floor: elementwise(Math.floor, floor),
  Ceil: elementwise(Math.ceil, ceil),
  Round: onTensor(round),
  Sign: elementwise(Math.sign, sign),
  Reciprocal: elementwise(
    (a) => 1 / a,
    (x) => div(1, x),
  ),
  Sum: folded((a, b) => a + b, add),
  Mean: folded((a, b) => a + b, add, true),
  Min: folded((a, b) => Math.min(a, b), minimum),
  Max: folded((a, b) => Math.max(a, b), maximum),
};
