import {
  compile,
  type Layer,
  mean,
  RandomFlip,
  RandomRotation,
  RandomShift,
  RandomZoom,
  randomUniform,
  Sequential,
  setThreads,
  type Tensor,
  tensor,
} from "gradus";
import { afterEach, describe, expect, test } from "vitest";
import { sameBits } from "../../../src/tensor/tensor.ts";
import { onEachBackend } from "../helpers.ts";

afterEach(() => setThreads(1));

const training = { training: true };
const layers: Readonly<Record<string, () => Layer>> = {
  RandomFlip: () => new RandomFlip({ seed: 3 }),
  RandomRotation: () => new RandomRotation({ factor: 0.2, seed: 3 }),
  RandomShift: () => new RandomShift({ heightFactor: 0.3, widthFactor: 0.3, seed: 3 }),
  RandomZoom: () => new RandomZoom({ heightFactor: 0.3, widthFactor: 0.2, seed: 3 }),
};
const images = randomUniform([6, 5, 7, 2], { seed: 1 });
/** Numbers 0 to n - 1 as one column or row. */
const counted = (shape: readonly number[]): Tensor =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => index),
    { shape },
  );
const call = (layer: Layer, x: Tensor): readonly number[] => [...layer.call(x, training).data];

onEachBackend(() => {
  describe.each(Object.entries(layers))("%s", (_, make) => {
    test("images stay as they are outside of training, and nothing is drawn", () => {
      const layer = make();
      const { state } = layer.random;
      expect(sameBits(layer.call(images), images)).toBe(true);
      expect(layer.random.state).toEqual(state);
    });

    test("a seed gives the same images, each call others, and a restored stream the same ones again", () => {
      const [a, b] = [make(), make()];
      const first = a.call(images, training);
      expect(sameBits(first, b.call(images, training))).toBe(true);
      expect(sameBits(first, images)).toBe(false);
      const { state } = a.random;
      const second = a.call(images, training);
      expect(sameBits(first, second)).toBe(false);
      a.random.state = state;
      expect(sameBits(a.call(images, training), second)).toBe(true);
    });

    test("the images are the same on two threads", async () => {
      const before = make().call(images, training);
      await setThreads(2);
      expect(sameBits(make().call(images, training), before)).toBe(true);
    });

    test("a recorded step draws new maps in each replay, those that the step as it is draws", () => {
      const [a, b] = [make(), make()];
      const recorded = compile((x: Tensor) => mean(a.call(x, training), { axis: [1, 2] }));
      for (let step = 0; step < 4; step++) {
        const expected = mean(b.call(images, training), { axis: [1, 2] });
        expect([...recorded(images).data]).toEqual([...expected.data]);
      }
    });

    test("an input that is not images is refused", () => {
      const message = /images must be \[rows, height, width, channels\], got \[.*\]\. Reshape them; gray ones have one/;
      expect(() => make().call(randomUniform([2, 3, 4]), training)).toThrow(message);
      expect(() => new Sequential({ inputShape: [4], layers: [make()] }).call(randomUniform([2, 4]))).toThrow(message);
    });
  });

  test("RandomRotation turns counter-clockwise by fractions of a turn, exactly by quarters", () => {
    const turned = (turn: number): readonly number[] =>
      call(new RandomRotation({ factor: [turn, turn] }), tensor([1, 2, 3, 4], { shape: [1, 2, 2, 1] }));
    expect(turned(0.25)).toEqual([2, 4, 1, 3]);
    expect(turned(0.5)).toEqual([4, 3, 2, 1]);
    expect(turned(-0.25)).toEqual([3, 1, 4, 2]);
    expect(turned(1)).toEqual([1, 2, 3, 4]);
  });

  test("RandomRotation draws its angles evenly from the whole range", () => {
    // A bright pixel to the right of the centre, which shows the angle by the half of the image that it is in.
    const x = tensor(Array.from({ length: 400 }, () => [0, 0, 0, 0, 0, 1, 0, 0, 0]).flat(), { shape: [400, 3, 3, 1] });
    const y = new RandomRotation({ factor: 0.5, seed: 2, fillMode: "constant" }).call(x, training).data;
    let upper = 0;
    for (let row = 0; row < 400; row++) {
      const sumOf = (from: number): number => y[9 * row + from] + y[9 * row + from + 1] + y[9 * row + from + 2];
      if (sumOf(0) > sumOf(6)) upper++;
    }
    // Four standard deviations.
    expect(Math.abs(upper - 200)).toBeLessThan(40);
  });

  test("RandomZoom keeps proportions where the width has no factor, and takes the two factors where it has", () => {
    const x = counted([1, 5, 5, 1]);
    const both = call(new RandomZoom({ heightFactor: [-0.5, -0.5] }), x);
    expect(both).toEqual([0, 1, 2, 3, 4].flatMap((row) => [0, 1, 2, 3, 4].map((column) => 6 + 2.5 * row + column / 2)));
    const high = call(new RandomZoom({ heightFactor: [-0.5, -0.5], widthFactor: 0 }), x);
    expect(high.slice(0, 5)).toEqual([5, 6, 7, 8, 9]);
  });

  test("RandomShift moves down and to the right, by fractions of the image", () => {
    const shift = new RandomShift({ heightFactor: [0.5, 0.5], widthFactor: [0.25, 0.25], fillMode: "nearest" });
    expect(call(shift, counted([1, 2, 4, 1]))).toEqual([0, 0, 1, 2, 0, 0, 1, 2]);
  });

  test("RandomShift in pixels moves by every whole number of the range, equally often", () => {
    const rows = 600;
    const x = tensor(Array.from({ length: rows }, () => [0, 0, 1, 0, 0]).flat(), { shape: [rows, 1, 5, 1] });
    const shift = new RandomShift({
      heightFactor: 0,
      widthFactor: [-1, 2],
      unit: "pixel",
      fillMode: "constant",
      seed: 1,
    });
    const y = shift.call(x, training).data;
    const counts = [0, 0, 0, 0, 0];
    for (let at = 0; at < y.length; at++) {
      expect([0, 1]).toContain(y[at]);
      counts[at % 5] += y[at];
    }
    expect(counts[0]).toBe(0);
    // Four standard deviations.
    for (const count of counts.slice(1)) expect(Math.abs(count - 150)).toBeLessThan(43);
  });

  test.each([
    ["horizontal", ["0,1,2,3", "1,0,3,2"]],
    ["vertical", ["0,1,2,3", "2,3,0,1"]],
    ["both", ["0,1,2,3", "1,0,3,2", "2,3,0,1", "3,2,1,0"]],
  ] as const)("RandomFlip %s gives each of its images equally often", (mode, expected) => {
    const rows = 400;
    const x = tensor(Array.from({ length: rows }, () => [0, 1, 2, 3]).flat(), { shape: [rows, 2, 2, 1] });
    const y = new RandomFlip({ mode, seed: 7 }).call(x, training).data;
    const counts = new Map<string, number>();
    for (let row = 0; row < rows; row++) {
      const key = y.subarray(4 * row, 4 * row + 4).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(expected);
    for (const count of counts.values()) expect(Math.abs(count - rows / expected.length)).toBeLessThan(40);
  });
});

test.each([
  [
    () => new RandomRotation({} as never),
    "RandomRotation: factor must be a number f, for -f to f, or [lower, upper], fractions of a turn, got undefined.",
  ],
  [
    () => new RandomRotation({ factor: [0.2, 0.1] }),
    "RandomRotation: factor must be a number f, for -f to f, or [lower, upper], fractions of a turn, got [0.2, 0.1].",
  ],
  [
    () => new RandomRotation({ factor: -0.1 }),
    "RandomRotation: factor must be a number f, for -f to f, or [lower, upper], fractions of a turn, got -0.1.",
  ],
  [
    () => new RandomZoom({ heightFactor: 1 }),
    "RandomZoom: heightFactor must be a number f, for -f to f, or [lower, upper], each above -1, got 1.",
  ],
  [
    () => new RandomShift({ heightFactor: 0.5, widthFactor: 1, unit: "pixel" }),
    "RandomShift: heightFactor must be a number f, for -f to f, or [lower, upper], whole numbers of pixels, got 0.5.",
  ],
  [
    () => new RandomFlip({ mode: "horizontalAndVertical" as never }),
    'RandomFlip: mode must be one of horizontal, vertical, both, got "horizontalAndVertical".',
  ],
])("an option out of range is refused: %#", (make, message) => {
  expect(make).toThrow(message);
});
