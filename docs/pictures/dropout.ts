import {
  Dense,
  Dropout,
  dataset,
  evaluate,
  loadDigits,
  Momentum,
  minibatches,
  Sequential,
  softmaxCrossEntropy,
  type Tensor,
  take,
} from "../../src/index.ts";
import { charts, colours, type Line, picture, round, text } from "./chart.ts";

/** Pictures of the effect of dropout on a row of numbers, and on the gap between training and validation. */

const cell = 13;

const tile = (left: number, top: number, values: readonly number[], dropped: readonly boolean[]): string[] =>
  values.map((value, index) => {
    const [x, y] = [left + (index % 8) * cell, top + Math.floor(index / 8) * cell];
    const grey = Math.round(255 * (1 - Math.min(value / 1.3333, 1)));
    const fill = dropped[index] ? "#ffd8b5" : `rgb(${grey} ${grey} ${grey})`;
    return `<rect x="${round(x)}" y="${round(y)}" width="${cell - 1}" height="${cell - 1}" fill="${fill}"/>`;
  });

/** Draws a digit, its outputs of dropout in three training calls, and in prediction. */
export const drawMasks = async (): Promise<string> => {
  const { train } = await loadDigits();
  const { x } = take(train, { from: 3, to: 4 });
  const layer = new Dropout({ rate: 0.25, seed: 5 });
  const pixels = Array.from(x.data, (byte) => byte / 16);
  const draws = [1, 2, 3].map(() => Array.from(layer.call(x, { training: true }).data));
  const predicted = Array.from(layer.call(x).data);
  const tiles: (readonly [title: string, values: readonly number[], isDraw: boolean])[] = [
    ["the image", pixels, false],
    ...draws.map((values, index) => [`training, call ${index + 1}`, values, true] as const),
    ["prediction", predicted, false],
  ];
  const [side, gap, left, top] = [8 * cell, 40, 24, 44];
  const content = tiles.flatMap(([title, values, isDraw], index) => {
    const at = left + index * (side + gap);
    // A pixel of 0 does not show whether it was dropped.
    const dropped = values.map((value, pixel) => isDraw && value === 0 && pixels[pixel] !== 0);
    const sum = values.reduce((total, value) => total + value, 0);
    return [
      text(at, top - 12, title, ' font-size="12" font-weight="600" fill="#1f2328"'),
      ...tile(at, top, values, dropped),
      `<rect x="${at - 0.5}" y="${top - 0.5}" width="${side}" height="${side}" fill="none" stroke="#d0d7de"/>`,
      text(at, top + side + 16, `sum ${sum.toFixed(1)}`, ` fill="${colours.grey}"`),
    ];
  });
  return picture(
    2 * left + tiles.length * side + (tiles.length - 1) * gap,
    top + side + 30,
    "A digit, three times with a quarter of its pixels dropped, and at prediction",
    content,
  );
};

/** Draws the loss on 300 training examples and on the validation data, without dropout and with half of the units dropped. */
export const drawGap = async (): Promise<string> => {
  const digits = await loadDigits();
  const few = take(digits.train, { to: 300 });
  const train = dataset({ x: few.x, y: few.y });
  const panel = (rate: number) => {
    const layers = [
      new Dense({ units: 300, activation: "relu" }),
      new Dropout({ rate }),
      new Dense({ units: 100, activation: "relu" }),
      new Dropout({ rate }),
      new Dense({ units: 10 }),
    ];
    const model = new Sequential({ inputShape: [64], layers, seed: 1 });
    const optimizer = new Momentum({ learningRate: 0.05, momentum: 0.9 });
    const curves: [number, number][][] = [[], []];
    for (let epoch = 1; epoch <= 60; epoch++) {
      let total = 0;
      for (const { x, y } of minibatches(train, { batchSize: 50, seed: epoch })) {
        const loss = (): Tensor => softmaxCrossEntropy(model.call(x, { training: true }), y);
        total += optimizer.minimize(loss, model.trainableVariables).item() * x.shape[0];
      }
      curves[0].push([epoch, total / train.size]);
      curves[1].push([epoch, evaluate(model, digits.validation).loss]);
    }
    const lines: Line[] = [
      { label: rate === 0 ? "validation loss" : "", colour: colours.orange, points: curves[1] },
      {
        label: rate === 0 ? "training loss, as fit reports it" : "",
        colour: colours.blue,
        points: curves[0],
        dashed: true,
      },
    ];
    return {
      title: rate === 0 ? "Without dropout" : `With dropout, rate ${rate}`,
      x: { label: "epoch", from: 0, to: 60, ticks: [0, 20, 40, 60] },
      y: { label: "loss", from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1] },
      lines,
    };
  };
  return charts("Training and validation loss, without and with dropout", [panel(0), panel(0.5)], 400, 190);
};
