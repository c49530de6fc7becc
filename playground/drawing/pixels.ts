import { resize, tensor } from "gradus";
import type { Segment, Stroke } from "./strokes.ts";
import { thinned } from "./thinned.ts";

/** The side of the grid for painting with the keyboard. */
export const gridSide = 8;

/** The picture at another size: each new pixel is the mean of the area that it covers. */
export const resized = (picture: Float32Array, from: number, to: number): Float32Array =>
  resize(tensor(picture, { shape: [from, from, 1] }), [to, to], { method: "area" }).data as Float32Array;

/**
 * A painted digit as the strokes of a pen, so that it can be prepared like a drawn digit. Painted lines may be wider than one
 * cell, and have square corners, which a pen does not draw.
 */
export const strokesOfPainting = (cells: Float32Array, side: number): readonly Stroke[] => {
  const lines = thinned(cells, side);
  // A dot of four cells does not have a line in its middle.
  return strokesOfCells(withoutCorners(lines.includes(1) ? lines : cells, side), side);
};

/** Removes the cells where a line only turns: the line takes the diagonal instead. */
const withoutCorners = (cells: Float32Array, side: number): Float32Array => {
  const rest = cells.slice();
  const isPainted = painted(rest, side);
  for (let at = 0; at < rest.length; at++) {
    const [x, y] = [at % side, Math.floor(at / side)];
    const isTurn = isPainted(x - 1, y) !== isPainted(x + 1, y) && isPainted(x, y - 1) !== isPainted(x, y + 1);
    // The cell is cleared at once, so that every second cell of a staircase stays.
    if (isTurn) rest[at] = 0;
  }
  return rest;
};

/** Returns a function that says whether a cell is painted; a cell outside of the grid is not. */
const painted =
  (cells: Float32Array, side: number) =>
  (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < side && y < side && cells[y * side + x] >= 0.5;

/**
 * Cells as strokes of a pen that went through their middles: neighbours are joined, across corners only where no cell
 * beside them is painted.
 */
export const strokesOfCells = (cells: Float32Array, side: number): readonly Stroke[] => {
  const isPainted = painted(cells, side);
  const middle = (x: number, y: number): Segment[0] => ({ x: x + 0.5, y: y + 0.5 });
  const strokes: Stroke[] = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (!isPainted(x, y)) continue;
      strokes.push([middle(x, y)]);
      if (isPainted(x + 1, y)) strokes.push([middle(x, y), middle(x + 1, y)]);
      if (isPainted(x, y + 1)) strokes.push([middle(x, y), middle(x, y + 1)]);
      for (const next of [x - 1, x + 1]) {
        const isCorner = isPainted(next, y + 1) && !isPainted(next, y) && !isPainted(x, y + 1);
        if (isCorner) strokes.push([middle(x, y), middle(next, y + 1)]);
      }
    }
  }
  return strokes;
};
