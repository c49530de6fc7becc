import { recorders, type Variable } from "../../../autograd/variable.ts";
import { ValueError } from "../../../base/errors.ts";
import type { Layer } from "../../../layers/base/layer.ts";
import type { LayerInputs } from "../../../layers/base/layerInputs.ts";
import type { CallOptions } from "../../../layers/base/layerOptions.ts";
import { layersOf } from "../../../layers/base/tree.ts";
import type { TensorType, TypedArray } from "../../../tensor/dtype.ts";
import { withInterpreter } from "../../../tensor/interpret/bind.ts";
import type { Interpreter } from "../../../tensor/interpret/primitive.ts";
import { inferOutput, isReadOfValues, onShapesAlone } from "../../../tensor/interpret/shapeInterpreter.ts";
import { Tensor } from "../../../tensor/tensor.ts";
import { watchGraphs } from "../../core/watch.ts";

/** Where a value of a trace comes from. */
export type Source =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "variable"; readonly variable: Variable }
  | { readonly kind: "constant"; readonly elements: TypedArray }
  | { readonly kind: "result" };

/** A tensor of a trace. */
export interface TracedValue extends TensorType {
  readonly source: Source;
  /** The path of the layer where it is first met. */
  readonly layer: string;
}

/** A primitive that was applied; inputs and outputs are numbers of values. */
export interface TracedCall {
  readonly primitive: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly attributes: unknown;
  /** The path of the innermost layer that runs; "" outside of layers. */
  readonly layer: string;
}

/** What a function of tensors computes, in order; values that no output needs are among the others. */
export interface Trace {
  readonly values: readonly TracedValue[];
  readonly calls: readonly TracedCall[];
  /** The numbers of the values that the function returned. */
  readonly outputs: readonly number[];
  /** Names of values: the paths of layers for their outputs, and the names of inner tensors of graphs. */
  readonly names: readonly (readonly [value: number, name: string])[];
}

/**
 * Runs a function on shapes alone and writes down which primitives it applies.
 * @param model The model whose layers give names to their outputs.
 * @param isEntry Whether a primitive is written down as a whole; a composite that is not is seen through.
 * @throws ValueError for a layer that reads values; what the layers throw.
 */
export const traceCalls = (
  where: string,
  model: Layer,
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly TensorType[],
  isEntry: (primitive: string) => boolean,
): Trace => {
  const values: TracedValue[] = [];
  const calls: TracedCall[] = [];
  const names: [number, string][] = [];
  let outputs: readonly number[] = [];
  const numbers = new Map<Tensor, number>();
  const variables = new Map<Tensor, Variable>();
  const running: string[] = [];
  const layer = (): string => running.at(-1) ?? "";
  const add = (tensor: Tensor, source: Source): number => {
    const { axes: shape, dtype, scale } = tensor;
    numbers.set(tensor, values.length);
    values.push({ shape, dtype, ...(scale !== undefined && { scale }), source, layer: layer() });
    return values.length - 1;
  };
  const numberOf = (tensor: Tensor): number => {
    const known = numbers.get(tensor);
    if (known !== undefined) return known;
    const variable = variables.get(tensor);
    return add(tensor, variable ? { kind: "variable", variable } : { kind: "constant", elements: tensor.data });
  };
  const interpreter: Interpreter = {
    bind: (primitive, operands, attributes, below) => {
      // The first values of variables are computed, and are not a part of the model.
      if (!onShapesAlone()) return below(primitive, operands, attributes);
      if (primitive.composite && !isEntry(primitive.name)) return primitive.composite(operands, attributes);
      const from = operands.map(numberOf);
      const results = below(primitive, operands, attributes);
      const to = results.map((result) => add(result, { kind: "result" }));
      calls.push({ primitive: primitive.name, inputs: from, outputs: to, attributes, layer: layer() });
      return results;
    },
  };
  const named = (name: string, value: unknown): void => {
    const number = value instanceof Tensor ? numbers.get(value) : undefined;
    if (number !== undefined && values[number].source.kind === "result") names.push([number, name]);
  };
  const recorder = {
    onRead: (variable: Variable, value: Tensor) => {
      variables.set(value, variable);
    },
    onActivity: () => {},
    onListed: () => {},
  };
  const body = (tensors: readonly Tensor[]): Tensor => {
    for (const [index, tensor] of tensors.entries()) add(tensor, { kind: "input", index });
    const results = f(tensors);
    outputs = results.map(numberOf);
    return results[0];
  };
  withWatchedCalls(where, model, running, named, () =>
    inferOutput(
      (...tensors) =>
        withInterpreter(interpreter, () =>
          recorders.during([...recorders.get(), recorder], () => watchGraphs.during(named, () => body(tensors))),
        ),
      inputs,
    ),
  );
  return { values, calls: neededCalls(calls, outputs), outputs, names };
};

/** The calls that the outputs need. */
const neededCalls = (calls: readonly TracedCall[], outputs: readonly number[]): readonly TracedCall[] => {
  const asked = new Set(outputs);
  const needed = calls.toReversed().filter((call) => {
    const isNeeded = call.outputs.some((output) => asked.has(output));
    if (isNeeded) for (const input of call.inputs) asked.add(input);
    return isNeeded;
  });
  return needed.reverse();
};

/** Runs the body while the layers of a model tell when they run, and what they return. */
const withWatchedCalls = (
  where: string,
  model: Layer,
  running: string[],
  returned: (path: string, output: Tensor) => void,
  body: () => void,
): void => {
  const originals = new Map(layersOf<Layer>(model).map((layer) => [layer, layer.call]));
  try {
    for (const [layer, original] of originals) {
      layer.call = (input: LayerInputs, options?: CallOptions): Tensor => {
        running.push(layer.path);
        try {
          const output = original.call(layer, input as Tensor, options);
          returned(layer.path, output);
          return output;
        } catch (error) {
          if (!isReadOfValues(error)) throw error;
          throw new ValueError(
            `${where}: ${layer.path}: a layer must compute with operations alone, got a read of values (data, item or toArray). ` +
              "Compute it with operations, or outside of the model.",
            { cause: error },
          );
        } finally {
          running.pop();
        }
      };
    }
    body();
  } finally {
    for (const [layer, original] of originals) layer.call = original;
  }
};
