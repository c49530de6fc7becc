import { GradusError } from "../../base/errors.ts";
import { inferOutput } from "../../tensor/interpret/shapeInterpreter.ts";
import { Random } from "../../tensor/random.ts";
import type { Shape } from "../../tensor/shape.ts";
import { type Tensor, zeros } from "../../tensor/tensor.ts";
import { tensorOf } from "./hostArray.ts";
import type { Program } from "./program.ts";
import type { GraphType, TensorRecord } from "./record.ts";

/** The shapes of all tensors of a run, by name. */
export type Shapes = ReadonlyMap<string, { readonly shape: Shape; readonly dtype: GraphType }>;

/** A shape for every input. @param rows For the first axis, where it is free or `freed`. */
const inputShapes = (inputs: readonly TensorRecord[], rows: number, other: number, freed: boolean): readonly Shape[] =>
  inputs.map(({ shape }) =>
    shape.map((length, axis) => (axis === 0 && (length < 0 || freed) ? rows : length < 0 ? other : length)),
  );

/**
 * The shapes of what a plan computes, for inputs of these shapes; nothing is computed.
 * @param isWanted Which shapes are of interest. Default: all.
 * @throws What the operators throw for shapes that do not fit.
 */
export const shapesFor = (
  program: Program,
  outputs: readonly string[],
  inputs: readonly Shape[],
  read: (index: number) => Tensor,
  isWanted: (name: string) => boolean = () => true,
): Shapes => {
  const shapes = new Map<string, { shape: Shape; dtype: GraphType }>();
  const { record } = program;
  for (const [index, { name, dtype }] of record.inputs.entries()) shapes.set(name, { shape: inputs[index], dtype });
  const options = { training: false, trainable: false, random: () => new Random(0), read, variables: [] };
  inferOutput(
    (...tensors) => {
      const values = program.run(program.plan(outputs), tensors, options, (name, { shape, dtype }) => {
        if (isWanted(name)) shapes.set(name, { shape, dtype: dtype as GraphType });
      });
      return values.length > 0 ? tensorOf(values[0]) : zeros([]);
    },
    record.inputs.map(({ dtype }, index) => ({ shape: inputs[index], dtype })),
  );
  return shapes;
};

/** Lengths that are not those of any axis, most likely. */
const trials = [
  [7, 11],
  [13, 17],
] as const;

/**
 * The shapes of all tensors with -1 for each length that follows a free one, found by two runs on shapes with different
 * lengths; a message where a run fails.
 * @param freed Whether the first axis of every input is free, whatever is declared.
 */
export const freeShapes = (
  program: Program,
  outputs: readonly string[],
  read: (index: number) => Tensor,
  freed: boolean = false,
  isWanted?: (name: string) => boolean,
): Shapes | string => {
  try {
    const [first, second] = trials.map(([rows, other]) =>
      shapesFor(program, outputs, inputShapes(program.record.inputs, rows, other, freed), read, isWanted),
    );
    const shapes = new Map<string, { shape: Shape; dtype: GraphType }>();
    for (const [name, { shape, dtype }] of first) {
      const again = second.get(name)?.shape;
      shapes.set(name, { shape: shape.map((length, axis) => (length === again?.[axis] ? length : -1)), dtype });
    }
    return shapes;
  } catch (error) {
    if (error instanceof GradusError) return error.message;
    throw error;
  }
};
