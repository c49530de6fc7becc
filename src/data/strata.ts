import { ValueError } from "../base/errors.ts";
import { isFloat } from "../tensor/dtype.ts";
import { formatShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { listTensors, type TensorOrNamed } from "./tensorOrNamed.ts";

/**
 * Checks that each example has one label: int32 [size] or [size, 1], or floats of 0 and 1 of such a shape.
 * @param what What needs the labels: `stratified folds`.
 * @returns The labels.
 * @throws ValueError for other targets.
 */
export const checkStrata = (where: string, what: string, y: TensorOrNamed, size: number): Tensor => {
  if (!(y instanceof Tensor)) {
    const names = listTensors("y", y).map(([name]) => name);
    throw new ValueError(
      `${where}: ${what} need one target, the labels, got ${names.join(", ")}. Pass { stratified: false }.`,
    );
  }
  const isLabel = (value: number): boolean => value === 0 || value === 1;
  const { dtype, rank } = y;
  if (y.size === size && rank <= 2 && (dtype === "int32" || (isFloat(dtype) && y.storage.view().every(isLabel))))
    return y;
  throw new ValueError(
    `${where}: ${what} need labels, int32 [${size}] or floats of 0 and 1, got y ${dtype} ${formatShape(y.axes)}` +
      `${isFloat(dtype) ? " of other values or another shape" : ""}. Pass { stratified: false }.`,
  );
};

/** The rows of each class in the given order, the classes in ascending order of their labels. */
export const rowsByClass = (
  order: ArrayLike<number>,
  y: Tensor,
): readonly (readonly [label: number, rows: readonly number[]])[] => {
  const labels = y.storage.view();
  const rowsOf = new Map<number, number[]>();
  for (let place = 0; place < order.length; place++) {
    const label = labels[order[place]];
    const rows = rowsOf.get(label);
    if (rows) rows.push(order[place]);
    else rowsOf.set(label, [order[place]]);
  }
  return [...rowsOf].sort(([a], [b]) => a - b);
};

/** Deals rows out to parts of these sizes, class by class, so that each part gets its share of every class. */
export const stratifiedParts = (
  order: ArrayLike<number>,
  y: Tensor,
  sizes: readonly number[],
): readonly (readonly number[])[] => {
  const parts = sizes.map(() => [] as number[]);
  const rows = rowsByClass(order, y).flatMap(([, rowsOfClass]) => rowsOfClass);
  for (const [place, row] of rows.entries()) {
    // To the part that is furthest behind its share.
    let [next, most] = [0, Number.NEGATIVE_INFINITY];
    for (const [index, size] of sizes.entries()) {
      const behind = (size * (place + 1)) / rows.length - parts[index].length;
      if (parts[index].length < size && behind > most) [next, most] = [index, behind];
    }
    parts[next].push(row);
  }
  // Without the order of the classes, which batches that are not shuffled would keep.
  const placeOf = new Int32Array(rows.length);
  for (let place = 0; place < order.length; place++) placeOf[order[place]] = place;
  for (const part of parts) part.sort((a, b) => placeOf[a] - placeOf[b]);
  return parts;
};
