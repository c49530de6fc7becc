import { ShapeError } from "../../base/errors.ts";
import type { OperandType, TensorType } from "../../tensor/dtype.ts";
import type { Primitive } from "../../tensor/interpret/primitive.ts";
import { formatShape, sameShape, sizeOf } from "../../tensor/shape.ts";
import { leastHeavy } from "../../wasm/assembler/division.ts";
import { type Algebra, type Formula, updateKernel } from "../../wasm/update.ts";
import { sameFloat } from "../support/operands.ts";

/**
 * An update of variables, such as an optimizer's. Both its kernels, the reference and SIMD, come from one formula, which
 * takes and returns values by name: the variable `w`, its slots, its gradient `g`, and the parameters.
 */
export interface UpdateRule<Slot extends string, Rate extends string, Constant extends string> {
  readonly name: string;
  /** The start value of each slot of a variable, by its name in saved files. */
  readonly slots: Readonly<Record<Slot, number>>;
  /** The name of `g` in errors. Default: "gradient". */
  readonly by?: string;
  /** Numbers that change with the step, such as the learning rate: they flow in a tensor. */
  readonly rates: readonly Rate[];
  /** Numbers that stay: the attributes of the primitive. */
  readonly constants: readonly Constant[];
  /** Whether a gradient of 0 changes neither the variable nor a slot, so that such rows can be left out. Default: false. */
  readonly skipsZeros?: boolean;
  /** Whether the SIMD kernel is unrolled: not for a long formula. Default: true. */
  readonly unroll?: boolean;
  readonly formula: Formula<"w" | "g" | Slot, Rate | Constant, "w" | Slot>;
}

/** The primitive of an update, with the names that its caller needs. */
export interface UpdatePrimitive<
  Slot extends string = string,
  Rate extends string = string,
  Constant extends string = string,
> extends Primitive<Readonly<Record<Constant, number>>> {
  readonly slots: Readonly<Record<Slot, number>>;
  readonly rates: readonly Rate[];
  readonly skipsZeros: boolean;
}

/** Elements that the reference computes together: enough to make calls cheap, few enough to stay in the cache. */
const rowLength = 256;

/**
 * The algebra of the reference: rows of doubles, up to `rowLength` elements at once. One element at a time would spend most
 * of its time on calls.
 */
class Rows implements Algebra<Float64Array> {
  /** The number of elements in use. */
  length = 0;
  readonly zero: Float64Array = new Float64Array(rowLength);
  readonly #results: Float64Array[] = [];
  #used = 0;

  /** Gives the results of the row before back. */
  begin(length: number): void {
    this.length = length;
    this.#used = 0;
  }

  /** A row for one more result. */
  next(): Float64Array {
    this.#results[this.#used] ??= new Float64Array(rowLength);
    return this.#results[this.#used++];
  }

  readonly add = (a: Float64Array, b: Float64Array): Float64Array => {
    const y = this.next();
    for (let index = 0; index < this.length; index++) y[index] = a[index] + b[index];
    return y;
  };

  readonly sub = (a: Float64Array, b: Float64Array): Float64Array => {
    const y = this.next();
    for (let index = 0; index < this.length; index++) y[index] = a[index] - b[index];
    return y;
  };

  readonly mul = (a: Float64Array, b: Float64Array): Float64Array => {
    const y = this.next();
    for (let index = 0; index < this.length; index++) y[index] = a[index] * b[index];
    return y;
  };

  readonly div = (a: Float64Array, b: Float64Array): Float64Array => {
    const y = this.next();
    for (let index = 0; index < this.length; index++) y[index] = a[index] / b[index];
    return y;
  };

  readonly max = (a: Float64Array, b: Float64Array): Float64Array => {
    const y = this.next();
    for (let index = 0; index < this.length; index++) y[index] = Math.max(a[index], b[index]);
    return y;
  };

  readonly sqrt = (a: Float64Array): Float64Array => this.#each(a, Math.sqrt);
  readonly abs = (a: Float64Array): Float64Array => this.#each(a, Math.abs);
  readonly sign = (a: Float64Array): Float64Array => this.#each(a, Math.sign);
  readonly shared = (a: Float64Array): Float64Array => a;

  #each(a: Float64Array, f: (x: number) => number): Float64Array {
    const y = this.next();
    for (let index = 0; index < this.length; index++) y[index] = f(a[index]);
    return y;
  }
}

/** A large variable is several runs of whole turns of the loop, some 64 in all, so that threads can share the runs. */
const runsOf = (sizes: readonly number[]): { longest: number; entries: number; average: number } => {
  let elements = 0;
  for (const size of sizes) elements += size;
  const longest = Math.max(leastHeavy, 64 * Math.ceil(elements / 64 / 64));
  let entries = 0;
  for (const size of sizes) entries += Math.ceil(size / longest);
  return { longest, entries, average: Math.ceil(elements / Math.max(entries, 1)) };
};

/**
 * A primitive that updates any number of variables in one call of its kernel. Its inputs are, for each, the variable, its
 * slots and its gradient, and at the end the rates, unless the rule has none; its outputs are, for each, the new variable
 * and the new slots. An update is not differentiated, so the primitive has no derivative.
 */
export const updatePrimitive = <Slot extends string, Rate extends string, Constant extends string>(
  rule: UpdateRule<Slot, Rate, Constant>,
): UpdatePrimitive<Slot, Rate, Constant> => {
  const { name, slots, by = "gradient", rates, constants, skipsZeros = false, unroll = true } = rule;
  const formula = rule.formula as Formula<string, string, string>;
  const names = ["w", ...Object.keys(slots), "g"];
  const states = names.length - 1;
  const hasRates = rates.length > 0;
  const kernel = updateKernel(name, { inputs: names, rates, constants, unroll: unroll ? undefined : 1 }, formula);
  return {
    name,
    slots,
    rates,
    skipsZeros,
    infer: (inputs) => inferUpdate(name, ["variable", ...Object.keys(slots), by], rates, inputs),
    reference: ({ inputs, outputs, attributes }) => {
      const rows = new Rows();
      const parameters: Record<string, Float64Array> = {};
      for (const constant of constants) parameters[constant] = new Float64Array(rowLength).fill(attributes[constant]);
      for (const [index, rate] of rates.entries()) {
        parameters[rate] = new Float64Array(rowLength).fill(inputs[inputs.length - 1][index]);
      }
      for (let first = 0, to = 0; to < outputs.length; first += names.length, to += states) {
        for (let start = 0; start < outputs[to].length; start += rowLength) {
          const end = Math.min(start + rowLength, outputs[to].length);
          rows.begin(end - start);
          const values: Record<string, Float64Array> = {};
          for (let at = 0; at <= states; at++) {
            values[names[at]] = rows.next();
            values[names[at]].set(inputs[first + at].subarray(start, end));
          }
          const results = formula(rows, values, parameters);
          for (let at = 0; at < states; at++) outputs[to + at].set(results[names[at]].subarray(0, end - start), start);
        }
      }
    },
    simd: {
      kernel: kernel.name,
      run: ({ inputs, outputs, outputTypes, attributes, floats, ints, link }) => {
        const fixed = floats(...constants.map((constant) => attributes[constant]));
        // Rates are read where they flow.
        const rateAddress = hasRates ? inputs[inputs.length - 1] : 0;
        const sizes: number[] = [];
        for (let index = 0; index < outputTypes.length; index += states) sizes.push(sizeOf(outputTypes[index].shape));
        const { longest, entries, average } = runsOf(sizes);
        const table: number[] = [];
        for (let which = 0; which < sizes.length; which++) {
          for (let start = 0; start < sizes[which]; start += longest) {
            for (let index = 0; index <= states; index++) table.push(inputs[which * (states + 1) + index] + 4 * start);
            for (let index = 0; index < states; index++) table.push(outputs[which * states + index] + 4 * start);
            table.push(Math.min(longest, sizes[which] - start));
          }
        }
        link(kernel).run(ints(table), entries, rateAddress, fixed, average);
      },
    },
  };
};

const inferUpdate = (
  operation: string,
  /** The variable, its slots and what it is updated by. */
  names: readonly string[],
  rates: readonly string[],
  inputs: readonly OperandType[],
): readonly TensorType[] => {
  const dtype = sameFloat(operation, inputs);
  const states = names.length - 1;
  const last = rates.length > 0 ? inputs.length - 1 : inputs.length;
  const outputs: TensorType[] = [];
  for (let first = 0; first < last; first += states + 1) {
    const { axes: shape } = inputs[first];
    for (let index = 1; index <= states; index++) {
      if (sameShape(inputs[first + index].axes, shape)) continue;
      const got = names.map((name, at) => `${name}=${formatShape(inputs[first + at].axes)}`).join(", ");
      throw new ShapeError(`${operation}: ${names[index]} must have the variable's shape, got ${got}.`);
    }
    for (let index = 0; index < states; index++) outputs.push({ shape, dtype });
  }
  if (rates.length > 0 && !sameShape(inputs[last].axes, [rates.length])) {
    throw new ShapeError(
      `${operation}: the rates must be [${rates.length}] (${rates.join(", ")}), got ${formatShape(inputs[last].axes)}.`,
    );
  }
  return outputs;
};

/**
 * mean + (value − mean)·weight: a moving average that gives the new value a weight of 1 − decay. The caller computes that
 * in double: of a decay near 1 in float32, few digits would be left.
 */
export const average = <N>({ add, mul, sub, shared }: Algebra<N>, mean: N, value: N, weight: N): N =>
  shared(add(mean, mul(sub(value, mean), weight)));
