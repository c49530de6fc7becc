import { themed } from "./element.ts";

type Colour = readonly [red: number, green: number, blue: number];

/** A colour of the page as numbers. */
const colourOf = (name: string): Colour => {
  const text = themed(name);
  const hex = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text);
  const parts = hex ? hex.slice(1).map((part) => Number.parseInt(part, 16)) : text.split(",").map(Number);
  return [parts[0], parts[1], parts[2]];
};

const paintWith = (canvas: HTMLCanvasElement, side: number, colour: (pixel: number) => Colour): void => {
  if (canvas.width !== side || canvas.height !== side) {
    canvas.width = side;
    canvas.height = side;
  }
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(side, side);
  for (let pixel = 0; pixel < side * side; pixel++) image.data.set([...colour(pixel), 255], 4 * pixel);
  context.putImageData(image, 0, 0);
};

const between = (from: Colour, to: Colour, part: number): Colour => [
  from[0] + (to[0] - from[0]) * part,
  from[1] + (to[1] - from[1]) * part,
  from[2] + (to[2] - from[2]) * part,
];

/** Paints a picture of ink, 0 to 1, with one canvas pixel for each value; the page scales it up. */
export const paintInk = (canvas: HTMLCanvasElement, picture: Float32Array): void => {
  const [paper, ink] = [colourOf("--paper"), colourOf("--ink")];
  paintWith(canvas, Math.sqrt(picture.length), (pixel) => between(paper, ink, picture[pixel]));
};

/** Paints weights: one colour for positive and another for negative weights, stronger for larger ones. */
export const paintWeights = (canvas: HTMLCanvasElement, weights: Float32Array): void => {
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-9);
  paintSigned(canvas, weights, largest, [colourOf("--wants-ink"), colourOf("--wants-paper")]);
};

/** Paints outputs of a layer: as ink where they are positive, in a colour where they are negative; `largest` is the strongest. */
export const paintMap = (canvas: HTMLCanvasElement, outputs: Float32Array, largest: number): void =>
  paintSigned(canvas, outputs, largest, [colourOf("--ink"), colourOf("--wants-paper")]);

const paintSigned = (
  canvas: HTMLCanvasElement,
  values: Float32Array,
  largest: number,
  [positive, negative]: readonly [Colour, Colour],
): void => {
  const card = colourOf("--card");
  paintWith(canvas, Math.sqrt(values.length), (pixel) => {
    const strength = values[pixel] / largest;
    return between(card, strength > 0 ? positive : negative, Math.abs(strength));
  });
};
