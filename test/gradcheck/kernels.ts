import { randomWeights, uniformGenerator } from "../../src/autograd/check/stencil.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { type Backend, getBackend, setBackend } from "../../src/tensor/interpret/backend.ts";
import { withInterpreter } from "../../src/tensor/interpret/bind.ts";
import { observeKernels } from "../../src/tensor/interpret/eager.ts";
import { inDoublePrecision } from "../../src/tensor/interpret/precision.ts";
import type { Interpreter, Primitive } from "../../src/tensor/interpret/primitive.ts";
import { runStep } from "../../src/tensor/memory/step.ts";
import { type Tensor, tensor } from "../../src/tensor/tensor.ts";
import type { SampleCase, Samples } from "../samples/support/sample.ts";
import { apply, drawInputs } from "./draw.ts";

/** Runs the body on a backend. */
export const onBackend = <T>(backend: Backend, body: () => T): T => {
  const outer = getBackend();
  setBackend(backend);
  try {
    return body();
  } finally {
    setBackend(outer);
  }
};

/** The outputs of a case by the reference kernel, in float64 of the same numbers. */
export const doubleOutputs = (
  samples: Samples<unknown>,
  sample: SampleCase<unknown>,
  seed?: number,
): readonly Tensor[] =>
  onBackend("reference", () => inDoublePrecision(() => apply(samples, sample, drawInputs(sample, "float64", seed))));

/** The kernel that runs for a case on the backend in use: its name, "reference", or "" when nothing is computed. */
export const kernelOf = (samples: Samples<unknown>, sample: SampleCase<unknown>): string => {
  let kernelName = "";
  observeKernels(
    (primitive, kernel) => {
      if (primitive === samples.primitive.name) kernelName = kernel;
    },
    () => apply(samples, sample, drawInputs(sample)),
  );
  return kernelName;
};

/**
 * The largest difference of two results relative to the largest number among the expected ones; 0 where nothing differs.
 * Infinity where shapes, dtypes or the pattern of NaN and ±Infinity differ, or whole numbers do.
 */
export const differenceOf = (actual: readonly Tensor[], expected: readonly Tensor[]): number => {
  if (actual.length !== expected.length) return Infinity;
  return Math.max(0, ...actual.map((sample, index) => tensorDifference(sample, expected[index])));
};

const tensorDifference = (actual: Tensor, expected: Tensor): number => {
  if (actual.shape.join() !== expected.shape.join() || isFloat(actual.dtype) !== isFloat(expected.dtype))
    return Infinity;
  const [a, e] = [actual.data, expected.data];
  let largest = 0;
  let worst = 0;
  for (let index = 0; index < e.length; index++) {
    if (!Number.isFinite(a[index]) || !Number.isFinite(e[index])) {
      if (!Object.is(a[index], e[index])) return Infinity;
      continue;
    }
    largest = Math.max(largest, Math.abs(e[index]));
    worst = Math.max(worst, Math.abs(a[index] - e[index]));
  }
  if (worst === 0) return 0;
  return isFloat(actual.dtype) ? worst / largest : Infinity;
};

/**
 * The largest error of the derivatives of a case in float32 on the backend in use, relative to the largest number of each
 * in float64. The derivatives are asked for directly, one thunk at a time.
 */
export const thunkError = (samples: Samples<unknown>, sample: SampleCase<unknown>, backend: Backend): number => {
  const single = onBackend(backend, () => thunkValues(samples, sample, "float32"));
  const double = onBackend("reference", () => inDoublePrecision(() => thunkValues(samples, sample, "float64")));
  return Math.max(
    0,
    ...single.map((value, index) => {
      const expected = double[index];
      if (value === undefined || expected === undefined) return value === expected ? 0 : Infinity;
      return differenceOf([value], [expected]);
    }),
  );
};

const thunkValues = (
  samples: Samples<unknown>,
  sample: SampleCase<unknown>,
  dtype: "float32" | "float64",
): readonly (Tensor | undefined)[] =>
  runStep(
    () => {
      const { inputs, outputs } = recordOf(samples, sample, dtype);
      const uniform = uniformGenerator(3);
      const cotangents = outputs.map((output) =>
        isFloat(output.dtype)
          ? tensor(Float32Array.from(randomWeights(uniform, output.size)), { shape: output.shape, dtype })
          : undefined,
      );
      const [dy] = cotangents as Tensor[];
      const { attributes } = sample;
      const thunks = samples.primitive.vjp!({ inputs, outputs, attributes, cotangents, dy, isNeeded: () => true });
      return thunks.map((thunk) => thunk?.());
    },
    (values) => {
      for (const value of values) value?.storage.moveToArray();
    },
  );

/** The inputs and outputs of the primitive of a case. */
const recordOf = (
  samples: Samples<unknown>,
  sample: SampleCase<unknown>,
  dtype: "float32" | "float64",
): { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] } => {
  let record: { inputs: readonly Tensor[]; outputs: readonly Tensor[] } | undefined;
  const recorder: Interpreter = {
    bind: (primitive, inputs, attributes, below) => {
      const outputs = below(primitive, inputs, attributes);
      if ((primitive as Primitive<unknown>) === samples.primitive) record = { inputs, outputs };
      return outputs;
    },
  };
  withInterpreter(recorder, () => apply(samples, sample, drawInputs(sample, dtype)));
  if (!record) throw new Error(`${samples.primitive.name} was not called`);
  return record;
};

/** Numbers that make kernels go wrong: each in turn, in each float input. */
export const specialNumbers: readonly number[] = [Number.NaN, Infinity, -Infinity, -0, 0];

/** The inputs of a case with one number put into one of them, at both ends and in the middle. */
export const withSpecial = (inputs: readonly Tensor[], input: number, value: number): Tensor[] =>
  inputs.map((original, index) => {
    if (index !== input) return original;
    const { data } = original;
    for (const position of [0, data.length >> 1, data.length - 1]) data[position] = value;
    return tensor(data, { shape: original.shape });
  });
