import type { Variable } from "../autograd/variable.ts";
import { ShapeError, ValueError } from "../base/errors.ts";
import {
  anything,
  checkOption,
  checkOptions,
  copyOptions,
  regularExpression,
  required,
  text,
  whole,
} from "../base/options.ts";
import { plainOptions } from "../base/plainOptions.ts";
import { checkShape, formatRows, formatShape, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { ActivationFunction, LayerActivation } from "./base/activations.ts";
import { type AssignOptions, type AssignReport, assignByName, assignRules } from "./base/assign.ts";
import { Layer } from "./base/layer.ts";
import { type CallOptions, type LayerConfig, type LayerOptions, layerRules } from "./base/layerOptions.ts";
import type { NamedTensors } from "./base/namedTensors.ts";
import { predictInChunks, rowsPerChunk } from "./predict.ts";
import { attachToModel, checkLayers, outputShapesOf } from "./sequentialLayers.ts";
import { summarize } from "./summary.ts";

/** Options of `Sequential`. */
export interface SequentialOptions extends LayerOptions {
  /** In order. A bare function of one tensor, such as `elu`, becomes an `Activation`. */
  readonly layers: readonly (Layer | ActivationFunction)[];
  /** The shape of one row of the input. With it the variables exist at once; without it from the first call on. */
  readonly inputShape?: Shape;
}

/** Options of `predict`. */
export interface PredictOptions {
  /** The number of rows that are computed at once. Default: 1024, fewer where the layers are wide. */
  readonly batchSize?: number;
}

/**
 * Layers one after another: y = layerₙ(... layer₁(x)). It is a layer itself, so that models can be nested.
 *
 * Variables are named `<model>/<layer>/<variable>`. Layers without a name get the name of their class, numbered from the
 * second on (`dense`, `dense_1`). Each layer draws from a stream of random numbers that depends on the model's seed and
 * the layer's name alone: adding a layer does not change the others.
 * @throws ValueError for unknown options, a name that two layers have, or no layers; ShapeError, naming the layer, where
 * shapes do not fit.
 * @example
 * const model = new Sequential({
 *   name: "xor",
 *   inputShape: [2],
 *   layers: [new Dense({ units: 8, activation: "tanh" }), new Dense({ units: 1 })],
 *   seed: 1,
 * });
 * model.predict(tensor([[0, 1], [1, 1]])).shape; // [2, 1]
 */
export class Sequential extends Layer {
  /** The layers, in the order in which they are called. */
  readonly layers: readonly Layer[];
  readonly #seed: number | undefined;
  #inputShape: Shape | undefined;
  #outputShapes: readonly Shape[] | undefined;
  /** Whether two layers share variables, as an encoder and the decoder that has it in a field. */
  #isTied = false;

  constructor(options: SequentialOptions) {
    // checkLayers and checkShape check the first two.
    const checked = copyOptions("Sequential", options, { layers: anything, inputShape: anything, ...layerRules });
    super(checked, "sequential");
    this.#seed = checked.seed;
    this.layers = checkLayers(this.name, checked.layers);
    attachToModel(this, this.layers);
    if (checked.trainable === false) this.trainable = false;
    if (checked.inputShape !== undefined) this.buildFor(checkShape(this.name, checked.inputShape));
  }

  /** Whether any layer is trained; setting it sets it for all layers. */
  override get trainable(): boolean {
    return this.layers.some(({ trainable }) => trainable);
  }

  override set trainable(trainable: boolean) {
    for (const layer of this.layers) layer.trainable = trainable;
  }

  override get sublayers(): readonly Layer[] {
    return this.layers;
  }

  override get lastActivation(): LayerActivation | undefined {
    const last = this.layers[this.layers.length - 1].lastActivation;
    return last && { ...last, steps: undefined };
  }

  override get variables(): readonly Variable[] {
    const variables = this.layers.flatMap((layer) => layer.variables);
    return this.#isTied ? [...new Set(variables)] : variables;
  }

  override get trainableVariables(): readonly Variable[] {
    const variables = this.layers.flatMap((layer) => layer.trainableVariables);
    return this.#isTied ? [...new Set(variables)] : variables;
  }

  /** The shape of one row of the input; undefined before the model is built. */
  get inputShape(): Shape | undefined {
    return this.#inputShape;
  }

  /** The shape of one row of the output; undefined before the model is built. */
  get outputShape(): Shape | undefined {
    return this.#outputShapes?.at(-1);
  }

  /** Name, seed and input shape. The layers are missing: a saved model holds their classes and configs beside this one. */
  override config(): LayerConfig {
    const { name, activityRegularizer } = this;
    return plainOptions(this.path, { name, seed: this.#seed, inputShape: this.#inputShape, activityRegularizer });
  }

  /** Prepares the layer for rows of this shape, once, before its first call. */
  build(inputShape: Shape): void {
    const outputShapes = outputShapesOf(this.layers, inputShape);
    this.#inputShape = inputShape;
    this.#outputShapes = outputShapes;
    const variables = this.layers.flatMap((layer) => layer.variables);
    this.#isTied = new Set(variables).size < variables.length;
  }

  override get computesOnly(): boolean {
    return this.constructor === Sequential;
  }

  /**
   * The output of a batch of rows.
   * @throws ShapeError for rows of another shape than that for which the model was built.
   */
  call(input: Tensor, options?: CallOptions): Tensor {
    const expected = this.#inputShape ?? [];
    if (!sameShape(input.axes.slice(1), expected)) {
      throw new ShapeError(
        `${this.path}: each row of the input must have the shape that the model was built for, got shape ` +
          `${formatShape(input.axes)} where ${formatRows(expected)} is expected. Reshape the input, or make another model for it.`,
      );
    }
    return this.layers.reduce((x, layer) => layer.call(x, options), input);
  }

  /**
   * The output for all rows of a data set, computed in chunks, so that memory does not grow with it. Dropout and batch
   * norm are not in training. A row's output has the same bits whatever the size of the chunks.
   * @throws ShapeError as `call` does; ValueError for a batchSize that is not a whole number from 1.
   */
  predict(x: Tensor, options: PredictOptions = {}): Tensor {
    checkOptions("predict", options, { batchSize: whole({ from: 1 }) });
    // `call` throws for values without rows.
    if (!(x instanceof Tensor) || x.rank === 0) return this.call(x);
    this.buildFor(x.axes.slice(1));
    const widest = Math.max(...[this.#inputShape ?? [], ...(this.#outputShapes ?? [])].map(sizeOf));
    return predictInChunks(this, x, options.batchSize ?? rowsPerChunk(widest));
  }

  /**
   * The layer of a name, with or without the model's in front; a layer of a nested model by its path.
   * @throws ValueError that lists the layers when there is none.
   * @example
   * const inner = new Sequential({ name: "inner", layers: [new Dense({ name: "hidden", units: 2 })] });
   * const model = new Sequential({ name: "dnn", layers: [inner, new Dense({ name: "outputs", units: 1 })] });
   * model.layer("outputs").path; // "dnn/outputs"
   * model.layer("inner/hidden").path; // "dnn/inner/hidden"
   */
  layer(name: string): Layer {
    const [index, rest] = this.#locate(name);
    const layer = this.layers[index];
    return rest === undefined ? layer : (layer as Sequential).layer(rest);
  }

  /**
   * The variable of a name, with or without the model's in front: `dnn/hidden1/kernel` or `hidden1/kernel`.
   * @throws ValueError that lists the variables when there is none.
   */
  variable(name: string): Variable {
    checkOption(this.path, "name", name, required(text));
    const paths = [name, `${this.path}/${name}`];
    const variable = this.variables.find((candidate) => paths.includes(candidate.name));
    if (variable) return variable;
    throw this.#noVariable("of the name", `"${name}"`);
  }

  /**
   * The variables whose names match a pattern, for an optimizer to train, for instance.
   * @param pattern Is searched anywhere in the name; `^` and `$` bind it to the ends.
   * @throws ValueError that lists the variables when none matches.
   * @example
   * const layers = [new Dense({ name: "hidden1", units: 3 }), new Dense({ name: "outputs", units: 1 })];
   * const model = new Sequential({ name: "dnn", inputShape: [2], layers });
   * model.findVariables(/hidden[12]/).map(({ name }) => name); // ["dnn/hidden1/kernel", "dnn/hidden1/bias"]
   */
  findVariables(pattern: RegExp): readonly Variable[] {
    checkOption(this.path, "pattern", pattern, required(regularExpression));
    const matching = this.variables.filter(({ name }) => name.search(pattern) >= 0);
    if (matching.length > 0) return matching;
    throw this.#noVariable("that matches", String(pattern));
  }

  /**
   * The output of the layer of a name for all rows of a data set; computed in chunks, and not in training, like that of
   * `predict`.
   * @throws ValueError when there is no such layer; ShapeError as `call` does.
   * @example
   * const hidden = new Dense({ name: "hidden", units: 2, kernelInitializer: "ones", activation: "relu" });
   * const model = new Sequential({ inputShape: [1], layers: [hidden, new Dense({ units: 1 })] });
   * model.outputOf("hidden", tensor([[-3], [4]])).toArray(); // [[0, 0], [4, 4]]
   */
  outputOf(name: string, x: Tensor, options: PredictOptions = {}): Tensor {
    // Otherwise the later layers would stay unbuilt, and a later call could build them for another shape.
    if (x instanceof Tensor && x.rank > 0) this.buildFor(x.axes.slice(1));
    return this.upTo(name).predict(x, options);
  }

  /**
   * A model that ends with the layer of a name. It shares the layers, and so the variables, which keep their names:
   * training one of the models trains the other.
   * @throws ValueError when there is no such layer.
   * @example
   * const layers = [new Dense({ name: "hidden", units: 2 }), new Dense({ name: "outputs", units: 1 })];
   * const model = new Sequential({ name: "dnn", inputShape: [3], layers });
   * const lower = model.upTo("hidden");
   * lower.outputShape; // [2]
   * lower.variable("dnn/hidden/kernel") === model.variable("dnn/hidden/kernel"); // true
   */
  upTo(name: string): Sequential {
    const [index, rest] = this.#locate(name);
    const last = this.layers[index];
    const end = rest === undefined ? last : (last as Sequential).upTo(rest);
    return this.#grown([...this.layers.slice(0, index), end]);
  }

  /**
   * A model with further layers behind those of this one, which it shares, and which keep their names. The new layers are
   * named under the model, and draw from its stream of random numbers.
   * @param layers As in the options of `Sequential`.
   * @throws ValueError when two layers would have one name; ShapeError where shapes do not fit.
   * @example
   * const layers = [new Dense({ name: "hidden", units: 2 }), new Dense({ name: "outputs", units: 1 })];
   * const model = new Sequential({ name: "dnn", inputShape: [3], layers });
   * const other = model.upTo("hidden").extend([new Dense({ name: "new_outputs", units: 5 })]);
   * other.outputShape; // [5]
   * other.findVariables(/kernel/).map(({ name }) => name); // ["dnn/hidden/kernel", "dnn/new_outputs/kernel"]
   */
  extend(layers: readonly (Layer | ActivationFunction)[]): Sequential {
    return this.#grown([...this.layers, ...checkLayers(`${this.path}: extend`, layers)]);
  }

  #noVariable(rule: string, name: string): ValueError {
    const names = this.variables.map((variable) => variable.name).join(", ");
    const fix = names ? `The variables are ${names}.` : "There are none yet: pass inputShape, or call the model first.";
    return new ValueError(`${this.path}: there must be a variable ${rule}, got ${name}. ${fix}`);
  }

  /** A model of the same name and stream, with other layers. */
  #grown(layers: readonly Layer[]): Sequential {
    const grown = new Sequential({ name: this.name, layers });
    grown.standFor(this);
    if (this.#inputShape) grown.buildFor(this.#inputShape);
    return grown;
  }

  /** The index of the layer that a name means, and the rest of the name, where that layer is a model. */
  #locate(name: string): [index: number, rest: string | undefined] {
    checkOption(this.path, "name", name, required(text));
    for (const path of [name, name.startsWith(`${this.path}/`) ? name.slice(this.path.length + 1) : name]) {
      const index = this.layers.findIndex((layer) => layer.name === path);
      if (index >= 0) return [index, undefined];
      const outer = this.layers.findIndex((layer) => layer instanceof Sequential && path.startsWith(`${layer.name}/`));
      if (outer >= 0) return [outer, path.slice(this.layers[outer].name.length + 1)];
    }
    throw new ValueError(
      `${this.path}: there must be a layer of the name, got "${name}". The layers are ${this.layers.map((layer) => layer.name).join(", ")}.`,
    );
  }

  /**
   * Assigns values to variables by their names, and reports which were assigned and which were not.
   * @throws ValueError, before anything is assigned, when strict (the default) and values and variables do not correspond,
   * and for a `match` that matches nothing.
   * @example
   * const model = new Sequential({ name: "dnn", inputShape: [2], layers: [new Dense({ name: "outputs", units: 1 })] });
   * model.assign({ "dnn/outputs/bias": ones([1]) }, { match: /bias/, strict: false }).restored; // ["dnn/outputs/bias"]
   */
  assign(values: NamedTensors, options: AssignOptions = {}): AssignReport {
    checkOptions("assign", options, assignRules());
    return assignByName(`${this.path}: assign`, this.variables, values, options);
  }

  /** A table of the layers as text: output shapes, parameters, how many of them are trained, and the totals. */
  summary(): string {
    return summarize(this, this.layers, this.#outputShapes);
  }
}
