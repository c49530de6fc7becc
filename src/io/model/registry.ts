import { described, descriptionOf } from "../../base/describe.ts";
import { ValueError } from "../../base/errors.ts";
import { checkOption, checkOptions, required, text } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import type { Layer } from "../../layers/base/layer.ts";
import type { LayerConfig, LayerOptions } from "../../layers/base/layerOptions.ts";
import { customLayers } from "./customLayers.ts";
import { builtInFunctions } from "./functions.ts";
import { builtInLayers } from "./layerClasses.ts";

/** Makes a layer of a class from its config. */
export type MakeLayer = (config: LayerConfig) => Layer;

const functions = new Map<string, object>();

const checkName = (operation: string, name: string): string => checkOption(operation, "name", name, required(text));

/**
 * Registers a custom layer class under the name that saved models use. Before a model is loaded, its classes must be
 * registered under the names that they had when it was saved.
 * @param Class Its constructor takes one object: the result of `config()`, which by default holds the options that the
 * constructor passes to `super`.
 * @throws ValueError for a name that another class has.
 * @example
 * class Scale extends Layer {
 *   readonly factor: number;
 *   constructor(options: { readonly name?: string; readonly factor: number }) {
 *     super(options);
 *     this.factor = options.factor;
 *   }
 *   call(input: Tensor) {
 *     return mul(input, this.factor);
 *   }
 * }
 * registerLayer("Scale", Scale);
 * const model = new Sequential({ inputShape: [2], layers: [new Scale({ factor: 3 }), new Dense({ units: 1 })] });
 * const copy = await loadModel(encodeModel(model));
 * (copy.layers[0] as Scale).factor; // 3
 */
export const registerLayer = <Options extends LayerOptions>(
  name: string,
  Class: new (options: Options) => Layer,
): void => {
  checkName("registerLayer", name);
  const known = builtInLayers.get(name)?.of ?? customLayers.get(name)?.of;
  if (known && known !== Class) {
    throw new ValueError(`registerLayer: each class must have its own name, got "${name}" twice. Choose another.`);
  }
  customLayers.set(name, { of: Class, make: (config) => new Class(config as unknown as Options) });
};

/**
 * Registers a custom function (an initializer, an activation, a regularizer, a constraint, a schedule, a clip) under the name
 * that saved models use. Before a model is loaded, its functions must be registered under the same names.
 * @typeParam F The type of the function.
 * @returns The function.
 * @throws ValueError for a name that another function has, or a function that has another name.
 * @example
 * const cube = registerFunction("cube", (x: Tensor) => mul(x, square(x)));
 * const model = new Sequential({ inputShape: [2], layers: [new Dense({ units: 1, activation: cube })] });
 * (await loadModel(encodeModel(model))).layers.length; // 1
 */
export const registerFunction = <F extends (...values: never[]) => unknown>(name: string, f: F): F => {
  checkName("registerFunction", name);
  if (typeof f !== "function") {
    throw new ValueError(
      `registerFunction: the second argument must be a function, got ${showValue(f)}. Pass the function itself.`,
    );
  }
  const known = builtInFunctions().has(name) ? f : functions.get(name);
  const description = descriptionOf(f);
  if (builtInFunctions().has(name) || (known && known !== f) || (description && description.name !== name)) {
    throw new ValueError(
      `registerFunction: each function must have one name, and each name one function, got "${name}"` +
        `${description ? ` for a function named "${description.name}"` : " twice"}. Choose another name.`,
    );
  }
  functions.set(name, f);
  return described(f, name, {}, true);
};

/** The name of a layer's class; undefined for one that is not registered. */
export const nameOfLayerClass = (layer: Layer): string | undefined => {
  for (const table of [builtInLayers, customLayers]) {
    for (const [name, { of }] of table) if (of === layer.constructor) return name;
  }
  return undefined;
};

/** Makes layers of a class; undefined for an unknown class. */
export const layerMaker = (name: string): MakeLayer | undefined =>
  (builtInLayers.get(name) ?? customLayers.get(name))?.make;

/** Makes a function from its name and options; undefined for an unknown name. */
export const makeFunction = (name: string, options: Readonly<Record<string, unknown>>): object | undefined => {
  const make = builtInFunctions().get(name);
  if (make) return make(options);
  const own = functions.get(name);
  if (own) checkOptions(name, options, {});
  return own;
};
