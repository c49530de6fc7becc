import { listed, variablePenalty } from "../../autograd/penalties.ts";
import type { Variable } from "../../autograd/variable.ts";
import type { Regularizer } from "../../autograd/variableOptions.ts";
import { ValueError } from "../../base/errors.ts";
import { checkOption, copyPlain, flag, required } from "../../base/options.ts";
import { plainOptions } from "../../base/plainOptions.ts";
import { unrecorded } from "../../tensor/interpret/hostWork.ts";
import { withValues } from "../../tensor/interpret/shapeInterpreter.ts";
import { noteModelChange } from "../../tensor/memory/recorder.ts";
import { Random } from "../../tensor/random.ts";
import type { Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { LayerActivation } from "./activations.ts";
import { checkIsInside, swapRunning } from "./callTree.ts";
import { setTrainable } from "./freeze.ts";
import { checkInput, checkOutput, namedAfter } from "./layerChecks.ts";
import {
  asFloats,
  firstOf,
  type LayerInputs,
  type NamedOutputs,
  rowShapes,
  type Several,
  valuesOf,
} from "./layerInputs.ts";
import { type CallOptions, type LayerConfig, type LayerOptions, layerRules } from "./layerOptions.ts";
import { createVariable, type LayerVariableOptions } from "./layerVariable.ts";
import { checkName, distinctNames, snakeCase } from "./names.ts";
import { PenalizedOutputs } from "./penalizedOutputs.ts";
import { fieldsOf, type LayerNode, layersOf, walkInto } from "./tree.ts";

const defaults: CallOptions = {};

/** Writes a call with a symbol down; undefined for other tensors. */
const calledOf = (input: unknown): Symbolic["called"] => (input as Symbolic | undefined)?.called;

const isLayer = (value: unknown): value is Layer => value instanceof Layer;

const notCloned: symbol = /* @__PURE__ */ Symbol("layer: pass the bytes of encodeModel(model), a layer");

/** Not declared by `Layer`, so that a subclass may leave it out, and need not write `override`. */
interface Buildable {
  build?(inputShape: Shape, inputShapes?: Several<Shape>): void;
}

/** A tensor without values, which stands for the input of a model: a call on it is written down. @internal */
export interface Symbolic {
  readonly called?: (layer: Layer, input: LayerInputs, options: CallOptions) => Tensor;
}

/**
 * A function with variables; models consist of layers. A custom layer computes in `call`. It creates its variables in
 * `build(inputShape)`, which is called once, when the shape of a row of the input is known; a layer without variables needs
 * no `build`.
 *
 * The layers inside of it are those in its fields, made in the constructor or in `build`: a layer, or a list or plain object
 * of layers. Fields with # are not found.
 *
 * The constructor wraps the `call` of each layer: `layer.call(x)` first builds the layer where needed and converts stored
 * bytes to floats, and puts the layer's name into errors. A `call` that calls `super.call` gets the method of the class
 * it extends, without this wrapper: the input is checked once.
 * @example
 * class Scale extends Layer {
 *   scale!: Variable;
 *   build(inputShape: Shape) {
 *     this.scale = this.addVariable("scale", { shape: [inputShape.at(-1)!], initializer: "ones" });
 *   }
 *   call(input: Tensor) {
 *     return mul(input, this.scale.read());
 *   }
 * }
 */
export abstract class Layer implements LayerNode {
  /** The text of the error of structuredClone and postMessage, which would copy in part: no symbol can be cloned. @internal */
  readonly notCloned: symbol = notCloned;
  readonly #variables: Variable[] = [];
  readonly #named: boolean;
  readonly #options: LayerOptions;
  #outputs: PenalizedOutputs | undefined;
  #name: string;
  /** The path of a loaded layer that is shared with a model that was not loaded: it has no parent to tell the path. */
  #savedPath: string | undefined;
  #inputShape: Shape | undefined;
  #parent: Layer | undefined;
  #random: Random | undefined;
  #trainable: boolean;
  #state: "new" | "building" | "built" = "new";
  /** The layers in the fields, once the layer is built. */
  #sublayers: readonly Layer[] | undefined;
  #outputRow: Shape | undefined;

  /** Computes the output of a batch of rows. */
  abstract call(input: Tensor, options?: CallOptions): Tensor;

  /**
   * @param options Those that every layer takes; the subclass checks the others. They are copied for `config()`.
   * @param defaultName In place of the class name, which bundlers shorten.
   */
  constructor(options: LayerOptions = {}, defaultName?: string) {
    if (new.target === Layer) throw new ValueError("Layer: it is for classes to extend, got new Layer().");
    const className = this.constructor.name;
    this.#name = checkName(className, options.name ?? defaultName ?? snakeCase(className));
    this.#named = options.name !== undefined;
    // What the caller does to its options later must not change a saved model.
    this.#options = copyPlain({ ...options }, className);
    for (const name of ["trainable", "activityRegularizer"] as const) {
      checkOption<unknown>(this.#name, name, options[name], layerRules[name]);
    }
    this.#trainable = options.trainable ?? true;
    noteModelChange();
    if (options.seed !== undefined) this.#random = new Random(options.seed);
    // Not in a method that subclasses override: every call is checked, and no subclass can forget it.
    const call = this.call;
    const checked = (input: LayerInputs, callOptions: CallOptions = defaults): Tensor =>
      this.#apply(call, input, callOptions);
    Object.defineProperty(this, "call", { value: checked, configurable: true, writable: true });
  }

  /** @throws ValueError, as JSON would leave the variables out. */
  toJSON(): never {
    throw new ValueError(
      `${this.path}: a layer is not JSON, got it in JSON.stringify. Write model.variables, or the bytes of encodeModel(model).`,
    );
  }

  /** The layer's name, unique in its model. */
  get name(): string {
    return this.#name;
  }

  /** The name with the model's in front, as in the names of the variables. */
  get path(): string {
    return this.#savedPath ?? (this.#parent ? `${this.#parent.path}/${this.#name}` : this.#name);
  }

  /** Whether the variables exist. */
  get built(): boolean {
    return this.#state === "built";
  }

  /** Whether the variables are trained. A frozen layer's are not, and a frozen batch norm runs in inference mode. */
  get trainable(): boolean {
    return this.#trainable;
  }

  /** Takes effect in the next step, for the layers inside of it too. @throws ValueError for a value that is not a boolean. */
  set trainable(trainable: boolean) {
    checkOption(this.path, "trainable", trainable, required(flag));
    const { variables } = this;
    this.#trainable = trainable;
    noteModelChange();
    for (const variable of variables) if (variable.canTrain) variable.trainable = trainable;
    for (const layer of this.sublayers) layer.trainable = trainable;
  }

  /**
   * Whether it is called with several tensors: a list or an object of them, as `Add` is. A custom layer that joins tensors
   * overrides this, and declares its input as `Tensor | readonly Tensor[]`; its `build` gets the shapes of all of them as the
   * second argument.
   */
  get takesSeveral(): boolean {
    return false;
  }

  /** Its outputs by name, of a class that has several. @internal */
  get namedOutputs(): NamedOutputs | undefined {
    return undefined;
  }

  /**
   * Whether its calls do nothing but compute, so that `fit` may record them by itself. A class that extends one of the
   * library may do more, so this is true for objects of the class itself. @internal
   */
  get computesOnly(): boolean {
    return false;
  }

  /** The options that the constructor passed to `super`, with functions as they are. @internal */
  get givenOptions(): LayerOptions {
    return this.#options;
  }

  /** The penalty on its output. */
  get activityRegularizer(): Regularizer | undefined {
    return this.#options.activityRegularizer;
  }

  /**
   * The layers inside of it, which names, the model's seed, freezing, penalties and files reach: by default those in its
   * fields. A custom layer that keeps its layers elsewhere overrides this.
   */
  get sublayers(): readonly Layer[] {
    if (this.#sublayers) return this.#sublayers;
    // Without the layers that it is a part of, which it may have a reference to.
    const layers = fieldsOf(this, isLayer).filter((layer) => !this.#isWithin(layer));
    if (this.built) this.#sublayers = layers;
    return layers;
  }

  /**
   * All variables: its own, in the order in which they were created, and then those of the layers inside of it.
   * @throws ValueError for a layer that is inside of itself, by way of others.
   */
  get variables(): readonly Variable[] {
    const { sublayers } = this;
    if (sublayers.length === 0) return this.#variables;
    const inner = walkInto(this, () => sublayers.flatMap(({ variables }) => variables));
    return [...new Set([...this.#variables, ...inner])];
  }

  /** The variables that an optimizer updates. */
  get trainableVariables(): readonly Variable[] {
    return this.variables.filter(({ trainable }) => trainable);
  }

  /**
   * Takes variables out of training, from the next step on. A layer that matches is frozen as a whole: its `trainable`
   * becomes false, and a batch norm runs in inference mode, its statistics unmoved. Single variables can be frozen too
   * (`/kernel$/`); a batch norm with some variables still in training keeps normalizing with the batch.
   * @param pattern Searched anywhere in the paths of layers and the names of variables; or the name of one of them, with
   * or without the model's in front. Default: everything.
   * @returns The names of the variables that it froze.
   * @throws ValueError for a pattern that matches nothing.
   * @example
   * const layers = [new Dense({ name: "hidden1", units: 4 }), new Dense({ name: "outputs", units: 1 })];
   * const model = new Sequential({ name: "dnn", inputShape: [3], layers });
   * model.freeze(/hidden[12]/); // ["dnn/hidden1/kernel", "dnn/hidden1/bias"]
   * model.trainableVariables.map(({ name }) => name); // ["dnn/outputs/kernel", "dnn/outputs/bias"]
   */
  freeze(pattern?: RegExp | string): readonly string[] {
    return setTrainable(this, "freeze", pattern, false);
  }

  /**
   * Takes variables into training again, from the next step on; the opposite of `freeze`. Moving statistics stay as they
   * are: nothing trains them.
   * @param pattern As for `freeze`. Default: everything.
   * @returns The names of the variables that are trained again.
   * @throws ValueError for a pattern that matches nothing.
   * @example
   * const model = new Sequential({ name: "dnn", inputShape: [3], layers: [new Dense({ name: "outputs", units: 1 })] });
   * model.freeze();
   * model.unfreeze("outputs/bias"); // ["dnn/outputs/bias"]
   */
  unfreeze(pattern?: RegExp | string): readonly string[] {
    return setTrainable(this, "unfreeze", pattern, true);
  }

  /**
   * The penalties of its regularizers, each one number: on its trainable variables, and on the outputs of it and of the
   * layers inside of it in the running step (outside of a step: of their last call). `fit` and `minimize` add them to the loss
   * by themselves; with `{ regularize: false }` they are yours to add.
   * @throws ValueError when outputs are penalized, and the step that computed them is over.
   * @example
   * const model = new Sequential({
   *   inputShape: [1],
   *   layers: [new Dense({ units: 1, kernelInitializer: "ones", kernelRegularizer: l2(4) })],
   * });
   * model.losses().map((penalty) => penalty.item()); // [2]
   * const loss = () => model.losses().reduce(add, mean(model.call(tensor([[3]]))));
   * new SGD({ learningRate: 0.1 }).minimize(loss, model.variables, { regularize: false }).item(); // 5
   */
  losses(): readonly Tensor[] {
    const penalties: Tensor[] = [];
    for (const variable of this.trainableVariables) {
      if (variable.regularizer) penalties.push(listed(variablePenalty(variable, variable.regularizer)));
    }
    for (const layer of layersOf<Layer>(this)) penalties.push(...(layer.#outputs?.penalties() ?? []));
    return penalties;
  }

  /** The stream of random numbers for calls (dropout). It depends on the model's seed and the layer's name alone. */
  get random(): Random {
    if (!this.#random) {
      this.#random = this.#parent?.random.fork(this.#name) ?? new Random();
      noteModelChange();
    }
    return this.#random;
  }

  /**
   * Creates a variable, in `build`. It is named `<model>/<layer>/<name>` and drawn from a stream of its own, so that
   * another variable or layer does not change its first value.
   * @throws ValueError outside of `build`, for a second variable of that name, or for an initializer that makes another
   * shape or dtype.
   */
  protected addVariable(name: string, options: LayerVariableOptions): Variable {
    if (this.#state !== "building") {
      throw new ValueError(
        `${this.path}: variables are created in build, got addVariable("${name}") elsewhere. Move it into build(inputShape).`,
      );
    }
    const path = `${this.path}/${name}`;
    if (this.#variables.some((variable) => variable.name === path)) {
      throw new ValueError(`${this.path}: each variable needs a name of its own, got "${name}" twice. Rename one.`);
    }
    const variable = unrecorded(() => createVariable(path, options, () => this.random.fork(name)));
    this.#variables.push(variable);
    return variable;
  }

  /** Creates the variables for rows of this shape, unless they exist. @internal */
  buildFor(inputShape: Shape, inputShapes?: Several<Shape>): void {
    if (this.#state === "built") return;
    this.#state = "building";
    const outer = swapRunning(this);
    try {
      this.#attachSublayers();
      withValues(() => (this as Buildable).build?.(inputShape, inputShapes));
      // The sublayers that `build` created.
      this.#attachSublayers();
      // Frozen before its variables existed.
      if (!this.trainable) this.trainable = false;
      this.#state = "built";
      this.#inputShape = inputShape;
    } catch (cause) {
      this.#state = "new";
      this.#variables.length = 0;
      throw namedAfter(this.path, cause);
    } finally {
      swapRunning(outer);
    }
  }

  /**
   * The options that make an equal layer, which saved models hold: by default those that the constructor handed to
   * `super`, as they were then, with the name that the layer has now. A layer whose constructor takes anything else
   * overrides it.
   * @throws ValueError for an option that a file cannot hold, such as a function without a registered name.
   */
  config(): LayerConfig {
    return plainOptions(this.path, {
      ...this.#options,
      name: this.#name,
      trainable: this.#trainable ? undefined : false,
    });
  }

  /**
   * The activation that the output of the layer went through last; undefined where the layer does not know of one. Checks
   * of losses and reports ask for it, so that they need not know the classes.
   * @internal
   */
  get lastActivation(): LayerActivation | undefined {
    return undefined;
  }

  /** The shape of one row of the output of the first call. @internal */
  get outputRow(): Shape | undefined {
    return this.#outputRow;
  }

  /** The shape of one row of the input for which the layer was built. @internal */
  get builtFor(): Shape | undefined {
    return this.#inputShape;
  }

  /** The name, where it is final; undefined where a model may still number the default one. @internal */
  get fixedName(): string | undefined {
    return this.#named || this.#parent || this.#savedPath !== undefined || this.#state !== "new"
      ? this.#name
      : undefined;
  }

  /**
   * Makes the layer part of a model: the model's name comes in front of its own, and its random stream is forked from the
   * model's. A layer that is built, or part of a model already, keeps its name and stream: its variables are shared.
   * @internal
   */
  attach(parent: Layer, name: string): void {
    if (this.#parent || this.#savedPath !== undefined || this.#state !== "new") return;
    this.#parent = parent;
    this.#name = name;
  }

  /** Makes layers part of this one, under different names. @throws ValueError when two have the same name. @internal */
  attachAll(layers: readonly Layer[]): void {
    for (const [index, name] of distinctNames(this.path, layers).entries()) layers[index].attach(this, name);
  }

  #attachSublayers(): void {
    // Sublayers that `build` will create are undefined before it runs.
    this.attachAll([...new Set(this.sublayers)].filter((layer) => layer instanceof Layer));
  }

  /** Gives a loaded layer the path that it was saved with, where its place has another. @internal */
  attachAt(path: string): void {
    this.#savedPath = path;
  }

  /** Takes the place of another layer of the same name: in its model, with its stream of random numbers. @internal */
  standFor(other: Layer): void {
    this.#parent = other.#parent;
    this.#savedPath = other.#savedPath;
    this.#random = other.random;
  }

  #apply(call: (input: Tensor, options: CallOptions) => Tensor, input: LayerInputs, options: CallOptions): Tensor {
    const called =
      calledOf(input) ??
      (this.takesSeveral
        ? valuesOf(input as Several<Tensor>)
            .map(calledOf)
            .find(Boolean)
        : undefined);
    if (called) return called(this, input, options);
    checkInput(this, input, options);
    const first = firstOf(input);
    const outer = swapRunning(this);
    try {
      if (!this.built)
        this.buildFor(first.axes.slice(1), input === first ? undefined : rowShapes(input as Several<Tensor>));
      if (outer && this.#parent !== outer) checkIsInside(outer, this);
      // A class that takes several declares them in its `call`.
      const output = checkOutput(this, call.call(this, asFloats(input) as Tensor, options));
      const { activityRegularizer } = this.#options;
      if (activityRegularizer) {
        this.#outputs ??= new PenalizedOutputs();
        this.#outputs.add(this.path, output, activityRegularizer);
      }
      this.#outputRow ??= output.axes.slice(1);
      return output;
    } catch (cause) {
      throw namedAfter(this.path, cause);
    } finally {
      swapRunning(outer);
    }
  }

  /** Whether it is part of another layer, or is that layer. */
  #isWithin(other: Layer): boolean {
    let layer: Layer | undefined = this;
    while (layer && layer !== other) layer = layer.#parent;
    return layer !== undefined;
  }
}
