import {
  Activation,
  BatchNorm,
  Conv2D,
  type Dataset,
  Dense,
  Dropout,
  Flatten,
  type Layer,
  MaxPooling2D,
  Reshape,
  type Sequential,
  softmax,
  tensor,
} from "gradus";
import type { FeatureMaps, LayerFacts, Mistake, NetworkFacts } from "../messages.ts";

// Functions that compute the data which the page shows of a network. They run between two steps.

/** The side of the pictures that a network reads; undefined if it does not read square pictures, or does not have ten outputs. */
export const sideOf = (model: Sequential): number | undefined => {
  const { inputShape, outputShape } = model;
  const side = Math.sqrt(inputShape?.[0] ?? 0);
  const isForDigits = inputShape?.length === 1 && outputShape?.length === 1 && outputShape[0] === 10;
  return isForDigits && Number.isInteger(side) && side > 0 ? side : undefined;
};

/** Whether the model has variables that are not frozen. */
export const canTrain = (model: Sequential): boolean => model.trainableVariables.length > 0;

/** The layers of a network, and how many of its parameters are trained. */
export const factsOf = (model: Sequential): Pick<NetworkFacts, "layers" | "parameters" | "trained"> => {
  const layers = model.layers.map((layer) => layerFacts(model, layer));
  const total = (key: "parameters" | "trained"): number => layers.reduce((sum, facts) => sum + facts[key], 0);
  return { layers, parameters: total("parameters"), trained: total("trained") };
};

/** The index of the largest probability; undefined if they are NaN. */
const bestOf = (values: ArrayLike<number>): number | undefined => {
  let best: number | undefined;
  for (let at = 0; at < values.length; at++) {
    if (Number.isNaN(values[at])) return undefined;
    if (best === undefined || values[at] > values[best]) best = at;
  }
  return best;
};

const layerFacts = (model: Sequential, layer: Layer): LayerFacts => {
  const count = (variables: Layer["variables"]): number =>
    variables.reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);
  return {
    name: layer.name,
    kind: kindOf(layer),
    output: (model.upTo(layer.name).outputShape ?? []).join(" × "),
    parameters: count(layer.variables),
    trained: count(layer.trainableVariables),
    canTrain: layer.variables.some(({ canTrain }) => canTrain),
  };
};

/** The kind of a layer for the page; a bundler shortens the name of its class. */
const kindOf = (layer: Layer): string => {
  if (layer instanceof Dense) {
    const { activation } = layer.config();
    return typeof activation === "string" ? `dense, ${activation}` : "dense";
  }
  if (layer instanceof Conv2D) {
    const { activation } = layer.config();
    return typeof activation === "string" ? `convolution, ${activation}` : "convolution";
  }
  if (layer instanceof MaxPooling2D) return "max pooling";
  if (layer instanceof Flatten || layer instanceof Reshape) return "another shape";
  if (layer instanceof BatchNorm) return "batch norm";
  if (layer instanceof Dropout) return `dropout ${layer.rate}`;
  if (layer instanceof Activation) return "activation";
  return "layer";
};

/** The probabilities of the ten digits. */
export const probabilitiesOf = (model: Sequential, picture: Float32Array): Float32Array => {
  const scores = model.predict(tensor(picture, { shape: [1, picture.length] }));
  return softmax(scores).data as Float32Array;
};

/** The weights of a layer as pictures, one after the other. */
interface Weights {
  readonly side: number;
  readonly units: number;
  readonly pictures: Float32Array;
  readonly kind: "units" | "filters";
}

/** The weights of the first units of the first layer, or of the first filters; undefined where they are not pictures. */
export const firstWeights = (model: Sequential, most: number): Weights | undefined => {
  const first = model.layers.find((layer) => !(layer instanceof Reshape));
  const isImage = model.layers[0] instanceof Reshape;
  const isDense = first instanceof Dense && !isImage;
  if (!isDense && !(first instanceof Conv2D && first.kernel.shape[2] === 1)) return undefined;
  const { shape } = first.kernel;
  if (!isDense && shape[0] !== shape[1]) return undefined;
  const [units, inputs] = [
    shape[shape.length - 1],
    shape.slice(0, -1).reduce((product, length) => product * length, 1),
  ];
  const kernel = first.kernel.read().data;
  const shown = Math.min(units, most);
  const pictures = new Float32Array(shown * inputs);
  for (let unit = 0; unit < shown; unit++) {
    for (let input = 0; input < inputs; input++)
      pictures[unit * inputs + input] = kernel[input * units + unit] as number;
  }
  return { side: Math.sqrt(inputs), units, pictures, kind: isDense ? "units" : "filters" };
};

/** The layers of images whose outputs are shown: behind an activation, and poolings. */
const hasMaps = (layer: Layer, next: Layer | undefined): boolean =>
  layer instanceof MaxPooling2D ||
  layer instanceof Activation ||
  (layer instanceof Conv2D && !(next instanceof BatchNorm || next instanceof Activation));

/** What the layers of images compute for a picture: their first channels. */
export const featureMapsOf = (model: Sequential, picture: Float32Array, most: number): readonly FeatureMaps[] => {
  const layers: FeatureMaps[] = [];
  model.layers.reduce(
    (input, layer, index) => {
      const output = layer.call(input);
      const [, side, width, channels] = output.shape;
      if (output.rank !== 4 || side !== width || !hasMaps(layer, model.layers[index + 1])) return output;
      const values = output.data;
      const shown = Math.min(channels, most);
      const maps = Float32Array.from({ length: shown * side * side }, (_, at) => {
        const [channel, pixel] = [Math.floor(at / (side * side)), at % (side * side)];
        return values[pixel * channels + channel] as number;
      });
      layers.push({ name: layer.name, kind: kindOf(layer), side, channels, maps });
      return output;
    },
    tensor(picture, { shape: [1, picture.length] }),
  );
  return layers;
};

/** The pictures that the model reads wrongly, the surest errors first. */
export const mistakesOf = (
  model: Sequential,
  data: Dataset,
  most: number,
): { readonly wrong: number; readonly of: number; readonly worst: readonly Mistake[] } => {
  const probabilities = softmax(model.predict(data.x)).data;
  const labels = data.y.data;
  const wrong: ({ readonly row: number } & Pick<Mistake, "predicted" | "probability">)[] = [];
  for (let row = 0; row < data.size; row++) {
    const own = probabilities.subarray(row * 10, row * 10 + 10);
    const predicted = bestOf(own);
    if (predicted === labels[row]) continue;
    wrong.push({ row, predicted, probability: predicted === undefined ? undefined : Number(own[predicted]) });
  }
  wrong.sort((a, b) => (b.probability ?? 1) - (a.probability ?? 1));
  const worst = wrong.slice(0, most).map(({ row, predicted, probability }) => {
    return { picture: pictureAt(data, row), label: Number(labels[row]), predicted, probability };
  });
  return { wrong: wrong.length, of: data.size, worst };
};

/** A picture of a data set, from 0 to 1. */
export const pictureAt = ({ x }: Dataset, row: number): Float32Array => {
  const [, width] = x.shape;
  const { scale = 1 } = x;
  return Float32Array.from(rowOf(x.data, row, width), (value) => value * scale);
};

const rowOf = (values: ArrayLike<number>, row: number, width: number): number[] =>
  Array.from({ length: width }, (_, index) => values[row * width + index]);
