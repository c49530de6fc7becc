import { bindOne } from "../tensor/bind.ts";
import { pow as doublePow } from "../tensor/math.ts";
import type { Primitive } from "../tensor/primitive.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { binaryKernel, unaryKernel } from "../wasm/elementwise.ts";
import { f32x4 } from "../wasm/instructions.ts";
import { exp as vectorExp, log as vectorLog } from "../wasm/vectorMath.ts";
import { pow as vectorPow } from "../wasm/vectorPow.ts";
import { greater, greaterEqual, lessEqual, where } from "./compare.ts";
import { binaryCases, binaryPrimitive, unaryBinding, unaryCases, unaryPrimitive } from "./elementwise.ts";
import { floatOperand, floatOperands, type Operand } from "./operands.ts";
import { type Refusal, type Samples, samples } from "./sample.ts";

/** y = a + b. */
export const addPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "add",
  apply: (a, b) => a + b,
  kernel: /* @__PURE__ */ binaryKernel("add", (_, a, b) => f32x4.add(a, b)),
  vjp: ({ dy }) => [() => dy, () => dy],
});

/**
 * a + b, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * add(tensor([1, 2]), 3).toArray(); // [4, 5]
 */
export const add = (a: Operand, b: Operand): Tensor => bindOne(addPrimitive, floatOperands("add", a, b), undefined);

/** y = a − b. */
export const subPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "sub",
  apply: (a, b) => a - b,
  kernel: /* @__PURE__ */ binaryKernel("sub", (_, a, b) => f32x4.sub(a, b)),
  vjp: ({ dy }) => [() => dy, () => neg(dy)],
});

/**
 * a − b, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * sub(tensor([1, 2]), 3).toArray(); // [-2, -1]
 */
export const sub = (a: Operand, b: Operand): Tensor => bindOne(subPrimitive, floatOperands("sub", a, b), undefined);

/** y = a·b. */
export const mulPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "mul",
  apply: (a, b) => a * b,
  kernel: /* @__PURE__ */ binaryKernel("mul", (_, a, b) => f32x4.mul(a, b)),
  vjp: ({ inputs: [a, b], dy }) => [() => mul(dy, b), () => mul(dy, a)],
});

/**
 * a·b, element by element, with broadcasting.
 * @throws ShapeError, DTypeError for operands that do not fit.
 * @example
 * mul(tensor([[1], [2]]), tensor([3, 4])).toArray(); // [[3, 4], [6, 8]]
 */
export const mul = (a: Operand, b: Operand): Tensor => bindOne(mulPrimitive, floatOperands("mul", a, b), undefined);

/** y = a / b. */
export const divPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "div",
  apply: (a, b) => a / b,
  kernel: /* @__PURE__ */ binaryKernel("div", (_, a, b) => f32x4.div(a, b)),
  vjp: ({ inputs: [, b], outputs: [y], dy }) => [() => div(dy, b), () => neg(div(mul(dy, y), b))],
});

/**
 * a / b, with broadcasting; division by zero gives ±Infinity or NaN.
 * @throws ShapeError, DTypeError.
 * @example
 * div(1, tensor([4, 0])).toArray(); // [0.25, Infinity]
 */
export const div = (a: Operand, b: Operand): Tensor => bindOne(divPrimitive, floatOperands("div", a, b), undefined);

/** y = aᵇ. The derivative to b is 0 where a = 0 and b > 0 (its limit). */
export const powPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "pow",
  apply: doublePow,
  kernel: /* @__PURE__ */ binaryKernel("pow", vectorPow),
  vjp: ({ inputs: [a, b], outputs: [y], dy }) => [
    () => mul(dy, mul(b, pow(a, sub(b, 1)))),
    () => {
      // Where a ≤ 0 the logarithm is not wanted: keep it finite, and multiply by zero.
      const positive = greater(a, 0);
      return where(positive, mul(dy, mul(y, log(where(positive, a, 1)))), 0);
    },
  ],
});

/**
 * aᵇ, with broadcasting; NaN for a negative a and a broken b.
 * @throws ShapeError, DTypeError.
 * @example
 * pow(tensor([2, -2]), 3).toArray(); // [8, -8]
 */
export const pow = (a: Operand, b: Operand): Tensor => bindOne(powPrimitive, floatOperands("pow", a, b), undefined);

/** y = max(a, b). NaN wins; where a = b the gradient goes to a, as in TensorFlow. */
export const maximumPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "maximum",
  apply: (a, b) => Math.max(a, b),
  kernel: /* @__PURE__ */ binaryKernel("maximum", (_, a, b) => f32x4.max(a, b)),
  vjp: ({ inputs: [a, b], dy }) => [() => where(greaterEqual(a, b), dy, 0), () => where(greaterEqual(a, b), 0, dy)],
});

/**
 * The larger of a and b, with broadcasting; where they are equal, the gradient goes to a.
 * @throws ShapeError, DTypeError.
 * @example
 * maximum(tensor([1, 5]), 3).toArray(); // [3, 5]
 */
export const maximum = (a: Operand, b: Operand): Tensor =>
  bindOne(maximumPrimitive, floatOperands("maximum", a, b), undefined);

/** y = min(a, b). NaN wins; where a = b the gradient goes to a, as in TensorFlow. */
export const minimumPrimitive: Primitive = /* @__PURE__ */ binaryPrimitive({
  name: "minimum",
  apply: (a, b) => Math.min(a, b),
  kernel: /* @__PURE__ */ binaryKernel("minimum", (_, a, b) => f32x4.min(a, b)),
  vjp: ({ inputs: [a, b], dy }) => [() => where(lessEqual(a, b), dy, 0), () => where(lessEqual(a, b), 0, dy)],
});

/**
 * The smaller of a and b, with broadcasting; where they are equal, the gradient goes to a.
 * @throws ShapeError, DTypeError.
 * @example
 * minimum(tensor([1, 5]), 3).toArray(); // [1, 3]
 */
export const minimum = (a: Operand, b: Operand): Tensor =>
  bindOne(minimumPrimitive, floatOperands("minimum", a, b), undefined);

/** y = −x. */
export const negPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "neg",
  apply: (x) => -x,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("neg", (_, x) => f32x4.neg(x))),
  vjp: ({ dy }) => [() => neg(dy)],
});

/**
 * −x.
 * @throws DTypeError when x is no float.
 * @example
 * neg(tensor([1, -2])).toArray(); // [-1, 2]
 */
export const neg = (x: Operand): Tensor => bindOne(negPrimitive, [floatOperand("neg", x)], undefined);

/** y = |x|; the derivative at 0 is 0. */
export const absPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "abs",
  apply: Math.abs,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("abs", (_, x) => f32x4.abs(x))),
  vjp: ({ inputs: [x], dy }) => [() => where(greater(x, 0), dy, where(greater(0, x), neg(dy), mul(dy, 0)))],
});

/**
 * |x|; its derivative at 0 is 0.
 * @throws DTypeError when x is no float.
 * @example
 * abs(tensor([1, -2])).toArray(); // [1, 2]
 */
export const abs = (x: Operand): Tensor => bindOne(absPrimitive, [floatOperand("abs", x)], undefined);

/** y = x². */
export const squarePrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "square",
  apply: (x) => x * x,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("square", (_, x) => f32x4.mul(x, x))),
  vjp: ({ inputs: [x], dy }) => [() => mul(dy, mul(x, 2))],
});

/**
 * x².
 * @throws DTypeError when x is no float.
 * @example
 * square(tensor([1, -2])).toArray(); // [1, 4]
 */
export const square = (x: Operand): Tensor => bindOne(squarePrimitive, [floatOperand("square", x)], undefined);

/** y = √x. */
export const sqrtPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "sqrt",
  apply: Math.sqrt,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("sqrt", (_, x) => f32x4.sqrt(x))),
  vjp: ({ outputs: [y], dy }) => [() => div(mul(dy, 0.5), y)],
});

/**
 * √x; NaN below 0.
 * @throws DTypeError when x is no float.
 * @example
 * sqrt(tensor([4, -1])).toArray(); // [2, NaN]
 */
export const sqrt = (x: Operand): Tensor => bindOne(sqrtPrimitive, [floatOperand("sqrt", x)], undefined);

/** y = eˣ. */
export const expPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "exp",
  apply: Math.exp,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("exp", vectorExp)),
  vjp: ({ outputs: [y], dy }) => [() => mul(dy, y)],
});

/**
 * eˣ.
 * @throws DTypeError when x is no float.
 * @example
 * exp(tensor([0, 1])).toArray(); // [1, 2.7182817]
 */
export const exp = (x: Operand): Tensor => bindOne(expPrimitive, [floatOperand("exp", x)], undefined);

/** y = ln x. */
export const logPrimitive: Primitive = /* @__PURE__ */ unaryPrimitive({
  name: "log",
  apply: Math.log,
  simd: /* @__PURE__ */ unaryBinding(/* @__PURE__ */ unaryKernel("log", vectorLog)),
  vjp: ({ inputs: [x], dy }) => [() => div(dy, x)],
});

/**
 * The natural logarithm; −Infinity at 0, NaN below.
 * @throws DTypeError when x is no float.
 * @example
 * log(tensor([1, 2])).toArray(); // [0, 0.6931472]
 */
export const log = (x: Operand): Tensor => bindOne(logPrimitive, [floatOperand("log", x)], undefined);

const pair = { low: -2, high: 2 };

const refusedPair = (name: string): Refusal<void>[] => [
  {
    inputs: [{ shape: [2, 3] }, { shape: [2, 4] }],
    attributes: undefined,
    error:
      `ShapeError: ${name}: shapes must broadcast (equal lengths, or 1, from the last axis), got a=[2, 3], b=[2, 4] (3 against 4). ` +
      "Reshape one of them.",
  },
  {
    inputs: [{ shape: [2] }, { shape: [2], dtype: "int32", low: 0, high: 5 }],
    attributes: undefined,
    error: `DTypeError: ${name}: operands must all be float32, or all float64, got float32, int32. Convert with toFloat(...).`,
  },
];

const refusedOne = (name: string): Refusal<void>[] => [
  {
    inputs: [{ shape: [2], dtype: "int32", low: 0, high: 5 }],
    attributes: undefined,
    error: `DTypeError: ${name}: operands must all be float32, or all float64, got int32. Convert with toFloat(...).`,
  },
];

export const addSamples: Samples = /* @__PURE__ */ samples({
  primitive: addPrimitive,
  cases: binaryCases(undefined, pair, pair),
  refused: refusedPair("add"),
});
export const subSamples: Samples = /* @__PURE__ */ samples({
  primitive: subPrimitive,
  cases: binaryCases(undefined, pair, pair),
  refused: refusedPair("sub"),
});
export const mulSamples: Samples = /* @__PURE__ */ samples({
  primitive: mulPrimitive,
  cases: binaryCases(undefined, pair, pair),
  refused: refusedPair("mul"),
});
export const divSamples: Samples = /* @__PURE__ */ samples({
  primitive: divPrimitive,
  cases: [
    ...binaryCases(undefined, pair, { low: 0.5, high: 2 }),
    ...binaryCases(undefined, pair, { low: -2, high: -0.5 }),
  ],
  refused: refusedPair("div"),
});
export const powSamples: Samples = /* @__PURE__ */ samples({
  primitive: powPrimitive,
  cases: binaryCases(undefined, { low: 0.2, high: 3 }, { low: -2, high: 3 }),
  refused: refusedPair("pow"),
});
/** Operands that lie apart, so that no pair is near the kink; each side is the larger somewhere. */
const apart = [
  ...binaryCases(undefined, { low: 0.1, high: 1 }, { low: -1, high: -0.1 }),
  ...binaryCases(undefined, { low: -1, high: -0.1 }, { low: 0.1, high: 1 }),
];
export const maximumSamples: Samples = /* @__PURE__ */ samples({
  primitive: maximumPrimitive,
  cases: apart,
  refused: refusedPair("maximum"),
});
export const minimumSamples: Samples = /* @__PURE__ */ samples({
  primitive: minimumPrimitive,
  cases: apart,
  refused: refusedPair("minimum"),
});
export const negSamples: Samples = /* @__PURE__ */ samples({
  primitive: negPrimitive,
  cases: unaryCases(undefined, pair),
  refused: refusedOne("neg"),
});
export const absSamples: Samples = /* @__PURE__ */ samples({
  primitive: absPrimitive,
  cases: unaryCases(undefined, { ...pair, kinks: [0] }),
  refused: refusedOne("abs"),
});
export const squareSamples: Samples = /* @__PURE__ */ samples({
  primitive: squarePrimitive,
  cases: unaryCases(undefined, pair),
  refused: refusedOne("square"),
});
export const sqrtSamples: Samples = /* @__PURE__ */ samples({
  primitive: sqrtPrimitive,
  cases: unaryCases(undefined, { low: 0.2, high: 4 }),
  refused: refusedOne("sqrt"),
});
export const expSamples: Samples = /* @__PURE__ */ samples({
  primitive: expPrimitive,
  cases: unaryCases(undefined, { low: -4, high: 4 }),
  refused: refusedOne("exp"),
});
export const logSamples: Samples = /* @__PURE__ */ samples({
  primitive: logPrimitive,
  cases: unaryCases(undefined, { low: 0.2, high: 5 }),
  refused: refusedOne("log"),
});
