import { gradientCheck } from "../../src/autograd/check/gradientCheck.ts";
import { randomWeights, uniformGenerator } from "../../src/autograd/check/stencil.ts";
import { grad, valueAndGrad } from "../../src/autograd/grad.ts";
import { GradientError } from "../../src/base/errors.ts";
import { add, mul } from "../../src/ops/elementwise/arithmetic.ts";
import { sum } from "../../src/ops/shape/broadcast.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import type { Backend } from "../../src/tensor/interpret/backend.ts";
import { inDoublePrecision } from "../../src/tensor/interpret/precision.ts";
import { rolledBack } from "../../src/tensor/interpret/rollback.ts";
import { runStep, withoutEffects } from "../../src/tensor/memory/step.ts";
import { type Tensor, tensor } from "../../src/tensor/tensor.ts";
import type { SampleCase, Samples } from "../samples/support/sample.ts";
import { apply, drawInputs, isEmpty, weightOf } from "./draw.ts";
import { differenceOf, onBackend } from "./kernels.ts";

/** More elements than this are checked in random directions instead of one by one. */
const fullCheckLimit = 150;

/** A function of float tensors and the point at which its derivative is checked. */
export interface Checkable {
  readonly f: (...inputs: readonly Tensor[]) => readonly Tensor[];
  readonly inputs: readonly Tensor[];
}

/** A case as a function of its float inputs. */
export const checkableOf = (samples: Samples<unknown>, sample: SampleCase<unknown>, seed?: number): Checkable => {
  const inputs = drawInputs(sample, "float64", seed);
  const f = (...floats: readonly Tensor[]): readonly Tensor[] => {
    let next = 0;
    return apply(
      samples,
      sample,
      inputs.map((input) => (isFloat(input.dtype) ? floats[next++] : input)),
    );
  };
  return { f, inputs: inputs.filter(({ dtype }) => isFloat(dtype)) };
};

/** Whether a derivative is expected of the primitive. */
export const isDifferentiable = ({ differentiable, primitive }: Samples<unknown>): boolean =>
  differentiable ?? primitive.vjp !== undefined;

/** The cases whose derivative is checked: those with elements, the small ones first. */
export const differentiableCases = (samples: Samples<unknown>): SampleCase<unknown>[] =>
  isDifferentiable(samples)
    ? samples.cases
        .filter(
          (sample) =>
            !isEmpty(sample) &&
            sample.inputs.some(({ dtype = "float32" }) => isFloat(dtype)) &&
            outputsOf(samples, sample) > 0,
        )
        .sort((a, b) => weightOf(a) - weightOf(b))
    : [];

const outputsOf = (samples: Samples<unknown>, sample: SampleCase<unknown>): number =>
  apply(samples, sample, drawInputs(sample)).reduce((sum, { size }) => sum + size, 0);

const drawnWeights = new Map<string, readonly Float64Array[]>();

/** Weights for outputs of these sizes. A check asks for the same ones at every point, and drawing them takes long. */
const weightsFor = (seed: number, sizes: readonly number[]): readonly Float64Array[] => {
  const key = `${seed}: ${sizes}`;
  let weights = drawnWeights.get(key);
  if (weights === undefined) {
    const uniform = uniformGenerator(seed);
    weights = sizes.map((size) => randomWeights(uniform, size));
    drawnWeights.set(key, weights);
  }
  return weights;
};

/** The number of a result: its float outputs, each summed with weights of its own. */
const project = (outputs: readonly Tensor[], seed: number): Tensor => {
  const floats = outputs.filter(({ dtype }) => isFloat(dtype));
  const weights = weightsFor(
    seed,
    floats.map(({ size }) => size),
  );
  return floats
    .map(({ shape, dtype }, index) => sum(mul(floats[index], tensor(weights[index], { shape, dtype }))))
    .reduce((total, sample) => add(total, sample));
};

/**
 * The worst relative error of the gradients of a function: of all its outputs together, and of each one alone. Undefined
 * where they are zero, as outside the limits of a clip.
 * @throws GradientError when one exceeds 1e-6.
 */
export const firstOrderError = ({ f, inputs }: Checkable): number | undefined => {
  const directional = inputs.reduce((sum, { size }) => sum + size, 0) > fullCheckLimit;
  const together = errorUnlessZero((...xs: readonly Tensor[]) => project(f(...xs), 7), inputs, directional);
  const outputs = inDoublePrecision(() => f(...inputs));
  if (together === undefined || outputs.length === 1) return together;
  const alone = outputs.map((output, index) =>
    isFloat(output.dtype) && output.size > 0
      ? errorUnlessZero((...xs: readonly Tensor[]) => project([f(...xs)[index]], 8 + index), inputs, directional)
      : 0,
  );
  return Math.max(together, ...alone.map((error) => error ?? 0));
};

/**
 * The worst relative error of the gradients of the gradients; undefined where they are zero, as those of a linear
 * function.
 * @throws GradientError when it exceeds 1e-6.
 */
export const secondOrderError = ({ f, inputs }: Checkable): number | undefined => {
  const directional = inputs.reduce((sum, { size }) => sum + size, 0) > fullCheckLimit;
  const gradients = (...xs: readonly Tensor[]): Tensor => {
    const own = grad((...ys: readonly Tensor[]) => project(f(...ys), 7))(...xs) as Tensor | readonly Tensor[];
    return project(Array.isArray(own) ? own : [own as Tensor], 9);
  };
  return errorUnlessZero(gradients, inputs, directional);
};

/**
 * The largest error of the gradients in float32 on a backend, against those of the reference kernels in float64, relative
 * to the largest number among them.
 */
export const singleError = ({ f, inputs }: Checkable, backend: Backend): number => {
  const gradientsIn = (dtype: "float32" | "float64"): readonly Tensor[] =>
    isolated(() => {
      const xs = inputs.map(({ data, shape }) => tensor(data, { shape, dtype }));
      const own = grad((...ys: readonly Tensor[]) => project(f(...ys), 7))(...xs) as Tensor | readonly Tensor[];
      return Array.isArray(own) ? own : [own as Tensor];
    });
  const expected = onBackend("reference", () => inDoublePrecision(() => gradientsIn("float64")));
  const actual = onBackend(backend, () => gradientsIn("float32"));
  // One scale for all: a gradient that is zero, as that of a bias below a batch norm, has none of its own.
  return differenceOf([joined(actual)], [joined(expected)]);
};

const joined = (inputs: readonly Tensor[]): Tensor =>
  tensor(
    inputs.flatMap(({ data }) => [...data]),
    { dtype: "float64" },
  );

/** Runs the body as a step that leaves random state, variables and moving statistics as they were. */
const isolated = (body: () => readonly Tensor[]): readonly Tensor[] =>
  runStep(
    () => withoutEffects(() => rolledBack(body)),
    (results) => {
      for (const { storage } of results) storage.moveToArray();
    },
  );

/** The worst error of a gradient, or undefined when both the numeric and the analytic gradient are zero. */
const errorUnlessZero = (
  f: (...inputs: readonly Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  directional: boolean,
): number | undefined => {
  try {
    return gradientCheck(f, inputs, { directional }).worst.error;
  } catch (error) {
    if (!(error instanceof GradientError) || !error.message.includes("must not vanish")) throw error;
    const [value, analytic] = inDoublePrecision(() => valueAndGrad(f)(...inputs));
    const scale = Math.max(1, Math.abs(value.item()));
    for (const gradient of (Array.isArray(analytic) ? analytic : [analytic]) as readonly Tensor[]) {
      for (const sample of gradient.data) if (!(Math.abs(sample) <= 1e-9 * scale)) throw error;
    }
    return undefined;
  }
};
