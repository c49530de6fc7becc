import { readFileSync } from "node:fs";
import { grad, mul, type ResizeMethod, randomNormal, resize, setThreads, sum, tensor } from "gradus";
import { afterEach, describe, expect, test } from "vitest";

interface Case extends Readonly<Record<ResizeMethod, readonly number[]>> {
  readonly shape: readonly number[];
  readonly size: readonly [number, number];
  readonly images: readonly number[];
}

const cases = JSON.parse(
  readFileSync(new URL("../../references/resize.json", import.meta.url), "utf8"),
) as readonly Case[];

afterEach(() => setThreads(1));

describe.each(["bilinear", "area", "nearest"] as const)("resize by %s", (method) => {
  test.each(cases.map((example) => [example.shape.join("x"), example.size.join("x"), example] as const))(
    "images of %s become those of PyTorch or NumPy at %s",
    (_, __, { shape, size, images, ...results }) => {
      const y = resize(tensor([...images], { shape }), size, { method });
      expect(y.shape).toEqual([shape[0], ...size, shape[3]]);
      for (const [index, value] of results[method].entries()) expect(y.data[index]).toBeCloseTo(value, 6);
    },
  );

  test("one image is resized as in a batch, bytes as the numbers that they mean, and with the same bits on two threads", async () => {
    const bytes = tensor(
      Array.from({ length: 4 * 60 * 50 }, (_, index) => (index * 37) % 256),
      { shape: [4, 60, 50], dtype: "uint8", scale: 1 / 255 },
    );
    const images = tensor(bytes.data, { shape: [4, 60, 50, 1], dtype: "uint8", scale: 1 / 255 });
    const y = resize(images, [41, 77], { method });
    const first = tensor(images.data.slice(0, 3000), { shape: [60, 50, 1], dtype: "uint8", scale: 1 / 255 });
    expect([...resize(first, [41, 77], { method }).data]).toEqual([...y.data.slice(0, 41 * 77)]);
    expect(Math.max(...y.data)).toBeLessThan(1.001);
    await setThreads(2);
    expect([...resize(images, [41, 77], { method }).data]).toEqual([...y.data]);
  });

  test("the derivative of resize is its transpose: <resize(x), y> = <x, derivative of y>", () => {
    const [x, y] = [randomNormal([2, 5, 4, 3], { seed: 1 }), randomNormal([2, 3, 9, 3], { seed: 2 })];
    const back = grad((v) => sum(mul(resize(v, [3, 9], { method }), y)))(x);
    expect(sum(mul(back, x)).item()).toBeCloseTo(sum(mul(resize(x, [3, 9], { method }), y)).item(), 4);
  });
});

test.each([
  [
    () => resize(tensor([1, 2]), [2, 2]),
    "resize: images must be [rows, height, width, channels] or [height, width, channels] with pixels, got [2]. Reshape them; gray ones have one channel.",
  ],
  [() => resize(tensor([], { shape: [1, 0, 2, 1] }), [2, 2]), "with pixels, got [1, 0, 2, 1]"],
  [
    () => resize(tensor([1], { shape: [1, 1, 1] }), [0, 2]),
    "resize: size must be [height, width], each a whole number from 1 to 65536, got [0, 2].",
  ],
  [
    () => resize(tensor([1], { shape: [1, 1, 1] }), [1, 2], { method: "cubic" as never }),
    'resize: method must be one of bilinear, area, nearest, got "cubic".',
  ],
])("resize refuses what it cannot resize: %#", (call, message) => {
  expect(call).toThrow(message);
});
