import { Dense, fit, loadDigits, Momentum, Sequential, tensor } from "gradus";
import { beforeAll, describe, expect, test } from "vitest";
import { gridSide, resized, strokesOfCells, strokesOfPainting } from "../../playground/drawing/pixels.ts";
import { pictureOf } from "../../playground/drawing/preprocess.ts";
import type { Stroke } from "../../playground/drawing/strokes.ts";
import { handwriting, painted } from "./handwriting.ts";

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

const transformed = (strokes: readonly Stroke[], move: (x: number, y: number) => [number, number]): Stroke[] =>
  strokes.map((stroke) =>
    stroke.map(({ x, y }) => {
      const [moved, down] = move(x, y);
      return { x: moved, y: down };
    }),
  );

/** Cells of the grid, painted or not; each text is a row. */
const cellsOf = (rows: readonly string[]): Float32Array =>
  Float32Array.from({ length: gridSide ** 2 }, (_, at) =>
    Number(rows[Math.floor(at / gridSide)]?.[at % gridSide] === "#"),
  );

describe("a drawing becomes a picture like those of the built-in digits", () => {
  test("a drawing becomes a picture with the ink and the box of the built-in digits", () => {
    for (const [digit, strokes] of handwriting.entries()) {
      const picture = pictureOf(strokes, 8)!;
      // In the data 302 to 332 of the 1024 pixels of a bitmap are ink, on average over each digit.
      expect(16 * sum(picture), `ink of ${digit}`).toBeGreaterThan(300);
      expect(16 * sum(picture), `ink of ${digit}`).toBeLessThan(330);
      const isInked = (at: number): boolean => picture[at] > 0;
      expect([...picture.slice(0, 8).keys()].some(isInked), `first row of ${digit}`).toBe(true);
      expect(
        [...Array(8).keys()].some((x) => isInked(56 + x)),
        `last row of ${digit}`,
      ).toBe(true);
      expect(
        [...Array(8).keys()].some((y) => isInked(8 * y)),
        `first column of ${digit}`,
      ).toBe(false);
    }
  });

  test("a drawing becomes the same picture at every position, size and slant", () => {
    for (const strokes of handwriting) {
      const picture = pictureOf(strokes, 8)!;
      const others = [
        transformed(strokes, (x, y) => [0.3 * x + 0.1, 0.3 * y + 0.5]),
        transformed(strokes, (x, y) => [x + 0.3 * (0.5 - y), y]),
      ];
      // The whole ink is about 20: at the edges a pixel of the bitmap may become ink or paper.
      for (const other of others) {
        const again = pictureOf(other, 8)!;
        expect(sum(again.map((value, at) => Math.abs(value - picture[at])))).toBeLessThan(3);
      }
    }
  });

  test("a drawing may be a dot, or a line without height or width", () => {
    for (const points of [
      [[0.2, 0.2]],
      [
        [0.2, 0.5],
        [0.8, 0.5],
      ],
      [
        [0.5, 0.1],
        [0.5, 0.9],
      ],
      [
        [0.3, 0.3],
        [0.3, 0.3],
      ],
    ]) {
      for (const side of [8, 28]) {
        const picture = pictureOf([points.map(([x, y]) => ({ x, y }))], side)!;
        expect(picture.length).toBe(side * side);
        expect(picture.every((value) => value >= 0 && value <= 1)).toBe(true);
        expect(sum(picture)).toBeGreaterThan(1);
      }
    }
    expect(pictureOf([], 8)).toBeUndefined();
  });
});

test("a drawing for MNIST fills 20 of 28 pixels, and its centre of mass is in the middle", () => {
  for (const strokes of handwriting) {
    const picture = pictureOf(strokes, 28)!;
    let [x, y] = [0, 0];
    let [top, bottom] = [28, -1];
    for (let at = 0; at < picture.length; at++) {
      x += picture[at] * ((at % 28) + 0.5);
      y += picture[at] * (Math.floor(at / 28) + 0.5);
      if (picture[at] > 0.1) {
        top = Math.min(top, Math.floor(at / 28));
        bottom = Math.max(bottom, Math.floor(at / 28));
      }
    }
    expect(x / sum(picture)).toBeCloseTo(14, 1);
    expect(y / sum(picture)).toBeCloseTo(14, 1);
    expect(bottom - top + 1).toBeGreaterThanOrEqual(20);
    expect(bottom - top + 1).toBeLessThanOrEqual(21);
  }
});

describe("a network that has learned the built-in digits", () => {
  let model: Sequential;
  beforeAll(async () => {
    const { train } = await loadDigits();
    const hidden = new Dense({ units: 32, activation: "relu", kernelInitializer: "heNormal" });
    model = new Sequential({ inputShape: [64], layers: [hidden, new Dense({ units: 10 })], seed: 42 });
    await fit(model, train, {
      optimizer: new Momentum({ learningRate: 0.05, momentum: 0.9 }),
      epochs: 60,
      batchSize: 32,
    });
  });

  const read = (strokes: readonly Stroke[]): number => {
    const scores = model.predict(tensor(pictureOf(strokes, 8)!, { shape: [1, 64] })).data;
    return scores.indexOf(Math.max(...scores) as never);
  };

  const ways: Readonly<Record<string, (x: number, y: number) => [number, number]>> = {
    "as they are": (x, y) => [x, y],
    "small, in a corner": (x, y) => [0.25 * x + 0.7, 0.25 * y],
    "slanted to the right": (x, y) => [x + 0.35 * (0.5 - y), y],
    "slanted to the left": (x, y) => [x - 0.35 * (0.5 - y), y],
    "low and wide": (x, y) => [1.4 * x, 0.9 * y],
    narrow: (x, y) => [0.7 * x, y],
  };

  test.each(Object.entries(ways))("a network that has learned the built-in digits reads drawn digits, %s", (_, way) => {
    expect(handwriting.map((strokes) => read(transformed(strokes, way)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("a network that has learned the built-in digits reads painted digits: round ones, and straight lines that Shift and arrows draw", () => {
    const readCells = (rows: readonly string[]): number => read(strokesOfPainting(cellsOf(rows), gridSide));
    expect(painted.map(readCells)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const box = ["..####", "..#..#", "..#..#"];
    const right = [".....#", ".....#"];
    const left = ["..#", "..#"];
    const [line, end] = ["..####", ["..####"]];
    expect(readCells([...box, "..#..#", ...box.toReversed()]), "0").toBe(0);
    expect(readCells([line, ...right, line, ...left, ...end]), "2").toBe(2);
    expect(readCells([line, ...right, line, ...right, ...end]), "3").toBe(3);
    expect(readCells([line, ...left, line, ...right, ...end]), "5").toBe(5);
    expect(readCells([...box, line, ...box.toReversed()]), "8").toBe(8);
    expect(readCells([...box, line, ...right, ...end]), "9").toBe(9);
  });
});

describe("cells", () => {
  test("painted cells become lines of a pen that are one cell wide, without square corners", () => {
    const lines = (rows: readonly string[]): unknown =>
      strokesOfPainting(cellsOf(rows), gridSide)
        .filter((stroke) => stroke.length === 2)
        .map((stroke) => stroke.map(({ x, y }) => [x - 0.5, y - 0.5]));
    const down = (x: number, from: number, to: number): unknown =>
      Array.from({ length: to - from }, (_, index) => [
        [x, from + index],
        [x, from + index + 1],
      ]);
    expect(lines([".#", ".#", ".#"])).toEqual(down(1, 0, 2));
    // A line of two columns becomes one column, except at its ends.
    const wide = strokesOfPainting(cellsOf(Array(8).fill("...##")), gridSide).flat();
    expect(new Set(wide.map(({ x }) => x)).size).toBe(1);
    expect(wide.length).toBeGreaterThan(12);
    expect(lines(["###", "..#", "..#"])).toEqual([
      [
        [0, 0],
        [1, 0],
      ],
      [
        [1, 0],
        [2, 1],
      ],
      [
        [2, 1],
        [2, 2],
      ],
    ]);
    // A dot of any size stays a dot.
    expect(strokesOfPainting(cellsOf(["#"]), gridSide)).toHaveLength(1);
    expect(strokesOfPainting(cellsOf(["##", "##"]), gridSide).length).toBeGreaterThan(0);
  });

  test("painted cells become strokes that join neighbours, across a corner only if there is no other way", () => {
    const cells = new Float32Array(gridSide ** 2);
    for (const at of [0, 9, 10]) cells[at] = 1;
    const joined = strokesOfCells(cells, gridSide).filter((stroke) => stroke.length === 2);
    expect(joined).toEqual([
      [
        { x: 0.5, y: 0.5 },
        { x: 1.5, y: 1.5 },
      ],
      [
        { x: 1.5, y: 1.5 },
        { x: 2.5, y: 1.5 },
      ],
    ]);
    cells[1] = 1;
    expect(strokesOfCells(cells, gridSide).filter((stroke) => stroke.length === 2).length).toBe(3);
  });

  test("painted cells at another size keep the amount and the position of the ink", () => {
    const picture = Float32Array.from({ length: 28 * 28 }, (_, at) => (at % 7) / 7);
    const small = resized(picture, 28, 8);
    expect(sum(small) / 64).toBeCloseTo(sum(picture) / 784, 5);
    const dot = new Float32Array(64);
    dot[9] = 1;
    expect(resized(resized(dot, 8, 16), 16, 8)).toEqual(dot);
  });
});
