import type { Segment, Stroke } from "./strokes.ts";

/** The side of the grid in which one paints with the keyboard. */
export const gridSide = 8;

/** A picture of another size: each new pixel is the mean of what it covers. */
export const resized = (picture: Float32Array, from: number, to: number): Float32Array =>
  Float32Array.from({ length: to * to }, (_, pixel) => {
    const [x, y] = [pixel % to, Math.floor(pixel / to)];
    return meanOf(picture, from, { left: (x * from) / to, top: (y * from) / to, size: from / to });
  });

const meanOf = (
  picture: Float32Array,
  side: number,
  square: { readonly left: number; readonly top: number; readonly size: number },
): number => {
  const { left, top, size } = square;
  let sum = 0;
  for (let y = Math.floor(top); y < top + size; y++) {
    for (let x = Math.floor(left); x < left + size; x++) {
      sum += picture[y * side + x] * overlap(x, left, size) * overlap(y, top, size);
    }
  }
  return sum / (size * size);
};

/** How much of a pixel lies between `from` and `from + size`. */
const overlap = (pixel: number, from: number, size: number): number =>
  Math.max(0, Math.min(pixel + 1, from + size) - Math.max(pixel, from));

/**
 * Cells that were painted, as strokes of a pen that went through their middles: neighbours are joined, across corners
 * only where no cell beside them is painted. So a digit of cells can be prepared as one that was drawn.
 */
export const strokesOfCells = (cells: Float32Array, side: number): readonly Stroke[] => {
  const isPainted = (x: number, y: number): boolean => x >= 0 && x < side && y < side && cells[y * side + x] >= 0.5;
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
