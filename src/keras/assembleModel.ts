import { namingErrors } from "../io/model/architecture.ts";
import type { Layer } from "../layers/base/layer.ts";
import { Model, wiredOptions } from "../layers/functional/model.ts";
import { input } from "../layers/functional/symbol.ts";
import { wire } from "../layers/functional/wiring.ts";
import { Sequential } from "../layers/sequential.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { damagedKeras } from "./kerasConfig.ts";
import type { Planned, PlannedInput, PlannedModel } from "./planned.ts";

/** Whether a layer takes indices, which are int32 here whatever type Keras declares. */
const takesIndices = (planned: Planned): boolean => {
  if (planned.kind === "layer") return planned.className === "Embedding";
  if (planned.kind === "input") return false;
  const { calls, layers } = planned;
  if (!calls) {
    const first = layers.find(({ kind }) => kind !== "input");
    return first !== undefined && takesIndices(first);
  }
  return calls.inputs.every((_, index) => dtypeOf(planned, index) === "int32");
};

/** The type of an input of a functional model: what its readers take. */
const dtypeOf = ({ calls, layers }: PlannedModel, index: number): DType => {
  const { dtype } = layers[calls!.inputs[index]] as PlannedInput;
  const readers = calls!.calls.filter(({ sources }) => sources.includes(index));
  if (readers.length > 0 && readers.every(({ layer }) => takesIndices(layers[layer]))) return "int32";
  return /int/.test(dtype) ? "int32" : "float32";
};

/**
 * Makes the model of a plan. Its variables come into being here, so it runs where values are at hand.
 * @throws DataError, naming the layer, for options that a layer does not take.
 */
export const assembleModel = (where: string, planned: PlannedModel, isInner: boolean = false): Sequential | Model => {
  const { name, className, trainable, layers, calls, inputShape } = planned;
  const what = `"${name}" (${className})`;
  const made = layers.map((layer): Layer | undefined => {
    if (layer.kind === "input") return undefined;
    if (layer.kind === "model") return assembleModel(where, layer, true);
    return namingErrors(where, `"${layer.name}" (${layer.className})`, layer.make);
  });
  const options = { name, ...(!trainable && { trainable }) };
  if (!calls) {
    if (inputShape === undefined && !isInner) {
      throw damagedKeras(
        where,
        `${what} must have the shape of its input`,
        "none: the model was saved before it was built",
      );
    }
    const inner = made.filter((layer) => layer !== undefined);
    // A nested model is built with the one around it, whose name is part of its variables' names.
    const shape = isInner || inputShape === undefined ? {} : { inputShape };
    return namingErrors(where, what, () => new Sequential({ ...options, layers: inner, ...shape })) as Sequential;
  }
  return namingErrors(where, what, () => {
    const symbols: Tensor[] = calls.inputs.map((position, index) => {
      const { name: inputName, shape } = layers[position] as PlannedInput;
      return input({ name: inputName, shape, dtype: dtypeOf(planned, index) });
    });
    const inputs = [...symbols];
    for (const { layer, sources, isList, training } of calls.calls) {
      const tensors = sources.map((source) => symbols[source]);
      const callee = made[layer];
      if (!callee) throw damagedKeras(where, "an input must not be called", `"${layers[layer].name}"`);
      const called = isList || callee.takesSeveral ? tensors : tensors[0];
      symbols.push(callee.call(called as Tensor, training === undefined ? undefined : { training }));
    }
    const outputs = calls.outputs.map((output) => symbols[output]);
    // As above: a model that is made with symbols would be built at once.
    const ends = isInner ? wiredOptions(wire(name, inputs, outputs)) : { inputs, outputs };
    return new Model({ ...options, ...ends });
  }) as Model;
};
