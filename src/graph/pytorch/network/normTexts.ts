import type { BatchNormOptions } from "../../../layers/normalization/batchNormOptions.ts";
import { batchNormNumbers } from "../../../layers/normalization/batchNormOptions.ts";
import type { LayerNormOptions } from "../../../layers/normalization/layerNormLayer.ts";
import { normalizeAxes } from "../../../tensor/shape.ts";
import { argumentsOf } from "./kernelTexts.ts";
import { pythonNumber, pythonTuple } from "./pythonText.ts";
import type { LayerResult, LayerText } from "./torchCall.ts";

/** What PyTorch's batch normalization does not have. */
const missing = ["renorm", "virtualBatchSize", "adjustment"] as const;

const batchNormText: LayerText = (call) => {
  const options = call.options as BatchNormOptions;
  for (const name of missing) if (options[name]) call.refuse(`BatchNorm with ${name}`);
  const { epsilon, axes: listed, unbiased } = batchNormNumbers(options);
  const rank = call.row.length + 1;
  const axes = normalizeAxes(call.layer.path, listed, [1, ...call.row]);
  if (axes.length > 1) call.refuse("BatchNorm over several axes");
  const [axis] = axes;
  call.parameter("gamma", "weight");
  call.parameter("beta", "bias");
  call.parameter("moving_mean", "running_mean");
  call.parameter("moving_variance", "running_var");
  const names: Readonly<Record<number, string>> = {
    2: "nn.BatchNorm1d",
    3: "nn.BatchNorm1d",
    4: "nn.BatchNorm2d",
    5: "nn.BatchNorm3d",
  };
  if (unbiased && !names[rank]) call.refuse(`BatchNorm of rank ${rank}`);
  const name = unbiased ? names[rank] : call.helper("BatchNorm");
  const module = call.module(
    `${name}(${call.row[axis - 1]}, eps=${pythonNumber(epsilon)}, momentum=${momentumText(options, unbiased)})`,
  );
  call.without("gamma", "weight");
  call.without("beta", "bias");
  if (axis === rank - 1) return [`${module}(${call.in("first")})`, "first"];
  // PyTorch normalizes each place of the axis behind the rows.
  const x = call.in("last");
  return axis === 1 ? [`${module}(${x})`, "last"] : [`${module}(${x}.movedim(${axis}, 1)).movedim(1, ${axis})`, "last"];
};

/** PyTorch's momentum is the weight of the new statistics. */
const momentumText = ({ momentum }: BatchNormOptions, isPyTorch: boolean): string =>
  isPyTorch ? pythonNumber(momentum ?? 0.1) : `1 - ${pythonNumber(momentum ?? 0.99)}`;

const layerNormText: LayerText = (call): LayerResult => {
  const { axis = -1, variant, ...options } = call.options as LayerNormOptions;
  const { epsilon = variant === "pytorch" ? 1e-5 : 1e-3 } = options;
  const axes = normalizeAxes(call.layer.path, axis, [1, ...call.row]);
  const sizes = axes.map((place) => call.row[place - 1]);
  call.parameter("gamma", "weight");
  call.parameter("beta", "bias");
  const module = call.module(
    `nn.LayerNorm(${sizes.length === 1 ? sizes[0] : pythonTuple(sizes)}${argumentsOf(["eps", pythonNumber(epsilon), false])})`,
  );
  call.without("gamma", "weight");
  call.without("beta", "bias");
  return [`${module}(${call.in("last")})`, "last"];
};

/** Layers that normalize. */
export const normTexts: readonly (readonly [string, LayerText])[] = /* @__PURE__ */ (() => [
  ["BatchNorm", batchNormText],
  ["LayerNorm", layerNormText],
])();
