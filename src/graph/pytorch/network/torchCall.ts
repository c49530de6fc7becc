import type { Variable } from "../../../autograd/variable.ts";
import type { Layer } from "../../../layers/base/layer.ts";
import type { Shape } from "../../../tensor/shape.ts";
import type { Placement } from "./placement.ts";
import type { ForwardText, Layout, TorchValue } from "./torchValue.ts";

/** Options of a layer, whose constructor has checked them. */
export type CheckedOptions = Readonly<Record<string, unknown>>;

/** A variable of gradus as a parameter or buffer of PyTorch. */
export interface TorchParameter {
  /** Its name in the state dictionary: `inner.hidden.weight`. */
  readonly name: string;
  readonly variable: Variable;
  readonly placement: Placement;
}

/** What the text of a call is written into: the class of a model. */
export interface CallTarget {
  readonly forward: ForwardText;
  /** Adds a module, unless it is there; false where it is there with another text. */
  readonly addModule: (attribute: string, text: string) => boolean;
  /** Adds a statement of `__init__`, once. */
  readonly addSetup: (statement: string) => void;
  readonly addParameter: (parameter: Omit<TorchParameter, "name">, attribute: string) => void;
  /** Notes that a class of helpers is used. */
  readonly use: (helper: string) => void;
  /** Notes that something has no counterpart in PyTorch. */
  readonly refuse: (what: string) => void;
}

/** The result of a layer's text: an expression, and where its channels are. */
export type LayerResult = readonly [text: string, layout: Layout];

/** Writes a call of a layer in Python. */
export type LayerText = (call: TorchCall) => LayerResult;

/** One call of a layer, for the function that writes it in Python. */
export class TorchCall {
  readonly layer: Layer;
  readonly options: CheckedOptions;
  readonly inputs: readonly TorchValue[];
  /** The shape of one row of the output. */
  readonly output: Shape;
  /** The attribute of the class that holds the layer. */
  readonly attribute: string;
  readonly #target: CallTarget;

  constructor(layer: Layer, inputs: readonly TorchValue[], output: Shape, attribute: string, target: CallTarget) {
    this.layer = layer;
    this.options = layer.givenOptions as CheckedOptions;
    this.inputs = inputs;
    this.output = output;
    this.attribute = attribute;
    this.#target = target;
  }

  /** The shape of one row of the only input. */
  get row(): Shape {
    return this.inputs[0].row;
  }

  /** An input as it lies in a layout. */
  in(layout: Layout, index: number = 0): string {
    return this.#target.forward.in(layout, this.inputs[index]);
  }

  /** An input in the layout that it has, for what does not depend on it. */
  asItIs(index: number = 0): LayerResult {
    const { names } = this.inputs[index];
    const layout: Layout = names.first === undefined ? "last" : "first";
    return [this.in(layout, index), layout];
  }

  /** Makes a module an attribute of the class. @returns How `forward` names it. */
  module(text: string, suffix: string = ""): string {
    const attribute = this.attribute + suffix;
    if (!this.#target.addModule(attribute, text)) this.refuse("which is called with rows of different shapes");
    return `self.${attribute}`;
  }

  /** Notes in which parameter of the module a variable is. Variables that do not exist (a bias) are passed over. */
  parameter(variable: string, parameter: string, placement: Placement = {}, suffix: string = ""): void {
    const found = this.variable(variable);
    if (!found) return;
    this.#target.addParameter({ variable: found, placement }, `${this.attribute}${suffix}.${parameter}`);
  }

  /** Takes a parameter out of a module that has it by default, where the layer has no such variable. */
  without(variable: string, parameter: string): void {
    if (this.variable(variable)) return;
    this.#target.addSetup(`self.${this.attribute}.register_parameter("${parameter}", None)`);
  }

  /** The variable of the layer with this name. */
  variable(name: string): Variable | undefined {
    return this.layer.variables.find((variable) => variable.name.endsWith(`/${name}`));
  }

  /** Notes that a class of helpers is used. @returns Its name. */
  helper(name: string): string {
    this.#target.use(name);
    return name;
  }

  /** Notes why the layer has no counterpart. */
  refuse(why: string): void {
    this.#target.refuse(`"${this.layer.path}" (${why})`);
  }
}
