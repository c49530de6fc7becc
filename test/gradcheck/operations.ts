import { availableBackends } from "../../src/tensor/interpret/backend.ts";
import type { SampleCase, Samples } from "../samples/support/sample.ts";
import {
  checkableOf,
  differentiableCases,
  firstOrderError,
  isDifferentiable,
  secondOrderError,
} from "./derivatives.ts";
import { describeCase } from "./draw.ts";
import { thunkError } from "./kernels.ts";
import { type Candidate, candidateOf, mutate } from "./mutate.ts";
import type { Row } from "./table.ts";

/** How far derivatives in float32 may be from those in float64, relative to the largest number of each. */
export const singleTolerance = 1e-4;

/** Checks the derivative of one operation on all its samples. */
export const checkOperation = (samples: Samples<unknown>): Row => {
  const { name, vjp } = samples.primitive;
  const base = { group: "operations", name };
  if (!isDifferentiable(samples)) {
    const failures = vjp ? ["its samples say that it has no derivative, but it has one"] : [];
    return { ...base, cases: samples.cases.length, failures };
  }
  const failures: string[] = [];
  const cases = differentiableCases(samples);
  const attempt = (what: string, sample: SampleCase<unknown>, check: () => number | undefined): number | undefined => {
    try {
      return check();
    } catch (error) {
      failures.push(`${what} ${describeCase(sample)}: ${String(error)}`);
      return Infinity;
    }
  };
  const candidates: Candidate[] = [];
  const errors = cases.map((sample) => {
    const checkable = checkableOf(samples, sample);
    const double = attempt("first order", sample, () => {
      const { result, candidate } = candidateOf(samples, sample, () => firstOrderError(checkable));
      candidates.push(candidate);
      return result;
    });
    const second = attempt("second order", sample, () => secondOrderError(checkable));
    const single = attempt("float32", sample, () => thunkError(samples, sample, availableBackends().at(-1)!));
    if (single !== undefined && single > singleTolerance) {
      failures.push(`float32 ${describeCase(sample)}: ${single.toExponential(2)} exceeds ${singleTolerance}`);
    }
    return { double, second, single };
  });
  const { count, survivors } = mutate(samples, candidates);
  if (count === 0) failures.push("no sample has a derivative that could be checked");
  if (errors.every(({ double }) => double === undefined)) failures.push("the derivative of every sample is zero");
  failures.push(...survivors.map((survivor) => `survived: ${survivor}`));
  return {
    ...base,
    cases: cases.length,
    double: worst(errors.map(({ double }) => double)),
    second: worst(errors.map(({ second }) => second)),
    single: worst(errors.map(({ single }) => single)),
    caught: count - survivors.length,
    mutants: count,
    failures,
  };
};

/** The largest of the errors that are known. */
export const worst = (errors: readonly (number | undefined)[]): number | undefined => {
  const known = errors.filter((error) => error !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
};
