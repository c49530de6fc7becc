import { checkOptions } from "../../base/options.ts";
import { namedActivations } from "../../layers/base/activations.ts";
import { maxNorm, nonNegative, unitNorm } from "../../layers/base/constraints.ts";
import {
  constant,
  namedInitializers,
  normal,
  truncatedNormal,
  uniform,
  varianceScaling,
} from "../../layers/base/initializers.ts";
import { l1, l1l2, l2 } from "../../layers/base/regularizers.ts";
import { clipByGlobalNorm, clipByNorm, clipByValue } from "../../optim/optimizer/gradientClipping.ts";
import {
  type ExponentialDecayOptions,
  exponentialDecay,
  inverseTimeDecay,
  type PolynomialDecayOptions,
  polynomialDecay,
} from "../../optim/schedules/schedule.ts";
import {
  type CosineDecayOptions,
  type CosineDecayRestartsOptions,
  cosineDecay,
  cosineDecayRestarts,
} from "../../optim/schedules/scheduleCosine.ts";
import { type OneCycleOptions, oneCycle } from "../../optim/schedules/scheduleOneCycle.ts";
import { type PiecewiseConstantOptions, piecewiseConstant } from "../../optim/schedules/schedulePiecewise.ts";
import { plateauSchedule, type ReduceOnPlateauOptions } from "../../optim/schedules/schedulePlateau.ts";
import { type LinearWarmUpOptions, linearWarmUp } from "../../optim/schedules/scheduleWarmUp.ts";

type Options = Readonly<Record<string, unknown>>;

/** Makes a function from the options of its description, which it checks. */
type Make = (options: Options) => object;

let table: ReadonlyMap<string, Make> | undefined;

/** The functions of the library that saved models and checkpoints may name. */
export const builtInFunctions = (): ReadonlyMap<string, Make> => {
  table ??= new Map<string, Make>([
    ...withoutOptions(namedActivations()),
    ...withoutOptions(Object.entries(namedInitializers)),
    ["constant", ({ value }) => constant(value as number)],
    ["uniform", uniform],
    ["normal", normal],
    ["truncatedNormal", truncatedNormal],
    ["varianceScaling", varianceScaling],
    ["l1", ({ factor }) => l1(factor as number)],
    ["l2", ({ factor, ...options }) => l2(factor as number, options)],
    ["l1l2", l1l2],
    ["maxNorm", ({ norm, ...options }) => maxNorm(norm as number, options)],
    ["unitNorm", unitNorm],
    ["nonNegative", nonNegative],
    ["clipByValue", ({ min, max }) => clipByValue(min as number, max as number)],
    ["clipByNorm", ({ norm, ...options }) => clipByNorm(norm as number, options)],
    ["clipByGlobalNorm", ({ norm, ...options }) => clipByGlobalNorm(norm as number, options)],
    ["exponentialDecay", (options) => exponentialDecay(options as unknown as ExponentialDecayOptions)],
    ["inverseTimeDecay", (options) => inverseTimeDecay(options as unknown as ExponentialDecayOptions)],
    ["polynomialDecay", (options) => polynomialDecay(options as unknown as PolynomialDecayOptions)],
    ["piecewiseConstant", (options) => piecewiseConstant(options as unknown as PiecewiseConstantOptions)],
    ["cosineDecay", (options) => cosineDecay(options as unknown as CosineDecayOptions)],
    ["cosineDecayRestarts", (options) => cosineDecayRestarts(options as unknown as CosineDecayRestartsOptions)],
    ["oneCycle", (options) => oneCycle(options as unknown as OneCycleOptions)],
    ["linearWarmUp", (options) => linearWarmUp(options as unknown as LinearWarmUpOptions)],
    ["reduceOnPlateau", (options) => plateauSchedule(options as unknown as ReduceOnPlateauOptions)],
  ]);
  return table;
};

const withoutOptions = (functions: Iterable<readonly [string, object]>): [string, Make][] =>
  Array.from(functions, ([name, f]) => [
    name,
    (options) => {
      checkOptions(name, options, {});
      return f;
    },
  ]);
