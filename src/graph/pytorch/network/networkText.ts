import type { Variable } from "../../../autograd/variable.ts";
import type { Regularizer } from "../../../autograd/variableOptions.ts";
import { nameOfLayerClass } from "../../../io/model/registry.ts";
import type { Layer } from "../../../layers/base/layer.ts";
import { mapSeveral, valuesOf } from "../../../layers/base/layerInputs.ts";
import { Model } from "../../../layers/functional/model.ts";
import type { InputDescription } from "../../../layers/functional/symbol.ts";
import type { Wiring } from "../../../layers/functional/wiring.ts";
import { Sequential } from "../../../layers/sequential.ts";
import { forAnyInput } from "../../../layers/sequentialLayers.ts";
import { inferOutput } from "../../../tensor/interpret/shapeInterpreter.ts";
import { formatRows, type Shape } from "../../../tensor/shape.ts";
import { activationText } from "./activationText.ts";
import { helperClasses } from "./helperClasses.ts";
import { layerTexts } from "./layerTexts.ts";
import { isFrozenNorm } from "./normTexts.ts";
import { constraintText, penaltyText } from "./penaltyText.ts";
import { indented, pythonClassName, pythonName } from "./pythonText.ts";
import { type CallTarget, TorchCall, type TorchParameter } from "./torchCall.ts";
import { ForwardText, type TorchValue } from "./torchValue.ts";

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
  /** The attributes of inner models that sum the penalties of their outputs. */
  readonly activities: string[] = [];
  readonly #refuse: (what: string) => void;
  readonly #classNames = new Set(Object.keys(helperClasses));
  /** The inner models that have a class, and the attributes that lead to them. */
  readonly #inner = new Map<Layer, { readonly name: string; readonly path: string }>();
  hasActivity = false;

  constructor(refuse: (what: string) => void) {
    this.#refuse = refuse;
  }

  /** Writes the class of a model. @param path The attributes that lead to it: `inner.`. @returns Its name. */
  write(model: Sequential | Model, path: string, inputs: readonly InputDescription[]): string {
    const name = pythonClassName(model.name, this.#classNames);
    const attributes = new Set<string>();
    const locals = new Set<string>();
    const isChain = model instanceof Sequential;
    const forward = new ForwardText(isChain ? undefined : (wanted) => pythonName(wanted, locals));
    const setup: string[] = [];
    // After the modules whose parameters they freeze.
    const freezing: string[] = [];
    const modules = new Map<string, string>();
    const frozenNorms: string[] = [];
    let hasActivity = false;
    const target: CallTarget = {
      forward,
      addModule: (attribute, text) => {
        const known = modules.get(attribute);
        if (known === undefined) {
          modules.set(attribute, text);
          setup.push(`self.${attribute} = ${text}`);
        }
        return known === undefined || known === text;
      },
      addSetup: (statement) => {
        if (!setup.includes(statement)) setup.push(statement);
      },
      addParameter: ({ variable, placement }, attribute) => {
        const full = path + attribute;
        const known = this.parameters.find((parameter) => parameter.variable === variable);
        if (known?.name === full) return;
        if (known) this.#refuse(`the variable "${variable.name}", which is at ${known.name} and at ${full}`);
        this.parameters.push({ name: full, variable, placement });
        if (variable.canTrain && !variable.trainable) freezing.push(`self.${attribute}.requires_grad_(False)`);
        if (variable.trainable) this.#addRules(variable, full, placement);
      },
      use: (helper) => this.helpers.add(helper),
      refuse: (what) => this.#refuse(what),
    };
    const penalize = (layer: Layer, regularizer: Regularizer | undefined, value: TorchValue): void => {
      if (!regularizer) return;
      const text = penaltyText(regularizer, forward.in(value.names.first === undefined ? "last" : "first", value));
      if (text === undefined) this.#refuse(`"${layer.path}" (a custom activityRegularizer)`);
      hasActivity = true;
      forward.lines.push(`self.activity = self.activity + ${text}`);
    };
    const attributeOf = new Map<Layer, string>();
    const call = (layer: Layer, values: readonly TorchValue[]): TorchValue => {
      let attribute = attributeOf.get(layer);
      if (attribute === undefined) {
        attribute = pythonName(layer.name, attributes);
        attributeOf.set(layer, attribute);
      }
      const output = this.#outputOf(layer, values);
      const written = new TorchCall(layer, values, output.shape.slice(1), attribute, target);
      const [text, layout] = this.#expression(written, path, target, frozenNorms);
      const value = forward.assign(layer.name, text, layout, written.output, output.dtype);
      penalize(layer, layer.givenOptions.activityRegularizer, value);
      return value;
    };
    const names = inputs.map((input) => (isChain ? "x" : pythonName(input.name, locals)));
    const starts = inputs.map(
      ({ shape, dtype }, index): TorchValue => ({
        row: shape,
        dtype,
        names: { last: names[index] },
      }),
    );
    const result = isChain
      ? model.layers.reduce((value, layer) => call(layer, [value]), starts[0])
      : this.#runWiring(model, starts, call);
    // The model's own penalty; that of an inner model is added by the layer that calls it.
    if (path === "") penalize(model, model.givenOptions.activityRegularizer, result);
    const returned = forward.in("last", result);
    const isRoot = path === "";
    if (hasActivity && !isRoot) this.activities.push(path);
    const inner = isRoot ? this.activities : [];
    const usesActivity = hasActivity || inner.length > 0;
    this.hasActivity ||= usesActivity;
    const before = usesActivity && isRoot ? ["", ...inner].map((attribute) => `self.${attribute}activity = 0.0`) : [];
    const after = inner.map((attribute) => `self.activity = self.activity + self.${attribute}activity`);
    if (usesActivity) setup.push("self.activity = 0.0");
    this.classes.push(
      [
        `class ${name}(nn.Module):`,
        ...indented(
          [
            `"""${inputs.map(({ shape }) => formatRows(shape)).join(", ")} -> ${formatRows(result.row)}."""`,
            "",
            "def __init__(self):",
            ...indented(["super().__init__()", ...setup, ...freezing], 1),
            "",
            `def forward(${["self", ...names].join(", ")}):`,
            ...indented([...before, ...forward.lines, ...after, `return ${returned}`], 1),
            ...this.#methods(isRoot, frozenNorms),
          ],
          1,
        ),
      ].join("\n"),
    );
    return name;
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

  #expression(
    call: TorchCall,
    path: string,
    target: CallTarget,
    frozenNorms: string[],
  ): readonly [string, "first" | "last"] {
    const { layer, attribute, inputs } = call;
    if (isModel(layer)) {
      const texts = inputs.map((_, index) => call.in("last", index));
      const innerPath = `${path}${attribute}.`;
      const described = inputs.map(({ row, dtype }, index) => ({
        name: layer instanceof Model ? layer.inputs[index].name : "x",
        shape: row,
        dtype,
      }));
      const known = this.#inner.get(layer);
      if (known && known.path !== innerPath) call.refuse("a model that is inside of two others");
      const name = known?.name ?? this.write(layer, innerPath, described);
      this.#inner.set(layer, { name, path: innerPath });
      target.addModule(attribute, `${name}()`);
      return [`self.${attribute}(${texts.join(", ")})`, "last"];
    }
    const className = nameOfLayerClass(layer);
    const write = className === undefined ? undefined : layerTexts.get(className);
    if (className === undefined || !write) {
      call.refuse(className ?? layer.constructor.name);
      return call.asItIs();
    }
    const [text, layout] = write(call);
    if (isFrozenNorm(call, className) && !frozenNorms.includes(attribute)) frozenNorms.push(attribute);
    const { activation } = call.options;
    if (activation === undefined) return [text, layout];
    const rank = call.output.length + 1;
    const active = activationText(activation, {}, text, { rank, channelsFirst: layout === "first" && rank > 2 });
    if (active === undefined) call.refuse("a custom activation");
    return [active ?? text, layout];
  }

  #outputOf(
    layer: Layer,
    values: readonly TorchValue[],
  ): { readonly shape: Shape; readonly dtype: TorchValue["dtype"] } {
    const types = values.map(({ row, dtype }) => ({ shape: [rowsInShapes, ...row], dtype }));
    return inferOutput((...inputs) => {
      // Only layers that take several are called with several.
      const given = layer.takesSeveral ? inputs : inputs[0];
      return (layer.call as (given: unknown) => ReturnType<Layer["call"]>)(given);
    }, types);
  }

  /** Methods beside `forward`. */
  #methods(isRoot: boolean, frozenNorms: readonly string[]): readonly string[] {
    const methods: string[] = [];
    if (frozenNorms.length > 0) {
      methods.push(
        "",
        "def train(self, mode=True):",
        ...indented(
          [
            '"""Frozen batch norms keep normalizing with their running statistics."""',
            "super().train(mode)",
            ...frozenNorms.map((attribute) => `self.${attribute}.eval()`),
            "return self",
          ],
          1,
        ),
      );
    }
    if (isRoot && this.penalties.length > 0) {
      const [first, ...others] = this.penalties;
      methods.push(
        "",
        "def penalties(self):",
        ...indented(
          [
            '"""The penalties of the weights, a part of the loss."""',
            `penalty = ${first}`,
            ...others.map((text) => `penalty = penalty + ${text}`),
            "return penalty",
          ],
          1,
        ),
      );
    }
    if (isRoot && this.constraints.length > 0) {
      methods.push(
        "",
        "@torch.no_grad()",
        "def constrain(self):",
        ...indented(['"""Applies the constraints of the weights, after each update."""', ...this.constraints], 1),
      );
    }
    return methods;
  }
}

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
