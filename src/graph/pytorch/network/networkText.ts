import type { Variable } from "../../../autograd/variable.ts";
import { nameOfLayerClass } from "../../../io/model/registry.ts";
import type { Layer } from "../../../layers/base/layer.ts";
import { mapSeveral, valuesOf } from "../../../layers/base/layerInputs.ts";
import { Model } from "../../../layers/functional/model.ts";
import type { InputDescription } from "../../../layers/functional/symbol.ts";
import type { Wiring } from "../../../layers/functional/wiring.ts";
import { Sequential } from "../../../layers/sequential.ts";
import { forAnyInput } from "../../../layers/sequentialLayers.ts";
import type { TensorType } from "../../../tensor/dtype.ts";
import { inferOutput } from "../../../tensor/interpret/shapeInterpreter.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { activationText } from "./activationText.ts";
import { ClassText } from "./classText.ts";
import { helperClasses } from "./helperClasses.ts";
import { layerTexts } from "./layerTexts.ts";
import { constraintText, penaltyText } from "./penaltyText.ts";
import { indented, pythonClassName } from "./pythonText.ts";
import { type CallTarget, type LayerResult, TorchCall, type TorchParameter } from "./torchCall.ts";
import type { TorchValue } from "./torchValue.ts";

/** A network as Python: classes, and what is said of the whole. */
export interface NetworkText {
  /** The texts of the classes, those of inner models first. */
  readonly classes: readonly string[];
  /** The name of the class of the whole network. */
  readonly root: string;
  readonly parameters: readonly TorchParameter[];
  /** The names of the helper classes that are used. */
  readonly helpers: ReadonlySet<string>;
  /** Whether the class has `penalties()`: of weights. */
  readonly hasPenalties: boolean;
  /** Whether the class has `activity`: the sum of the penalties of outputs. */
  readonly hasActivity: boolean;
  /** Whether the class has `constrain()`. */
  readonly hasConstraints: boolean;
}

const rowsInShapes = 2;

/** Writes the classes of a network. */
class NetworkWriter {
  readonly classes: string[] = [];
  readonly helpers = new Set<string>();
  readonly parameters: TorchParameter[] = [];
  readonly penalties: string[] = [];
  readonly constraints: string[] = [];
  hasActivity = false;
  /** The attributes of inner models that sum the penalties of their outputs. */
  readonly #activities: string[] = [];
  readonly #refuse: (what: string) => void;
  readonly #classNames = new Set(Object.keys(helperClasses));
  /** The inner models that have a class, and the attributes that lead to them. */
  readonly #inner = new Map<Layer, { readonly name: string; readonly path: string }>();

  constructor(refuse: (what: string) => void) {
    this.#refuse = refuse;
  }

  /** Writes the class of a model. @param path The attributes that lead to it: `inner.`. @returns Its name. */
  write(model: Sequential | Model, path: string, inputs: readonly InputDescription[]): string {
    const name = pythonClassName(model.name, this.#classNames);
    const written = new ClassText(inputs, model instanceof Sequential);
    const target = this.#target(written, path);
    const attributes = new Map<Layer, string>();
    const call = (layer: Layer, values: readonly TorchValue[]): TorchValue => {
      const attribute = attributes.get(layer) ?? written.attribute(layer.name);
      attributes.set(layer, attribute);
      const output = outputOf(layer, values);
      const torchCall = new TorchCall(layer, values, output.shape.slice(1), attribute, target);
      const [text, layout] = this.#expression(torchCall, path, written, target);
      const value = written.forward.assign(layer.name, text, layout, torchCall.output, output.dtype);
      this.#penalize(layer, value, written);
      return value;
    };
    const starts = inputs.map(
      ({ shape, dtype }, index): TorchValue => ({
        row: shape,
        dtype,
        names: { last: written.arguments[index] },
      }),
    );
    const result =
      model instanceof Sequential
        ? model.layers.reduce((value, layer) => call(layer, [value]), starts[0])
        : this.#runWiring(model, starts, call);
    const isRoot = path === "";
    // The penalty of an inner model is added by the one that calls it.
    if (isRoot) this.#penalize(model, result, written);
    const returned = written.forward.in("last", result);
    if (written.hasActivity && !isRoot) this.#activities.push(path);
    this.hasActivity ||= written.hasActivity;
    const [activities, methods] = isRoot ? [this.#activities, this.#methods()] : [undefined, []];
    this.classes.push(written.text(name, returned, result.row, activities, methods));
    return name;
  }

  #target(written: ClassText, path: string): CallTarget {
    return {
      forward: written.forward,
      addModule: (attribute, text) => written.addModule(attribute, text),
      addSetup: (statement) => written.addSetup(statement),
      addParameter: ({ variable, placement }, attribute) => {
        const full = path + attribute;
        const known = this.parameters.find((parameter) => parameter.variable === variable);
        if (known?.name === full) return;
        if (known) this.#refuse(`the variable "${variable.name}", which is at ${known.name} and at ${full}`);
        this.parameters.push({ name: full, variable, placement });
        if (variable.canTrain && !variable.trainable) written.freeze(attribute);
        if (variable.trainable) this.#addRules(variable, full, placement);
      },
      use: (helper) => this.helpers.add(helper),
      refuse: (what) => this.#refuse(what),
    };
  }

  #penalize(layer: Layer, value: TorchValue, written: ClassText): void {
    const { activityRegularizer } = layer;
    if (!activityRegularizer) return;
    const x = written.forward.in(value.names.first === undefined ? "last" : "first", value);
    const text = penaltyText(activityRegularizer, x);
    if (text === undefined) this.#refuse(`"${layer.path}" (a custom activityRegularizer)`);
    written.hasActivity = true;
    written.forward.lines.push(`self.activity = self.activity + ${text}`);
  }

  #runWiring(
    model: Model,
    starts: readonly TorchValue[],
    call: (layer: Layer, values: readonly TorchValue[]) => TorchValue,
  ): TorchValue {
    const { wiring } = model;
    const values = [...starts];
    for (const { layer: index, inputs, training } of wiring.calls) {
      const layer = model.layers[index];
      if (training !== undefined) this.#refuse(`"${layer.path}" (which is called with training: ${training})`);
      values.push(
        call(
          layer,
          sourcesIn(layer, inputs).map((source) => values[source]),
        ),
      );
    }
    return values[wiring.outputs[0].value];
  }

  /** Penalty and constraint of a variable that is trained. */
  #addRules(variable: Variable, name: string, placement: TorchParameter["placement"]): void {
    const { regularizer, constraint } = variable;
    const weight = `self.${name}`;
    if (regularizer) {
      const text = penaltyText(regularizer, weight);
      if (text === undefined) this.#refuse(`"${variable.name}" (a custom regularizer)`);
      this.penalties.push(text ?? "");
    }
    if (constraint) {
      const text = constraintText(constraint, weight, variable.shape, placement);
      if (text === undefined) this.#refuse(`"${variable.name}" (a custom constraint)`);
      this.constraints.push(`${weight}.copy_(${text})`);
    }
  }

  #expression(call: TorchCall, path: string, written: ClassText, target: CallTarget): LayerResult {
    const { layer, attribute } = call;
    if (isModel(layer)) return this.#innerModel(call, layer, `${path}${attribute}.`, target);
    const className = nameOfLayerClass(layer);
    const write = className === undefined ? undefined : layerTexts.get(className);
    if (className === undefined || !write) {
      call.refuse(className ?? layer.constructor.name);
      return call.asItIs();
    }
    const [text, layout] = write(call);
    if (className === "BatchNorm" && !layer.trainable) written.frozenNorms.add(attribute);
    const { activation } = call.options;
    if (activation === undefined) return [text, layout];
    const rank = call.output.length + 1;
    const active = activationText(activation, {}, text, { rank, channelsFirst: layout === "first" && rank > 2 });
    if (active === undefined) call.refuse("a custom activation");
    return [active ?? text, layout];
  }

  #innerModel(call: TorchCall, model: Sequential | Model, path: string, target: CallTarget): LayerResult {
    const { inputs, attribute } = call;
    const texts = inputs.map((_, index) => call.in("last", index));
    const described = inputs.map(({ row, dtype }, index) => ({
      name: model instanceof Model ? model.inputs[index].name : "x",
      shape: row,
      dtype,
    }));
    const known = this.#inner.get(model);
    if (known && known.path !== path) call.refuse("a model that is inside of two others");
    const name = known?.name ?? this.write(model, path, described);
    this.#inner.set(model, { name, path });
    target.addModule(attribute, `${name}()`);
    return [`self.${attribute}(${texts.join(", ")})`, "last"];
  }

  /** The methods of the whole network beside `forward`. */
  #methods(): readonly string[] {
    const methods: string[] = [];
    const { penalties, constraints } = this;
    if (penalties.length > 0) {
      const [first, ...others] = penalties;
      const statements = [
        `penalty = ${first}`,
        ...others.map((text) => `penalty = penalty + ${text}`),
        "return penalty",
      ];
      const about = '"""The penalties of the weights, a part of the loss."""';
      methods.push("", "def penalties(self):", ...indented([about, ...statements], 1));
    }
    if (constraints.length > 0) {
      const about = '"""Applies the constraints of the weights, after each update."""';
      methods.push("", "@torch.no_grad()", "def constrain(self):", ...indented([about, ...constraints], 1));
    }
    return methods;
  }
}

/** The type of what a layer gives for values. */
const outputOf = (layer: Layer, values: readonly TorchValue[]): TensorType =>
  inferOutput(
    (...inputs) => {
      // Only layers that take several are called with several.
      const given = layer.takesSeveral ? inputs : inputs[0];
      return (layer.call as (given: unknown) => Tensor)(given);
    },
    values.map(({ row, dtype }) => ({ shape: [rowsInShapes, ...row], dtype })),
  );

const isModel = (layer: Layer): layer is Sequential | Model =>
  layer.constructor === Sequential || layer.constructor === Model;

/** The numbers of the values that a call takes, in the order of the layer's inputs. */
const sourcesIn = (layer: Layer, inputs: Wiring["calls"][number]["inputs"]): readonly number[] => {
  if (typeof inputs === "number") return [inputs];
  if (layer instanceof Model && !Array.isArray(inputs)) {
    const byName = mapSeveral(inputs, (source) => source) as Readonly<Record<string, number>>;
    return layer.inputs.map(({ name }) => byName[name]);
  }
  return valuesOf(inputs);
};

/**
 * The classes of a network in Python.
 * @param refuse Notes what has no counterpart in PyTorch.
 */
export const networkText = (model: Layer, refuse: (what: string) => void): NetworkText | undefined => {
  if (!isModel(model)) {
    refuse(`"${model.name}", which is not a Sequential or a Model`);
    return undefined;
  }
  if (model instanceof Model && (model.inputs.length > 1 || model.outputs.length > 1)) {
    refuse(`"${model.name}" with ${model.inputs.length} inputs and ${model.outputs.length} outputs`);
    return undefined;
  }
  const writer = new NetworkWriter(refuse);
  const root = writer.write(model, "", inputsOf(model));
  return {
    classes: writer.classes,
    root,
    parameters: writer.parameters,
    helpers: writer.helpers,
    hasPenalties: writer.penalties.length > 0,
    hasActivity: writer.hasActivity,
    hasConstraints: writer.constraints.length > 0,
  };
};

const inputsOf = (model: Sequential | Model): readonly InputDescription[] => {
  if (model instanceof Model) return model.inputs;
  const shape = model.inputShape!;
  const dtype = forAnyInput((candidate) => {
    inferOutput((x) => model.call(x), [{ shape: [rowsInShapes, ...shape], dtype: candidate }]);
    return candidate;
  });
  return [{ name: "x", shape, dtype }];
};
