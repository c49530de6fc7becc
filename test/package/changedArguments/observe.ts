import * as gradus from "gradus";
import * as table from "gradus/table";
import { descriptionOf } from "../../../src/base/describe.ts";
import { inputFor } from "../wrongValues/values.ts";

/** What a program can see of a value: what it computes, its config, its saved form. */
export const observe = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) {
    return typeof value === "function" ? [value.name, descriptionOf(value)] : value;
  }
  if (ArrayBuffer.isView(value)) return Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
  for (const [Class, see] of classes)
    if (value instanceof (Class as unknown as new () => unknown)) return see(value as never);
  if (value instanceof Map) return Array.from(value, ([key, entry]) => [key, observe(entry)]);
  if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>, observe);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "seconds")
      .map(([name, entry]) => [name, observe(entry)]),
  );
};

/** What a symbol of an input says of itself. */
const isSymbol = (tensor: gradus.Tensor): boolean => "origin" in tensor;

const observeTensor = (tensor: gradus.Tensor): unknown =>
  isSymbol(tensor)
    ? [[...tensor.shape], String(tensor)]
    : [[...tensor.shape], tensor.dtype, tensor.scale, [...tensor.data]];

const observeVariable = (variable: gradus.Variable): unknown => [
  variable.name,
  variable.trainable,
  observeTensor(variable.read()),
  observe(variable.regularizer),
  observe(variable.constraint),
];

/** An input that a layer takes. */
const inputOf = (layer: gradus.Layer): gradus.Tensor => {
  if (layer instanceof gradus.Sequential && layer.layers[0] instanceof gradus.TableEncoder) return gradus.ones([2, 1]);
  if (layer instanceof gradus.TableEncoder) return gradus.ones([2, layer.columns.length]);
  return inputFor(layer.constructor.name);
};

const observeLayer = (layer: gradus.Layer): unknown => {
  const input = inputOf(layer);
  if (layer instanceof gradus.Standardize && !layer.built) layer.adapt(input);
  const output = layer.call(input);
  const isTrained = layer.trainableVariables.length > 0;
  if (isTrained) {
    const loss = (): gradus.Tensor => gradus.sum(gradus.square(layer.call(input, { training: true })));
    new gradus.SGD({ learningRate: 0.1 }).minimize(loss, layer.trainableVariables);
  }
  return [
    layer.config(),
    observeTensor(output),
    observeTensor(layer.call(input, { training: true })),
    layer.variables.map(observeVariable),
    layer.losses().map(observeTensor),
    layer instanceof gradus.Sequential ? observe(gradus.encodeModel(layer)) : undefined,
    layer instanceof gradus.TableEncoder ? observe([layer.columns, layer.features, layer.target]) : undefined,
  ];
};

const observeOptimizer = (optimizer: gradus.Optimizer): unknown => {
  const w = new gradus.Variable(gradus.tensor([1, -2, 30]), { name: "w" });
  const u = new gradus.Variable(gradus.tensor([[1], [-2]]), { name: "u" });
  const values: unknown[] = [];
  for (let step = 0; step < 4; step++) {
    optimizer.minimize(() => gradus.add(gradus.sum(gradus.square(w.read())), gradus.sum(gradus.square(u.read()))));
    values.push(observeVariable(w), observeVariable(u), optimizer.learningRate);
  }
  return [optimizer.config(), values, observe(optimizer.state([w, u]))];
};

const classes: readonly (readonly [{ readonly prototype: object }, (value: never) => unknown])[] = [
  [gradus.Tensor, observeTensor],
  [gradus.Variable, observeVariable],
  [gradus.Layer, observeLayer],
  [gradus.Optimizer, observeOptimizer],
  [gradus.Random, (random: gradus.Random) => observeTensor(gradus.randomUniform([4], { random }))],
  [gradus.History, (history: gradus.History) => [observe(history.toJSON()), history.place]],
  [
    table.Table,
    (rows: table.Table) => [
      rows.names,
      rows.name,
      rows.size,
      rows.toString(),
      rows.names.map((name) => rows.values(name)),
    ],
  ],
];
