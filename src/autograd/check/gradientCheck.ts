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
import { mul } from "../../ops/elementwise/arithmetic.ts";
import { sum } from "../../ops/shape/broadcast.ts";
import { isFloat } from "../../tensor/dtype.ts";
import { inDoublePrecision } from "../../tensor/interpret/precision.ts";
import { rolledBack } from "../../tensor/interpret/rollback.ts";
import { runStep, withoutEffects } from "../../tensor/memory/step.ts";
import type { Shape } from "../../tensor/shape.ts";
import { ownTensor, Tensor } from "../../tensor/tensor.ts";
import { checkResult, differentiate } from "../grad.ts";
import { Variable } from "../variable.ts";
import { describePlace, type GradientReport, judge, type Slope } from "./gradientReport.ts";
import {
  elementDirections,
  numericSlope,
  randomDirections,
  randomWeights,
  slopeOf,
  uniformGenerator,
} from "./stencil.ts";

/** Options of `gradientCheck`. */
export interface GradientCheckOptions {
  /** Variables whose gradients are checked too; their values are left as they are. */
  readonly variables?: readonly Variable[];
  /** Distance between the points of the stencil, times max(1, |x|) for an element x. Default: 1e-4. */
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
 * The numeric derivative is (8(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h. The error of an element with analytic
 * gradient a and numeric gradient n is |a − n| / max(|a|, |n|, 1e-3·max|n|), the last maximum over all inputs. Where it
 * exceeds the tolerance, a smaller step (near a kink) and a larger one (where rounding dominates) are tried as well, and
 * the best agreement counts. At a kink itself, such as relu at 0, there is no derivative to compare with: choose another
 * point.
 * @param f A synchronous function of the inputs that returns one float tensor. A result of several numbers is summed with
 * random weights that stay the same.
 * @param inputs Float tensors of any shapes; there may be none when there are `variables`.
 * @returns The worst error, and that of each input.
 * @throws GradientError when an error exceeds the tolerance, naming input, index and both values, and when the numeric
 * gradient vanishes for every element (is below 1e-10 of the values of f), since such a check proves nothing; DTypeError
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
  const evaluate = (at: readonly Float64Array[]): Float64Array => valuesAt(f as TensorFunction, sources, at);
  const value = evaluate(point);
  checkFinite(value, "at the inputs");
  const uniform = uniformGenerator(seed);
  const weights = value.length === 1 ? Float64Array.of(1) : randomWeights(uniform, value.length);
  const gradients = gradientsAt(f as TensorFunction, sources, weights);

  const slopes = sources.map((source, index) => {
    const size = source.values.length;
    const directions = count > 0 ? randomDirections(uniform, size, count) : elementDirections(size);
    return directions.map((direction, position): Slope => {
      const place = count > 0 ? [position] : placeOf(position, source.shape);
      const along = (moved: Float64Array): Float64Array => evaluate(point.with(index, moved));
      const numericAt = (distance: number): number => {
        const slope = numericSlope(along, source.values, direction, weights, distance);
        checkFinite([slope], `around ${describePlace(source.name, place, count > 0)}`);
        return slope;
      };
      return {
        source: source.name,
        place,
        analytic: slopeOf(gradients[index], direction),
        numeric: numericAt(step),
        numericAt,
      };
    });
  });
  const largestValue = value.reduce((largest, entry) => Math.max(largest, Math.abs(entry)), 0);
  return judge(slopes, { step, tolerance, everyInput, directional: count > 0, noise: 1e-10 * largestValue });
};

type TensorFunction = (...inputs: readonly Tensor[]) => Tensor;

/** An input or a variable, as float64. */
interface Source {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float64Array;
  readonly variable?: Variable;
}

/** Runs the body as a step in float64, and undoes all changes of state. */
const isolated = <T>(body: () => T): T =>
  runStep(
    () => inDoublePrecision(() => withoutEffects(() => rolledBack(body))),
    () => {},
  );

/** Puts the sources in place: variables get these values for the time of the check, inputs are returned with them. */
const placeAt = (sources: readonly Source[], at: readonly Float64Array[]): Tensor[] =>
  sources.map(({ shape, variable }, index) => {
    const placed = ownTensor(shape, "float64", at[index]);
    variable?.override(placed);
    return placed;
  });

const call = (f: TensorFunction, sources: readonly Source[], placed: readonly Tensor[]): Tensor => {
  const result = f(...placed.filter((_, index) => sources[index].variable === undefined));
  checkResult("gradientCheck", result);
  return result;
};

const valuesAt = (f: TensorFunction, sources: readonly Source[], at: readonly Float64Array[]): Float64Array =>
  isolated(() => Float64Array.from(call(f, sources, placeAt(sources, at)).storage.view()));

const gradientsAt = (f: TensorFunction, sources: readonly Source[], weights: Float64Array): Float64Array[] =>
  isolated(() => {
    const placed = placeAt(
      sources,
      sources.map(({ values }) => values),
    );
    const { gradients } = differentiate("gradientCheck", placed, () => {
      const result = call(f, sources, placed);
      return weights.length === 1 ? result : sum(mul(result, ownTensor(result.shape, "float64", weights)));
    });
    return gradients.map(({ storage }) => Float64Array.from(storage.view()));
  });

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

const checkFinite = (values: ArrayLike<number>, where: string): void => {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index])) {
      throw new ValueError(
        `gradientCheck: the function must be finite at the inputs and next to them, got ${values[index]} ${where}. ` +
          "Choose inputs inside its domain.",
      );
    }
  }
};

const inputSource = (input: unknown, index: number): Source => {
  if (!(input instanceof Tensor) || !isFloat(input.dtype)) {
    throw new DTypeError(
      `gradientCheck: inputs must be float tensors, got ${input instanceof Tensor ? input.dtype : showValue(input)} as input ${index}. ` +
        "Capture what is not to be differentiated.",
    );
  }
  return { name: `input ${index}`, shape: input.shape, values: Float64Array.from(input.storage.view()) };
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
