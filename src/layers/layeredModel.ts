import type { Variable } from "../autograd/variable.ts";
import { ValueError } from "../base/errors.ts";
import { checkOption, checkOptions, regularExpression, required, text } from "../base/options.ts";
import { type AssignOptions, type AssignReport, assignByName, assignRules } from "./base/assign.ts";
import { Layer } from "./base/layer.ts";
import type { LayerOptions } from "./base/layerOptions.ts";
import type { NamedTensors } from "./base/namedTensors.ts";

/** What models have in common: layers that they own, whose variables are found and assigned by name. */
export abstract class LayeredModel extends Layer {
  /** The layers of the model. */
  readonly layers: readonly Layer[];
  /** Whether two layers share variables, as an encoder and the decoder that has it in a field. */
  #isTied = false;

  /** @param layers They become part of the model, under different names. */
  constructor(options: LayerOptions, defaultName: string, layers: readonly Layer[]) {
    super(options, defaultName);
    this.layers = layers;
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

  override get variables(): readonly Variable[] {
    const variables = this.layers.flatMap((layer) => layer.variables);
    return this.#isTied ? [...new Set(variables)] : variables;
  }

  override get trainableVariables(): readonly Variable[] {
    const variables = this.layers.flatMap((layer) => layer.trainableVariables);
    return this.#isTied ? [...new Set(variables)] : variables;
  }

  /** Finds out whether layers share variables, once all variables exist. */
  protected findTiedVariables(): void {
    const variables = this.layers.flatMap((layer) => layer.variables);
    this.#isTied = new Set(variables).size < variables.length;
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
    const [index, rest] = this.locate(name);
    const layer = this.layers[index];
    return rest === undefined ? layer : (layer as LayeredModel).layer(rest);
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

  /** A model that ends with the layer of a name, whose layers and variables it shares. */
  abstract upTo(name: string): LayeredModel;

  /** A table of the layers as text: output shapes, parameters, how many of them are trained, and the totals. */
  abstract summary(): string;

  /** The index of the layer that a name means, and the rest of the name, where that layer is a model. */
  protected locate(name: string): [index: number, rest: string | undefined] {
    checkOption(this.path, "name", name, required(text));
    for (const path of [name, name.startsWith(`${this.path}/`) ? name.slice(this.path.length + 1) : name]) {
      const index = this.layers.findIndex((layer) => layer.name === path);
      if (index >= 0) return [index, undefined];
      const outer = this.layers.findIndex(
        (layer) => layer instanceof LayeredModel && path.startsWith(`${layer.name}/`),
      );
      if (outer >= 0) return [outer, path.slice(this.layers[outer].name.length + 1)];
    }
    throw new ValueError(
      `${this.path}: there must be a layer of the name, got "${name}". The layers are ${this.layers.map((layer) => layer.name).join(", ")}.`,
    );
  }

  #noVariable(rule: string, name: string): ValueError {
    const names = this.variables.map((variable) => variable.name).join(", ");
    const fix = names ? `The variables are ${names}.` : "There are none yet: pass inputShape, or call the model first.";
    return new ValueError(`${this.path}: there must be a variable ${rule}, got ${name}. ${fix}`);
  }
}
