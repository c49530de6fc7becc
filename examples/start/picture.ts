import { argMax, type Dataset, type Tensor } from "gradus";

const maxWidth = 100;
const gap = 3;

/**
 * Some test digits side by side as text, each with the answer of the network: the first ones, and the first that it reads
 * wrongly.
 * @param predictions Scores, [rows, classes].
 * @param side The width and height of an image in pixels.
 */
export const pictureOf = (test: Dataset, predictions: Tensor, side: number): string => {
  const digits = argMax(predictions, { axis: 1 }).data;
  const labels = test.y.data;
  const draw = side > 16 ? halfBlocks : shades;
  const pixels = test.x.data;
  const image = (row: number): string[] => draw(pixels.subarray(row * side * side, (row + 1) * side * side), side);
  const width = image(0)[0].length;
  const places = Math.floor((maxWidth + gap) / (width + gap));
  const wrong = labels.findIndex((label: number, row: number) => digits[row] !== label);
  const rows = Array.from({ length: Math.min(places, test.size) }, (_, row) => row);
  if (wrong >= rows.length) rows[rows.length - 1] = wrong;
  const columns = rows.map((row) => {
    const caption =
      digits[row] === labels[row] ? `a ${digits[row]}: right` : `a ${digits[row]}? WRONG, a ${labels[row]}`;
    return [...image(row), caption];
  });
  return columns[0]
    .map((_, line) =>
      columns
        .map((column) => column[line].padEnd(width))
        .join(" ".repeat(gap))
        .trimEnd(),
    )
    .join("\n");
};

/** A character for two pixels, one above the other, without the three pixels at the edges, which MNIST leaves empty. */
const halfBlocks = (pixels: ArrayLike<number>, side: number): string[] => {
  const isInk = (row: number, column: number): boolean => pixels[row * side + column] > 96;
  const lines: string[] = [];
  for (let row = 3; row + 1 < side - 3; row += 2) {
    let line = "";
    for (let column = 3; column < side - 3; column++) {
      const [upper, lower] = [isInk(row, column), isInk(row + 1, column)];
      line += upper ? (lower ? "█" : "▀") : lower ? "▄" : " ";
    }
    lines.push(line);
  }
  return lines;
};

/** Two characters for a pixel of 0 to 16; together they are about as wide as high. */
const shades = (pixels: ArrayLike<number>, side: number): string[] =>
  Array.from({ length: side }, (_, row) =>
    Array.from({ length: side }, (_, column) => " ░▒▓█"[Math.round(pixels[row * side + column] / 4)].repeat(2)).join(
      "",
    ),
  );
