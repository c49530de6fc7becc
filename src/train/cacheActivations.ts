import { ValueError } from "../base/errors.ts";
import { checkOptions, text } from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { checkPlainDataset, type Dataset, take } from "../data/dataset.ts";
import type { Layer } from "../layers/base/layer.ts";
import { Sequential } from "../layers/sequential.ts";
import { rehearsed } from "../tensor/interpret/rollback.ts";
import { sameBits, type Tensor } from "../tensor/tensor.ts";

/** Options of `cacheActivations`. */
export interface CacheOptions {
  /** The last layer whose output is computed once. Default: the last frozen one before the first that is trained. */
  readonly upTo?: string;
}

/** The rest of a model, and the outputs of its frozen part. */
export interface CachedActivations {
  /** The layers that are trained, which are those of the model: training the head trains the model. */
  readonly head: Sequential;
  /** The outputs of the frozen layers for each example, with the targets. */
  readonly inputs: Dataset;
}

/** The rows on which layers are tried out. */
const rowsTried = 4;

/**
 * Computes the outputs of the frozen layers at the beginning of a model once, so that the rest is trained on it: each step
 * saves the time of the frozen part. `fit(head, inputs, ...)` gives the same bits as `fit(model, data, ...)`: the same
 * variables, shuffling and dropout, and the same history. It costs rows · units · 4 bytes of memory.
 *
 * An error is thrown for a layer whose outputs would differ from time to time: active dropout, a batch norm in
 * training. `inputs` refuses to be read once frozen layers have changed or are trained again. For validation data, call it
 * a second time and take the `inputs` of that.
 * @param model Its first layers are frozen (`model.freeze`), some later ones are not.
 * @throws ValueError when no first layer is frozen, nothing is left to train, or a layer must not be cached; when `inputs`
 * are read, for frozen variables that changed.
 * @example
 * const { train } = await loadDigits();
 * const layers = [new Dense({ name: "hidden1", units: 30, activation: "relu" }), new Dense({ name: "outputs", units: 10 })];
 * const model = new Sequential({ inputShape: [64], layers, seed: 1 });
 * model.freeze("hidden1");
 * const { head, inputs } = cacheActivations(model, train);
 * inputs.x.shape; // [1257, 30]
 * await fit(head, inputs, { optimizer: new SGD({ learningRate: 0.1 }), epochs: 2 });
 */
export const cacheActivations = (model: Sequential, data: Dataset, options: CacheOptions = {}): CachedActivations => {
  checkOptions("cacheActivations", options, { upTo: text });
  if (!(model instanceof Sequential)) {
    throw new ValueError(
      `cacheActivations: the model must be a Sequential, got ${showValue(model)}. Put layers into new Sequential({ layers }).`,
    );
  }
  checkPlainDataset("cacheActivations", data);
  model.buildFor(data.x.axes.slice(1));
  let end = options.upTo === undefined ? endOfFrozen(model) : endNamed(model, options.upTo);
  let sample = take(data, { to: Math.min(rowsTried, data.size) }).x;
  for (const layer of model.layers.slice(0, end)) {
    const fault = faultOf(layer, sample);
    if (fault) throw refused(layer, fault, end);
    sample = layer.call(sample);
  }
  // An activation behind the last frozen layer is computed once as well; dropout is not.
  while (options.upTo === undefined && isWithoutVariables(model.layers[end]) && !faultOf(model.layers[end], sample)) {
    sample = model.layers[end].call(sample);
    end++;
  }
  const [lower, upper] = [model.layers.slice(0, end), model.layers.slice(end)];
  if (!upper.some(({ trainableVariables }) => trainableVariables.length > 0)) {
    throw new ValueError(
      `cacheActivations: a layer must be left to train, got ${model.path} with all of them frozen. Unfreeze one.`,
    );
  }
  const x = part(model, lower).predict(data.x);
  const head = part(model, upper);
  head.buildFor(x.axes.slice(1));
  const checkFresh = watchOver(lower);
  const { y, weights, size, name } = data;
  const inputs: Dataset = {
    get x() {
      checkFresh();
      return x;
    },
    y,
    ...(weights === undefined ? {} : { weights }),
    size,
    ...(name === undefined ? {} : { name: `${name} behind ${lower[end - 1].name}` }),
  };
  return { head, inputs };
};

/** Some of the layers, with the name and the random numbers of the model. */
const part = (model: Sequential, layers: readonly Layer[]): Sequential => {
  const { name, activityRegularizer } = model;
  const isEnd = layers.at(-1) === model.layers.at(-1);
  const some = new Sequential({ name, layers, ...(isEnd && activityRegularizer ? { activityRegularizer } : {}) });
  some.standFor(model);
  return some;
};

const isFrozen = ({ trainableVariables }: Layer): boolean => trainableVariables.length === 0;

const isWithoutVariables = (layer: Layer | undefined): boolean => layer?.variables.length === 0;

/** Behind the last frozen layer in front of the first that is trained. */
const endOfFrozen = (model: Sequential): number => {
  const first = model.layers.findIndex((layer) => !isFrozen(layer));
  const leading = first < 0 ? model.layers : model.layers.slice(0, first);
  const last = leading.findLastIndex(({ variables }) => variables.length > 0);
  if (last < 0) {
    throw new ValueError(
      `cacheActivations: the first layers must be frozen, got "${model.layers[Math.max(first, 0)].path}", which is trained. ` +
        "Freeze them with model.freeze(/hidden[12]/), for example.",
    );
  }
  return last + 1;
};

const endNamed = (model: Sequential, name: string): number => {
  const index = model.layers.indexOf(model.layer(name));
  const trained = model.layers.slice(0, index + 1).find((layer) => !isFrozen(layer));
  if (index >= 0 && !trained) return index + 1;
  throw new ValueError(
    `cacheActivations: upTo must name a layer of the model that is frozen with all before it, got "${name}"` +
      `${trained ? `, up to which "${trained.path}" is trained. Freeze it` : " inside of a nested model. Name that"}, or leave upTo out.`,
  );
};

/** Why the outputs of a layer cannot be reused; undefined if they can. Changes nothing. */
const faultOf = (layer: Layer, x: Tensor): string | undefined => {
  const { result: training, changed } = rehearsed(() => layer.call(x, { training: true }));
  if (changed)
    return "which draws random numbers or moves statistics in training (active dropout, a training batch norm)";
  if (!sameBits(training, layer.call(x))) return "whose outputs differ in training";
  const first = layer.call(take({ x, y: x, size: x.axes[0] }, { to: 1 }).x);
  const alone = take({ x: training, y: training, size: x.axes[0] }, { to: 1 }).x;
  return sameBits(first, alone) ? undefined : "whose outputs for a row depend on the other rows";
};

const refused = (layer: Layer, fault: string, end: number): ValueError =>
  new ValueError(
    `cacheActivations: what is cached must be the same every time, got "${layer.path}" among the first ${end} layers, ${fault}. ` +
      "Freeze it, take it out, or cache less with { upTo }.",
  );

/** Gives a check that throws when the layers are not what they are now. */
const watchOver = (layers: readonly Layer[]): (() => void) => {
  const all = withSublayers(layers).filter((layer) => !isWithoutVariables(layer));
  const states = all.map(({ trainable }) => trainable);
  const variables = layers.flatMap((layer) => layer.variables);
  const values = variables.map((variable) => variable.read());
  const versions = variables.map(({ version }) => version);
  const outdated = (what: string): ValueError =>
    new ValueError(
      `cacheActivations: cached activations must be those of the frozen layers as they are, got ${what} since they were computed. ` +
        "Call cacheActivations again.",
    );
  return () => {
    const thawed =
      all.find((layer, index) => layer.trainable !== states[index]) ?? layers.find((layer) => !isFrozen(layer));
    if (thawed) throw outdated(`"${thawed.path}", which was frozen or unfrozen,`);
    for (const [index, variable] of variables.entries()) {
      if (variable.version === versions[index]) continue;
      // The same values may have been assigned again, from a checkpoint say.
      if (!sameBits(variable.read(), values[index])) throw outdated(`a change of "${variable.name}"`);
      versions[index] = variable.version;
    }
  };
};

const withSublayers = (layers: readonly Layer[]): readonly Layer[] =>
  layers.flatMap((layer) => [layer, ...withSublayers(layer.sublayers)]);
