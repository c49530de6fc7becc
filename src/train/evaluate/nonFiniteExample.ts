import type { AnyBatch } from "../../data/minibatches.ts";
import { listTensors, type TensorOrNamed } from "../../data/tensorOrNamed.ts";
import { isFloat } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Loss } from "../metrics/loss.ts";

/** An element of a tensor of rows. */
export interface Element {
  readonly row: number;
  /** Its position in the row. */
  readonly element: number;
  readonly value: number;
}

/** The first element that is NaN or infinite. */
export const firstNonFinite = (x: Tensor, from = 0, to: number = x.axes[0]): Element | undefined => {
  if (!isFloat(x.dtype) || x.rank === 0) return undefined;
  const values = x.storage.view();
  const width = values.length / x.axes[0];
  for (let index = from * width; index < to * width; index++) {
    if (Number.isFinite(values[index])) continue;
    return { row: Math.floor(index / width), element: index % width, value: values[index] };
  }
  return undefined;
};

/**
 * The first example whose loss is not finite, and why, for a message.
 * @param placeOf Names a row: `example 900 of digits`.
 */
export const nonFiniteExample = (
  loss: Loss,
  predictions: TensorOrNamed,
  { x, y }: AnyBatch,
  placeOf: (row: number) => string,
): string | undefined => {
  const losses = loss(predictions as Tensor, y as Tensor, { reduction: "none" });
  const outputs = listTensors("", predictions);
  const targets = listTensors("its y", y);
  const rows = targets[0][1].axes[0];
  const isByRow = losses.rank > 0 && losses.axes[0] === rows;
  const suspects = [...(isByRow ? [losses] : []), ...[...outputs, ...targets].map(([, tensor]) => tensor)];
  const row = suspects.map((tensor) => firstNonFinite(tensor)?.row).find((found) => found !== undefined);
  if (row === undefined) return undefined;
  const causes: readonly (readonly [string, Tensor])[] = [
    ...[...listTensors("its x", x), ...targets].map(([name, tensor]) => [`${name} holds`, tensor] as const),
    ...outputs.map(([name, tensor]) => [`the model outputs${name && ` ${name.slice(1)} of`}`, tensor] as const),
    ["its loss is", losses],
  ];
  for (const [cause, tensor] of causes) {
    if (tensor.axes[0] !== rows) continue;
    const bad = firstNonFinite(tensor, row, row + 1);
    if (bad) return `${placeOf(row)}: ${cause} ${bad.value}`;
  }
  return placeOf(row);
};
