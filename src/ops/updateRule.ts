import type { TensorType } from "../tensor/dtype.ts";
import { ShapeError } from "../tensor/errors.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { formatShape, sameShape, sizeOf } from "../tensor/shape.ts";
import { leastHeavy } from "../wasm/division.ts";
import type { Kernel } from "../wasm/kernel.ts";
import { sameFloat } from "./operands.ts";

/**
 * What makes an update, such as an optimizer's: a primitive that updates any number of variables, in one call of its
 * kernel. Its inputs are, for each, the variable, its slots and its gradient, and at the end the rates; its outputs are,
 * for each, the new variable and the new slots. Rates are numbers that change with the step, such as the learning rate:
 * they flow in a tensor. Constants are attributes. An update is not differentiated, so that its primitive has no
 * derivative.
 */
export interface UpdateRule<Attributes> {
  readonly name: string;
  readonly slots: readonly string[];
  /** What the variable is updated by, where it is no gradient. */
  readonly by?: string;
  /** A rule without rates has no input for them. */
  readonly rates: readonly string[];
  /** The constants in the order in which `apply` and the kernel take them, behind the rates. */
  readonly constants: (attributes: Attributes) => readonly number[];
  /** The update of one element, in double, in place: `state` is the variable and its slots. */
  readonly apply: (state: Float64Array, gradient: number, parameters: readonly number[]) => void;
  /** `run(table, count, rates, constants, average)`; the table is told in `src/wasm/update.ts`. */
  readonly kernel: Kernel<"run">;
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

/** A primitive that applies an update to each element of each variable. */
export const updatePrimitive = <Attributes = void>(rule: UpdateRule<Attributes>): Primitive<Attributes> => {
  const { name, slots, rates, constants, apply, kernel } = rule;
  const states = 1 + slots.length;
  const ratesInputs = rates.length > 0 ? 1 : 0;
  const countOf = (inputs: readonly unknown[]): number => (inputs.length - ratesInputs) / (states + 1);
  return {
    name,
    infer: (inputs) => inferUpdate(rule, inputs),
    reference: ({ inputs, outputs, attributes }) => {
      const count = countOf(inputs);
      const parameters = [...(ratesInputs ? inputs[inputs.length - 1] : []), ...constants(attributes)];
      const state = new Float64Array(states);
      for (let which = 0; which < count; which++) {
        const of = inputs.slice(which * (states + 1), (which + 1) * (states + 1));
        const to = outputs.slice(which * states, (which + 1) * states);
        const gradient = of[states];
        for (let index = 0; index < gradient.length; index++) {
          for (let one = 0; one < states; one++) state[one] = of[one][index];
          apply(state, gradient[index], parameters);
          for (let one = 0; one < states; one++) to[one][index] = state[one];
        }
      }
    },
    simd: {
      kernel: kernel.name,
      run: ({ inputs, outputs, outputTypes, attributes, floats, ints, link }) => {
        const fixed = floats(...constants(attributes));
        // Rates are read where they flow.
        const rates = ratesInputs ? inputs[inputs.length - 1] : 0;
        const sizes: number[] = [];
        for (let index = 0; index < outputTypes.length; index += states) sizes.push(sizeOf(outputTypes[index].shape));
        const { longest, entries, average } = runsOf(sizes);
        const table: number[] = [];
        for (let which = 0; which < sizes.length; which++) {
          for (let start = 0; start < sizes[which]; start += longest) {
            for (let one = 0; one <= states; one++) table.push(inputs[which * (states + 1) + one] + 4 * start);
            for (let one = 0; one < states; one++) table.push(outputs[which * states + one] + 4 * start);
            table.push(Math.min(longest, sizes[which] - start));
          }
        }
        link(kernel).run(ints(table), entries, rates, fixed, average);
      },
    },
  };
};

const inferUpdate = <Attributes>(
  { name, slots, by = "gradient", rates }: UpdateRule<Attributes>,
  inputs: readonly TensorType[],
): readonly TensorType[] => {
  const dtype = sameFloat(name, inputs);
  const states = 1 + slots.length;
  const last = rates.length > 0 ? inputs.length - 1 : inputs.length;
  const outputs: TensorType[] = [];
  for (let first = 0; first < last; first += states + 1) {
    const { shape } = inputs[first];
    for (let index = 1; index <= states; index++) {
      if (sameShape(inputs[first + index].shape, shape)) continue;
      const names = ["variable", ...slots, by];
      const got = names.map((one, at) => `${one}=${formatShape(inputs[first + at].shape)}`).join(", ");
      throw new ShapeError(
        `${name}: ${names[index]} must have the variable's shape, got ${got}. Compute it for this variable.`,
      );
    }
    for (let index = 0; index < states; index++) outputs.push({ shape, dtype });
  }
  if (rates.length > 0 && !sameShape(inputs[last].shape, [rates.length])) {
    throw new ShapeError(
      `${name}: the rates must be [${rates.length}] (${rates.join(", ")}), got ${formatShape(inputs[last].shape)}. ` +
        "Pass them in one tensor.",
    );
  }
  return outputs;
};

/** A rule that differs from another in its name and formula. */
export const ruleLike = <Attributes>(
  rule: UpdateRule<Attributes>,
  changes: Pick<UpdateRule<Attributes>, "name" | "apply" | "kernel"> & Partial<UpdateRule<Attributes>>,
): UpdateRule<Attributes> => ({ ...rule, ...changes });
