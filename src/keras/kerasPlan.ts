import type { Shape } from "../tensor/shape.ts";
import { readCalls } from "./kerasCalls.ts";
import { damagedKeras, isObject, type KerasObject, type Misfits, modelConfig, shownValue } from "./kerasConfig.ts";
import { kerasLayers } from "./kerasLayers.ts";
import { KerasOptions } from "./kerasOptions.ts";
import type { Planned, PlannedInput, PlannedModel } from "./planned.ts";

/** What all layers of a file have in common. */
export interface PlanContext {
  readonly where: string;
  readonly version: 2 | 3;
  readonly misfits: Misfits;
}

/** The classes of functional models in the versions of Keras. */
const functionalClasses = ["Functional", "Model"];

/** Nested models; no model is deeper. */
const maxDepth = 16;

/** Whether the file holds a model of a class that is rebuilt from its config. */
export const isModel = ({ class_name, module }: KerasObject): boolean =>
  (class_name === "Sequential" || functionalClasses.includes(class_name)) && isLibraryModule(module);

/** The modules of Keras; files of Keras 2 do not name them. */
const isLibraryModule = (module: unknown): boolean =>
  module === undefined || (typeof module === "string" && /^(tf_)?keras(\.|$)/.test(module));

/** Reads what a config says of a layer or model. What has no counterpart goes to the misfits. */
export const planOf = (saved: KerasObject, context: PlanContext, depth = 0): Planned => {
  if (isModel(saved)) return planModel(saved, context, depth);
  const { class_name: className } = saved;
  const { where, misfits, version } = context;
  const config = isObject(saved.config) ? saved.config : {};
  const name = nameOf(where, saved.name ?? config.name, className);
  const isLibrary = isLibraryModule(saved.module);
  if (className === "InputLayer" && isLibrary) return planInput(name, config, context);
  const read = isLibrary && Object.hasOwn(kerasLayers, className) ? kerasLayers[className] : undefined;
  if (!read) {
    misfits.add(name, className, "the layer");
    return { kind: "layer", name, className, trainable: true, variables: [], make: () => never(className) };
  }
  const options = new KerasOptions(name, className, config, misfits, version);
  const plan = read(options);
  options.finish();
  return { kind: "layer", name, className, trainable: config.trainable !== false, ...plan };
};

/** A model with misfits is not made. */
const never = (className: string): never => {
  throw new Error(`${className} has no counterpart`);
};

const nameOf = (where: string, name: unknown, className: string): string => {
  // Names are parts of paths.
  if (typeof name === "string" && /^[^/]+$/.test(name)) return name;
  throw damagedKeras(where, `the name of a ${className} must be text without "/"`, shownValue(name));
};

/** The shape of a row, of one with the rows in front; undefined where it is missing. */
const rowShape = (name: string, className: string, value: unknown, misfits: Misfits): Shape | undefined => {
  if (value === undefined || value === null) return undefined;
  const row = Array.isArray(value) ? value.slice(1) : [null];
  if (row.every((length) => Number.isSafeInteger(length) && length >= 0)) return row as number[];
  misfits.add(name, className, `the shape ${shownValue(value)}, in which only the number of rows may be free`);
  return [];
};

const planInput = (
  name: string,
  config: Readonly<Record<string, unknown>>,
  { misfits, version }: PlanContext,
): PlannedInput => {
  const options = new KerasOptions(name, "InputLayer", config, misfits, version);
  const shape = rowShape(name, "InputLayer", options.take("batch_shape") ?? options.take("batch_input_shape"), misfits);
  const dtype = options.take("dtype") ?? "float32";
  options.only("sparse", false);
  options.only("ragged", false);
  options.only("optional", false);
  options.without("name", "batch_shape", "batch_input_shape");
  options.finish();
  if (shape === undefined) misfits.add(name, "InputLayer", "an input without a shape");
  if (typeof dtype !== "string" || !/^(b?float\d+|u?int\d+)$/.test(dtype)) options.refuse("dtype", dtype);
  return { kind: "input", name, className: "InputLayer", shape: shape ?? [], dtype: String(dtype) };
};

const planModel = (saved: KerasObject, context: PlanContext, depth: number): PlannedModel => {
  const { where, misfits, version } = context;
  const { class_name: className } = saved;
  if (depth > maxDepth) throw damagedKeras(where, `models may be nested ${maxDepth} deep`, "more");
  const { options, layers } = modelConfig(where, saved);
  const name = nameOf(where, options.name ?? saved.name ?? className.toLowerCase(), className);
  const keras = new KerasOptions(name, className, options, misfits, version);
  keras.common();
  keras.without("layers", "input_layers", "output_layers", "build_input_shape");
  keras.finish();
  const planned = layers.map((layer) => planOf(layer, context, depth + 1));
  if (className === "Sequential") {
    const first = layers.find(({ class_name }) => class_name !== "InputLayer");
    const firstConfig = first && isObject(first.config) ? first.config : {};
    const build = isObject(saved.build_config) ? saved.build_config.input_shape : undefined;
    const shape = [firstConfig.batch_input_shape, firstConfig.batch_shape, options.build_input_shape, build].find(
      (candidate) => Array.isArray(candidate),
    );
    const input = planned.find(({ kind }) => kind === "input") as PlannedInput | undefined;
    const inputShape = input ? input.shape : rowShape(name, className, shape, misfits);
    return {
      kind: "model",
      name,
      className,
      trainable: options.trainable !== false,
      layers: planned,
      calls: undefined,
      inputShape,
    };
  }
  const calls = readCalls(where, { name, className, options, layers, planned }, misfits);
  return {
    kind: "model",
    name,
    className,
    trainable: options.trainable !== false,
    layers: planned,
    calls,
    inputShape: undefined,
  };
};
