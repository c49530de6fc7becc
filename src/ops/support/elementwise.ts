import type { DType, OperandType } from "../../tensor/dtype.ts";
import type { Primitive, SimdBinding, SimdCall, Thunk, VjpContext } from "../../tensor/interpret/primitive.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf } from "../../tensor/shape.ts";
import type { Kernel } from "../../wasm/assembler/kernel.ts";
import type { BinaryKernel } from "../../wasm/elementwise/binary.ts";
import { sameFloat } from "./operands.ts";
import { broadcastWalk, copyStrided, rowMajor, walkTogether } from "./strided.ts";

/** An operation on single numbers: y = f(x), its kernel, its derivative. */
export interface UnaryDefinition<Attributes> {
  readonly name: string;
  /** y for one number, in double. */
  readonly apply: (x: number, attributes: Attributes) => number;
  readonly simd: SimdBinding<Attributes>;
  readonly vjp?: (context: VjpContext<Attributes>) => readonly (Thunk | undefined)[];
}

/** A primitive that computes y = f(x) for each element. */
export const unaryPrimitive = <Attributes = void>(definition: UnaryDefinition<Attributes>): Primitive<Attributes> => {
  const { name, apply, simd, vjp } = definition;
  return {
    name,
    infer: (inputs) => [{ shape: inputs[0]!.axes, dtype: sameFloat(name, inputs) }],
    reference: ({ inputs: [x], outputs: [y], attributes }) => {
      for (let index = 0; index < y!.length; index++) y![index] = apply(x![index]!, attributes);
    },
    simd,
    vjp,
  };
};

/** Binds a one-input kernel `run(input, output, count)`. */
export const unaryBinding = <Attributes = void>(kernel: Kernel<"run">): SimdBinding<Attributes> => ({
  kernel: kernel.name,
  run: ({ inputs, outputs, link, outputTypes }) => {
    link(kernel).run(inputs[0]!, outputs[0]!, sizeOf(outputTypes[0]!.shape));
  },
});

/**
 * Binds a flat kernel `run(...inputs, ...outputs, ...parameters, count)` for inputs of one shape; the parameters are
 * numbers that it reads from memory.
 */
export const flatBinding = <Attributes = void>(
  kernel: Kernel<"run">,
  parameters: (attributes: Attributes) => readonly number[] = () => [],
): SimdBinding<Attributes> => ({
  kernel: kernel.name,
  run: ({ inputs, outputs, attributes, floats, link, outputTypes }) => {
    const values = parameters(attributes);
    const first = values.length > 0 ? floats(...values) : 0;
    link(kernel).run(
      ...inputs,
      ...outputs,
      ...values.map((_, index) => first + 4 * index),
      sizeOf(outputTypes[0]!.shape),
    );
  },
});

/** An operation on pairs of numbers. */
export interface BinaryDefinition<Attributes> {
  readonly name: string;
  readonly apply: (a: number, b: number, attributes: Attributes) => number;
  readonly kernel: BinaryKernel;
  /** The dtype of the result; default: that of the operands. */
  readonly result?: DType;
  /** Checks the operands' dtypes and returns their common one. Default: floats. */
  readonly operands?: (name: string, inputs: readonly OperandType[]) => DType;
  readonly vjp?: (context: VjpContext<Attributes>) => readonly (Thunk | undefined)[];
}

/** A primitive that computes y = f(a, b) for each pair of elements, with broadcasting. */
export const binaryPrimitive = <Attributes = void>(definition: BinaryDefinition<Attributes>): Primitive<Attributes> => {
  const { name, apply, kernel, result, operands = sameFloat, vjp } = definition;
  return {
    name,
    infer: ([a, b]) => {
      const dtype = operands(name, [a!, b!]);
      return [{ shape: broadcastShapes(name, a!.axes, b!.axes), dtype: result ?? dtype }];
    },
    reference: ({ inputs: [a, b], outputs: [y], inputTypes, outputTypes, attributes }) => {
      forEachPair(inputTypes[0]!.axes, inputTypes[1]!.axes, outputTypes[0]!.shape, (index, i, j) => {
        y![index] = apply(a![i]!, b![j]!, attributes);
      });
    },
    simd: {
      kernel: kernel.name,
      accepts: (inputs) => inputs[0]!.dtype === "float32",
      run: (call) => runBroadcast(kernel, call),
    },
    vjp,
  };
};

/** Visits every element of a broadcast result with the positions of its operands. */
const forEachPair = (a: Shape, b: Shape, result: Shape, visit: (index: number, i: number, j: number) => void): void => {
  if (sameShape(a, b)) {
    const size = sizeOf(result);
    for (let index = 0; index < size; index++) visit(index, index, index);
  } else walkTogether(result, broadcastWalk(a, result), broadcastWalk(b, result), visit);
};

/** Runs the variant of a two-input kernel that fits the shapes; where none fits, operands are repeated first. */
const runBroadcast = <Attributes>({ flat, rows }: BinaryKernel, call: SimdCall<Attributes>): void => {
  const { inputs, outputs, inputTypes, outputTypes, link } = call;
  const out = outputTypes[0]!.shape;
  const size = sizeOf(out);
  if (size === 0) return;
  const [left, right] = [layoutIn(inputTypes[0]!.axes, out), layoutIn(inputTypes[1]!.axes, out)];
  // The operand that is repeated, if any.
  const repeated = left === "whole" ? 1 : 0;
  const layout = repeated ? right : left;
  const times = sizeOf(inputTypes[repeated]!.axes);
  const [a, b, c] = [inputs[0]!, inputs[1]!, outputs[0]!];
  if (layout === "other" || !(repeated || right === "whole")) {
    link(flat).same(spread(call, 0, out), spread(call, 1, out), c, size);
  } else if (layout === "whole") link(flat).same(a, b, c, size);
  else if (layout === "scalar") link(flat)[repeated ? "scalarRight" : "scalarLeft"](a, b, c, size);
  else if (layout === "row") link(rows)[repeated ? "rowRight" : "rowLeft"](a, b, c, size / times, times);
  else link(rows)[repeated ? "columnRight" : "columnLeft"](a, b, c, times, size / times);
};

/** The address of an operand, repeated to the shape of the result where it is smaller. */
export const spread = <Attributes>(call: SimdCall<Attributes>, index: number, out: Shape): number => {
  const shape = call.inputTypes[index]!.axes;
  if (sizeOf(shape) === sizeOf(out)) return call.inputs[index]!;
  const copy = call.workspace(sizeOf(out) * 4);
  copyStrided(call, "float32", call.inputs[index], broadcastWalk(shape, out), copy, rowMajor(out), out);
  return copy;
};

type Layout = "whole" | "scalar" | "row" | "column" | "other";

/** How an operand broadcasts: whole, a scalar, repeated along the first axes, or repeated along the last axes. */
const layoutIn = (shape: Shape, out: Shape): Layout => {
  const size = sizeOf(shape);
  if (size === sizeOf(out)) return "whole";
  if (size === 1) return "scalar";
  const padded = [...new Array<number>(out.length - shape.length).fill(1), ...shape];
  const first = padded.findIndex((length) => length !== 1);
  if (padded.every((length, axis) => axis < first || length === out[axis])) return "row";
  const last = padded.findLastIndex((length) => length !== 1);
  if (padded.every((length, axis) => axis > last || length === out[axis])) return "column";
  return "other";
};
