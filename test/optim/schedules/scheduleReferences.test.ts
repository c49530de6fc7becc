import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { descriptionOf } from "../../../src/base/describe.ts";
import { builtInFunctions } from "../../../src/io/model/functions.ts";
import type { Schedule } from "../../../src/optim/schedules/schedule.ts";
import { cosineDecay } from "../../../src/optim/schedules/scheduleCosine.ts";
import { linearWarmUp } from "../../../src/optim/schedules/scheduleWarmUp.ts";
import { reduceOnPlateau } from "../../../src/train/callbacks/reduceOnPlateau.ts";
import { exportedSchedules } from "../exported.ts";

interface Case {
  readonly schedule: string;
  readonly source: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly steps: readonly number[];
  readonly rates: readonly number[];
}

interface WarmUp {
  readonly source: string;
  readonly options: { readonly steps: number; readonly startFactor?: number };
  readonly inner: { readonly initial: number; readonly decaySteps: number };
  readonly rates: readonly number[];
}

interface PlateauCase {
  readonly variant: "tensorflow1" | "keras" | "pytorch";
  readonly options: Readonly<Record<string, number>>;
  readonly rises: boolean;
  readonly values: readonly number[];
  readonly rates: readonly number[];
}

const references = JSON.parse(readFileSync(new URL("../../references/schedules.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[];
  readonly warmUp: readonly WarmUp[];
  readonly plateau: readonly PlateauCase[];
};

/** Made as a checkpoint makes it: by its name, from plain JSON. */
const scheduleOf = (name: string, options: Readonly<Record<string, unknown>>): Schedule =>
  builtInFunctions().get(name)!(options) as Schedule;

/** The sources round in other places; the smallest rates are differences of much larger ones. */
const expectRates = (got: readonly number[], expected: readonly number[]): void => {
  const largest = Math.max(...expected);
  expected.forEach((rate, index) => {
    expect(Math.abs(got[index] - rate), `${got[index]} for ${rate} at ${index}`).toBeLessThanOrEqual(2e-15 * largest);
  });
};

describe("schedules have the rates of their sources", () => {
  it("schedules have the rates of their sources: every exported schedule is compared with one", () => {
    const compared = new Set([
      ...references.cases.map(({ schedule }) => schedule),
      ...(references.warmUp.length > 0 ? ["linearWarmUp"] : []),
      ...(references.plateau.length > 0 ? ["reduceOnPlateau"] : []),
    ]);
    expect([...compared].sort(), "add it to test/references/schedules.py").toEqual([...exportedSchedules].sort());
    expect(compared.size).toBeGreaterThan(7);
  });

  it.each(
    references.cases.map(
      (trace) => [`${trace.schedule} ${JSON.stringify(trace.options)} of ${trace.source}`, trace] as const,
    ),
  )("schedules have the rates of their sources: %s", (_name, { schedule, options, steps, rates }) => {
    const rate = scheduleOf(schedule, options);
    expectRates(steps.map(rate), rates);
    const description = descriptionOf(rate)!;
    expect(description.name).toBe(schedule);
    const again = scheduleOf(schedule, JSON.parse(JSON.stringify(description.options)) as Record<string, unknown>);
    expect(steps.map(again)).toEqual(steps.map(rate));
  });

  it.each(references.warmUp.map((trace) => [trace.source, trace] as const))(
    "schedules have the rates of their sources: linearWarmUp of %s",
    (_name, trace) => {
      const rate = linearWarmUp({ ...trace.options, schedule: cosineDecay(trace.inner) });
      expectRates(
        trace.rates.map((_, step) => rate(step)),
        trace.rates,
      );
    },
  );

  it.each(
    references.plateau.map(
      (trace) => [`${trace.variant} ${JSON.stringify(trace.options)} ${trace.rises ? "up" : "down"}`, trace] as const,
    ),
  )(
    "schedules have the rates of their sources: reduceOnPlateau %s",
    (_name, { variant, options, rises, values, rates }) => {
      const rate = reduceOnPlateau({
        schedule: 0.1,
        variant,
        ...options,
        monitor: rises ? "validationAccuracy" : "validationLoss",
      });
      const seen: number[] = [];
      for (const [index, value] of values.entries()) {
        const before = rate.reductions;
        expect(rate.observe(value)).toBe(rate.reductions > before);
        seen.push(rate(index + 1));
        // What resumes from here does the same.
        const other = reduceOnPlateau({ schedule: 0.1, variant, ...options, monitor: rises ? "accuracy" : "loss" });
        other.restoreState(JSON.parse(JSON.stringify(rate.state())) as ReturnType<typeof rate.state>);
        const rest = values.slice(index + 1);
        expect(rest.map((later) => [other.observe(later), other(0)][1])).toEqual(
          rest.map((_, at) => expect.closeTo(rates[index + 1 + at], 15)),
        );
      }
      expectRates(seen, rates);
    },
  );
});
