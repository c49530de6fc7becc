import { activityPenalty, listed, reportActivity, variablePenalty } from "../autograd/penalties.ts";
import type { Activity, Regularizer, Variable } from "../autograd/variable.ts";
import { toFloat } from "../ops/toFloat.ts";
import { ValueError } from "../tensor/errors.ts";
import { checkFlag, checkFunction } from "../tensor/optionChecks.ts";
import { plainOptions } from "../tensor/plainOptions.ts";
import { Random } from "../tensor/random.ts";
import type { Shape } from "../tensor/shape.ts";
import { onShapesAlone, withValues } from "../tensor/shapeInterpreter.ts";
import { currentStep } from "../tensor/step.ts";
import { Tensor } from "../tensor/tensor.ts";
import { attachLayers } from "./attach.ts";
import { setTrainable } from "./freeze.ts";
import { checkInput, checkName, namedAfter, snakeCase } from "./layerChecks.ts";
import type { CallOptions, LayerConfig, LayerOptions } from "./layerOptions.ts";
import { createVariable, type LayerVariableOptions } from "./layerVariable.ts";

const defaults: CallOptions = {};

/**
 * A function with variables: what a model is made of. A layer of one's own creates its variables in `build`, which is
 * called once, when the shape of the input is known, and computes in `call`. `layer.call(x)` builds it when needed,
 * converts stored bytes to floats, and puts the layer's name into errors.
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
export abstract class Layer {
  readonly #variables: Variable[] = [];
  readonly #named: boolean;
  readonly #options: LayerOptions;
  /** What was put out in the running step, or by the last call, where that is penalized. */
  #activities: readonly Activity[] = [];
  #name: string;
  /** Instead of a parent: the path of a layer that was loaded, and is shared with a model that was not. */
  #savedPath: string | undefined;
  #inputShape: Shape | undefined;
  #parent: Layer | undefined;
  #random: Random | undefined;
  #trainable: boolean;
  #state: "new" | "building" | "built" = "new";

  /**
   * Creates the variables, with `addVariable`.
   * @param inputShape The shape of one row of the input: without its first axis.
   */
  abstract build(inputShape: Shape): void;

  /** Computes the output of a batch of rows. */
  abstract call(input: Tensor, options?: CallOptions): Tensor;

  /**
   * @param options Those that every layer takes; others are left to the subclass.
   * @param defaultName Stands for the class name, which bundlers shorten.
   */
  constructor(options: LayerOptions = {}, defaultName?: string) {
    const className = this.constructor.name;
    this.#name = checkName(className, options.name ?? defaultName ?? snakeCase(className));
    this.#named = options.name !== undefined;
    this.#options = options;
    this.#trainable = checkFlag(this.#name, "trainable", options.trainable ?? true);
    checkFunction(this.#name, "activityRegularizer", options.activityRegularizer);
    if (options.seed !== undefined) this.#random = new Random(options.seed);
    // Whoever calls the layer gets these checks, also where a subclass says nothing of them; `super.call` does not.
    const call = this.call;
    const checked = (input: Tensor, callOptions: CallOptions = defaults): Tensor =>
      this.#apply(call, input, callOptions);
    Object.defineProperty(this, "call", { value: checked, configurable: true, writable: true });
  }

  /** The layer's name, unique in its model. */
  get name(): string {
    return this.#name;
  }

  /** The name with the model's in front, as it stands in the names of the variables. */
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

  /** Takes effect in the next step, for the layers inside of it too. @throws ValueError for what is no boolean. */
  set trainable(trainable: boolean) {
    this.#trainable = checkFlag(this.path, "trainable", trainable);
    for (const variable of this.variables) if (variable.canTrain) variable.trainable = trainable;
    for (const layer of this.sublayers) layer.trainable = trainable;
  }

  /** The penalty on what it puts out. */
  get activityRegularizer(): Regularizer | undefined {
    return this.#options.activityRegularizer;
  }

  /**
   * The layers inside of it. A layer of one's own that calls others overrides this, and `variables`, so that names, the
   * model's seed, freezing, penalties and checkpoints reach them.
   */
  get sublayers(): readonly Layer[] {
    return [];
  }

  /** All variables, in the order in which they were created. */
  get variables(): readonly Variable[] {
    return this.#variables;
  }

  /** The variables that an optimizer updates. */
  get trainableVariables(): readonly Variable[] {
    return this.variables.filter(({ trainable }) => trainable);
  }

  /**
   * Takes variables out of training, from the next step on. A layer that matches is frozen as a whole: its `trainable`
   * becomes false, and a batch norm runs in inference mode, its statistics unmoved. Single variables can be frozen too
   * (`/kernel$/`); a batch norm of which some still train goes on normalizing with the batch.
   * @param pattern Searched anywhere in the paths of layers and the names of variables; or the name of one of them, with
   * or without the model's in front. Default: everything.
   * @returns The names of the variables that are frozen by it.
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
   * Takes variables into training again, from the next step on; the opposite of `freeze`. Moving statistics stay what
   * they are: nothing trains them.
   * @param pattern As for `freeze`. Default: everything.
   * @returns The names of the variables that are trained by it.
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
   * The penalties of its regularizers, each one number: of its trainable variables, and of what it and the layers inside
   * of it put out in the running step (outside of a step: by their last call). `fit` and `minimize` add them to the loss
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
    const visit = (layer: Layer): void => {
      for (const activity of layer.#activities) penalties.push(listed(activityPenalty(activity)));
      for (const one of layer.sublayers) visit(one);
    };
    visit(this);
    return penalties;
  }

  /** The stream of random numbers for calls (dropout). It depends on the model's seed and the layer's name alone. */
  get random(): Random {
    this.#random ??= this.#parent?.random.fork(this.#name) ?? new Random();
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
    const variable = createVariable(path, options, () => this.random.fork(name));
    this.#variables.push(variable);
    return variable;
  }

  /** Creates the variables for rows of this shape, unless they exist. @internal */
  buildFor(inputShape: Shape): void {
    if (this.#state === "built") return;
    this.#state = "building";
    try {
      this.#attachSublayers();
      withValues(() => this.build(inputShape));
      // Those that were made in `build`.
      this.#attachSublayers();
      // Frozen before its variables existed.
      if (!this.trainable) for (const variable of this.variables) variable.trainable = false;
      this.#state = "built";
      this.#inputShape = inputShape;
    } catch (cause) {
      this.#state = "new";
      this.#variables.length = 0;
      throw namedAfter(this.path, cause);
    }
  }

  /**
   * The options that make an equal layer, which saved models hold: by default those that the constructor handed to
   * `super`, with the name that the layer has now. A layer whose constructor takes anything else overrides it.
   * @throws ValueError for an option that a file cannot hold, such as a function without a registered name.
   */
  config(): LayerConfig {
    return plainOptions(this.path, {
      ...this.#options,
      name: this.#name,
      trainable: this.#trainable ? undefined : false,
    });
  }

  /** The shape of one row of the input for which the variables were made. @internal */
  get builtFor(): Shape | undefined {
    return this.#inputShape;
  }

  /** The name that was chosen for the layer; undefined where a model may still number the default one. @internal */
  get fixedName(): string | undefined {
    return this.#named || this.#parent || this.#savedPath !== undefined || this.#state !== "new"
      ? this.#name
      : undefined;
  }

  /**
   * Makes the layer part of a model, whose name stands in front of its own and from whose stream its own is forked. One
   * that is built, or part of a model already, stays what it is: its variables are shared.
   * @internal
   */
  attach(parent: Layer, name: string): void {
    if (this.#parent || this.#savedPath !== undefined || this.#state !== "new") return;
    this.#parent = parent;
    this.#name = name;
  }

  /** Layers inside of this one stand in its path, and draw from its stream. */
  #attachSublayers(): void {
    // Of those that `build` is to make nothing is there before.
    attachLayers(
      this,
      [...new Set(this.sublayers)].filter((layer) => layer instanceof Layer),
    );
  }

  /** Gives a layer that was loaded the path that it had, where that is not the one of its place. @internal */
  attachAt(path: string): void {
    this.#savedPath = path;
  }

  /** Takes the place of another layer of its name: in its model, with its stream of random numbers. @internal */
  standFor(other: Layer): void {
    this.#parent = other.#parent;
    this.#savedPath = other.#savedPath;
    this.#random = other.random;
  }

  #apply(call: (input: Tensor, options: CallOptions) => Tensor, input: Tensor, options: CallOptions): Tensor {
    checkInput(this, input);
    this.buildFor(input.shape.slice(1));
    try {
      const output: unknown = call.call(this, input.dtype === "uint8" ? toFloat(input) : input, options);
      if (output instanceof Tensor) {
        if (this.#options.activityRegularizer) this.#noteActivity(output, this.#options.activityRegularizer);
        return output;
      }
      throw new ValueError(
        `${this.path}: call must return a tensor, got ${output instanceof Promise ? "a promise" : typeof output}. ` +
          "Return what it computes; it must be synchronous.",
      );
    } catch (cause) {
      throw namedAfter(this.path, cause);
    }
  }

  #noteActivity(output: Tensor, regularizer: Regularizer): void {
    if (onShapesAlone()) return;
    const step = currentStep();
    const activity: Activity = { layer: this.path, output, regularizer, step };
    const isSameStep = step !== undefined && this.#activities[0]?.step === step;
    this.#activities = isSameStep ? [...this.#activities, activity] : [activity];
    reportActivity(activity);
  }
}
