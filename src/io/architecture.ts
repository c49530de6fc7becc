import { Layer } from "../layers/layer.ts";
import type { LayerConfig } from "../layers/layerOptions.ts";
import { Sequential } from "../layers/sequential.ts";
import { DataError, GradusError, ValueError } from "../tensor/errors.ts";
import type { Shape } from "../tensor/shape.ts";
import { inferOutput } from "../tensor/shapeInterpreter.ts";
import { asList, asRecord, asText, asWhole, damaged } from "./json.ts";
import { layerMaker, makeFunction, nameOfLayerClass } from "./registry.ts";

/** A layer as a file says it. */
export interface LayerRecord {
  readonly class: string;
  readonly config: LayerConfig;
  /** Where it is not that of its place: the path of a layer that is shared with another model. */
  readonly path?: string;
  /** Of a `Sequential`: its layers. */
  readonly layers?: readonly LayerRecord[];
}

/** A model as a file says it. */
export interface ModelRecord {
  readonly root: LayerRecord;
  /** The shape of one row of the input for which the model was built. */
  readonly inputShape: Shape;
  /** Variables that would be trained, but are frozen. */
  readonly frozen: readonly string[];
}

const sequential = "Sequential";
/** More than anybody stacks; names are compared pair by pair. */
const maxLayers = 10_000;
const maxAxes = 8;

/**
 * The architecture of a model in plain data.
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
  const place = parent === undefined ? layer.name : `${parent}/${layer.name}`;
  const path = layer.path === place ? {} : { path: layer.path };
  // Not a subclass: what that is made from, it says itself.
  if (layer instanceof Sequential && Object.getPrototypeOf(layer) === Sequential.prototype) {
    const layers = layer.layers.map((one) => describeLayer(operation, one, layer.path));
    return { class: sequential, config: layer.config(), ...path, layers };
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
 * Makes the layers of a model again, without variables. Everything in the record is checked before the first is made.
 * @throws DataError for a record that is damaged, or names a class or function that is not known.
 */
export const makeModel = (where: string, record: ModelRecord): Layer => makeLayer(where, record.root);

/** @throws DataError for anything but a model record. */
export const checkModelRecord = (where: string, value: unknown): ModelRecord => {
  const { root, inputShape, frozen } = asRecord(where, "the architecture", value);
  let count = 0;
  const check = (one: unknown): LayerRecord => {
    if (++count > maxLayers) throw damaged(where, `a model may have ${maxLayers} layers`, "more");
    const record = asRecord(where, "each layer", one);
    const name = asText(where, "the class of a layer", record.class);
    const config = asRecord(where, `the config of ${name}`, record.config);
    const path = record.path === undefined ? {} : { path: asText(where, "the path of a layer", record.path) };
    if (name === sequential) {
      const layers = asList(where, `the layers of ${sequential}`, record.layers, maxLayers).map(check);
      return { class: name, config, ...path, layers };
    }
    if (!layerMaker(name)) {
      throw new DataError(
        `${where}: each layer class must be known, got "${name}". Call registerLayer("${name}", Class) with the class that was saved.`,
      );
    }
    return { class: name, config, ...path };
  };
  return {
    root: check(root),
    inputShape: asList(where, "the input shape", inputShape, maxAxes).map((one) => asWhole(where, "a length", one)),
    frozen: asList(where, "the frozen variables", frozen, 2 ** 20).map((one) => asText(where, "a name", one)),
  };
};

const makeLayer = (where: string, record: LayerRecord): Layer => {
  const layers = record.layers?.map((one) => makeLayer(where, one));
  const { config } = record;
  const layer = refusing(where, `"${String(config.name)}" (${record.class})`, () => {
    const made = reviveFunctions(where, config) as LayerConfig;
    if (!layers) return layerMaker(record.class)?.(made);
    // Variables are made when the whole model stands, and their paths are known: not for an input shape of its own.
    const { inputShape: _, ...options } = made;
    return new Sequential({ ...options, layers });
  });
  if (!(layer instanceof Layer) || layer.name !== config.name) {
    throw new DataError(
      `${where}: a layer must be made again from its config, got no layer "${String(config.name)}" from ${record.class}. ` +
        "Its constructor takes one object and hands name, trainable and seed to super.",
    );
  }
  if (record.path !== undefined) layer.attachAt(record.path);
  return layer;
};

/** Builds the variables of a model, and unlike `buildFor` those of layers that a layer of one's own only makes when called. */
export const buildModel = (where: string, model: Layer, inputShape: Shape): void =>
  refusing(where, `"${model.name}"`, () => {
    model.buildFor(inputShape);
    if (model.constructor !== Sequential) {
      inferOutput((x) => model.call(x), [{ shape: [2, ...inputShape], dtype: "float32" }]);
    }
  });

/** Functions of a config, at any depth, made again from their names and options. */
export const reviveFunctions = (where: string, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => reviveFunctions(where, one));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, reviveFunctions(where, one)] as const);
  const revived: Readonly<Record<string, unknown>> = Object.fromEntries(entries);
  const { function: name, options, ...rest } = revived;
  if (typeof name !== "string" || Object.keys(rest).length > 0) return revived;
  const f = makeFunction(name, asRecord(where, `the options of ${name}`, options));
  if (f) return f;
  throw new DataError(
    `${where}: each function must be known, got "${name}". Call registerFunction("${name}", f) with the function that was saved.`,
  );
};

/** What a constructor refuses is a fault of the file. */
export const refusing = <T>(where: string, what: string, make: () => T): T => {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof GradusError) || cause instanceof DataError) throw cause;
    throw new DataError(`${where}: ${what} must have options that fit, got "${cause.message}"`, { cause });
  }
};
