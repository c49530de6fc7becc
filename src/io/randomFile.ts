import type { Layer } from "../layers/layer.ts";
import { layersOf } from "../layers/tree.ts";
import { asList, asText, asWhole, damaged } from "./json.ts";

/** Where the stream of a layer stands: its path, the two halves of the key, the counter. */
export type RandomRecord = readonly [path: string, first: number, second: number, counter: number];

/** Where the streams of random numbers of a model's layers stand. */
export const describeRandom = (model: Layer): readonly RandomRecord[] =>
  layersOf(model).map(({ path, random }) => {
    const { key, counter } = random.state;
    return [path, key[0], key[1], counter];
  });

/** Sets the streams of a model's layers to where they stood. @throws DataError for those of another model. */
export const restoreRandom = (where: string, model: Layer, value: unknown): void => {
  const layers = layersOf(model);
  const records = asList(where, "the random state", value, layers.length).map((one) => {
    const [path, ...numbers] = asList(where, "the state of a stream", one, 4);
    const [first, second, counter] = [0, 1, 2].map((index) => asWhole(where, "a part of a stream", numbers[index]));
    if (first >= 2 ** 32 || second >= 2 ** 32) throw damaged(where, "a key must have 32 bits", `${first}, ${second}`);
    return { path: asText(where, "the path of a stream", path), state: { key: [first, second] as const, counter } };
  });
  const strays = layers.findIndex(({ path }, index) => records[index]?.path !== path);
  if (strays >= 0) {
    throw damaged(where, "every layer must have its stream", `${records[strays]?.path} for ${layers[strays].path}`);
  }
  for (const [index, { state }] of records.entries()) layers[index].random.state = state;
};
