import { erf as hostErf } from "../../../base/math.ts";
import { abs, add, div, maximum, minimum, mul, neg, sub } from "../../../ops/elementwise/arithmetic.ts";
import { clip } from "../../../ops/elementwise/clip.ts";
import { exp, log, pow, sqrt, square } from "../../../ops/elementwise/powers.ts";
import { elu, leakyRelu, relu, selu } from "../../../ops/elementwise/rectifier.ts";
import { ceil, floor, round, sign } from "../../../ops/elementwise/rounding.ts";
import { erf, sigmoid, softplus, tanh } from "../../../ops/elementwise/smooth.ts";
import { logSoftmax, softmax } from "../../../ops/reduce/softmax.ts";
import { toFloat } from "../../../ops/support/toFloat.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { allInputs, elementwiseWith } from "../../core/elementwiseOperator.ts";
import type { GraphNode, Operator, Operators } from "../../core/graphNode.ts";
import { HostArray } from "../../core/hostArray.ts";

/** Operators on elements: they broadcast as NumPy does. */
export const tensorflowElementwise: ReturnType<typeof elementwiseWith> = /* @__PURE__ */ elementwiseWith(allInputs);
const elementwise = tensorflowElementwise;

/** A function of one tensor, whose parameters the node has. */
const activation =
  (prepare: (node: GraphNode) => (x: Tensor) => Tensor): Operator =>
  (node) => {
    const apply = prepare(node);
    return (inputs) => apply(node.tensor(inputs, 0));
  };

const power = elementwise((a, b) => a ** b, pow);

/** Division towards zero for whole numbers, which only the host has, and of floats as it is. */
const quotient = elementwise((a, b) => a / b, div);
/** The half of ties goes to the even number. */
const halfToEven = (value: number): number => {
  const below = Math.floor(value);
  return value - below === 0.5 ? 2 * Math.round(below / 2) : Math.round(value);
};

/** Arithmetic and activations. */
export const tensorflowArithmetic: Operators = {
  Add: elementwise((a, b) => a + b, add),
  AddV2: elementwise((a, b) => a + b, add),
  Sub: elementwise((a, b) => a - b, sub),
  Mul: elementwise((a, b) => a * b, mul),
  RealDiv: quotient,
  Div: quotient,
  FloorDiv: elementwise(
    (a, b) => Math.floor(a / b),
    (a, b) => floor(div(a, b)),
  ),
  FloorMod: elementwise(
    (a, b) => a - Math.floor(a / b) * b,
    (a, b) => sub(a, mul(floor(div(a, b)), b)),
  ),
  AddN: elementwise(
    (...elements) => elements.reduce((a, b) => a + b),
    (...operands) => operands.reduce((a, b) => add(a, b)),
  ),
  Maximum: elementwise(Math.max, maximum),
  Minimum: elementwise(Math.min, minimum),
  Pow: (node) => {
    const compute = power(node);
    return (inputs, context) => {
      const [base, exponent] = inputs;
      const isSquare = exponent instanceof HostArray && exponent.size === 1 && exponent.data[0] === 2;
      return isSquare && base && !(base instanceof HostArray) ? square(base) : compute(inputs, context);
    };
  },
  SquaredDifference: elementwise(
    (a, b) => (a - b) ** 2,
    (a, b) => square(sub(a, b)),
  ),
  Neg: elementwise((a) => -a, neg),
  Abs: elementwise(Math.abs, abs),
  Sign: elementwise(Math.sign, sign),
  Square: elementwise((a) => a * a, square),
  Sqrt: elementwise(Math.sqrt, sqrt),
  Rsqrt: elementwise(
    (a) => 1 / Math.sqrt(a),
    (x) => div(1, sqrt(x)),
  ),
  Reciprocal: elementwise(
    (a) => 1 / a,
    (x) => div(1, x),
  ),
  Inv: elementwise(
    (a) => 1 / a,
    (x) => div(1, x),
  ),
  Exp: elementwise(Math.exp, exp),
  Log: elementwise(Math.log, log),
  Erf: elementwise(hostErf, erf),
  Floor: elementwise(Math.floor, floor),
  Ceil: elementwise(Math.ceil, ceil),
  Round: elementwise(halfToEven, round),
  Rint: elementwise(halfToEven, round),
  Relu: activation(() => relu),
  Relu6: activation(() => (x) => clip(x, { min: 0, max: 6 })),
  LeakyRelu: activation((node) => {
    const slope = node.number("alpha", 0.2);
    return (x) => leakyRelu(x, { slope });
  }),
  Elu: activation(() => (x) => elu(x)),
  Selu: activation(() => selu),
  Sigmoid: activation(() => sigmoid),
  Tanh: activation(() => tanh),
  Softplus: activation(() => softplus),
  Softsign: activation(() => (x) => div(x, add(abs(x), 1))),
  Softmax: activation(() => (x) => softmax(x)),
  LogSoftmax: activation(() => (x) => logSoftmax(x)),
};

/** A bool as a float, which kernels compare. */
export const asComparable = (x: Tensor): Tensor => (x.dtype === "bool" ? toFloat(x) : x);
