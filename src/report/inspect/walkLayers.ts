import type { Layer } from "../../layers/base/layer.ts";
import { Sequential } from "../../layers/sequential.ts";
import { toFloat } from "../../ops/support/toFloat.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Computes the output of a layer; the path is without the name of the model. */
type Compute = (layer: Layer, input: Tensor, path: string) => Tensor;

/** Visits the layers of a model in the order of their calls, those of nested models too, as in inference. */
export const walkLayers = (model: Sequential, x: Tensor, compute: Compute): void => {
  visit(model, x.dtype === "uint8" ? toFloat(x) : x, "", compute);
};

const visit = (model: Sequential, x: Tensor, prefix: string, compute: Compute): Tensor =>
  model.layers.reduce((input, layer) => {
    const path = `${prefix}${layer.name}`;
    return layer instanceof Sequential ? visit(layer, input, `${path}/`, compute) : compute(layer, input, path);
  }, x);
