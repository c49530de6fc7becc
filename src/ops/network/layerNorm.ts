import { ShapeError } from "../../base/errors.ts";
import { anything, checkOptions, number, type OptionRules } from "../../base/options.ts";
import { noOptions, showValue } from "../../base/showValue.ts";
import type { TensorType, TypedArray } from "../../tensor/dtype.ts";
import { bind, bindOne } from "../../tensor/interpret/bind.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, normalizeAxes, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import { ones, type Tensor, zeros } from "../../tensor/tensor.ts";
import {
  layerNormGradient as layerNormGradientKernel,
  layerNorm as layerNormKernel,
} from "../../wasm/rows/layerNormKernel.ts";
import { add, div, mul, neg, sub } from "../elementwise/arithmetic.ts";
import { sqrt, square } from "../elementwise/powers.ts";
import { mean as meanOf } from "../reduce/reduce.ts";
import { sum } from "../shape/broadcast.ts";
import { checkTensor } from "../support/checkTensor.ts";
import { floatOperand, type Operand, sameFloat } from "../support/operands.ts";

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** The axes that are normalized together: the last, or several at the end of the shape. Default: -1, the last. */
  readonly axis?: number | readonly number[];
  /** Is added to the variance under the root. Default: 1e-3, as in Keras; PyTorch has 1e-5. */
  readonly epsilon?: number;
}

/** The attributes of the primitives of layer normalization. */
export interface LayerNormAttributes {
  /** How many axes at the end of the shape make a row. */
  readonly axes: number;
  readonly epsilon: number;
}

const rules: OptionRules<LayerNormOptions> = { axis: anything, epsilon: /* @__PURE__ */ number({ from: 0 }) };

/** The axes of a row. */
const axesOf = (shape: Shape, axes: number): number[] =>
  Array.from({ length: axes }, (_, i) => shape.length - axes + i);

/** The shape of a row, which is that of the parameters. */
const rowShape = (shape: Shape, axes: number): Shape => shape.slice(shape.length - axes);

const planOf = (shape: Shape, axes: number): [rows: number, columns: number] => [
  sizeOf(shape.slice(0, shape.length - axes)),
  sizeOf(rowShape(shape, axes)),
];

const checkParameters = (name: string, x: TensorType, parameters: readonly TensorType[], axes: number): void => {
  const expected = rowShape(x.shape, axes);
  for (const { shape } of parameters) {
    if (sameShape(shape, expected)) continue;
    throw new ShapeError(
      `${name}: gamma and beta must have the shape ${formatShape(expected)} of what is normalized together, got ` +
        `${formatShape(shape)} for x=${formatShape(x.shape)}. Choose the axis, or reshape them.`,
    );
  }
};

/** Mean and 1/√(variance + epsilon) of a row that begins at `start`, in double. */
const rowStatistics = (x: TypedArray, start: number, columns: number, epsilon: number): [mean: number, r: number] => {
  let total = 0;
  for (let j = 0; j < columns; j++) total += x[start + j];
  const mean = total / columns;
  let squares = 0;
  for (let j = 0; j < columns; j++) squares += (x[start + j] - mean) ** 2;
  return [mean, 1 / Math.sqrt(squares / columns + epsilon)];
};

/** y = γ·(x − μ)/√(σ² + ε) + β, with the mean and the biased variance of each row. */
export const layerNormPrimitive: Primitive<LayerNormAttributes> = {
  name: "layerNorm",
  infer: ([x, gamma, beta], { axes }) => {
    const dtype = sameFloat("layerNorm", [x, gamma, beta]);
    checkParameters("layerNorm", x, [gamma, beta], axes);
    return [{ shape: x.axes, dtype }];
  },
  reference: ({ inputs: [x, gamma, beta], outputs: [y], inputTypes, attributes: { axes, epsilon } }) => {
    const [rows, columns] = planOf(inputTypes[0].axes, axes);
    for (let i = 0; i < rows; i++) {
      const [mean, r] = rowStatistics(x, i * columns, columns, epsilon);
      for (let j = 0; j < columns; j++) {
        y[i * columns + j] = (x[i * columns + j] - mean) * r * gamma[j] + beta[j];
      }
    }
  },
  simd: {
    kernel: "layerNorm",
    run: ({ inputs: [x, gamma, beta], outputs: [y], inputTypes, attributes: { axes, epsilon }, floats, link }) =>
      link(layerNormKernel).forward(x, gamma, beta, floats(epsilon), y, ...planOf(inputTypes[0].axes, axes)),
  },
  vjp: ({ inputs: [x, gamma], attributes, dy }) => {
    let fused: readonly Tensor[] | undefined;
    const gradients = (): readonly Tensor[] => {
      fused ??= bind(layerNormGradientPrimitive, [dy, x, gamma], attributes);
      return fused;
    };
    return [() => gradients()[0], () => gradients()[1], () => gradients()[2]];
  },
};

/**
 * The gradients of layerNorm: with r = 1/√(σ² + ε), x̂ = (x − μ)r, g = γ·dy and means over a row,
 * dx = r(g − mean(g) − x̂·mean(g·x̂)), dγ = Σ dy·x̂ and dβ = Σ dy over the rows (Ba, Kiros and Hinton 2016).
 */
export const layerNormGradientPrimitive: Primitive<LayerNormAttributes> = {
  name: "layerNormGradient",
  infer: ([dy, x, gamma], { axes }) => {
    const dtype = sameFloat("layerNormGradient", [dy, x, gamma]);
    if (!sameShape(dy.axes, x.axes)) {
      throw new ShapeError(
        `layerNormGradient: dy must have the shape of x, got ${formatShape(dy.axes)} and ${formatShape(x.axes)}. Broadcast it first.`,
      );
    }
    checkParameters("layerNormGradient", x, [gamma], axes);
    const parameter = { shape: gamma.axes, dtype };
    return [{ shape: x.axes, dtype }, parameter, parameter];
  },
  reference: ({ inputs: [dy, x, gamma], outputs: [dx, dGamma, dBeta], inputTypes, attributes }) => {
    const [rows, columns] = planOf(inputTypes[1].axes, attributes.axes);
    const sums = [new Float64Array(columns), new Float64Array(columns)];
    for (let i = 0; i < rows; i++) {
      const start = i * columns;
      const [mean, r] = rowStatistics(x, start, columns, attributes.epsilon);
      let [total, along] = [0, 0];
      for (let j = 0; j < columns; j++) {
        const normalized = (x[start + j] - mean) * r;
        total += gamma[j] * dy[start + j];
        along += gamma[j] * dy[start + j] * normalized;
        sums[0][j] += dy[start + j] * normalized;
        sums[1][j] += dy[start + j];
      }
      for (let j = 0; j < columns; j++) {
        const normalized = (x[start + j] - mean) * r;
        dx[start + j] = (gamma[j] * dy[start + j] - total / columns - (normalized * along) / columns) * r;
      }
    }
    dGamma.set(sums[0]);
    dBeta.set(sums[1]);
  },
  simd: {
    kernel: "layerNormGradient",
    run: ({ inputs: [dy, x, gamma], outputs, inputTypes, attributes, floats, link, workspace }) => {
      const [dx, dGamma, dBeta] = outputs;
      const [rows, columns] = planOf(inputTypes[1].axes, attributes.axes);
      const { gradient, parameters } = link(layerNormGradientKernel);
      // The statistics of each row.
      const kept = workspace(16 * rows);
      gradient(dy, x, gamma, floats(attributes.epsilon), dx, kept, rows, columns);
      parameters(dy, x, kept, dGamma, dBeta, rows, columns, columns);
    },
  },
  vjp: ({ inputs: [dy, x, gamma], attributes: { axes, epsilon }, cotangents: [u, v, w] }) => {
    const axis = axesOf(x.axes, axes);
    const before = x.axes.map((_, index) => index).slice(0, x.rank - axes);
    const average = (values: Tensor): Tensor => meanOf(values, { axis, keepDims: true });
    const total = (values: Tensor): Tensor => sum(values, { axis: before });
    const around = (values: Tensor): Tensor => sub(values, average(values));
    // Twice: what rounding the first mean leaves is small, so that its mean is exact.
    const distance = around(around(x));
    const r = div(1, sqrt(add(average(square(distance)), epsilon)));
    const normalized = mul(distance, r);
    const along = (values: Tensor): Tensor => average(mul(values, normalized));
    /** A direction without its mean and without its part along x̂. */
    const project = (values: Tensor): Tensor => sub(around(values), mul(normalized, along(values)));
    const g = mul(dy, gamma);
    const ddx = u ?? zeros(x.axes, { dtype: x.dtype });
    return [
      () => {
        let result = mul(mul(gamma, r), project(ddx));
        if (v) result = add(result, mul(v, normalized));
        if (w) result = add(result, w);
        return result;
      },
      () => {
        const inner = average(mul(ddx, project(g)));
        const inwards = add(mul(normalized, inner), add(mul(along(g), project(ddx)), mul(along(ddx), project(g))));
        const throughDx = neg(mul(mul(r, r), inwards));
        return v ? add(throughDx, mul(r, project(mul(v, dy)))) : throughDx;
      },
      () => total(mul(mul(project(ddx), r), dy)),
    ];
  },
};

/** The number of axes at the end of the shape that are normalized together. */
const trailingAxes = (shape: Shape, axis: number | readonly number[]): number => {
  const axes = normalizeAxes("layerNorm", axis, shape);
  if (axes.length > 0 && axes[0] === shape.length - axes.length) return axes.length;
  throw new ShapeError(
    `layerNorm: axis must name the last axes of the shape, got axis=${showValue(axis)} for x=${formatShape(shape)}. ` +
      "Transpose x, or pass [-2, -1] for the last two.",
  );
};

/**
 * Normalizes each row by its own mean and biased variance, then scales and shifts it: y = γ·(x − μ)/√(σ² + ε) + β. A row
 * is what lies along the last axis, or along the last axes together; nothing depends on the other rows.
 *
 * Source: Ba, Kiros and Hinton, "Layer normalization", 2016.
 * @param gamma Of the shape of a row; undefined for 1. @param beta Likewise; undefined for 0.
 * @throws ShapeError for parameters of another shape, or axes that are not the last; DTypeError for mixed dtypes.
 * @example
 * layerNorm(tensor([[1, 3], [10, 30]]), undefined, undefined, { epsilon: 0 }).toArray(); // [[-1, 1], [-1, 1]]
 * layerNorm(tensor([[1, 3]]), tensor([2, 2]), tensor([0, 5]), { epsilon: 0 }).toArray(); // [[-2, 7]]
 */
export const layerNorm = (x: Operand, gamma?: Tensor, beta?: Tensor, options: LayerNormOptions = noOptions): Tensor => {
  checkOptions("layerNorm", options, rules);
  const { axis = -1, epsilon = 1e-3 } = options;
  const value = floatOperand("layerNorm", x);
  const axes = trailingAxes(value.axes, axis);
  const shape = rowShape(value.axes, axes);
  const { dtype } = value;
  const scale = gamma === undefined ? ones(shape, { dtype }) : checkTensor("layerNorm", gamma, "gamma");
  const shift = beta === undefined ? zeros(shape, { dtype }) : checkTensor("layerNorm", beta, "beta");
  return bindOne(layerNormPrimitive, [value, scale, shift], { axes, epsilon });
};
