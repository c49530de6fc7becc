import type { Variable } from "../autograd/variable.ts";
import { ValueError } from "../base/errors.ts";
import { adviseNames } from "../base/nearestNames.ts";
import {
  anything,
  checkOption,
  checkOptions,
  copyOptions,
  flag,
  regularExpression,
  required,
  text,
  whole,
} from "../base/options.ts";
import { showValue } from "../base/showValue.ts";
import { customLayers } from "../io/model/customLayers.ts";
import type { ActivationFunction, LayerActivation } from "../layers/base/activations.ts";
import { type AssignOptions, type AssignReport, assignByName, assignRules } from "../layers/base/assign.ts";
import { Layer } from "../layers/base/layer.ts";
import type { NamedOutputs } from "../layers/base/layerInputs.ts";
import { type CallOptions, type LayerConfig, layerRules } from "../layers/base/layerOptions.ts";
import { createVariable } from "../layers/base/layerVariable.ts";
import type { NamedTensors } from "../layers/base/namedTensors.ts";
import { l1l2 } from "../layers/base/regularizers.ts";
import { type PredictOptions, predictInChunks, rowsPerChunk } from "../layers/predict.ts";
import { Sequential } from "../layers/sequential.ts";
import { checkLayers } from "../layers/sequentialLayers.ts";
import { unrecorded } from "../tensor/interpret/hostWork.ts";
import { type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { cutRecord } from "./core/cut.ts";
import { explainShapes, feedOf, feedsOf } from "./core/feeds.ts";
import { freeShapes, type Shapes, shapesFor } from "./core/freeShapes.ts";
import { summarizeGraph } from "./core/graphSummary.ts";
import { tensorOf } from "./core/hostArray.ts";
import { Program } from "./core/program.ts";
import { type GraphRecord, readGraphRecord, type TensorRecord } from "./core/record.ts";
import { watchGraphs } from "./core/watch.ts";
import { dialectOf } from "./dialects.ts";
import { type GraphOptions, type GraphTensor, type RunGraphOptions, tensorsOf } from "./graphTypes.ts";

/**
 * A network that another program has saved, as a layer: `loadOnnx` and `loadMetaGraph` make it. Its nodes are computed with the operations of
 * this library, so that it is trained, frozen, recorded and differentiated as any model. Its variables have the names of the
 * file, and its inner tensors are found by theirs.
 *
 * Whether dropout drops, and whether batch normalization uses the batch, follows the option `training` of a call, whatever
 * mode the file was saved in.
 * @throws DataError for a record that is not that of a graph.
 * @example
 * const net = await loadOnnx("model.onnx");
 * net.inputs; // [{ name: "x", shape: [undefined, 3], dtype: "float32" }]
 * net.tensors(); // ["x", "hidden", "h", "y"]
 * net.call(ones([2, 3])).shape; // [2, 1]
 */
export class Graph extends Layer {
  readonly #program: Program;
  readonly #record: GraphRecord;
  #variables: readonly Variable[];
  #shapes: Shapes | string | undefined;
  /** Graphs up to inner tensors, which `outputOf` has made. */
  readonly #cuts = new Map<string, Graph>();
  /** What `#widest` has found for rows of this shape. */
  #lastWidest: { readonly row: Shape; readonly elements: number } | undefined;

  readonly #read = (index: number): Tensor => this.#variables[index].read();

  /** @param shared The variables of a graph that this one is a part of. Internal. */
  constructor(options: GraphOptions, shared?: readonly Variable[]) {
    const { graph, ...own } = copyOptions("Graph", options, { graph: required(anything), ...layerRules });
    super(own, "graph");
    const record = readGraphRecord(this.name, graph);
    this.#record = record;
    this.#program = new Program(record, dialectOf(this.name, record.dialect));
    this.#variables = shared ?? [];
    if (shared) this.buildFor(this.rowShape);
  }

  /** What it takes, without the weights. */
  get inputs(): readonly GraphTensor[] {
    return tensorsOf(this.#record.inputs);
  }

  /** What it gives. */
  get outputs(): readonly GraphTensor[] {
    return tensorsOf(this.#record.outputs);
  }

  /** The names of its inputs and of all that its nodes compute, in the order of computation. */
  tensors(): readonly string[] {
    return this.#program.tensors;
  }

  override get sublayers(): readonly Layer[] {
    return [];
  }

  override get variables(): readonly Variable[] {
    return this.#variables;
  }

  override get namedOutputs(): NamedOutputs {
    const { inputs, outputs } = this.#record;
    return {
      names: outputs.map(({ name }) => name),
      compute: (feeds, names, options) => {
        const byName = feeds instanceof Tensor ? { [inputs[0].name]: feeds } : (feeds as NamedTensors);
        const results = this.run(byName, { ...options, outputs: names });
        return names.map((name) => results[name]);
      },
    };
  }

  override get computesOnly(): boolean {
    return this.constructor === Graph;
  }

  override get lastActivation(): LayerActivation | undefined {
    const { activations, passing } = dialectOf(this.name, this.#record.dialect);
    if (this.#record.outputs.length !== 1) return undefined;
    let node = this.#program.producer(this.#record.outputs[0].name);
    while (node && passing.includes(node.op)) node = this.#program.producer(node.inputs[0]);
    const name = node && Object.hasOwn(activations, node.op) ? activations[node.op] : undefined;
    return name === undefined ? undefined : { name, elementwise: !/softmax/i.test(name) };
  }

  /** The shape of a row of the first input, with 1 for free lengths. @internal */
  get rowShape(): readonly number[] {
    const [first] = this.#record.inputs;
    return first ? first.shape.slice(1).map((length) => Math.max(length, 1)) : [];
  }

  /** The graph as plain data, without the values of its variables: a saved model needs no other file. */
  override config(): LayerConfig {
    return { ...super.config(), graph: this.#record };
  }

  /** Creates the variables. */
  build(): void {
    if (this.#variables.length > 0) return;
    this.#variables = this.#record.variables.map(({ name, shape, trainable, penalty }) => {
      const regularizer = penalty && l1l2(penalty);
      const options = { shape, trainable, regularizer, initializer: "zeros" } as const;
      return unrecorded(() => createVariable(name, options, () => this.random.fork(name)));
    });
  }

  /**
   * The output of a graph that has one input and one output.
   * @throws ValueError for a graph with several (`run` takes and gives them by name); ShapeError, DTypeError, naming the node,
   * for an input that does not fit.
   */
  call(input: Tensor, options: CallOptions = {}): Tensor {
    this.#checkSingle("call");
    const [name] = this.#record.outputs;
    return this.#compute([feedOf(this.path, this.#record.inputs[0], input)], [name.name], options)[0];
  }

  /**
   * Computes tensors by name.
   * @param feeds The inputs by name; those that nothing asked for needs may be missing.
   * @returns The outputs, or the tensors that `outputs` names, by name.
   * @throws ValueError for names that the graph does not have, and for missing inputs; ShapeError and DTypeError as `call`.
   * @example
   * const net = await loadOnnx("model.onnx");
   * const { h, y } = net.run({ x: ones([1, 3]) }, { outputs: ["h", "y"] });
   * [h.shape, y.shape]; // [[1, 2], [1, 1]]
   */
  run(feeds: NamedTensors, options: RunGraphOptions = {}): Readonly<Record<string, Tensor>> {
    checkOptions(`${this.path}: run`, options, { outputs: anything, training: flag });
    const outputs = options.outputs ?? this.#record.outputs.map(({ name }) => name);
    if (!Array.isArray(outputs))
      throw new ValueError(`${this.path}: outputs must be a list of names, got ${showValue(outputs)}.`);
    for (const name of outputs as readonly string[]) this.#checkTensor(name);
    if (!this.built) this.buildFor(this.rowShape);
    const { inputs } = this.#record;
    const needed = this.#program.plan(outputs, options.training).inputs;
    const tensors = feedsOf(this.path, inputs, needed, feeds);
    const results = this.#compute(tensors, outputs, options);
    return Object.fromEntries(results.map((value, index) => [outputs[index] as string, value]));
  }

  #compute(
    inputs: readonly (Tensor | undefined)[],
    outputs: readonly string[],
    { training = false }: CallOptions,
  ): readonly Tensor[] {
    const program = this.#program;
    const options = {
      training,
      trainable: this.trainable,
      random: () => this.random,
      read: this.#read,
      variables: this.#variables,
    };
    try {
      return program.run(program.plan(outputs, training), inputs, options, watchGraphs.get()).map(tensorOf);
    } catch (cause) {
      throw explainShapes(this.path, this.#record, inputs, cause);
    }
  }

  #checkSingle(operation: string): void {
    const { inputs, outputs } = this.#record;
    if (inputs.length === 1 && outputs.length === 1) return;
    const namesOf = (list: readonly TensorRecord[]): string => list.map(({ name }) => name).join(", ") || "none";
    throw new ValueError(
      `${this.path}: ${operation} needs a graph with one input and one output, got inputs ${namesOf(inputs)} and outputs ${namesOf(outputs)}. ` +
        "Use run with tensors by name, or upTo(name) for a graph with one output.",
    );
  }

  #checkTensor(name: string): void {
    checkOption(this.path, "name", name, required(text));
    if (this.#program.computes(name)) return;
    throw new ValueError(
      `${this.path}: there must be a tensor of the name, got "${name}". ${adviseNames("tensors", name, this.tensors())}`,
    );
  }

  /**
   * The output for all rows, computed in chunks, so that memory does not grow with them; not in training.
   * @throws ValueError for a graph with several inputs or outputs, and a batchSize that is not a whole number from 1.
   */
  predict(x: Tensor, options: PredictOptions = {}): Tensor {
    checkOptions("predict", options, { batchSize: whole({ from: 1 }) });
    this.#checkSingle("predict");
    if (!(x instanceof Tensor) || x.rank === 0) return this.call(x);
    if (!this.built) this.buildFor(this.rowShape);
    return predictInChunks(this, x, options.batchSize ?? rowsPerChunk(this.#widest(x)));
  }

  /** The number of elements of the widest tensor, for one row; remembered, as the walk takes longer than a small prediction. */
  #widest({ axes }: Tensor): number {
    const row = axes.slice(1);
    const known = this.#lastWidest;
    if (known && sameShape(known.row, row)) return known.elements;
    const elements = this.#findWidest(row);
    this.#lastWidest = { row, elements };
    return elements;
  }

  #findWidest(row: Shape): number {
    const rows = 2;
    try {
      const names = this.#record.outputs.map(({ name }) => name);
      const shapes = shapesFor(this.#program, names, [[rows, ...row]], this.#read);
      return Math.max(...Array.from(shapes.values(), (type) => sizeOf(type.shape))) / rows;
    } catch {
      // `call` will throw the error that belongs to this number of rows.
      return sizeOf(row);
    }
  }

  /**
   * An inner tensor for all rows of a data set; computed in chunks, and not in training, like what `predict` gives.
   * @param name One of `tensors()`.
   * @throws ValueError for a name that the graph does not have, with those most like it.
   * @example
   * const net = await loadOnnx("model.onnx");
   * net.outputOf("h", ones([4, 3])).shape; // [4, 2]
   */
  outputOf(name: string, x: Tensor, options: PredictOptions = {}): Tensor {
    const cut = this.#cuts.get(name) ?? this.upTo(name);
    this.#cuts.set(name, cut);
    return cut.predict(x, options);
  }

  /**
   * The part of the graph that a tensor needs, which is its output. It shares the variables, which keep their names: training
   * one of the graphs trains the other. Variables and inputs that the tensor does not need are left out.
   * @param name One of `tensors()`.
   * @throws ValueError for a name that the graph does not have, with those most like it.
   */
  upTo(name: string): Graph {
    this.#checkTensor(name);
    if (!this.built) this.buildFor(this.rowShape);
    const shapes = this.#freeShapes();
    const { shape, dtype } = shapes?.get(name) ?? { shape: [], dtype: "float32" as const };
    const { record, variables } = cutRecord(this.#program, [{ name, shape, dtype }]);
    const cut = new Graph(
      { name: this.name, graph: record },
      variables.map((index) => this.#variables[index]),
    );
    cut.standFor(this);
    return cut;
  }

  /**
   * A model of this graph and of layers behind it. It shares the variables of the graph.
   * @param layers As in the options of `Sequential`.
   * @throws ValueError for a graph with several inputs or outputs; ShapeError where shapes do not fit.
   * @example
   * const net = await loadOnnx("model.onnx");
   * const model = net.upTo("h").extend([new Dense({ name: "new_outputs", units: 5 })]);
   * model.outputShape; // [5]
   */
  extend(layers: readonly (Layer | ActivationFunction)[]): Sequential {
    this.#checkSingle("extend");
    const row = this.#record.inputs[0].shape.slice(1);
    const model = { layers: [this, ...checkLayers(`${this.path}: extend`, layers)] };
    return new Sequential(row.every((length) => length >= 0) ? { ...model, inputShape: row } : model);
  }

  /**
   * The variable of a name.
   * @throws ValueError for a name that no variable has, with those most like it.
   */
  variable(name: string): Variable {
    checkOption(this.path, "name", name, required(text));
    const variable = this.#variables.find((candidate) => candidate.name === name);
    if (variable) return variable;
    throw this.#noVariable("of the name", name);
  }

  /**
   * The variables whose names match a pattern.
   * @param pattern Is searched anywhere in the name.
   * @throws ValueError, with the names most like it, when none matches.
   */
  findVariables(pattern: RegExp): readonly Variable[] {
    checkOption(this.path, "pattern", pattern, required(regularExpression));
    const matching = this.#variables.filter(({ name }) => name.search(pattern) >= 0);
    if (matching.length > 0) return matching;
    throw this.#noVariable("that matches", pattern);
  }

  #noVariable(rule: string, wanted: RegExp | string): ValueError {
    const advice = adviseNames(
      "variables",
      wanted,
      this.#variables.map(({ name }) => name),
    );
    return new ValueError(`${this.path}: there must be a variable ${rule}, got ${showValue(wanted)}. ${advice}`);
  }

  /** Assigns values to variables by their names, as `Sequential.assign` does. */
  assign(values: NamedTensors, options: AssignOptions = {}): AssignReport {
    checkOptions("assign", options, assignRules());
    return assignByName(`${this.path}: assign`, this.#variables, values, options);
  }

  #freeShapes(): Shapes | undefined {
    this.#shapes ??= freeShapes(this.#program, this.tensors(), this.#read, this.#record.rows !== undefined);
    return typeof this.#shapes === "string" ? undefined : this.#shapes;
  }

  /** A table of the nodes as text: what each computes, its operator, shape and parameters. */
  summary(): string {
    return summarizeGraph(this.name, this.#program, this.#variables, this.#freeShapes());
  }
}

// Saved models name the class.
customLayers.set("Graph", { of: Graph, make: (config) => new Graph(config as unknown as GraphOptions) });
