import { GradientError } from "../../src/base/errors.ts";
import { mul } from "../../src/ops/elementwise/arithmetic.ts";
import type { Primitive, Thunk } from "../../src/tensor/interpret/primitive.ts";
import type { SampleCase, Samples } from "../samples/support/sample.ts";
import { checkableOf, differentiableCases, firstOrderError } from "./derivatives.ts";

/** The replacements of a derivative. */
const mutations: readonly (readonly [name: string, mutate: (thunk: Thunk) => Thunk | undefined])[] = [
  ["flipped", (thunk) => () => mul(thunk(), -1)],
  ["doubled", (thunk) => () => mul(thunk(), 2)],
  ["dropped", () => undefined],
];

/** The mutants of a primitive: how many there were, and those that no check noticed. */
export interface MutationResult {
  readonly count: number;
  readonly survivors: readonly string[];
}

/** Runs the body with another derivative in place of the primitive's own. */
const withVjp = <T>(primitive: Primitive<unknown>, vjp: Primitive<unknown>["vjp"], body: () => T): T => {
  const record = primitive as { vjp?: Primitive<unknown>["vjp"] };
  const own = record.vjp;
  record.vjp = vjp;
  try {
    return body();
  } finally {
    record.vjp = own;
  }
};

/** How many inputs have a derivative in a case: the thunks that its vector-Jacobian product returns. */
const thunkPositions = (samples: Samples<unknown>, sample: SampleCase<unknown>): Set<number> => {
  const { vjp } = samples.primitive;
  const positions = new Set<number>();
  const spy: Primitive<unknown>["vjp"] = (context) => {
    const thunks = vjp!(context);
    thunks.forEach((thunk, index) => {
      if (thunk) positions.add(index);
    });
    return thunks;
  };
  withVjp(samples.primitive, spy, () => isCaught(samples, sample));
  return positions;
};

const passes = (samples: Samples<unknown>, sample: SampleCase<unknown>): boolean => {
  try {
    firstOrderError(checkableOf(samples, sample));
    return true;
  } catch {
    return false; // The check of the derivative itself reports this.
  }
};

const isCaught = (samples: Samples<unknown>, sample: SampleCase<unknown>): boolean => {
  try {
    firstOrderError(checkableOf(samples, sample));
    return false;
  } catch (error) {
    if (error instanceof GradientError) return true;
    throw error;
  }
};

/**
 * Flips, doubles and drops the derivative of each input of a primitive, one at a time. A mutant counts as caught when the
 * gradient check of a sample, which passes without it, fails. A derivative that is zero everywhere survives all three:
 * such a thunk must not exist.
 */
export const mutate = (samples: Samples<unknown>): MutationResult => {
  const cases = differentiableCases(samples).filter((sample) => passes(samples, sample));
  const positions = new Map<number, SampleCase<unknown>[]>();
  for (const sample of cases) {
    for (const position of thunkPositions(samples, sample)) {
      positions.set(position, [...(positions.get(position) ?? []), sample]);
    }
  }
  const { primitive } = samples;
  const own = primitive.vjp;
  const survivors: string[] = [];
  for (const [position, candidates] of positions) {
    for (const [name, change] of mutations) {
      const vjp: Primitive<unknown>["vjp"] = (context) =>
        own!(context).map((thunk, index) => (thunk && index === position ? change(thunk) : thunk));
      const caught = withVjp(primitive, vjp, () => candidates.some((sample) => isCaught(samples, sample)));
      if (!caught) survivors.push(`${primitive.name}, input ${position}: ${name}`);
    }
  }
  return { count: positions.size * mutations.length, survivors };
};
