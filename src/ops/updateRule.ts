import type { TensorType } from "../tensor/dtype.ts";
import { ShapeError } from "../tensor/errors.ts";
import type { Primitive } from "../tensor/primitive.ts";
import { formatShape, sameShape, sizeOf } from "../tensor/shape.ts";
import type { Kernel } from "../wasm/kernel.ts";
import { sameFloat } from "./operands.ts";
import { edgeSizes, type Refusal, type SampleCase, type SampleInput } from "./sample.ts";

/**
 * What makes the update of an optimizer. Its inputs are the variable, its slots, the gradient and the rates, its outputs
 * the new variable and the new slots. Rates are numbers that change with the step, such as the learning rate: they flow
 * in scalar tensors. Constants are attributes. An update is not differentiated, so that its primitive has no derivative.
 */
export interface UpdateRule<Attributes> {
  readonly name: string;
  readonly slots: readonly string[];
  readonly rates: readonly string[];
  /** The constants in the order in which `apply` and the kernel take them, behind the rates. */
  readonly constants: (attributes: Attributes) => readonly number[];
  /** The update of one element, in double, in place: `state` is the variable and its slots. */
  readonly apply: (state: Float64Array, gradient: number, parameters: readonly number[]) => void;
  /** `run(variable, ...slots, gradient, variable', ...slots', ...rates, ...constants, count)` */
  readonly kernel: Kernel<"run">;
}

/** A primitive that applies an update to each element. */
export const updatePrimitive = <Attributes = void>(rule: UpdateRule<Attributes>): Primitive<Attributes> => {
  const { name, slots, rates, constants, apply, kernel } = rule;
  const states = 1 + slots.length;
  return {
    name,
    infer: (inputs) => inferUpdate(rule, inputs),
    reference: ({ inputs, outputs, attributes }) => {
      const gradient = inputs[states];
      const parameters = [...rates.map((_, index) => inputs[states + 1 + index][0]), ...constants(attributes)];
      const state = new Float64Array(states);
      for (let index = 0; index < gradient.length; index++) {
        for (let one = 0; one < states; one++) state[one] = inputs[one][index];
        apply(state, gradient[index], parameters);
        for (let one = 0; one < states; one++) outputs[one][index] = state[one];
      }
    },
    simd: {
      kernel: kernel.name,
      run: ({ inputs, outputs, outputTypes, attributes, floats, link }) => {
        const values = constants(attributes);
        const first = values.length > 0 ? floats(...values) : 0;
        link(kernel).run(
          ...inputs.slice(0, states + 1),
          ...outputs,
          // A rate is read where it flows.
          ...inputs.slice(states + 1),
          ...values.map((_, index) => first + 4 * index),
          sizeOf(outputTypes[0].shape),
        );
      },
    },
  };
};

const inferUpdate = <Attributes>(
  { name, slots, rates }: UpdateRule<Attributes>,
  inputs: readonly TensorType[],
): readonly TensorType[] => {
  const dtype = sameFloat(name, inputs);
  const states = 1 + slots.length;
  const { shape } = inputs[0];
  const names = ["variable", ...slots, "gradient", ...rates];
  const shapes = (): string => inputs.map((input, index) => `${names[index]}=${formatShape(input.shape)}`).join(", ");
  for (let index = 1; index < inputs.length; index++) {
    if (index <= states ? sameShape(inputs[index].shape, shape) : inputs[index].shape.length === 0) continue;
    throw new ShapeError(
      `${name}: ${names[index]} must ${index <= states ? "have the variable's shape" : "be a scalar"}, got ${shapes()}. ` +
        (index <= states ? "Compute it for this variable." : "Pass tensor(number)."),
    );
  }
  return inputs.slice(0, states).map(() => ({ shape, dtype }));
};

/** A rule that differs from another in its name and formula. */
export const ruleLike = <Attributes>(
  rule: UpdateRule<Attributes>,
  changes: Pick<UpdateRule<Attributes>, "name" | "apply" | "kernel"> & Partial<UpdateRule<Attributes>>,
): UpdateRule<Attributes> => ({ ...rule, ...changes });

/** From where the values of a slot are drawn. */
export type SlotRange = Required<Pick<SampleInput, "low" | "high">>;

/** Sample cases of an update at the edge sizes. */
export const updateCases = <Attributes>(
  attributes: Attributes,
  slots: readonly SlotRange[],
  rates: readonly number[],
): SampleCase<Attributes>[] =>
  [...edgeSizes.map((size) => [size]), [], [2, 3], [3, 0, 2]].map((shape) => ({
    inputs: [
      { shape, low: -2, high: 2 },
      ...slots.map((range) => ({ ...range, shape })),
      { shape, low: -3, high: 3 },
      ...rates.map((rate) => ({ shape: [], values: [rate] })),
    ],
    attributes,
  }));

/** What every update refuses: a gradient or a slot of another shape, a rate that is no scalar, a mixture of dtypes. */
export const updateRefusals = <Attributes>(
  { name, slots, rates }: Pick<UpdateRule<Attributes>, "name" | "slots" | "rates">,
  attributes: Attributes,
): Refusal<Attributes>[] => {
  const names = ["variable", ...slots, "gradient", ...rates];
  const gradientAt = 1 + slots.length;
  const right = names.map((_, index) => (index <= gradientAt ? [3] : []));
  const refusal = (at: number, shape: number[], rule: string, fix: string): Refusal<Attributes> => {
    const shapes = right.with(at, shape);
    const got = shapes.map((one, index) => `${names[index]}=${formatShape(one)}`).join(", ");
    return {
      inputs: shapes.map((one) => ({ shape: one, low: 0.1, high: 1 })),
      attributes,
      error: `ShapeError: ${name}: ${names[at]} must ${rule}, got ${got}. ${fix}`,
    };
  };
  return [
    ...names
      .slice(1, gradientAt + 1)
      .map((_, index) => refusal(index + 1, [1, 3], "have the variable's shape", "Compute it for this variable.")),
    refusal(gradientAt + 1, [1], "be a scalar", "Pass tensor(number)."),
    {
      inputs: right.map((shape, index) => ({ shape, low: 0.1, high: 1, dtype: index === 0 ? "float64" : "float32" })),
      attributes,
      error:
        `DTypeError: ${name}: operands must all be float32, or all float64, got ` +
        `${right.map((_, index) => (index === 0 ? "float64" : "float32")).join(", ")}. Convert with toFloat(...).`,
    },
  ];
};
