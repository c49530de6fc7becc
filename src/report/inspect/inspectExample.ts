import type { Dataset } from "../../data/dataset.ts";
import { rowRange } from "../../data/gatherRows.ts";
import { KernelLayer } from "../../layers/base/kernelLayer.ts";
import type { Sequential } from "../../layers/sequential.ts";
import { runStep } from "../../tensor/memory/step.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ExampleInspection, FeatureMapInspection } from "../../train/history/inspection.ts";
import { extentOf } from "../page/collections.ts";
import { encodePixels } from "./encodePixels.ts";
import type { ImageShape } from "./inspectClasses.ts";
import { walkLayers } from "./walkLayers.ts";

/** The layers whose maps are kept at most. */
const mostLayers = 8;
/** The pixels of a map at most: larger ones would make the page large. */
const mostPixels = 65_536;

/** What is to be looked at. */
interface ExampleOptions {
  /** How many channels of each layer. */
  readonly featureMaps: number;
  /** What an example looks like; undefined when it is not a picture. */
  readonly imageShape: ImageShape | undefined;
}

/**
 * The outputs of the layers of images for the first example of the data: after activations, or of convolutions where there are
 * none. Undefined where no layer outputs images.
 */
export const inspectExample = (
  model: Sequential,
  data: Dataset,
  { featureMaps, imageShape }: ExampleOptions,
): ExampleInspection | undefined => {
  if (featureMaps === 0 || data.size === 0) return undefined;
  const x = rowRange(data.x, 0, 1);
  const layers = mapsOf(model, x, featureMaps);
  if (layers.length === 0) return undefined;
  const picture = imageShape && { pixels: pixelsOf(x), imageShape };
  return { data: data.name ?? "the data", row: 0, ...picture, layers };
};

const mapsOf = (model: Sequential, x: Tensor, most: number): readonly FeatureMapInspection[] =>
  runStep(
    () => {
      const [activated, linear]: [FeatureMapInspection[], FeatureMapInspection[]] = [[], []];
      walkLayers(model, x, (layer, input, path) => {
        const output = layer.call(input);
        const list = layer.lastActivation ? activated : layer instanceof KernelLayer ? linear : undefined;
        const inspection = list && inspectMaps(path, output, most);
        if (inspection) list.push(inspection);
        return output;
      });
      return (activated.length > 0 ? activated : linear).slice(0, mostLayers);
    },
    () => undefined,
  );

const inspectMaps = (layer: string, output: Tensor, most: number): FeatureMapInspection | undefined => {
  const [, height = 1, width = 1, channels] = output.axes;
  const values = output.storage.view();
  const [low, high] = extentOf(values);
  if (output.rank !== 4 || height * width === 1 || height * width > mostPixels || !values.every(Number.isFinite)) {
    return undefined;
  }
  const maps = Array.from({ length: Math.min(channels, most) }, (_, channel) => {
    const map = Float32Array.from({ length: height * width }, (_, place) => values[place * channels + channel]);
    return encodePixels(map, low, high);
  });
  return { layer, channels, imageShape: [height, width, 1], low, high, maps };
};

/** Numbers from 0 to 1 are what they are, others are spread from the least to the largest. */
const pixelsOf = ({ storage, scale = 1 }: Tensor): string => {
  const values = Float32Array.from(storage.view(), (value) => value * scale);
  const [low, high] = extentOf(values);
  return encodePixels(values, Math.min(0, low), Math.max(1, high));
};
