import { uniformGenerator } from "../../src/autograd/check/stencil.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { bind } from "../../src/tensor/interpret/bind.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { type Tensor, tensor } from "../../src/tensor/tensor.ts";
import type { SampleCase, SampleInput, Samples } from "../samples/support/sample.ts";

/** How near to a kink a drawn value may come: far enough for the stencil of the gradient check. */
const clearance = 0.02;

const drawInput = (input: SampleInput, uniform: () => number, dtype: "float32" | "float64"): Tensor => {
  const { shape, low = -1, high = 1, values, kinks = [], scale } = input;
  const ownDType = input.dtype ?? "float32";
  const whole = !isFloat(ownDType);
  const draw = (): number => {
    for (;;) {
      const value = low + (high - low) * uniform();
      if (whole) return Math.floor(value);
      if (kinks.every((kink) => Math.abs(value - kink) >= clearance)) return Math.fround(value);
    }
  };
  const numbers = Float64Array.from({ length: sizeOf(shape) }, (_, index) =>
    values ? values[index % values.length] : draw(),
  );
  return tensor(numbers, { shape, dtype: ownDType === "float32" ? dtype : ownDType, scale });
};

/** The inputs of a case, the same numbers in either precision. */
export const drawInputs = (
  { inputs }: SampleCase<unknown>,
  dtype: "float32" | "float64" = "float32",
  seed: number = 1,
): Tensor[] => {
  const uniform = uniformGenerator(seed);
  return inputs.map((input) => drawInput(input, uniform, dtype));
};

/** The outputs of a primitive for a case. */
export const apply = (
  { primitive, apply: own }: Samples<unknown>,
  { attributes }: SampleCase<unknown>,
  inputs: readonly Tensor[],
): readonly Tensor[] => (own ? own(inputs, attributes) : bind(primitive, inputs, attributes));

/** `matmul [2, 3] [3, 4]`, for the names of tests. */
export const describeCase = ({ inputs, attributes }: SampleCase<unknown>): string => {
  const shapes = inputs.map(({ shape, dtype }) => `${dtype && dtype !== "float32" ? dtype : ""}[${shape}]`).join(" ");
  return attributes === undefined ? shapes : `${shapes} ${JSON.stringify(attributes)}`;
};

export const isEmpty = ({ inputs }: SampleCase<unknown>): boolean => inputs.some(({ shape }) => sizeOf(shape) === 0);

/** The number of elements of all inputs. */
export const weightOf = ({ inputs }: SampleCase<unknown>): number =>
  inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
