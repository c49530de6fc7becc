import { ShapeError, ValueError } from "../../base/errors.ts";
import { isPlainObject } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Layer } from "../base/layer.ts";
import { alongNetwork } from "../base/layerChecks.ts";
import { asFloats, type LayerInputs, mapSeveral, type Several, valuesOf } from "../base/layerInputs.ts";
import type { CallOptions } from "../base/layerOptions.ts";
import { type InputDescription, SymbolTensor, sourcesOf } from "./symbol.ts";

/** One call of a layer. Its result is the value behind those of the inputs and of the calls before it. */
interface LayerCall {
  /** The position of the layer. */
  readonly layer: number;
  /** The numbers of the values that it is called with. */
  readonly inputs: number | Several<number>;
  /** What the call says of training, whatever the model is told. */
  readonly training?: boolean;
}

/** How a model calls its layers. The values are numbered: first the inputs, then the results of the calls. */
export interface Wiring {
  readonly inputs: readonly InputDescription[];
  readonly calls: readonly LayerCall[];
  readonly outputs: readonly {
    readonly name: string;
    /** The number of the value. */
    readonly value: number;
  }[];
}

/** A wiring, and the layers that it calls. */
export interface Wired {
  readonly wiring: Wiring;
  readonly layers: readonly Layer[];
}

const symbolsOf = (
  where: string,
  option: string,
  value: unknown,
): readonly (readonly [string | undefined, SymbolTensor])[] => {
  const entries: readonly (readonly [string | undefined, unknown])[] =
    value instanceof SymbolTensor
      ? [[undefined, value]]
      : Array.isArray(value)
        ? value.map((entry) => [undefined, entry])
        : isPlainObject(value)
          ? Object.entries(value)
          : [[undefined, value]];
  if (entries.length === 0) throw new ValueError(`${where}: there must be ${option}, got none. Pass a symbol.`);
  return entries.map(([name, symbol]) => {
    if (symbol instanceof SymbolTensor) return [name, symbol];
    throw new ValueError(
      `${where}: ${option} must be symbols, a list or an object of them, got ${showValue(symbol)}. ` +
        "Begin with input({ shape }) and call layers on it.",
    );
  });
};

/** Numbers default names where they are taken: `input`, `input_1`. */
const distinct = (
  where: string,
  what: string,
  names: readonly (readonly [string | undefined, string])[],
): readonly string[] => {
  const taken = new Set<string>();
  for (const [chosen] of names) {
    if (chosen === undefined) continue;
    if (taken.has(chosen)) {
      throw new ValueError(`${where}: each ${what} needs a name of its own, got "${chosen}" twice. Rename one.`);
    }
    taken.add(chosen);
  }
  return names.map(([chosen, usual]) => {
    if (chosen !== undefined) return chosen;
    let name = usual;
    for (let number = 1; taken.has(name); number++) name = `${usual}_${number}`;
    taken.add(name);
    return name;
  });
};

/**
 * Finds the calls that lead from the inputs to the outputs.
 * @throws ValueError for what is not a symbol, an input that is missing, and one that leads to no output.
 */
export const wire = (where: string, inputs: unknown, outputs: unknown): Wired => {
  const starts = symbolsOf(where, "inputs", inputs);
  const ends = symbolsOf(where, "outputs", outputs);
  const needed = new Set<SymbolTensor>();
  const open = ends.map(([, symbol]) => symbol);
  for (let symbol = open.pop(); symbol; symbol = open.pop()) {
    if (needed.has(symbol)) continue;
    needed.add(symbol);
    if (!starts.some(([, start]) => start === symbol)) open.push(...sourcesOf(symbol));
  }
  const inputNames = distinct(
    where,
    "input",
    starts.map(([name, { origin }]) => [name ?? (origin.kind === "input" ? origin.name : undefined), "input"]),
  );
  const numbers = new Map<SymbolTensor, number>();
  const descriptions = starts.map(([, symbol], index): InputDescription => {
    const { origin } = symbol;
    if (origin.kind === "call") {
      throw new ValueError(
        `${where}: an input must be made by input({ shape }), got ${symbol}. Cut a model with upTo.`,
      );
    }
    if (numbers.has(symbol))
      throw new ValueError(`${where}: an input may be listed once, got "${inputNames[index]}" twice.`);
    if (!needed.has(symbol)) {
      throw new ValueError(
        `${where}: each input must lead to an output, got "${inputNames[index]}", which does not. Leave it out.`,
      );
    }
    numbers.set(symbol, index);
    return { name: inputNames[index], shape: origin.shape, dtype: origin.dtype };
  });
  const layers: Layer[] = [];
  const calls: LayerCall[] = [];
  // Symbols are made after those that they are made of.
  for (const symbol of [...needed].sort((a, b) => a.number - b.number)) {
    if (numbers.has(symbol)) continue;
    const { origin } = symbol;
    if (origin.kind === "input") {
      throw new ValueError(
        `${where}: what leads to the outputs must be among the inputs, got ${symbol} beside them. Add it.`,
      );
    }
    if (!layers.includes(origin.layer)) layers.push(origin.layer);
    const numberOf = (source: SymbolTensor): number => numbers.get(source)!;
    const { training } = origin;
    calls.push({
      layer: layers.indexOf(origin.layer),
      inputs: origin.inputs instanceof SymbolTensor ? numberOf(origin.inputs) : mapSeveral(origin.inputs, numberOf),
      ...(training === undefined ? {} : { training }),
    });
    numbers.set(symbol, descriptions.length + calls.length - 1);
  }
  const outputNames = distinct(
    where,
    "output",
    ends.map(([name, { origin }]) => [name, origin.kind === "input" ? "input" : origin.layer.name]),
  );
  return {
    layers,
    wiring: {
      inputs: descriptions,
      calls,
      outputs: ends.map(([, symbol], index) => ({ name: outputNames[index], value: numbers.get(symbol)! })),
    },
  };
};

/** The numbers of the values that a call takes. */
export const sourcesOfCall = ({ inputs }: LayerCall): readonly number[] =>
  typeof inputs === "number" ? [inputs] : valuesOf(inputs);

/**
 * All values of a model for its inputs.
 * @param values The list that they are put into, which has those before the first call that throws.
 */
export const runWiring = (
  { wiring, layers }: Wired,
  inputs: readonly Tensor[],
  options: CallOptions | undefined,
  values: Tensor[] = [],
): readonly Tensor[] => {
  for (const input of inputs) values.push(asFloats(input) as Tensor);
  for (const { layer, inputs: from, training } of wiring.calls) {
    const given: LayerInputs = typeof from === "number" ? values[from] : mapSeveral(from, (number) => values[number]);
    const callOptions = training === undefined ? options : { ...options, training };
    // Only layers that take several are called with several.
    values.push(layers[layer].call(given as Tensor, callOptions));
  }
  return values;
};

/** Adds to a ShapeError of the first call without a value the shapes of the values that it rests on. */
export const namingSources = ({ wiring, layers }: Wired, values: readonly Tensor[], cause: unknown): unknown => {
  const count = wiring.inputs.length;
  const failed = wiring.calls[values.length - count];
  if (!(cause instanceof ShapeError) || !failed) return cause;
  const sources = new Set<number>();
  const open = [...sourcesOfCall(failed)];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    if (sources.has(number)) continue;
    sources.add(number);
    if (number >= count) open.push(...sourcesOfCall(wiring.calls[number - count]));
  }
  const ordered = [...sources].sort((a, b) => a - b);
  if (ordered.every((number) => number < count)) return cause;
  const nameOf = (number: number): string =>
    number < count ? wiring.inputs[number].name : layers[wiring.calls[number - count].layer].name;
  return alongNetwork(
    cause,
    ordered.map((number) => [nameOf(number), values[number].axes.slice(1)]),
  );
};

/** The part of a wiring that leads to one of its values, which becomes the only output. */
export const cutWiring = ({ wiring, layers }: Wired, value: number, name: string): Wired => {
  const count = wiring.inputs.length;
  const needed = new Set<number>();
  const open = [value];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    if (needed.has(number)) continue;
    needed.add(number);
    if (number >= count) open.push(...sourcesOfCall(wiring.calls[number - count]));
  }
  const kept = [...needed].sort((a, b) => a - b);
  const renumbered = new Map(kept.map((number, index) => [number, index]));
  const calls = kept.filter((number) => number >= count).map((number) => wiring.calls[number - count]);
  const keptLayers = [...new Set(calls.map(({ layer }) => layer))];
  const newNumber = (number: number): number => renumbered.get(number)!;
  return {
    layers: keptLayers.map((layer) => layers[layer]),
    wiring: {
      inputs: kept.filter((number) => number < count).map((number) => wiring.inputs[number]),
      calls: calls.map((call) => ({
        ...call,
        layer: keptLayers.indexOf(call.layer),
        inputs: typeof call.inputs === "number" ? newNumber(call.inputs) : mapSeveral(call.inputs, newNumber),
      })),
      outputs: [{ name, value: newNumber(value) }],
    },
  };
};

/** A wiring with further layers, one after another, behind its only output. */
export const extendWiring = ({ wiring, layers }: Wired, added: readonly Layer[]): Wired => {
  const calls = [...wiring.calls];
  let value = wiring.outputs[0].value;
  for (const [index] of added.entries()) {
    calls.push({ layer: layers.length + index, inputs: value });
    value = wiring.inputs.length + calls.length - 1;
  }
  return {
    layers: [...layers, ...added],
    wiring: { inputs: wiring.inputs, calls, outputs: [{ name: added[added.length - 1].name, value }] },
  };
};
