import { descriptionOf } from "../../../base/describe.ts";
import type { Schedule } from "../../../optim/schedules/schedule.ts";
import { pythonFlag, pythonNumber } from "../network/pythonText.ts";

type Options = Readonly<Record<string, unknown>>;

/** A schedule in Python: the function that makes it, and the names of its arguments in gradus. */
interface ScheduleText {
  readonly name: string;
  readonly options: readonly string[];
  readonly text: string;
}

const schedules: Readonly<Record<string, ScheduleText>> = {
  exponentialDecay: {
    name: "exponential_decay",
    options: ["initial", "decaySteps", "decayRate", "staircase"],
    text: `def exponential_decay(initial, decay_steps, decay_rate, staircase):
    def rate(step):
        times = step / decay_steps
        return initial * decay_rate ** (math.floor(times) if staircase else times)

    return rate`,
  },
  inverseTimeDecay: {
    name: "inverse_time_decay",
    options: ["initial", "decaySteps", "decayRate", "staircase"],
    text: `def inverse_time_decay(initial, decay_steps, decay_rate, staircase):
    def rate(step):
        times = step / decay_steps
        return initial / (1 + decay_rate * (math.floor(times) if staircase else times))

    return rate`,
  },
  polynomialDecay: {
    name: "polynomial_decay",
    options: ["initial", "decaySteps", "end", "power", "cycle"],
    text: `def polynomial_decay(initial, decay_steps, end, power, cycle):
    def rate(step):
        whole = decay_steps * max(1, math.ceil(step / decay_steps)) if cycle else decay_steps
        return (initial - end) * (1 - min(step, whole) / whole) ** power + end

    return rate`,
  },
  piecewiseConstant: {
    name: "piecewise_constant",
    options: ["boundaries", "values"],
    text: `def piecewise_constant(boundaries, values):
    def rate(step):
        return next((value for boundary, value in zip(boundaries, values) if step <= boundary), values[-1])

    return rate`,
  },
  cosineDecay: {
    name: "cosine_decay",
    options: ["initial", "decaySteps", "alpha"],
    text: `def cosine_decay(initial, decay_steps, alpha):
    def rate(step):
        return initial * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * min(step, decay_steps) / decay_steps)) + alpha)

    return rate`,
  },
  cosineDecayRestarts: {
    name: "cosine_decay_restarts",
    options: ["initial", "firstDecaySteps", "periodFactor", "peakFactor", "alpha"],
    text: `def cosine_decay_restarts(initial, first_decay_steps, period_factor, peak_factor, alpha):
    def rate(step):
        equal = step // first_decay_steps if period_factor == 1 else 0
        peak, begin, length = peak_factor**equal, equal * first_decay_steps, first_decay_steps
        while step >= begin + length:
            begin, length, peak = begin + length, length * period_factor, peak * peak_factor
        return initial * ((1 - alpha) * peak * 0.5 * (1 + math.cos(math.pi * (step - begin) / length)) + alpha)

    return rate`,
  },
  oneCycle: {
    name: "one_cycle",
    options: ["max", "totalSteps", "riseFraction", "divisor", "finalDivisor", "anneal", "threePhase"],
    text: `def one_cycle(max, total_steps, rise_fraction, divisor, final_divisor, anneal, three_phase):
    first = max / divisor
    last = first / final_divisor
    phases = [(rise_fraction * total_steps - 1, first, max)]
    if three_phase:
        phases.append((2 * rise_fraction * total_steps - 2, max, first))
    phases.append((total_steps - 1, first if three_phase else max, last))

    def rate(step):
        at, begin = min(step, total_steps - 1), 0
        for end, start, stop in phases:
            if at <= end:
                break
            begin = end
        progress = (at - begin) / (end - begin) if end > begin else 1
        if anneal == "linear":
            return (stop - start) * progress + start
        return stop + (start - stop) / 2 * (1 + math.cos(math.pi * progress))

    return rate`,
  },
  linearWarmUp: {
    name: "linear_warm_up",
    options: ["schedule", "steps", "startFactor"],
    text: `def linear_warm_up(schedule, steps, start_factor):
    def rate(step):
        if step >= steps:
            return schedule(step - steps)
        return schedule(0) * (start_factor + (1 - start_factor) * step / steps)

    return rate`,
  },
};

/** A learning rate in Python. */
export interface RateText {
  /** The number, where it is one. */
  readonly constant?: string;
  /** An expression: a function of the number of steps that were done. */
  readonly rate: string;
  /** The functions that the expression calls. */
  readonly functions: readonly string[];
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const constantRate = (value: number): string => `lambda step: ${pythonNumber(value)}`;

/**
 * A learning rate, or a schedule of it, in Python.
 * @returns undefined for a custom schedule, and for one that watches training.
 */
export const rateText = (rate: number | Schedule): RateText | undefined => {
  if (typeof rate === "number") return { constant: pythonNumber(rate), rate: constantRate(rate), functions: [] };
  const description = descriptionOf(rate);
  if (!description || description.isCustom) return undefined;
  const functions = new Set<string>();
  const text = textOf(description.name, description.options, functions);
  return text === undefined ? undefined : { rate: text, functions: [...functions] };
};

const textOf = (name: string, options: Options, functions: Set<string>): string | undefined => {
  if (!Object.hasOwn(schedules, name)) return undefined;
  const schedule = schedules[name];
  const values: string[] = [];
  for (const option of schedule.options) {
    const given = options[option];
    // A warm-up leads to a schedule, or to one rate.
    const isRate = option === "schedule" && typeof given === "number";
    const value = isRate ? constantRate(given) : valueText(given, functions);
    if (value === undefined) return undefined;
    values.push(`${snakeCase(option)}=${value}`);
  }
  functions.add(schedule.text);
  return `${schedule.name}(${values.join(", ")})`;
};

const valueText = (value: unknown, functions: Set<string>): string | undefined => {
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "boolean") return pythonFlag(value);
  if (typeof value === "string") return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map((entry) => pythonNumber(entry as number)).join(", ")}]`;
  const { function: name, options } = Object(value) as { readonly function: string; readonly options: Options };
  return textOf(name, options, functions);
};
