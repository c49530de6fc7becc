import type { Local } from "./assembler/assembler.ts";
import { leastHeavy } from "./assembler/division.ts";
import { abs, add, div, max, min, mul, sqrt, sub } from "./assembler/instructions/f32x4.ts";
import * as i32 from "./assembler/instructions/i32.ts";
import * as v128 from "./assembler/instructions/v128.ts";
import type { Expression } from "./assembler/instructions.ts";
import { type Kernel, kernel } from "./assembler/kernel.ts";
import { forVectors, turns } from "./elementwise/vectorLoop.ts";

/**
 * Kernels that update variables: those of optimizers, and moving averages. `run(table, entries, rates, constants, average)`
 * updates as many runs of elements as the table has entries, with `average` elements each on average.
 *
 * - table: per run, the addresses [variable, ...slots, gradient, variable', ...slots'] and the number of elements. An output
 *   may have the address of its input.
 * - rates, constants: addresses of float32 numbers.
 *
 * Products and sums are rounded one by one on every backend, never fused: a variable has the same bits wherever it was
 * trained with the same gradients. Lanes behind the last element of a block are computed too; their values mean nothing.
 */

/**
 * The operations of an update's formula, which is written once for all kinds of numbers: four floats in a kernel, doubles
 * in the reference.
 */
export interface Algebra<N> {
  readonly zero: N;
  readonly add: (a: N, b: N) => N;
  readonly sub: (a: N, b: N) => N;
  readonly mul: (a: N, b: N) => N;
  readonly div: (a: N, b: N) => N;
  readonly max: (a: N, b: N) => N;
  readonly sqrt: (a: N) => N;
  readonly abs: (a: N) => N;
  /** −1, 0 or 1; NaN for NaN. */
  readonly sign: (a: N) => N;
  /** The value itself, computed once: for what a formula uses more than once. */
  readonly shared: (a: N) => N;
}

/** The names of what a kernel takes, in the order of its addresses. */
export interface UpdateNames {
  /** The variable, its slots, and what it is updated by. */
  readonly inputs: readonly string[];
  readonly rates: readonly string[];
  readonly constants: readonly string[];
  /** Vectors per turn: 1 for a long formula. Default: several. */
  readonly unroll?: number;
}

/** The new values of the variable and its slots, from their values and the parameters, all by name. */
export type Formula<Input extends string, Parameter extends string, Output extends string> = <N>(
  algebra: Algebra<N>,
  inputs: Readonly<Record<Input, N>>,
  parameters: Readonly<Record<Parameter, N>>,
) => Readonly<Record<Output, N>>;

const named = (names: readonly string[], values: readonly Local[]): Record<string, Local> =>
  Object.fromEntries(names.map((name, index) => [name, values[index]]));

/** The kernel of a formula. */
export const updateKernel = (
  name: string,
  { inputs, rates, constants, unroll = turns }: UpdateNames,
  formula: Formula<string, string, string>,
): Kernel<"run"> => {
  const states = inputs.length - 1;
  return kernel(
    name,
    (module) => {
      module.export("run", 5, (f, table, count, rateAddress, constantAddress) => {
        const algebra: Algebra<Expression> = {
          ...f32x4Algebra,
          shared: (value) => f.local("v128", value),
        };
        const splat = (address: Local) => (_: string, index: number) =>
          f.local("v128", v128.load32Splat(address, 4 * index));
        const parameters = named(
          [...rates, ...constants],
          [...rates.map(splat(rateAddress)), ...constants.map(splat(constantAddress))],
        );
        const entry = f.local("i32");
        const addresses = f.locals("i32", 2 * states + 1);
        const elements = f.local("i32");
        f.for(entry, 0, count, 1, () => {
          for (const [index, address] of addresses.entries()) f.set(address, i32.load(table, 4 * index));
          f.set(elements, i32.load(table, 4 * addresses.length));
          forVectors(f, elements, unroll, (offset, immediate) => {
            const at = (index: number): Expression => i32.add(addresses[index], offset);
            const values = named(
              inputs,
              inputs.map((_, index) => f.local("v128", v128.load(at(index), immediate))),
            );
            const results = formula(algebra, values, parameters);
            // All results before the first store: an output may be an input that a later result still needs.
            const outputs = inputs.slice(0, states).map((output) => f.local("v128", results[output]));
            for (const [index, output] of outputs.entries()) f.storeV128(at(states + 1 + index), output, immediate);
          });
          f.increment(table, 4 * addresses.length + 4);
        });
      });
    },
    () => ({
      run: {
        count: 1,
        strides: () => [4 * (2 * states + 2)],
        size: ([, , , , average]) => average,
        multiple: 1,
        least: leastHeavy,
      },
    }),
  );
};

const f32x4Algebra: Omit<Algebra<Expression>, "shared"> = {
  zero: v128.zero,
  add,
  sub,
  mul,
  div,
  max,
  sqrt,
  abs,
  // 2²⁰⁰ takes the smallest float above 1; min and max propagate NaN.
  sign: (a) => min(max(mul(mul(a, 2 ** 100), 2 ** 100), -1), 1),
};
