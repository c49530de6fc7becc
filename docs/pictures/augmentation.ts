import {
  type Layer,
  loadDigits,
  pad,
  RandomFlip,
  RandomRotation,
  RandomShift,
  RandomZoom,
  reshape,
  Sequential,
  type Tensor,
  take,
  toFloat,
} from "../../src/index.ts";
import { colours, picture, text } from "./chart.ts";

/** A picture of a digit as the augmentation layers vary it. */

const side = 16;
const point = 5;
const size: number = side * point;

/** Draws an image of [1, side, side, 1]; the pixels of one gray are one path, so that the file stays small. */
const draw = (left: number, top: number, image: Tensor): string[] => {
  const paths = new Map<number, string>();
  for (const [at, value] of Array.from(image.data, Number).entries()) {
    const level = Math.round(15 * Math.min(1, Math.max(0, value)));
    if (level === 0) continue;
    paths.set(level, `${paths.get(level) ?? ""}M${at % side} ${Math.floor(at / side)}h1v1h-1z`);
  }
  const grays = Array.from(
    paths,
    ([level, path]) => `<path d="${path}" fill="#${(15 - level).toString(16).repeat(3)}"/>`,
  );
  return [
    `<g transform="translate(${left} ${top}) scale(${point})" shape-rendering="crispEdges">${grays.join("")}</g>`,
    `<rect x="${left - 0.5}" y="${top - 0.5}" width="${size + 1}" height="${size + 1}" fill="none" stroke="#d0d7de"/>`,
  ];
};

const fillMode = "constant";
const shift = (): Layer => new RandomShift({ heightFactor: 0.2, widthFactor: 0.2, fillMode });
const rotation = (): Layer => new RandomRotation({ factor: 0.1, fillMode });
const zoom = (): Layer => new RandomZoom({ heightFactor: 0.35, widthFactor: 0.35, fillMode });

/** The layers of each column. */
const variations: readonly (readonly [title: string, layers: readonly (() => Layer)[]])[] = [
  ["RandomShift", [shift]],
  ["RandomRotation", [rotation]],
  ["RandomZoom", [zoom]],
  ["RandomFlip", [() => new RandomFlip({ mode: "horizontal" })]],
  ["the first three", [shift, rotation, zoom]],
];

/** Draws a digit, and two variants of it by each augmentation layer, and by several of them. */
export const drawAugmentation = async (): Promise<string> => {
  const { train } = await loadDigits();
  const labels = [...train.y.data];
  const row = labels.indexOf(2);
  const digit = pad(toFloat(reshape(take(train, { from: row, to: row + 1 }).x, [1, 8, 8, 1])), [
    [0, 0],
    [4, 4],
    [4, 4],
    [0, 0],
  ]);
  const [left, top, gap] = [16, 34, 36];
  const columns = variations.flatMap(([title, layers], index) => {
    const at = left + (index + 1) * (size + gap);
    const model = new Sequential({ inputShape: [side, side, 1], layers: layers.map((layer) => layer()), seed: 4 });
    const calls = [0, 1].map((call) => draw(at, top + call * (size + 10), model.call(digit, { training: true })));
    return [text(at, top - 12, title, ' font-size="11" font-weight="600" fill="#1f2328"'), ...calls.flat()];
  });
  return picture(
    left + 6 * (size + gap),
    top + 2 * (size + 10) + 6,
    "A digit, and how each augmentation layer varies it in two training calls",
    [
      text(left, top - 12, "the digit", ` font-size="11" font-weight="600" fill="${colours.grey}"`),
      ...draw(left, top, digit),
      ...columns,
    ],
  );
};
