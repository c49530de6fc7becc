import { grad } from "../../autograd/grad.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { Sequential } from "../../layers/sequential.ts";
import { sum } from "../../ops/shape/broadcast.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { runStep } from "../../tensor/memory/step.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ActivationInspection } from "../../train/history/inspection.ts";
import { finite } from "./inspectVariables.ts";
import { walkLayers } from "./walkLayers.ts";

/** An activation passes less than a hundredth of a gradient where its slope is below this. 0.01 itself is leakyRelu's slope. */
const flatBelow = 0.0099;

/** What is applied element by element in a layer, and to what. */
interface Activated {
  readonly name: string;
  readonly apply: (x: Tensor) => Tensor;
  readonly input: Tensor;
}

/**
 * The outputs of the activations of a model for some examples, and for how many of their inputs they are flat. The model is
 * called as in inference: no random number is drawn, no statistics move.
 */
export const inspectActivations = (model: Sequential, x: Tensor): readonly ActivationInspection[] =>
  runStep(
    () => {
      const inspections: ActivationInspection[] = [];
      walkLayers(model, x, (layer, input, path) => {
        const activated = activatedIn(layer, input);
        if (!activated) return layer.call(input);
        const output = activated.apply(activated.input);
        inspections.push(inspect(path, activated, output));
        return output;
      });
      return inspections;
    },
    () => undefined,
  );

/** Undefined for a layer without an activation, or with one that, like softmax, is not elementwise. */
const activatedIn = (layer: Layer, input: Tensor): Activated | undefined => {
  const { name = "", elementwise = false, steps } = layer.lastActivation ?? {};
  return elementwise && steps ? { name, apply: steps.apply, input: steps.before(input) } : undefined;
};

const inspect = (layer: string, { name, apply, input }: Activated, output: Tensor): ActivationInspection => {
  const slopes = grad((x: Tensor) => sum(apply(x)))(input).storage.view();
  return {
    layer,
    activation: name,
    ...flatness(slopes, input.axes[input.rank - 1]),
    ...moments(output.storage.view()),
  };
};

/**
 * The fraction of slopes that pass nothing, and of units whose slopes are all such. The last axis counts the units: the filters of
 * a convolution, whose weights learn from every place of every image.
 */
const flatness = (slopes: TypedArray, units: number): Pick<ActivationInspection, "saturated" | "dead"> => {
  const places = slopes.length / units;
  const flat = new Float64Array(units);
  for (let index = 0; index < slopes.length; index++) if (Math.abs(slopes[index]) < flatBelow) flat[index % units]++;
  const total = flat.reduce((sum, count) => sum + count, 0);
  const dead = flat.filter((count) => count === places).length;
  return { ...finite("saturated", total / slopes.length), ...finite("dead", dead / units) };
};

const moments = (values: TypedArray): Pick<ActivationInspection, "mean" | "deviation"> => {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index];
  const mean = sum / values.length;
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += (values[index] - mean) ** 2;
  return { ...finite("mean", mean), ...finite("deviation", Math.sqrt(squares / values.length)) };
};
