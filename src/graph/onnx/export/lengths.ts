import { type Shape, sameShape } from "../../../tensor/shape.ts";

/** The numbers of rows with which a model is traced: a number that follows them is the batch. */
export const rowCounts = [2, 3] as const;

/** A number in both traces. */
export type Length = readonly [number, number];

/** A shape in both traces. */
export type FreeShape = readonly Length[];

/** Whether a number does not follow the batch. */
export const isFixed = ([first, second]: Length): boolean => first === second;

/** How many times the batch a number is; undefined for one that is not a multiple of it. */
export const timesBatch = ([first, second]: Length): number | undefined => {
  const times = first / rowCounts[0];
  return first !== second && Number.isInteger(times) && second === times * rowCounts[1] ? times : undefined;
};

/** The shape of both traces; undefined for different ranks. */
export const pairShapes = (first: Shape, second: Shape): FreeShape | undefined =>
  first.length === second.length ? first.map((length, axis) => [length, second[axis]]) : undefined;

/** A shape that does not follow the batch. */
export const fixedShape = (shape: Shape): FreeShape => shape.map((length) => [length, length]);

/** The shape in the first or the second trace. */
export const shapeIn = (shape: FreeShape, trace: 0 | 1): Shape => shape.map((length) => length[trace]);

/** Whether two shapes are the same in both traces. */
export const sameFreeShape = (a: FreeShape, b: FreeShape): boolean =>
  sameShape(shapeIn(a, 0), shapeIn(b, 0)) && sameShape(shapeIn(a, 1), shapeIn(b, 1));
