import { averagePool2d, conv2d, maxPool2d, type Tensor, tensor } from "../../src/index.ts";
import { colours, picture, text } from "./chart.ts";

/** Pictures of a kernel that moves over an image, of its padding, and of pooling: every number is what gradus computes. */

const cell = 26;
const ink = "#1f2328";
const bold = ` font-size="12" font-weight="600" fill="${ink}"`;
const quiet = ` fill="${colours.grey}"`;

type Rows = readonly (readonly number[])[];

const rowsOf = (image: Tensor): Rows => {
  const [, height, width] = image.shape;
  return Array.from({ length: height }, (_, y) => [...image.data.slice(y * width, (y + 1) * width)].map(Number));
};

const imageOf = (rows: Rows): Tensor => tensor([rows.map((row) => row.map((value) => [value]))]);

const show = (value: number): string => String(value).replace("-", "−");

interface GridStyle {
  readonly fill?: (row: number, column: number) => string;
  /** Whether the numbers are in the cells. */
  readonly numbers?: boolean;
  readonly size?: number;
}

/** A grid of numbers. */
const grid = (left: number, top: number, rows: Rows, { fill, numbers = true, size = cell }: GridStyle = {}): string[] =>
  rows.flatMap((row, y) =>
    row.flatMap((value, x) => {
      const [at, down] = [left + x * size, top + y * size];
      const square = `<rect x="${at}" y="${down}" width="${size}" height="${size}" fill="${fill?.(y, x) ?? "#ffffff"}" stroke="#d0d7de"/>`;
      const middle = ` text-anchor="middle" font-size="12" fill="${ink}"`;
      return numbers ? [square, text(at + size / 2, down + size / 2 + 4, show(value), middle)] : [square];
    }),
  );

/** A frame around some cells of a grid. */
const frame = (left: number, top: number, width: number, height: number, colour: string, size: number = cell): string =>
  `<rect x="${left}" y="${top}" width="${width * size}" height="${height * size}" fill="none" stroke="${colour}" stroke-width="3"/>`;

const image: Rows = [
  [0, 0, 1, 1, 1],
  [0, 0, 1, 1, 1],
  [0, 0, 1, 1, 0],
  [0, 0, 1, 0, 0],
  [0, 0, 0, 0, 0],
];
const edge: Rows = [
  [-1, 0, 1],
  [-1, 0, 1],
  [-1, 0, 1],
];

/** Draws a kernel at two places of an image, with the sums that it gives there. */
export const drawSliding = (): string => {
  const kernel = tensor(edge.flat(), { shape: [3, 3, 1, 1] });
  const output = rowsOf(conv2d(imageOf(image), kernel));
  const [left, top, gap] = [16, 34, 34];
  const places = [
    { row: 0, column: 0, colour: colours.blue },
    { row: 1, column: 2, colour: colours.orange },
  ];
  const [kernelAt, outputAt] = [left + 5 * cell + gap, left + 8 * cell + 2 * gap];
  const content = [
    text(left, top - 12, "the image", bold),
    ...grid(left, top, image, { fill: (y, x) => (image[y][x] === 0 ? "#f6f8fa" : "#ffffff") }),
    text(kernelAt, top - 12, "the kernel", bold),
    ...grid(kernelAt, top, edge, { fill: (_, x) => ["#ffe4d1", "#ffffff", "#d9e7ff"][x] }),
    text(outputAt, top - 12, "the output", bold),
    ...grid(outputAt, top, output),
  ];
  for (const [index, { row, column, colour }] of places.entries()) {
    content.push(frame(left + column * cell, top + row * cell, 3, 3, colour));
    content.push(frame(outputAt + column * cell, top + row * cell, 1, 1, colour));
    const products = edge.flatMap((weights, y) =>
      weights.flatMap((weight, x) => (weight === 0 ? [] : [`${show(weight)}·${image[row + y][column + x]}`])),
    );
    const sum = `${products.join(" + ").replaceAll("+ −", "− ")} = ${show(output[row][column])}`;
    content.push(text(left, top + 5 * cell + 24 + 20 * index, sum, ` font-size="12" fill="${colour}"`));
  }
  return picture(
    outputAt + 3 * cell + left,
    top + 5 * cell + 56,
    "A kernel of 3 by 3 moves over an image of 5 by 5, and gives a number at each of 9 places",
    content,
  );
};

interface Padded {
  readonly title: string;
  readonly options: NonNullable<Parameters<typeof conv2d>[2]>;
  /** Zeros before and after the image. */
  readonly before: number;
  readonly after: number;
}

/** Draws where a kernel of 3 stands first and last on an image of 6, with the options of convolutions. */
export const drawPadding = (): string => {
  const size = 17;
  const input = 6;
  const panels: readonly Padded[] = [
    { title: 'padding: "valid"', options: {}, before: 0, after: 0 },
    { title: 'padding: "same"', options: { padding: "same" }, before: 1, after: 1 },
    { title: '"same", strides: 2', options: { padding: "same", strides: 2 }, before: 0, after: 1 },
    { title: '"valid", dilationRate: 2', options: { dilation: 2 }, before: 0, after: 0 },
  ];
  const [left, top, width] = [16, 40, 8 * size + 40];
  const zeros: Rows = Array.from({ length: input }, () => Array(input).fill(0));
  const content = panels.flatMap(({ title, options, before, after }, index) => {
    const at = left + index * width;
    const { strides = 1, dilation = 1 } = options as { readonly strides?: number; readonly dilation?: number };
    const [, positions] = conv2d(imageOf(zeros), tensor(Array(9).fill(1), { shape: [3, 3, 1, 1] }), options).shape;
    const span = 2 * dilation + 1;
    const padded = before + input + after;
    const all: Rows = Array.from({ length: padded }, () => Array(padded).fill(0));
    const isInside = (place: number): boolean => place >= before && place < before + input;
    const isTouched = (place: number, from: number): boolean =>
      place >= from && place < from + span && (place - from) % dilation === 0;
    const last = (positions - 1) * strides;
    const fill = (y: number, x: number): string => {
      if (isTouched(y, 0) && isTouched(x, 0)) return "#cfe0ff";
      if (isTouched(y, last) && isTouched(x, last)) return "#ffdcc2";
      return isInside(y) && isInside(x) ? "#ffffff" : "#eaeef2";
    };
    // Images of all panels begin at one height.
    const [x, y] = [at + (1 - before) * size, top + (1 - before) * size];
    const outputs: Rows = Array.from({ length: positions }, () => Array(positions).fill(0));
    const below = top + 9 * size;
    return [
      text(at, top - 20, title, bold),
      ...grid(x, y, all, { fill, numbers: false, size }),
      frame(at + size, top + size, input, input, "#8c959f", size),
      frame(x, y, span, span, colours.blue, size),
      frame(x + last * size, y + last * size, span, span, colours.orange, size),
      text(at, below + 2, `output ${positions} x ${positions}`, quiet),
      ...grid(at + size, below + 12, outputs, {
        size,
        numbers: false,
        fill: (row, column) => {
          if (row === 0 && column === 0) return "#cfe0ff";
          return row === positions - 1 && column === positions - 1 ? "#ffdcc2" : "#ffffff";
        },
      }),
    ];
  });
  return picture(
    left + panels.length * width - 20,
    top + 9 * size + 12 + input * size + 14,
    "The first and the last place of a kernel of 3 by 3 on an image of 6 by 6, without padding, with it, with strides of 2, and dilated",
    content,
  );
};

/** Draws max and average pooling of four windows of 2 by 2. */
export const drawPooling = (): string => {
  const numbers: Rows = [
    [1, 3, 0, 2],
    [5, 7, 4, 2],
    [0, 0, 8, 6],
    [4, 0, 1, 1],
  ];
  const tints = ["#d9e7ff", "#ffe4d1", "#d7f0dc", "#eadcff"];
  const x = imageOf(numbers);

  const [left, top, gap] = [16, 34, 44];
  const [maxAt, meanAt] = [left + 4 * cell + gap, left + 7 * cell + 2 * gap + 12];
  const tint =
    (size: number) =>
    (row: number, column: number): string =>
      tints[2 * Math.floor(row / size) + Math.floor(column / size)];
  const content = [
    text(left, top - 12, "a channel", bold),
    ...grid(left, top, numbers, { fill: tint(2) }),
    text(maxAt, top - 12, "MaxPooling2D", bold),
    ...grid(maxAt, top, rowsOf(maxPool2d(x, { poolSize: 2 })), { fill: tint(1) }),
    text(meanAt, top - 12, "AveragePooling2D", bold),
    ...grid(meanAt, top, rowsOf(averagePool2d(x, { poolSize: 2 })), { fill: tint(1) }),
  ];
  return picture(
    meanAt + 150,
    top + 4 * cell + 16,
    "Four windows of 2 by 2: their largest numbers, and their means",
    content,
  );
};
