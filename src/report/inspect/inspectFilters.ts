import type { Variable } from "../../autograd/variable.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { layersOf } from "../../layers/base/tree.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import type { FilterInspection } from "../../train/history/inspection.ts";
import { encodeBase64 } from "../page/collections.ts";
import { withoutModel } from "../page/words.ts";

/** The pictures that one layer has at most, and the layers. */
const mostFilters = 64;
const mostLayers = 4;

/**
 * The filters of the first convolutions whose kernels are pictures: of one channel (and those of depthwise convolutions, which see
 * one channel each), or of three. Deeper kernels of many channels, and single points, are not pictures.
 */
export const inspectFilters = (model: Layer): readonly FilterInspection[] =>
  layersOf<Layer>(model)
    .flatMap((layer) => filtersOf(layer) ?? [])
    .slice(0, mostLayers);

/** A convolution tells its kernel, [height, width, channels, filters]: so reports do not pull in every convolution. */
interface WithImageKernel extends Layer {
  readonly imageKernel?: Variable;
}

const filtersOf = (layer: Layer): FilterInspection | undefined => {
  const kernel = (layer as WithImageKernel).imageKernel;
  if (!kernel) return undefined;
  const values = kernel.read().storage.view();
  const [height, width, inputs, outputs] = kernel.shape;
  const isDepthwise = kernel.name.endsWith("/depthwise_kernel");
  const [channels, filters] = isDepthwise ? [1, inputs * outputs] : [inputs, outputs];
  const largest = magnitudeOf(values);
  if (height * width === 1 || (channels !== 1 && channels !== 3) || !Number.isFinite(largest)) return undefined;
  const pictures = Array.from({ length: Math.min(filters, mostFilters) }, (_, filter) =>
    encodeBase64(
      Uint8Array.from({ length: height * width * channels }, (_, index) =>
        Math.round(128 + (127 * values[index * filters + filter]) / (largest || 1)),
      ),
    ),
  );
  return { layer: withoutModel(layer.path), filters, imageShape: [height, width, channels], largest, pictures };
};

/** NaN where a value is NaN. */
const magnitudeOf = (values: TypedArray): number => {
  let largest = 0;
  for (let index = 0; index < values.length; index++) largest = Math.max(largest, Math.abs(values[index]));
  return largest;
};
