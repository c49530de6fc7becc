import { damagedKeras, isObject, type KerasObject, type Misfits, shownValue } from "./kerasConfig.ts";
import type { CallGraph, Planned } from "./planned.ts";

/** A reference to what a call of a layer gives. */
interface Reference {
  readonly layer: string;
  readonly call: number;
}

/** A call, with its inputs as the file names them. */
interface ReadCall {
  readonly references: readonly Reference[];
  readonly isList: boolean;
  readonly training: boolean | undefined;
}

const maxCalls = 100_000;

/** A functional model as the file describes it. */
interface ReadModel {
  readonly name: string;
  readonly className: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly layers: readonly KerasObject[];
  readonly planned: readonly Planned[];
}

/**
 * Puts the calls of a functional model in order.
 * @throws DataError for calls that do not fit together.
 */
export const readCalls = (where: string, model: ReadModel, misfits: Misfits): CallGraph => {
  const { options, planned } = model;
  const positions = new Map(planned.map(({ name }, index) => [name, index]));
  if (positions.size < planned.length) {
    throw damagedKeras(where, "the names of layers must differ", `two of one name in "${model.name}"`);
  }
  const calls = model.layers.map((layer, index) => callsOf(where, layer, planned[index], misfits));
  const inputs = referencesOf(where, options.input_layers, model, misfits);
  const outputs = referencesOf(where, options.output_layers, model, misfits);
  if (calls.flat().length > maxCalls) throw damagedKeras(where, `there may be ${maxCalls} calls`, "more");
  // A nested model has a call of its own, from its inputs to its outputs, which some versions count and do not write.
  const first = new Map<string, number>();
  for (const { layer, call } of [...calls.flat().flatMap(({ references }) => references), ...outputs]) {
    first.set(layer, Math.min(first.get(layer) ?? call, call));
  }
  const keyOf = ({ layer, call }: Reference): string => {
    const position = positions.get(layer);
    if (position === undefined) throw damagedKeras(where, "a call must take what a layer gives", shownValue(layer));
    const counted = planned[position].kind === "model" ? call - (first.get(layer) ?? 0) : call;
    return `${position}:${counted}`;
  };
  const numbers = new Map<string, number>();
  const inputPositions = inputs.map((input) => {
    const position = positions.get(input.layer);
    if (position === undefined || planned[position].kind !== "input") {
      throw damagedKeras(where, "an input must be an InputLayer", shownValue(input.layer));
    }
    numbers.set(`${position}:0`, numbers.size);
    return position;
  });
  const ordered = inOrder(where, calls, keyOf, numbers);
  const numberOf = (reference: Reference): number => {
    const number = numbers.get(keyOf(reference));
    if (number !== undefined) return number;
    throw damagedKeras(where, "what a call takes must be computed", `"${reference.layer}", call ${reference.call}`);
  };
  return {
    inputs: inputPositions,
    calls: ordered.map(({ layer, call }) => ({
      layer,
      sources: call.references.map(numberOf),
      isList: call.isList,
      training: call.training,
    })),
    outputs: outputs.map(numberOf),
  };
};

/** Orders calls so that each comes after those that it needs, and numbers their results. @throws DataError for a circle. */
const inOrder = (
  where: string,
  calls: readonly (readonly ReadCall[])[],
  keyOf: (reference: Reference) => string,
  numbers: Map<string, number>,
): readonly { readonly layer: number; readonly call: ReadCall }[] => {
  const ordered: { readonly layer: number; readonly call: ReadCall }[] = [];
  const waiting = new Map<string, string[]>();
  const missing = new Map<string, number>();
  const known = new Map<string, { readonly layer: number; readonly call: ReadCall }>();
  const ready: string[] = [];
  for (const [layer, list] of calls.entries()) {
    for (const [index, call] of list.entries()) {
      const key = `${layer}:${index}`;
      known.set(key, { layer, call });
      const needed = [...new Set(call.references.map(keyOf))].filter((source) => !numbers.has(source));
      missing.set(key, needed.length);
      for (const source of needed) waiting.set(source, [...(waiting.get(source) ?? []), key]);
      if (needed.length === 0) ready.push(key);
    }
  }
  for (let at = 0; at < ready.length; at++) {
    const key = ready[at];
    ordered.push(known.get(key)!);
    numbers.set(key, numbers.size);
    for (const next of waiting.get(key) ?? []) {
      const left = missing.get(next)! - 1;
      missing.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  if (ordered.length < known.size) {
    throw damagedKeras(where, "each call must follow those that it needs", "a circle, or what no layer gives");
  }
  return ordered;
};

/** The inputs or outputs of a model: `["dense", 0, 0]`, a list of such, or an object. */
const referencesOf = (where: string, value: unknown, model: ReadModel, misfits: Misfits): readonly Reference[] => {
  const entries = isReference(value) ? [value] : isObject(value) ? Object.values(value) : value;
  if (Array.isArray(entries) && entries.length > 0 && entries.every(isReference)) {
    return entries.map((entry) => referenceOf(entry, model.name, model.className, misfits));
  }
  throw damagedKeras(where, `the inputs and outputs of "${model.name}" must be calls of layers`, shownValue(value));
};

type RawReference = readonly [layer: string, call: number, tensor: number, options?: unknown];

const isReference = (value: unknown): value is RawReference =>
  Array.isArray(value) &&
  typeof value[0] === "string" &&
  Number.isSafeInteger(value[1]) &&
  Number.isSafeInteger(value[2]);

const referenceOf = (
  [layer, call, tensor]: RawReference,
  name: string,
  className: string,
  misfits: Misfits,
): Reference => {
  if (tensor !== 0) misfits.add(name, className, `the result ${tensor} of "${layer}": layers give one tensor`);
  return { layer, call };
};

/** The calls of one layer. */
const callsOf = (
  where: string,
  layer: KerasObject,
  { name, className }: Planned,
  misfits: Misfits,
): readonly ReadCall[] => {
  const nodes = layer.inbound_nodes ?? [];
  if (!Array.isArray(nodes)) throw damagedKeras(where, `the calls of "${name}" must be a list`, shownValue(nodes));
  return nodes.map((node: unknown): ReadCall => {
    const read = isObject(node) ? newCall(node, name, className, misfits) : oldCall(node, name, className, misfits);
    if (read && read.references.length > 0) return read;
    throw damagedKeras(where, `a call of "${name}" must take what layers give`, shownValue(node));
  });
};

/** The options of a call; `training` has a counterpart. */
const trainingOf = (options: unknown, name: string, className: string, misfits: Misfits): boolean | undefined => {
  const entries = isObject(options) ? Object.entries(options) : [];
  for (const [option, value] of entries) {
    const isKnown = option === "training" && typeof value === "boolean";
    if (!isKnown && value !== null) misfits.add(name, className, `a call with ${option} ${shownValue(value)}`);
  }
  const training = isObject(options) ? options.training : undefined;
  return typeof training === "boolean" ? training : undefined;
};

/** A call of Keras 2: a list of `["dense", 0, 0, {}]`. */
const oldCall = (node: unknown, name: string, className: string, misfits: Misfits): ReadCall | undefined => {
  const entries: unknown = isReference(node) ? [node] : node;
  if (!Array.isArray(entries) || !entries.every(isReference)) return undefined;
  const training = entries.map((entry) => trainingOf(entry[3], name, className, misfits));
  return {
    references: entries.map((entry) => referenceOf(entry, name, className, misfits)),
    isList: entries.length > 1,
    training: training.find((each) => each !== undefined),
  };
};

/** A call of Keras 3: arguments in which tensors have a history. */
const newCall = (
  { args, kwargs }: Readonly<Record<string, unknown>>,
  name: string,
  className: string,
  misfits: Misfits,
): ReadCall | undefined => {
  if (!Array.isArray(args) || args.length === 0) return undefined;
  if (args.length > 1) misfits.add(name, className, `a call with ${args.length} arguments`);
  const [input] = args as readonly unknown[];
  const tensors = Array.isArray(input) ? input : [input];
  const histories = tensors.map((tensor) =>
    isObject(tensor) && tensor.class_name === "__keras_tensor__" && isObject(tensor.config)
      ? tensor.config.keras_history
      : undefined,
  );
  if (!histories.every(isReference)) return undefined;
  return {
    references: histories.map((history) => referenceOf(history, name, className, misfits)),
    isList: Array.isArray(input),
    training: trainingOf(kwargs, name, className, misfits),
  };
};
