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

/** A case whose derivative is right, and which inputs have one: the positions of the thunks that `vjp` returns. */
export interface Candidate {
  readonly sample: SampleCase<unknown>;
  readonly positions: ReadonlySet<number>;
}

/** Runs a check of a case, and notes the thunks that it meets. What the check throws passes through. */
export const candidateOf = <T>(
  { primitive }: Samples<unknown>,
  sample: SampleCase<unknown>,
  check: () => T,
): { readonly result: T; readonly candidate: Candidate } => {
  const { vjp } = primitive;
  const positions = new Set<number>();
  const spy: Primitive<unknown>["vjp"] = (context) => {
    const thunks = vjp!(context);
    thunks.forEach((thunk, index) => {
      if (thunk) positions.add(index);
    });
    return thunks;
  };
  return { result: withVjp(primitive, spy, check), candidate: { sample, positions } };
};

/** The cases whose derivative is right. */
const candidatesOf = (samples: Samples<unknown>): Candidate[] =>
  differentiableCases(samples).flatMap((sample) => {
    try {
      return [candidateOf(samples, sample, () => firstOrderError(checkableOf(samples, sample))).candidate];
    } catch {
      return []; // The check of the derivative itself reports this.
    }
  });

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
 * @param candidates The cases that try to catch mutants. By default all whose derivative is right.
 */
export const mutate = (
  samples: Samples<unknown>,
  candidates: readonly Candidate[] = candidatesOf(samples),
): MutationResult => {
  const positions = new Map<number, SampleCase<unknown>[]>();
  for (const candidate of candidates) {
    for (const position of candidate.positions) {
      positions.set(position, [...(positions.get(position) ?? []), candidate.sample]);
    }
  }
  const { primitive } = samples;
  const own = primitive.vjp;
  const survivors: string[] = [];
  for (const [position, cases] of positions) {
    for (const [name, change] of mutations) {
      const vjp: Primitive<unknown>["vjp"] = (context) =>
        own!(context).map((thunk, index) => (thunk && index === position ? change(thunk) : thunk));
      const caught = withVjp(primitive, vjp, () => cases.some((sample) => isCaught(samples, sample)));
      if (!caught) survivors.push(`${primitive.name}, input ${position}: ${name}`);
    }
  }
  return { count: positions.size * mutations.length, survivors };
};
