import { DTypeError, ShapeError, ValueError } from "../../base/errors.ts";
import { anything, checkOptions, copyOptions, flag, isPlainObject, listOf, whole } from "../../base/options.ts";
import { plainOptions } from "../../base/plainOptions.ts";
import { showValue } from "../../base/showValue.ts";
import { checkTensor } from "../../ops/support/checkTensor.ts";
import { inferOutput } from "../../tensor/interpret/shapeInterpreter.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { ActivationFunction, LayerActivation } from "../base/activations.ts";
import type { Layer } from "../base/layer.ts";
import { otherRows } from "../base/layerChecks.ts";
import type { LayerInputs, NamedOutputs } from "../base/layerInputs.ts";
import { type CallOptions, type LayerConfig, type LayerOptions, layerRules } from "../base/layerOptions.ts";
import { LayeredModel } from "../layeredModel.ts";
import { type PredictOptions, predictInChunks, predictSeveral, rowsPerChunk } from "../predict.ts";
import { checkLayers } from "../sequentialLayers.ts";
import { summarize } from "../summary.ts";
import type { InputDescription } from "./symbol.ts";
import {
  cutWiring,
  extendWiring,
  namingSources,
  runWiring,
  sourcesOfCall,
  type Wired,
  type Wiring,
  wire,
} from "./wiring.ts";

/** Options of `Model`. */
export interface ModelOptions extends LayerOptions {
  /** The symbol of the input that `input` made; a list or an object of several. The names of an object name the inputs. */
  readonly inputs: Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;
  /** The symbol of the output; a list or an object of several. The names of an object name the outputs. */
  readonly outputs: Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;
}

/** Options of `Model.run`. */
export interface RunOptions extends CallOptions {
  /** The names of the outputs, or of layers, to compute. Default: all outputs. */
  readonly outputs?: readonly string[];
}

/** What is known of an output of a model. */
export interface OutputDescription {
  /** The name under which `run` gives it. */
  readonly name: string;
  /** The shape of one row; undefined before the model is built. */
  readonly shape: Shape | undefined;
}

/** Not one, which would broadcast. */
const rowsInShapes = 2;

/**
 * Layers that are wired as a graph: they may branch, join, and be called several times (then their variables are shared). It is a
 * layer itself, so that models can be nested.
 *
 * Layers are called with symbols, which `input` begins; the model takes the calls that lead from its inputs to its outputs.
 * Names, random streams, freezing and files work as in `Sequential`.
 * @throws ValueError for unknown options, inputs or outputs that are not symbols, an input that leads to no output, what leads to
 * the outputs and is not among the inputs, and a name that two layers have; ShapeError, naming the layer, where shapes do not fit.
 * @example
 * const wide = input({ shape: [5] });
 * const deep = input({ shape: [3] });
 * const hidden = new Dense({ name: "hidden", units: 4, activation: "relu" }).call(deep);
 * const price = new Dense({ name: "price", units: 1 }).call(new Concatenate().call([wide, hidden]));
 * const model = new Model({ name: "houses", inputs: { wide, deep }, outputs: price, seed: 1 });
 * model.predict({ wide: zeros([2, 5]), deep: zeros([2, 3]) }).shape; // [2, 1]
 */
export class Model extends LayeredModel {
  readonly #seed: number | undefined;
  readonly #wiring: Wiring;
  /** The shape of one row of each value. */
  #rows: readonly Shape[] | undefined;

  constructor(options: ModelOptions) {
    const checked = copyOptions("Model", options, { inputs: anything, outputs: anything, ...layerRules });
    const { inputs, outputs, ...layerOptions } = checked;
    const isWired = (inputs as unknown) instanceof WiredModel;
    const wired = isWired ? (inputs as unknown as Wired) : wire("Model", inputs, outputs);
    super(layerOptions, "model", wired.layers);
    this.#seed = checked.seed;
    this.#wiring = wired.wiring;
    this.attachAll(this.layers);
    if (checked.trainable === false) this.trainable = false;
    if (!isWired) this.buildFor(this.#wiring.inputs[0].shape);
  }

  override get takesSeveral(): boolean {
    return true;
  }

  /** The inputs: by these names they are passed in an object. */
  get inputs(): readonly InputDescription[] {
    return this.#wiring.inputs;
  }

  /** The outputs, with the shapes of one row. */
  get outputs(): readonly OutputDescription[] {
    return this.#wiring.outputs.map(({ name, value }) => ({ name, shape: this.#rows?.[value] }));
  }

  override get namedOutputs(): NamedOutputs {
    return {
      names: this.#wiring.outputs.map(({ name }) => name),
      compute: (inputs, names, options) => {
        const outputs = this.run(inputs, { ...options, outputs: names });
        return names.map((name) => outputs[name]);
      },
    };
  }

  /** How it calls its layers. @internal */
  get wiring(): Wiring {
    return this.#wiring;
  }

  override get lastActivation(): LayerActivation | undefined {
    const [{ value }] = this.#wiring.outputs;
    const call = this.#wiring.calls[value - this.#wiring.inputs.length];
    const last = this.#wiring.outputs.length === 1 && call ? this.layers[call.layer].lastActivation : undefined;
    return last && { ...last, steps: undefined };
  }

  override get computesOnly(): boolean {
    return this.constructor === Model;
  }

  /** Name, seed and wiring. The layers are missing: a saved model holds their classes and configs beside this one. */
  override config(): LayerConfig {
    const { name, activityRegularizer } = this;
    return plainOptions(this.path, { name, seed: this.#seed, wiring: this.#wiring, activityRegularizer });
  }

  /** Builds all layers, and works out the shape of each value. The shapes are those of the inputs. */
  build(): void {
    const count = this.#wiring.inputs.length;
    let rows: readonly Shape[] = [];
    const types = this.#wiring.inputs.map(({ shape, dtype }) => ({ shape: [rowsInShapes, ...shape], dtype }));
    inferOutput((...inputs) => {
      const values: Tensor[] = [];
      try {
        runWiring(this.#wired, inputs, undefined, values);
      } catch (cause) {
        throw namingSources(this.#wired, values, cause);
      }
      for (const [index, value] of values.entries()) {
        if (index >= count && value.axes[0] !== rowsInShapes) {
          throw new ShapeError(
            `${this.layers[this.#wiring.calls[index - count].layer].path}: a layer must output one row for each row of its input, ` +
              `got shape ${formatShape(value.axes)} for ${rowsInShapes} rows. Keep the first axis.`,
          );
        }
      }
      rows = values.map(({ axes }) => Object.freeze(axes.slice(1)));
      return values[values.length - 1];
    }, types);
    this.#rows = rows;
    this.findTiedVariables();
  }

  /**
   * The output of a batch of rows, of a model with one output.
   * @param inputs A tensor; or several, as a list in the order of the inputs or as an object by their names.
   * @throws ValueError for a model with several outputs, and for inputs that are missing or do not exist; ShapeError for rows of
   * another shape than that of the input.
   */
  call(inputs: LayerInputs, options?: CallOptions): Tensor {
    const { value } = this.#onlyOutput("call");
    return runWiring(this.#wired, this.#inputsOf(inputs), options)[value];
  }

  /**
   * The outputs of a batch of rows by name, of a model with any number of outputs.
   * @param inputs As for `call`.
   * @throws ValueError for an output that does not exist, and as `call` does.
   * @example
   * const x = input({ shape: [2] });
   * const hidden = new Dense({ name: "hidden", units: 3 }).call(x);
   * const outputs = { size: new Dense({ units: 1 }).call(hidden), kind: new Dense({ units: 4 }).call(hidden) };
   * const { size, kind } = new Model({ inputs: x, outputs }).run(zeros([5, 2]));
   * [size.shape, kind.shape]; // [[5, 1], [5, 4]]
   */
  run(inputs: LayerInputs, options: RunOptions = {}): Readonly<Record<string, Tensor>> {
    const { outputs, training } = checkOptions(`${this.path}: run`, options, {
      outputs: listOf("names", (name) => typeof name === "string"),
      training: flag,
    });
    const wanted = outputs?.map((name) => ({ name, value: this.#valueOf(name) })) ?? this.#wiring.outputs;
    const values = runWiring(this.#wired, this.#inputsOf(inputs), training === undefined ? undefined : { training });
    return Object.fromEntries(wanted.map(({ name, value }) => [name, values[value]]));
  }

  /**
   * The output for all rows, computed in chunks, so that memory does not grow with them, of a model with one output. Dropout and
   * batch norm are not in training. A row's output has the same bits whatever the size of the chunks.
   * @param inputs As for `call`.
   * @throws As `call` does; ValueError for a batchSize that is not a whole number from 1.
   */
  predict(inputs: LayerInputs, options: PredictOptions = {}): Tensor {
    this.#onlyOutput("predict");
    return Object.values(this.predictAll(inputs, options))[0];
  }

  /**
   * All outputs for all rows by name, computed in chunks as by `predict`.
   * @throws As `predict` does.
   */
  predictAll(inputs: LayerInputs, options: PredictOptions = {}): Readonly<Record<string, Tensor>> {
    checkOptions("predict", options, { batchSize: whole({ from: 1 }) });
    const tensors = this.#inputsOf(inputs);
    const { outputs } = this.#wiring;
    const batchSize = options.batchSize ?? rowsPerChunk(Math.max(...this.#rows!.map(sizeOf)));
    const isSingle = tensors.length === 1 && outputs.length === 1;
    const predictions = isSingle
      ? [predictInChunks(this, tensors[0], batchSize)]
      : predictSeveral(this, tensors, batchSize, (chunk) => {
          const values = runWiring(this.#wired, chunk, undefined);
          return outputs.map(({ value }) => values[value]);
        });
    return Object.fromEntries(outputs.map(({ name }, index) => [name, predictions[index]]));
  }

  /**
   * What the layer of a name gives for all rows; computed in chunks, and not in training, like the outputs of `predict`.
   * @param name As for `upTo`.
   * @throws As `upTo` and `predict` do.
   */
  outputOf(name: string, inputs: LayerInputs, options: PredictOptions = {}): Tensor {
    const tensors = this.#inputsOf(inputs);
    const part = this.upTo(name);
    const used = part.inputs.map((input) => [
      input.name,
      tensors[this.inputs.findIndex((candidate) => candidate.name === input.name)],
    ]);
    return part.predict(Object.fromEntries(used), options);
  }

  /**
   * A model of the same inputs, as far as they are needed, that ends with the layer of a name. It shares the layers, and so the
   * variables, which keep their names.
   * @param name The name of an output or of a layer; of a layer in a nested model its path. Where a layer is called several times,
   * its results are told apart as `hidden:0`, `hidden:1`.
   * @throws ValueError when there is no such layer, or it is called several times.
   * @example
   * const x = input({ shape: [8] });
   * const hidden = new Dense({ name: "hidden", units: 4 }).call(x);
   * const model = new Model({ inputs: x, outputs: new Dense({ units: 1 }).call(hidden) });
   * model.upTo("hidden").outputs; // [{ name: "hidden", shape: [4] }]
   */
  override upTo(name: string): Model {
    const value = this.#wiring.outputs.find((output) => output.name === name)?.value;
    if (value !== undefined) return this.#changed(cutWiring(this.#wired, value, name));
    const [call, rest] = this.#locateCall(name);
    const { wiring, layers } = cutWiring(this.#wired, this.#wiring.inputs.length + call, name);
    if (rest === undefined) return this.#changed({ wiring, layers });
    const { layer } = wiring.calls[wiring.calls.length - 1];
    const inner = (layers[layer] as LayeredModel).upTo(rest);
    return this.#changed({ wiring, layers: layers.map((outer, index) => (index === layer ? inner : outer)) });
  }

  /**
   * A model with further layers behind the only output of this one, which it shares, and which keep their names. The new layers
   * are named under the model, and draw from its stream of random numbers.
   * @throws ValueError for a model with several outputs, and when two layers would have one name; ShapeError where shapes do not fit.
   */
  extend(layers: readonly (Layer | ActivationFunction)[]): Model {
    this.#onlyOutput("extend");
    return this.#changed(extendWiring(this.#wired, checkLayers(`${this.path}: extend`, layers)));
  }

  override summary(): string {
    const { inputs, calls } = this.#wiring;
    const nameOf = (value: number): string =>
      value < inputs.length ? inputs[value].name : this.layers[calls[value - inputs.length].layer].name;
    const callsOf = (index: number): readonly number[] =>
      calls.flatMap(({ layer }, call) => (layer === index ? [call] : []));
    const sources = this.layers.map((_, index) =>
      callsOf(index)
        .map((call) => sourcesOfCall(calls[call]).map(nameOf).join(", "))
        .join("; "),
    );
    const shapes = this.#rows && this.layers.map((_, index) => this.#rows![inputs.length + callsOf(index)[0]]);
    return summarize(this, this.layers, shapes, sources);
  }

  get #wired(): Wired {
    return { wiring: this.#wiring, layers: this.layers };
  }

  /** A model of the same name and stream, wired in another way. */
  #changed(wired: Wired): Model {
    const options = { name: this.name, ...wiredOptions(wired) };
    const changed = new Model(options);
    changed.standFor(this);
    changed.buildFor(wired.wiring.inputs[0].shape);
    return changed;
  }

  #onlyOutput(operation: string): { readonly value: number } {
    const { outputs } = this.#wiring;
    if (outputs.length === 1) return outputs[0];
    throw new ValueError(
      `${this.path}: ${operation} is for models with one output, got the outputs ${outputs.map(({ name }) => name).join(", ")}. ` +
        `Use ${operation === "call" ? "run(inputs)" : operation === "predict" ? "predictAll(inputs)" : 'upTo("name") first'}.`,
    );
  }

  /** The inputs in their order. */
  #inputsOf(given: LayerInputs): readonly Tensor[] {
    const { inputs } = this.#wiring;
    const names = inputs.map(({ name }) => name);
    const list = given instanceof Tensor ? [given] : given;
    if (!Array.isArray(list)) {
      if (!isPlainObject(list)) throw new DTypeError(`${this.path}: inputs must be tensors, got ${showValue(list)}.`);
      const keys = Object.keys(list);
      if (names.some((name) => !keys.includes(name)) || keys.length > names.length) {
        throw new ValueError(
          `${this.path}: each input must be passed by its name, got ${keys.join(", ") || "none"}. The inputs are ${names.join(", ")}.`,
        );
      }
    } else if (list.length !== names.length) {
      throw new ValueError(
        `${this.path}: there must be as many tensors as inputs, got ${list.length}. The inputs are ${names.join(", ")}.`,
      );
    }
    return inputs.map(({ name, shape }, index) => {
      const tensor: unknown = Array.isArray(list) ? list[index] : (list as Readonly<Record<string, Tensor>>)[name];
      const checked = checkTensor(this.path, tensor, `the input ${name}`);
      if (sameShape(checked.axes.slice(1), shape) && checked.rank > 0) return checked;
      throw otherRows(this.path, `the input ${name}`, checked.axes, shape);
    });
  }

  #valueOf(name: string): number {
    const output = this.#wiring.outputs.find((candidate) => candidate.name === name);
    if (output) return output.value;
    const [call, rest] = this.#locateCall(name);
    if (rest === undefined) return this.#wiring.inputs.length + call;
    throw new ValueError(
      `${this.path}: run gives outputs and layers of the model itself, got "${name}", a layer of a nested model. Use outputOf.`,
    );
  }

  /** The number of the call that a name means, and the rest of the name, where its layer is a model. */
  #locateCall(name: string): readonly [call: number, rest: string | undefined] {
    const numbered = typeof name === "string" ? /^(.+):(\d+)$/.exec(name) : undefined;
    const [index, rest] = this.locate(numbered ? numbered[1] : name);
    const calls = this.#wiring.calls.flatMap(({ layer }, call) => (layer === index ? [call] : []));
    const call = calls[numbered ? Number(numbered[2]) : 0];
    if (call !== undefined && (numbered || calls.length === 1)) return [call, rest];
    const { name: layer } = this.layers[index];
    throw new ValueError(
      `${this.path}: the name must mean one call of "${layer}", which is called ${calls.length} times, got "${name}". ` +
        `Write ${calls.map((_, number) => `"${layer}:${number}"`).join(" or ")}.`,
    );
  }
}

/** A wiring in the place of symbols, of a model whose layers may exist already. */
class WiredModel implements Wired {
  readonly wiring: Wiring;
  readonly layers: readonly Layer[];

  constructor({ wiring, layers }: Wired) {
    this.wiring = wiring;
    this.layers = layers;
  }
}

/** The options of a model that is made of a wiring, and not built. @internal */
export const wiredOptions = (wired: Wired): Pick<ModelOptions, "inputs" | "outputs"> => {
  const inputs = new WiredModel(wired) as unknown as Tensor;
  return { inputs, outputs: inputs };
};
