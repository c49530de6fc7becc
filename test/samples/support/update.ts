import type { UpdatePrimitive } from "../../../src/ops/update/updateRule.ts";
import { formatShape, type Shape } from "../../../src/tensor/shape.ts";
import { edgeSizes, type Refusal, type SampleCase, type SampleInput, type Samples } from "./sample.ts";

/** From where the values of a slot are drawn. */
type SlotRange = Required<Pick<SampleInput, "low" | "high">>;

const ratesInput = (rates: readonly number[]): SampleInput[] =>
  rates.length > 0 ? [{ shape: [rates.length], values: rates }] : [];

/** Sample cases of an update at the edge sizes, then of several variables. */
const updateCases = <Attributes>(
  attributes: Attributes,
  slots: readonly SlotRange[],
  rates: readonly number[],
): SampleCase<Attributes>[] => {
  const variable = (shape: Shape): SampleInput[] => [
    { shape, low: -2, high: 2 },
    ...slots.map((range) => ({ ...range, shape })),
    { shape, low: -3, high: 3 },
  ];
  const shapes: Shape[] = [...edgeSizes.map((size) => [size]), [], [2, 3], [3, 0, 2]];
  return [...shapes.map((shape) => [shape]), [[17], [2, 3], [0], [], [5]]].map((variables) => ({
    inputs: [...variables.flatMap(variable), ...ratesInput(rates)],
    attributes,
  }));
};

/** The refusals of every update: a gradient or a slot of another shape, other rates, a mixture of dtypes. */
const updateRefusals = <Attributes>(
  { name, slots: starts, rates }: UpdatePrimitive,
  attributes: Attributes,
  by: string,
): Refusal<Attributes>[] => {
  const slots = Object.keys(starts);
  const names = ["variable", ...slots, by];
  const typed = (shape: Shape): SampleInput => ({ shape, low: 0.1, high: 1 });
  const variable = names.map(() => typed([3]));
  const ones = ratesInput(rates.map(() => 1));
  const refusal = (inputs: SampleInput[], error: string): Refusal<Attributes> => ({ inputs, attributes, error });
  const mixed = [...variable.with(0, { ...typed([3]), dtype: "float64" }), ...ones];
  return [
    // The second of two variables.
    ...names.slice(1).map((input, index) => {
      const wrong = variable.with(index + 1, typed([1, 3]));
      const got = wrong.map(({ shape }, at) => `${names[at]}=${formatShape(shape)}`).join(", ");
      return refusal(
        [...variable, ...wrong, ...ones],
        `ShapeError: ${name}: ${input} must have the variable's shape, got ${got}.`,
      );
    }),
    ...(rates.length > 0
      ? [
          refusal(
            [...variable, typed([])],
            `ShapeError: ${name}: the rates must be [${rates.length}] (${rates.join(", ")}), got [].`,
          ),
        ]
      : []),
    refusal(
      mixed,
      `DTypeError: ${name}: operands must all be float32, or all float64, got ` +
        `${mixed.map(({ dtype }) => dtype ?? "float32").join(", ")}. Convert with toFloat(x, { dtype: "float32" }).`,
    ),
  ];
};

/** Ranges from which slots are drawn. */
export const ranges: Readonly<Record<"squares" | "means" | "buffers", SlotRange>> = {
  // A difference of two averages does not cancel here: closer to that, float32 and double rightly differ.
  squares: { low: 0.1, high: 1 },
  means: { low: -0.1, high: 0.1 },
  buffers: { low: -1, high: 1 },
};

/** The result of `updateSamples` for a primitive. */
export type UpdateSamples<P> =
  P extends UpdatePrimitive<string, string, infer Constant> ? Samples<Readonly<Record<Constant, number>>> : never;

/** The samples of an update: each case has constants and rates, by their names. */
export const updateSamples = <Slot extends string, Rate extends string, Constant extends string>(
  primitive: UpdatePrimitive<Slot, Rate, Constant>,
  slots: Readonly<Partial<Record<Slot, SlotRange>>>,
  cases: readonly (readonly [Readonly<Partial<Record<Constant, number>>>, Readonly<Partial<Record<Rate, number>>>])[],
  { by = "gradient", tolerance }: { readonly by?: string; readonly tolerance?: number } = {},
): Samples<Readonly<Record<Constant, number>>> => ({
  primitive,
  cases: cases.flatMap(([constants, rates]) =>
    updateCases(
      constants as Readonly<Record<Constant, number>>,
      Object.keys(primitive.slots).map((slot) => slots[slot as Slot]!),
      primitive.rates.map((rate) => rates[rate]!),
    ),
  ),
  refused: updateRefusals(primitive as UpdatePrimitive, cases[0][0] as Readonly<Record<Constant, number>>, by),
  ...(tolerance === undefined ? {} : { tolerance }),
  differentiable: false,
});
