import type { Variable } from "../../../autograd/variable.ts";
import type { DType, TypedArray } from "../../../tensor/dtype.ts";
import { type Shape, sizeOf, stridesOf } from "../../../tensor/shape.ts";
import { type ExportNode, ExportValue, type StoredElements, type ValueType } from "./exportValue.ts";
import { type FreeShape, fixedShape, isFixed, type Length, shapeIn, timesBatch } from "./lengths.ts";

/** What cannot be written; the errors of all calls are reported together. */
export class CannotExport extends Error {}

/** Larger constants are not compared with those that are there. */
const mostCompared = 64;

/** Whether equal constants may be one: a vector of floats may become a variable of the program that reads the file. */
const isShared = (dtype: DType, elements: TypedArray, { length }: Shape): boolean =>
  elements.length <= mostCompared && (length === 0 || dtype !== "float32");

const whole = (shape: FreeShape): ValueType => ({ shape, dtype: "int32" });

/** Collects the nodes and initializers of a graph. */
export class GraphBuilder {
  /** The version of the operators. */
  readonly opset: number;
  readonly inputs: readonly ExportValue[];
  readonly nodes: ExportNode[] = [];
  /** The layer that is exported. */
  layer = "";
  readonly #variables = new Map<Variable, ExportValue>();
  readonly #constants = new Map<string, ExportValue>();
  readonly #derived = new Map<ExportValue, Map<string, ExportValue>>();
  #batch: ExportValue | undefined;

  constructor(opset: number, inputs: readonly ExportValue[]) {
    this.opset = opset;
    this.inputs = inputs;
  }

  /** A node with one output. */
  node(
    op: string,
    inputs: readonly (ExportValue | undefined)[],
    type: ValueType,
    attributes: ExportNode["attributes"] = {},
  ): ExportValue {
    return this.nodeOf(op, inputs, [type], attributes)[0];
  }

  /** A node with any number of outputs. */
  nodeOf(
    op: string,
    inputs: readonly (ExportValue | undefined)[],
    types: readonly ValueType[],
    attributes: ExportNode["attributes"] = {},
  ): readonly ExportValue[] {
    const outputs = types.map((type) => new ExportValue(type, this.layer));
    const node = { op, inputs, outputs, attributes, layer: this.layer };
    for (const output of outputs) output.node = node;
    this.nodes.push(node);
    return outputs;
  }

  /** A constant; single numbers, and lists of whole numbers, of the same elements are one initializer. */
  constant(dtype: DType, shape: Shape, elements: TypedArray, scale?: number): ExportValue {
    const value = new ExportValue({ shape: fixedShape(shape), dtype, scale }, this.layer, {
      shape,
      elements: () => elements,
    });
    if (!isShared(dtype, elements, shape)) return value;
    const key = JSON.stringify([dtype, scale, shape, [...new Uint8Array(elements.slice().buffer)]]);
    const known = this.#constants.get(key) ?? value;
    this.#constants.set(key, known);
    return known;
  }

  /** The initializer of a variable: one, wherever it is read. */
  variable(variable: Variable, type: ValueType): ExportValue {
    const stored = { shape: shapeIn(type.shape, 0), elements: () => variable.read().data, variable };
    const value = this.#variables.get(variable) ?? new ExportValue(type, this.layer, stored);
    this.#variables.set(variable, value);
    return value;
  }

  /** A float of rank 0. */
  number(value: number): ExportValue {
    return this.constant("float32", [], Float32Array.of(value));
  }

  /** A list of whole numbers, as shapes and axes are. */
  wholes(values: readonly number[]): ExportValue {
    return this.constant("int32", [values.length], Int32Array.from(values));
  }

  /** The axes to reduce: an attribute or an input, by the version of the operator. */
  axes(
    values: readonly number[],
    inputFrom: number,
  ): { inputs: readonly ExportValue[]; attributes: ExportNode["attributes"] } {
    return this.opset >= inputFrom
      ? { inputs: [this.wholes(values)], attributes: {} }
      : { inputs: [], attributes: { axes: { wholes: values } } };
  }

  /** The number of rows, [1]. */
  #rows(): ExportValue {
    if (!this.#batch) {
      const { layer } = this;
      this.layer = "";
      const rank = this.inputs[0].type.shape.length;
      const shape = this.node("Shape", [this.inputs[0]], whole(fixedShape([rank])));
      this.#batch = this.node("Gather", [shape, this.wholes([0])], whole(fixedShape([1])), { axis: { whole: 0 } });
      this.layer = layer;
    }
    return this.#batch;
  }

  /** A shape as a tensor; lengths that follow the batch are computed. */
  shape(lengths: readonly Length[], purpose: string): ExportValue {
    if (lengths.every(isFixed)) return this.wholes(lengths.map(([length]) => length));
    const parts = lengths.map((length) => {
      if (isFixed(length)) return this.wholes([length[0]]);
      const times = timesBatch(length);
      if (times === undefined) throw new CannotExport(`${purpose} is not a multiple of the number of rows`);
      return times === 1
        ? this.#rows()
        : this.node("Mul", [this.#rows(), this.wholes([times])], whole(fixedShape([1])));
    });
    if (parts.length === 1) return parts[0];
    return this.node("Concat", parts, whole(fixedShape([parts.length])), { axis: { whole: 0 } });
  }

  /** The same elements in another shape; one length that follows the batch is -1. */
  reshape(x: ExportValue, shape: FreeShape): ExportValue {
    const free = shape.filter((length) => !isFixed(length));
    const rest = shape.filter(isFixed).every(([length]) => length > 0);
    const target =
      free.length === 1 && rest
        ? this.wholes(shape.map((length) => (isFixed(length) ? length[0] : -1)))
        : this.shape(shape, "a length of a reshaped tensor");
    return this.node("Reshape", [x, target], { ...x.type, shape });
  }

  /** Axis perm[n] of x as axis n. What another transposition has moved is moved once, and not at all where it comes back. */
  transpose(x: ExportValue, perm: readonly number[]): ExportValue {
    const before = x.node?.op === "Transpose" && x.name === undefined ? x.node : undefined;
    if (before) {
      const { perm: first } = before.attributes as { readonly perm: { readonly wholes: readonly number[] } };
      const [source] = before.inputs;
      return this.transpose(
        source as ExportValue,
        perm.map((axis) => first.wholes[axis]),
      );
    }
    if (perm.every((axis, index) => axis === index)) return x;
    const shape = perm.map((axis) => x.type.shape[axis]);
    return this.node("Transpose", [x], { ...x.type, shape }, { perm: { wholes: perm } });
  }

  /**
   * As `transpose`, for weights: what is made of one variable in other layouts becomes an initializer in the layout that is
   * needed, because many programs take kernels only from initializers.
   */
  transposedWeight(x: ExportValue, perm: readonly number[]): ExportValue {
    const value = this.transpose(x, perm);
    const [root, stored] = rootOf(value) ?? [];
    if (!root || !stored || value === root) return value;
    const key = JSON.stringify([stored.shape, perm, layoutOf(value)]);
    const derived = this.#derived.get(root) ?? new Map<string, ExportValue>();
    this.#derived.set(root, derived);
    const known = derived.get(key) ?? new ExportValue(value.type, root.layer, { ...stored, isDerived: true });
    derived.set(key, known);
    return known;
  }
}

/** The transpositions and shapes between a value and the initializer that it is made of. */
const layoutOf = (value: ExportValue): readonly unknown[] =>
  value.node
    ? [...layoutOf(value.node.inputs[0] as ExportValue), value.node.attributes, shapeIn(value.type.shape, 0)]
    : [];

/** The initializer that a value is made of by transpositions and reshapes alone, and its elements in the layout of the value. */
const rootOf = (value: ExportValue): readonly [root: ExportValue, stored: StoredElements] | undefined => {
  if (value.stored) return [value, value.stored];
  const { node } = value;
  if (!node || !value.type.shape.every(isFixed) || (node.op !== "Transpose" && node.op !== "Reshape")) return undefined;
  const before = rootOf(node.inputs[0] as ExportValue);
  if (!before) return undefined;
  const [root, { shape, elements, variable }] = before;
  const after = shapeIn(value.type.shape, 0);
  if (node.op === "Reshape") return [root, { shape: after, elements, variable }];
  const { perm } = node.attributes as { readonly perm: { readonly wholes: readonly number[] } };
  return [root, { shape: after, elements: () => transposedElements(elements(), shape, perm.wholes), variable }];
};

const transposedElements = (elements: TypedArray, shape: Shape, perm: readonly number[]): TypedArray => {
  const result = elements.slice() as TypedArray;
  const strides = stridesOf(shape);
  const steps = perm.map((axis) => strides[axis]);
  const lengths = perm.map((axis) => shape[axis]);
  const position = lengths.map(() => 0);
  let from = 0;
  for (let index = 0; index < sizeOf(shape); index++) {
    result[index] = elements[from];
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++position[axis] < lengths[axis]) break;
      from -= steps[axis] * lengths[axis];
      position[axis] = 0;
    }
  }
  return result;
};
