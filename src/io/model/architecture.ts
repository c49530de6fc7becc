import { damaged, decode, list, object, optional, type Reader, record, text, whole } from "../../base/codec.ts";
import { DataError, GradusError, ValueError } from "../../base/errors.ts";
import { Layer } from "../../layers/base/layer.ts";
import type { LayerConfig } from "../../layers/base/layerOptions.ts";
import { Model, wiredOptions } from "../../layers/functional/model.ts";
import type { LayeredModel } from "../../layers/layeredModel.ts";
import { Sequential } from "../../layers/sequential.ts";
import { forAnyInput } from "../../layers/sequentialLayers.ts";
import { inferOutput } from "../../tensor/interpret/shapeInterpreter.ts";
import type { Shape } from "../../tensor/shape.ts";
import { layerMaker, makeFunction, nameOfLayerClass } from "./registry.ts";
import { readWiring } from "./wiringFile.ts";

/** A layer as a file describes it. */
export interface LayerRecord {
  readonly class: string;
  readonly config: LayerConfig;
  /** The path of a layer that is shared with another model; missing where the path follows from the position. */
  readonly path?: string;
  /** The layers of a `Sequential` or `Model`. */
  readonly layers?: readonly LayerRecord[];
}

/** A model as a file describes it. */
export interface ModelRecord {
  readonly root: LayerRecord;
  /** The shape of one row of the input, for which the model was built. */
  readonly inputShape: Shape;
  /** The names of the frozen variables. */
  readonly frozen: readonly string[];
}

/** The classes of models: their layers are made first. */
const models = { Sequential, Model } as const;

/** The name of a class of models; undefined for a layer, and for a subclass: its own config describes it. */
const nameOfModel = (layer: Layer): string | undefined =>
  Object.entries(models).find(([, Class]) => layer.constructor === Class)?.[0];

/** More than any model has; names are compared pair by pair. */
const maxLayers = 10_000;
const maxAxes = 8;

const layerReader: Reader<LayerRecord> = /* @__PURE__ */ record<LayerRecord>(() => ({
  class: text,
  config: object,
  path: optional(text),
  layers: optional(list(layerReader, maxLayers)),
}));

const modelReader = /* @__PURE__ */ record<ModelRecord>(() => ({
  root: layerReader,
  inputShape: list(whole, maxAxes),
  frozen: list(text),
}));

/**
 * The architecture of a model as plain data.
 * @throws ValueError, naming the layer, for a class that is not registered, or an option that a file cannot hold.
 */
export const describeModel = (operation: string, model: Layer): ModelRecord => {
  const inputShape = model.builtFor;
  if (!inputShape) {
    throw new ValueError(
      `${operation}: the model must have been built, got "${model.name}" without variables. Give it an inputShape, or call it once.`,
    );
  }
  const frozen = model.variables.filter(({ canTrain, trainable }) => canTrain && !trainable).map(({ name }) => name);
  return { root: describeLayer(operation, model, undefined), inputShape, frozen };
};

const describeLayer = (operation: string, layer: Layer, parent: string | undefined): LayerRecord => {
  const usualPath = parent === undefined ? layer.name : `${parent}/${layer.name}`;
  const path = layer.path === usualPath ? {} : { path: layer.path };
  const model = nameOfModel(layer);
  if (model !== undefined) {
    const layers = (layer as LayeredModel).layers.map((child) => describeLayer(operation, child, layer.path));
    return { class: model, config: layer.config(), ...path, layers };
  }
  const name = nameOfLayerClass(layer);
  if (name === undefined) {
    throw new ValueError(
      `${operation}: each layer class must have a name that is registered, got ${layer.constructor.name} of "${layer.path}". ` +
        'Call registerLayer("name", Class), or save the variables alone with saveVariables.',
    );
  }
  return { class: name, config: layer.config(), ...path };
};

/**
 * Makes the layers of a model, without variables.
 * @throws DataError for options that a layer does not take, and for a function that is not known.
 */
export const makeModel = (where: string, { root }: ModelRecord): Layer => makeLayer(where, root);

/**
 * Reads the architecture of a file. Everything in it is checked before the first layer is made.
 * @throws DataError for a value that is not an architecture, or a layer class that is not known.
 */
export const readArchitecture = (where: string, value: unknown): ModelRecord => {
  const model = decode(where, "architecture", modelReader, value);
  let count = 0;
  const check = ({ class: name, layers }: LayerRecord): void => {
    if (++count > maxLayers) throw damaged(where, `a model may have ${maxLayers} layers`, "more");
    if (Object.hasOwn(models, name)) {
      if (!layers) throw damaged(where, `a ${name} must have a list of layers`, "none");
      layers.forEach(check);
    } else if (!layerMaker(name)) {
      throw new DataError(
        `${where}: each layer class must be known, got "${name}". Call registerLayer("${name}", ${name === "Graph" ? "Graph), which gradus/graph exports" : "Class) with the class that was saved"}.`,
      );
    }
  };
  check(model.root);
  return model;
};

const makeLayer = (where: string, saved: LayerRecord): Layer => {
  const { class: name, config } = saved;
  const layers = Object.hasOwn(models, name) ? saved.layers?.map((layer) => makeLayer(where, layer)) : undefined;
  const layer = namingErrors(where, `"${String(config.name)}" (${name})`, () => {
    const revived = reviveFunctions(where, config) as LayerConfig;
    if (!layers) return layerMaker(name)?.(revived);
    // Without its own input shape: variables are made later, when the model is complete and the paths are known.
    const { inputShape: _, wiring, ...options } = revived;
    if (name === "Sequential") return new Sequential({ ...options, layers });
    return new Model({ ...options, ...wiredOptions({ wiring: readWiring(where, wiring, layers.length), layers }) });
  });
  if (!(layer instanceof Layer) || layer.name !== config.name) {
    throw new DataError(
      `${where}: a layer must be made again from its config, got no layer "${String(config.name)}" from ${name}. ` +
        "Its constructor takes one object and hands name, trainable and seed to super.",
    );
  }
  if (saved.path !== undefined) layer.attachAt(saved.path);
  return layer;
};

/**
 * Builds the variables of a model, unlike `buildFor` also those that custom layers make in their first call; layers that
 * do nothing but compute make none there.
 */
export const buildModel = (where: string, model: Layer, inputShape: Shape): void =>
  namingErrors(where, `"${model.name}"`, () => {
    model.buildFor(inputShape);
    if (!model.computesOnly) {
      forAnyInput((dtype) => inferOutput((x) => model.call(x), [{ shape: [2, ...inputShape], dtype }]));
    }
  });

/** A copy of a config in which functions, at any depth, are made from their names and options. */
export const reviveFunctions = (where: string, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((entry) => reviveFunctions(where, entry));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]) => [key, reviveFunctions(where, entry)] as const);
  const revived: Readonly<Record<string, unknown>> = Object.fromEntries(entries);
  const { function: name, options, ...rest } = revived;
  if (typeof name !== "string" || Object.keys(rest).length > 0) return revived;
  const f = makeFunction(name, decode(where, `the options of ${name}`, object, options));
  if (f) return f;
  throw new DataError(
    `${where}: each function must be known, got "${name}". Call registerFunction("${name}", f) with the function that was saved.`,
  );
};

/** Turns an error of a constructor into a DataError: the file is at fault. */
export const namingErrors = <T>(where: string, what: string, make: () => T): T => {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof GradusError) || cause instanceof DataError) throw cause;
    throw new DataError(`${where}: ${what} must have options that fit, got "${cause.message}"`, { cause });
  }
};
