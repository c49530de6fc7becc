import { anything, checkOptions, copyOptions, whole } from "../base/options.ts";
import { plainOptions } from "../base/plainOptions.ts";
import { checkShape, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { ActivationFunction, LayerActivation } from "./base/activations.ts";
import type { Layer } from "./base/layer.ts";
import { otherRows } from "./base/layerChecks.ts";
import { type CallOptions, type LayerConfig, type LayerOptions, layerRules } from "./base/layerOptions.ts";
import { LayeredModel } from "./layeredModel.ts";
import { type PredictOptions, predictInChunks, rowsPerChunk } from "./predict.ts";
import { attachToModel, checkLayers, outputShapesOf } from "./sequentialLayers.ts";
import { summarize } from "./summary.ts";

/** Options of `Sequential`. */
export interface SequentialOptions extends LayerOptions {
  /** In order. A bare function of one tensor, such as `elu`, becomes an `Activation`. */
  readonly layers: readonly (Layer | ActivationFunction)[];
  /** The shape of one row of the input. With it the variables exist at once; without it from the first call on. */
  readonly inputShape?: Shape;
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
export class Sequential extends LayeredModel {
  readonly #seed: number | undefined;
  #inputShape: Shape | undefined;
  #outputShapes: readonly Shape[] | undefined;

  constructor(options: SequentialOptions) {
    // checkLayers and checkShape check the first two.
    const checked = copyOptions("Sequential", options, { layers: anything, inputShape: anything, ...layerRules });
    const { name = "sequential" } = checked;
    super(checked, "sequential", checkLayers(name, checked.layers));
    this.#seed = checked.seed;
    attachToModel(this, this.layers);
    if (checked.trainable === false) this.trainable = false;
    if (checked.inputShape !== undefined) this.buildFor(checkShape(this.name, checked.inputShape));
  }

  override get lastActivation(): LayerActivation | undefined {
    const last = this.layers[this.layers.length - 1].lastActivation;
    return last && { ...last, steps: undefined };
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
    this.findTiedVariables();
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
      throw otherRows(this.path, "the input", input.axes, expected);
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
  override upTo(name: string): Sequential {
    const [index, rest] = this.locate(name);
    const last = this.layers[index];
    const end = rest === undefined ? last : (last as LayeredModel).upTo(rest);
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

  /** A model of the same name and stream, with other layers. */
  #grown(layers: readonly Layer[]): Sequential {
    const grown = new Sequential({ name: this.name, layers });
    grown.standFor(this);
    if (this.#inputShape) grown.buildFor(this.#inputShape);
    return grown;
  }

  /** A table of the layers as text: output shapes, parameters, how many of them are trained, and the totals. */
  override summary(): string {
    return summarize(this, this.layers, this.#outputShapes);
  }
}
