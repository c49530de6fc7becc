import type { Variable } from "../autograd/variable.ts";
import { inferOutput } from "../tensor/abstract.ts";
import { ShapeError, ValueError } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { asLayer } from "./activation.ts";
import type { ActivationFunction } from "./activations.ts";
import { type AssignOptions, type AssignReport, assignByName, assignOptions, type NamedTensors } from "./assign.ts";
import { type CallOptions, Layer, type LayerOptions, layerOptions } from "./layer.ts";
import { checkNumber } from "./options.ts";
import { predictInChunks, rowsPerChunk } from "./predict.ts";
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
  /** Rows that are computed at once. Default: 1024, fewer where the layers are wide. */
  readonly batchSize?: number;
}

/** Rows of the input with which shapes are worked out; not one, which would broadcast. */
const rowsInShapes = 2;

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
  readonly layers: readonly Layer[];
  #inputShape: Shape | undefined;
  #outputShapes: Shape[] | undefined;

  constructor(options: SequentialOptions) {
    checkOptions("Sequential", options, ["layers", "inputShape", ...layerOptions]);
    super(options, "sequential");
    if (!Array.isArray(options.layers) || options.layers.length === 0) {
      throw new ValueError(
        `${this.name}: layers must be a list of at least one layer, got ${lengthOf(options.layers)}. Add a layer.`,
      );
    }
    this.layers = options.layers.map((layer, index) => checkLayer(this.name, layer, index));
    nameLayers(this, this.layers);
    if (options.trainable === false) this.trainable = false;
    if (options.inputShape !== undefined) this.buildFor(checkShape(this.name, options.inputShape));
  }

  /** Whether any layer is trained; setting it sets it for all of them. */
  override get trainable(): boolean {
    return this.layers.some(({ trainable }) => trainable);
  }

  override set trainable(trainable: boolean) {
    for (const layer of this.layers) layer.trainable = trainable;
  }

  override get variables(): readonly Variable[] {
    return this.layers.flatMap(({ variables }) => variables);
  }

  override get trainableVariables(): readonly Variable[] {
    return this.layers.flatMap(({ trainableVariables }) => trainableVariables);
  }

  /** The shape of one row of the input; undefined before the model is built. */
  get inputShape(): Shape | undefined {
    return this.#inputShape;
  }

  /** The shape of one row of the output; undefined before the model is built. */
  get outputShape(): Shape | undefined {
    return this.#outputShapes?.at(-1);
  }

  build(inputShape: Shape): void {
    const outputShapes: Shape[] = [];
    let row = inputShape;
    let dtype: Tensor["dtype"] = "float32";
    for (const layer of this.layers) {
      layer.buildFor(row);
      const output = inferOutput((x) => layer.call(x), [{ shape: [rowsInShapes, ...row], dtype }]);
      if (output.shape[0] !== rowsInShapes) {
        throw new ShapeError(
          `${layer.path}: a layer must put out one row for each row of its input, got shape ${formatShape(output.shape)} ` +
            `for ${rowsInShapes} rows of shape ${formatShape(row)}. Keep the first axis.`,
        );
      }
      dtype = output.dtype;
      row = output.shape.slice(1);
      outputShapes.push(row);
    }
    this.#inputShape = inputShape;
    this.#outputShapes = outputShapes;
  }

  /**
   * The output of a batch of rows.
   * @throws ShapeError when a row is not of the shape that the model was built for.
   */
  call(input: Tensor, options?: CallOptions): Tensor {
    const expected = this.#inputShape ?? [];
    if (!sameShape(input.shape.slice(1), expected)) {
      throw new ShapeError(
        `${this.path}: each row of the input must have the shape that the model was built for, got shape ` +
          `${formatShape(input.shape)} where [${["*", ...expected].join(", ")}] is expected. Reshape the input, or make another model for it.`,
      );
    }
    return this.layers.reduce((x, layer) => layer.call(x, options), input);
  }

  /**
   * The output for all rows of a data set, computed in chunks, so that memory does not grow with it. Dropout and batch
   * norm are not in training. A row's output has the same bits whatever the size of the chunks.
   * @throws ShapeError as `call` does; ValueError for a batchSize that is no whole number from 1.
   */
  predict(x: Tensor, options: PredictOptions = {}): Tensor {
    checkOptions("predict", options, ["batchSize"]);
    if (options.batchSize !== undefined) {
      checkNumber("predict", "batchSize", options.batchSize, "a whole number from 1", (size) => {
        return Number.isSafeInteger(size) && size >= 1;
      });
    }
    // call refuses what has no rows, with its own words.
    if (!(x instanceof Tensor) || x.rank === 0) return this.call(x);
    this.buildFor(x.shape.slice(1));
    const widest = Math.max(...[this.#inputShape ?? [], ...(this.#outputShapes ?? [])].map(sizeOf));
    return predictInChunks(this, x, options.batchSize ?? rowsPerChunk(widest));
  }

  /**
   * The layer of a name.
   * @throws ValueError that lists the layers when there is none.
   */
  layer(name: string): Layer {
    const found = this.layers.find((layer) => layer.name === name);
    if (found) return found;
    throw new ValueError(
      `${this.path}: there must be a layer of the name, got "${name}". The layers are ${this.layers.map((one) => one.name).join(", ")}.`,
    );
  }

  /**
   * The variable of a name, with or without the model's in front: `dnn/hidden1/kernel` or `hidden1/kernel`.
   * @throws ValueError that lists the variables when there is none.
   */
  variable(name: string): Variable {
    const found = this.variables.find((one) => one.name === name || one.name === `${this.path}/${name}`);
    if (found) return found;
    const names = this.variables.map((one) => one.name);
    throw new ValueError(
      `${this.path}: there must be a variable of the name, got "${name}". ` +
        (names.length > 0
          ? `The variables are ${names.join(", ")}.`
          : "There are none yet: pass inputShape, or call the model first."),
    );
  }

  /**
   * Assigns values to variables by their names, and reports what was assigned and what was not.
   * @throws ValueError, before anything is assigned, when strict (the default) and values and variables do not correspond.
   * @example
   * const model = new Sequential({ name: "dnn", inputShape: [2], layers: [new Dense({ name: "outputs", units: 1 })] });
   * model.assign({ "dnn/outputs/bias": ones([1]) }, { match: /bias/, strict: false }).restored; // ["dnn/outputs/bias"]
   */
  assign(values: NamedTensors, options: AssignOptions = {}): AssignReport {
    checkOptions("assign", options, assignOptions);
    return assignByName(`${this.path}: assign`, this.variables, values, options);
  }

  /** A table of the layers as text: output shapes, parameters, how many of them are trained, and the totals. */
  summary(): string {
    return summarize(this, this.layers, this.#outputShapes);
  }
}

const lengthOf = (layers: unknown): string => (Array.isArray(layers) ? "an empty list" : typeof layers);

const checkLayer = (model: string, layer: unknown, index: number): Layer => {
  if (layer instanceof Layer || typeof layer === "function") return asLayer(layer as Layer | ActivationFunction);
  throw new ValueError(
    `${model}: each of the layers must be a layer or a function of a tensor, got ${typeof layer} at position ${index}. Remove it.`,
  );
};

/** Gives the layers their names: those that were chosen first, then the default ones, numbered where they are taken. */
const nameLayers = (model: Layer, layers: readonly Layer[]): void => {
  const taken = new Set<string>();
  layers.forEach((layer, index) => {
    const first = layers.indexOf(layer);
    if (first === index) return;
    throw new ValueError(
      `${model.path}: each layer may stand in a model once, got "${layer.name}" at positions ${first} and ${index}. Make another one.`,
    );
  });
  for (const { fixedName } of layers) {
    if (fixedName === undefined) continue;
    if (taken.has(fixedName)) {
      throw new ValueError(`${model.path}: each layer needs a name of its own, got "${fixedName}" twice. Rename one.`);
    }
    taken.add(fixedName);
  }
  for (const layer of layers) {
    if (layer.fixedName !== undefined) {
      layer.attach(model, layer.fixedName);
      continue;
    }
    let name = layer.name;
    for (let number = 1; taken.has(name); number++) name = `${layer.name}_${number}`;
    taken.add(name);
    layer.attach(model, name);
  }
};
