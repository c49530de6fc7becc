import { availableBackends } from "../../src/tensor/interpret/backend.ts";
import type { Composition } from "./compositions.ts";
import { type Checkable, firstOrderError, secondOrderError, singleError } from "./derivatives.ts";
import { singleTolerance, worst } from "./operations.ts";
import type { Row } from "./table.ts";

/** Checks the derivatives of functions made of operations; they have no mutants, because their operations have them. */
export const checkComposition = ({ group, name, cases }: Composition): Row => {
  const failures: string[] = [];
  const attempt = (what: string, checkable: Checkable, check: () => number | undefined): number | undefined => {
    try {
      return check();
    } catch (error) {
      failures.push(`${what}, case ${cases.indexOf(checkable)}: ${String(error)}`);
      return Infinity;
    }
  };
  const errors = cases.map((checkable) => ({
    double: attempt("first order", checkable, () => firstOrderError(checkable)),
    second: attempt("second order", checkable, () => secondOrderError(checkable)),
    single: attempt("float32", checkable, () => singleError(checkable, availableBackends().at(-1)!)),
  }));
  errors.forEach(({ double, single }, index) => {
    if (double === undefined) failures.push(`case ${index}: the derivative is zero`);
    if (single !== undefined && single > singleTolerance) {
      failures.push(`float32, case ${index}: ${single.toExponential(2)} exceeds ${singleTolerance}`);
    }
  });
  return {
    group,
    name,
    cases: cases.length,
    double: worst(errors.map(({ double }) => double)),
    second: worst(errors.map(({ second }) => second)),
    single: worst(errors.map(({ single }) => single)),
    failures,
  };
};
