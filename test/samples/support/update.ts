import type { UpdateRule } from "../../../src/ops/updateRule.ts";
import { formatShape, type Shape } from "../../../src/tensor/shape.ts";
import { edgeSizes, type Refusal, type SampleCase, type SampleInput } from "./sample.ts";

/** From where the values of a slot are drawn. */
export type SlotRange = Required<Pick<SampleInput, "low" | "high">>;

const ratesInput = (rates: readonly number[]): SampleInput[] =>
  rates.length > 0 ? [{ shape: [rates.length], values: rates }] : [];

/** Sample cases of an update at the edge sizes, then of several variables. */
export const updateCases = <Attributes>(
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

/** What every update refuses: a gradient or a slot of another shape, other rates, a mixture of dtypes. */
export const updateRefusals = <Attributes>(
  { name, slots, by = "gradient", rates }: Pick<UpdateRule<Attributes>, "name" | "slots" | "by" | "rates">,
  attributes: Attributes,
): Refusal<Attributes>[] => {
  const names = ["variable", ...slots, by];
  const input = (shape: Shape): SampleInput => ({ shape, low: 0.1, high: 1 });
  const variable = names.map(() => input([3]));
  const given = ratesInput(rates.map(() => 1));
  const refusal = (inputs: SampleInput[], error: string): Refusal<Attributes> => ({ inputs, attributes, error });
  const mixed = [...variable.with(0, { ...input([3]), dtype: "float64" }), ...given];
  return [
    // The second of two variables.
    ...names.slice(1).map((one, index) => {
      const wrong = variable.with(index + 1, input([1, 3]));
      const got = wrong.map(({ shape }, at) => `${names[at]}=${formatShape(shape)}`).join(", ");
      return refusal(
        [...variable, ...wrong, ...given],
        `ShapeError: ${name}: ${one} must have the variable's shape, got ${got}. Compute it for this variable.`,
      );
    }),
    ...(rates.length > 0
      ? [
          refusal(
            [...variable, input([])],
            `ShapeError: ${name}: the rates must be [${rates.length}] (${rates.join(", ")}), got []. Pass them in one tensor.`,
          ),
        ]
      : []),
    refusal(
      mixed,
      `DTypeError: ${name}: operands must all be float32, or all float64, got ` +
        `${mixed.map(({ dtype }) => dtype ?? "float32").join(", ")}. Convert with toFloat(...).`,
    ),
  ];
};
