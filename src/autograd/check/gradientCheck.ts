import { DTypeError, ValueError } from "../../base/errors.ts";
import {
  anything,
  checkOption,
  checkOptions,
  flag,
  functionLike,
  listOf,
  number,
  type OptionRules,
  required,
  whole,
} from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { isFloat } from "../../tensor/dtype.ts";
import type { Shape } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { Variable } from "../variable.ts";
import { CheckedFunction, type Source } from "./checkedFunction.ts";
import { describePlace, type GradientReport, judge, type Slope } from "./gradientReport.ts";
import { measureSlope } from "./measureSlope.ts";
import {
  elementDirections,
  elementSizes,
  estimateSlope,
  randomDirections,
  randomWeights,
  slopeOf,
  uniformGenerator,
} from "./stencil.ts";

/** Options of `gradientCheck`. */
export interface GradientCheckOptions {
  /** Variables whose gradients are checked too; their values are left as they are. */
  readonly variables?: readonly Variable[];
  /** Distance between the points of the first stencil, relative to the size of each element. Default: 1e-4. */
  readonly step?: number;
  /** Largest relative error that passes. Default: 1e-6. */
  readonly tolerance?: number;
  /**
   * Instead of every element, random directions for each input: for inputs too large to be checked in full. `true` means
   * 8 of them. Default: false.
   */
  readonly directional?: boolean | number;
  /** Throw also when the numeric gradient vanishes for one of the inputs, not only for all. Default: false. */
  readonly everyInput?: boolean;
  /** Of the random directions, and of the weights that a result of several numbers is summed with. Default: 0. */
  readonly seed?: number;
}

const rules: OptionRules<GradientCheckOptions> = {
  variables: /* @__PURE__ */ listOf("variables", (value) => value instanceof Variable),
  step: /* @__PURE__ */ number({ above: 0 }),
  tolerance: /* @__PURE__ */ number({ above: 0 }),
  directional: anything,
  everyInput: flag,
  seed: /* @__PURE__ */ whole({ from: 0 }),
};

/**
 * Compares the gradients of `f` with central differences, both in float64: float32 inputs, captured constants and the
 * variables are promoted, random numbers are the same in every evaluation, and no change of state survives.
 *
 * The numeric derivative is (8(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h, where h follows the size of each element: it
 * begins with 1e-4·|x|, and grows or shrinks until two estimates agree. Differences are taken before the last additions of
 * f, so that a sum of large numbers does not hide the change of a small one. The error of an element with analytic
 * gradient a and numeric gradient n is |a − n| / max(|a|, |n|, u / tolerance), where u is what is uncertain in n. What
 * float64 cannot show at all, because it changes f by less than its rounding, counts as right if a is as small.
 * At a kink itself, such as relu at 0, there is no derivative to compare with: choose another point.
 * @param f A synchronous function of the inputs that returns one float tensor. A result of several numbers is summed with
 * random weights that stay the same.
 * @param inputs Float tensors of any shapes; there may be none when there are `variables`.
 * @returns The worst error, and that of each input.
 * @throws GradientError when an error exceeds the tolerance, naming input, index and both values, and when the numeric
 * gradient vanishes for every element (does not differ from rounding), since such a check proves nothing; DTypeError
 * when an input or the result is not float; ValueError when f returns something else than a tensor, or numbers that are not finite.
 * @example
 * gradientCheck((a: Tensor, b: Tensor) => matmul(a, b), [ones([2, 3]), ones([3, 4])]).worst.error; // below 1e-6
 * @see Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids", 1988.
 */
export const gradientCheck = <Inputs extends readonly Tensor[]>(
  f: (...inputs: Inputs) => Tensor,
  inputs: readonly [...Inputs],
  options: GradientCheckOptions = {},
): GradientReport => {
  checkOptions("gradientCheck", options, rules);
  checkOption("gradientCheck", "f", f, required(functionLike("(...inputs) => tensor")));
  checkOption("gradientCheck", "inputs", inputs, required(listOf("tensors", () => true)));
  const { variables = [], step = 1e-4, tolerance = 1e-6, directional = false, everyInput = false, seed = 0 } = options;
  const count = checkDirections(directional);
  const sources = [...inputs.map(inputSource), ...variables.map(variableSource)];
  if (sources.every(({ values }) => values.length === 0)) {
    throw new ValueError(
      `gradientCheck: there must be an element to vary, got none in ${inputs.length} inputs and ${variables.length} variables. ` +
        "Pass a tensor that is not empty.",
    );
  }
  const point = sources.map(({ values }) => values);
  const checked = new CheckedFunction(f as (...inputs: readonly Tensor[]) => Tensor, sources);
  const value = checked.value();
  const wrong = value.find((entry) => !Number.isFinite(entry));
  if (wrong !== undefined) throw notFinite(wrong, "at the inputs");
  const uniform = uniformGenerator(seed);
  const weights = value.length === 1 ? Float64Array.of(1) : randomWeights(uniform, value.length);
  const gradients = checked.gradients(weights);
  const varied = sources.map(({ values }, index) => {
    const sizes = elementSizes(values);
    const directions = count > 0 ? randomDirections(uniform, sizes, count) : elementDirections(sizes);
    return {
      scale: Math.max(1, meanOf(sizes)),
      directions,
      analytic: directions.map((own) => slopeOf(gradients[index], own)),
    };
  });
  const size = Math.max(checked.sizeAt(point, weights), ...varied.map(({ analytic }) => largestOf(analytic)));
  const steepest = Math.max(...gradients.map((gradient) => largestOf(gradient)));

  const slopes = sources.map((source, index) => {
    const { scale, directions, analytic } = varied[index];
    return directions.map((direction, position): Slope => {
      const place = count > 0 ? [position] : placeOf(position, source.shape);
      const unit = meanOf(direction.amounts.map(Math.abs));
      const measured = measureSlope(
        (h) =>
          estimateSlope((moved) => checked.termsAt(point.with(index, moved), weights), source.values, direction, h),
        analytic[position],
        {
          step,
          tolerance,
          reach: Math.max(1, scale / unit),
          size,
          noise: analyticNoise * Math.max(size, steepest * unit),
        },
      );
      if (!measured) throw notFinite(Number.NaN, `around ${describePlace(source.name, place, count > 0)}`);
      return {
        source: source.name,
        place,
        analytic: count > 0 ? analytic[position] / unit : gradients[index][position],
        measured: { ...measured, slope: measured.slope / unit, uncertainty: measured.uncertainty / unit },
      };
    });
  });
  return judge(slopes, { tolerance, everyInput, directional: count > 0 });
};

/** How far an analytic derivative of zero may be away from it by rounding, relative to the others. */
const analyticNoise = 1e-12;

/** The largest of the numbers that are finite, by size. */
const largestOf = (values: Iterable<number>): number => {
  let largest = 0;
  for (const value of values) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest;
};

const meanOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] / values.length;
  return sum;
};

/** The number of random directions; 0 when each element is checked. */
const checkDirections = (directional: boolean | number): number => {
  if (typeof directional === "boolean") return directional ? 8 : 0;
  if (!Number.isInteger(directional) || directional < 1) {
    throw new ValueError(
      `gradientCheck: directional must be a boolean or a number of directions from 1, got ${showValue(directional)}. Pass true for 8.`,
    );
  }
  return directional;
};

const notFinite = (value: number, where: string): ValueError =>
  new ValueError(
    `gradientCheck: the function must be finite at the inputs and next to them, got ${value} ${where}. ` +
      "Choose inputs inside its domain.",
  );

const inputSource = (input: unknown, index: number): Source => {
  if (!(input instanceof Tensor) || !isFloat(input.dtype)) {
    throw new DTypeError(
      `gradientCheck: inputs must be float tensors, got ${input instanceof Tensor ? input.dtype : showValue(input)} as input ${index}. ` +
        "Capture what is not to be differentiated.",
    );
  }
  return { name: `input ${index}`, shape: input.axes, values: Float64Array.from(input.storage.view()) };
};

const variableSource = (variable: Variable): Source => {
  const value = variable.read();
  if (!isFloat(value.dtype)) {
    throw new DTypeError(
      `gradientCheck: variables must be float, got ${value.dtype} for "${variable.name}". Leave it out of variables.`,
    );
  }
  return { name: variable.name, shape: variable.shape, values: Float64Array.from(value.storage.view()), variable };
};

/** The index of the element at a position of a row-major tensor. */
const placeOf = (position: number, shape: Shape): number[] => {
  const place = new Array<number>(shape.length);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return place;
};
