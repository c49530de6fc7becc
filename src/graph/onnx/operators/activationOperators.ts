import { abs, add, div, maximum, minimum, mul, sub } from "../../../ops/elementwise/arithmetic.ts";
import { clip } from "../../../ops/elementwise/clip.ts";
import { greater, where } from "../../../ops/elementwise/compare.ts";
import { gelu } from "../../../ops/elementwise/gelu.ts";
import { elu, leakyRelu, relu, selu } from "../../../ops/elementwise/rectifier.ts";
import { sigmoid, silu, softplus, tanh } from "../../../ops/elementwise/smooth.ts";
import { logSoftmax, softmax } from "../../../ops/reduce/softmax.ts";
import { reshape } from "../../../ops/shape/reshape.ts";
import { normalizeAxis, outerLengthInner } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { GraphNode, Operator, Operators } from "../../core/graphNode.ts";
import { HostArray, tensorOf, type Value } from "../../core/hostArray.ts";
import { hostElementwise } from "../../core/hostOperations.ts";

/** A function of one tensor, whose parameters the node has. */
const activation =
  (prepare: (node: GraphNode) => (x: Tensor) => Tensor): Operator =>
  (node) => {
    const apply = prepare(node);
    return (inputs) => apply(node.tensor(inputs, 0));
  };

/**
 * Softmax and LogSoftmax. Up to opset 12 the axis is 1 by default, and all axes from it on are joined; from 13 on it is the last, and
 * alone.
 */
const overAxis = (apply: (x: Tensor, options: { readonly axis: number }) => Tensor): Operator =>
  activation((node) => {
    const isJoined = node.version < 13;
    const axis = node.whole("axis", isJoined ? 1 : -1);
    return (x) => {
      const at = normalizeAxis(node.op, axis, x.axes);
      if (!isJoined || at === x.rank - 1) return apply(x, { axis: at });
      const { outer, length, inner } = outerLengthInner(x.axes, at);
      return reshape(apply(reshape(x, [outer, length * inner]), { axis: 1 }), x.axes);
    };
  });

/** The slope per channel: below opset 7 a vector belongs to axis 1, later it broadcasts. */
const prelu: Operator = (node) => (inputs) => {
  const [x, slope] = [node.tensor(inputs, 0), node.tensor(inputs, 1)];
  const isVector = node.version < 7 && slope.rank === 1 && slope.size > 1 && x.rank > 2;
  const along = isVector ? reshape(slope, [slope.size, ...new Array<number>(x.rank - 2).fill(1)]) : slope;
  return where(greater(x, 0), x, mul(x, along));
};

/** Up to opset 10 the bounds are attributes, from 11 on inputs that may be left out. */
const clipped: Operator =
  (node) =>
  (inputs, { budget }) => {
    const x = node.input(inputs, 0);
    const isInput = node.version >= 11;
    const low: Value | number | undefined = isInput ? inputs[1] : node.has("min") ? node.number("min", 0) : undefined;
    const high: Value | number | undefined = isInput ? inputs[2] : node.has("max") ? node.number("max", 0) : undefined;
    const [least, most] = [numberOf(low, -Infinity), numberOf(high, Infinity)];
    if (least !== undefined && most !== undefined) {
      // Where the bounds are swapped, the upper one wins.
      const within = (value: number): number => Math.min(Math.max(value, least), most);
      if (x instanceof HostArray) return hostElementwise("Clip", [x], x.dtype, budget, within);
      if (least <= most) return clip(x, { min: least, max: most });
    }
    const bound = (value: Value | number): Tensor | number => (typeof value === "number" ? value : tensorOf(value));
    const raised = low === undefined ? tensorOf(x) : maximum(tensorOf(x), bound(low));
    return high === undefined ? raised : minimum(raised, bound(high));
  };

/** A bound that is known; undefined for one that is computed. */
const numberOf = (bound: Value | number | undefined, missing: number): number | undefined => {
  if (bound === undefined) return missing;
  if (typeof bound === "number") return bound;
  return bound instanceof HostArray && bound.size === 1 ? bound.data[0] : undefined;
};

/** γ·(max(x, 0) + min(0, α·(eˣ − 1))): the constants of the paper are those of the library. */
const scaledElu = activation((node) => {
  const [alpha, gamma] = [node.number("alpha", 1.6732632423543772), node.number("gamma", 1.0507009873554805)];
  const isUsual = Math.abs(alpha - 1.6732632423543772) < 1e-6 && Math.abs(gamma - 1.0507009873554805) < 1e-6;
  return isUsual ? selu : (x) => mul(elu(x, { alpha }), gamma);
});

/** Functions of one element, and softmax. */
export const activationOperators: Operators = {
  Relu: activation(() => relu),
  LeakyRelu: activation((node) => {
    const slope = node.number("alpha", 0.01);
    return (x) => leakyRelu(x, { slope });
  }),
  Elu: activation((node) => {
    const alpha = node.number("alpha", 1);
    return (x) => elu(x, { alpha });
  }),
  // max(x, 0) + min(0, α·(e^(x/α) − 1))
  Celu: activation((node) => {
    const alpha = node.number("alpha", 1);
    return (x) => (alpha === 1 ? elu(x) : mul(elu(div(x, alpha)), alpha));
  }),
  Selu: scaledElu,
  PRelu: prelu,
  // From opset 22 on in ONNX itself.
  ThresholdedRelu: activation((node) => {
    const alpha = node.number("alpha", 1);
    return (x) => where(greater(x, alpha), x, 0);
  }),
  Sigmoid: activation(() => sigmoid),
  Tanh: activation(() => tanh),
  Softplus: activation(() => softplus),
  Softsign: activation(() => (x) => div(x, add(abs(x), 1))),
  HardSigmoid: activation((node) => {
    const [alpha, beta] = [node.number("alpha", 0.2), node.number("beta", 0.5)];
    return (x) => clip(add(mul(x, alpha), beta), { min: 0, max: 1 });
  }),
  HardSwish: activation(() => (x) => mul(x, clip(add(div(x, 6), 0.5), { min: 0, max: 1 }))),
  Mish: activation(() => (x) => mul(x, tanh(softplus(x)))),
  Swish: activation((node) => {
    const alpha = node.number("alpha", 1);
    return (x) => (alpha === 1 ? silu(x) : mul(x, sigmoid(mul(x, alpha))));
  }),
  Gelu: activation((node) => {
    const approximate = node.text("approximate", "none");
    if (approximate !== "none" && approximate !== "tanh")
      return node.refuse("approximate must be none or tanh", approximate);
    return (x) => gelu(x, { approximate });
  }),
  // x shrinks by bias outside of [-λ, λ], and is 0 within.
  Shrink: activation((node) => {
    const [bias, lambda] = [node.number("bias", 0), node.number("lambd", 0.5)];
    return (x) => where(greater(x, lambda), sub(x, bias), where(greater(mul(x, -1), lambda), add(x, bias), 0));
  }),
  Clip: clipped,
  Softmax: overAxis(softmax),
  LogSoftmax: overAxis(logSoftmax),
};
