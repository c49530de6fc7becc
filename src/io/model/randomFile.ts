import { damaged, type Reader, text, tuple, whole } from "../../base/codec.ts";
import type { Layer } from "../../layers/base/layer.ts";
import { layersOf } from "../../layers/base/tree.ts";

/** The state of a layer's random stream: the path of the layer, the two halves of the key, the counter. */
export type RandomRecord = readonly [path: string, first: number, second: number, counter: number];

/** Reads the state of a stream. */
export const randomReader: Reader<RandomRecord> = /* @__PURE__ */ tuple<RandomRecord>(text, whole, whole, whole);

/** The states of the random streams of a model's layers. */
export const describeRandom = (model: Layer): readonly RandomRecord[] =>
  layersOf(model).map(({ path, random }) => {
    const { key, counter } = random.state;
    return [path, key[0], key[1], counter];
  });

/** Restores the random streams of a model's layers. @throws DataError for the streams of another model. */
export const restoreRandom = (where: string, model: Layer, records: readonly RandomRecord[]): void => {
  const layers = layersOf(model);
  if (records.length > layers.length) {
    throw damaged(where, `the ${layers.length} layers must have a random stream each`, `${records.length} streams`);
  }
  for (const [, first, second] of records) {
    if (first >= 2 ** 32 || second >= 2 ** 32) throw damaged(where, "a key must have 32 bits", `${first}, ${second}`);
  }
  for (const [index, { path }] of layers.entries()) {
    if (records[index]?.[0] !== path) {
      throw damaged(where, "every layer must have its random stream", `${records[index]?.[0] ?? "none"} for ${path}`);
    }
  }
  for (const [index, [, first, second, counter]] of records.entries()) {
    layers[index].random.state = { key: [first, second], counter };
  }
};
