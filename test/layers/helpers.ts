import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { availableBackends, type Backend, getBackend, setBackend } from "../../src/tensor/interpret/backend.ts";
import { type Shape, sizeOf } from "../../src/tensor/shape.ts";
import { type Tensor, tensor } from "../../src/tensor/tensor.ts";

/** Declares tests once for each backend that this engine has. */
export const onEachBackend = (declare: (backend: Backend) => void): void => {
  describe.each(availableBackends())("%s", (backend) => {
    const before = getBackend();
    beforeAll(() => setBackend(backend));
    afterAll(() => setBackend(before));
    declare(backend);
  });
};

/** A tensor as the reference files write it. */
export interface Packed {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export const unpack = ({ shape, data }: Packed): Tensor => tensor(Float32Array.from(data), { shape });

/** The references of `test/references/layers.json`, each test names the part that it reads. */
export const layerReferences = <T>(): T =>
  JSON.parse(readFileSync(new URL("../references/layers.json", import.meta.url), "utf8")) as T;

/** Compares with an absolute and a relative tolerance, reporting the worst element. */
export const expectClose = (got: Tensor, expected: Packed, tolerance = 1e-5): void => {
  expect(got.shape).toEqual(expected.shape);
  const values = got.data;
  let worst = 0;
  let message = "";
  expected.data.forEach((value, index) => {
    const error = Math.abs(values[index] - value) / Math.max(1, Math.abs(value));
    if (!(error <= worst)) {
      worst = error;
      message = `element ${index}: ${values[index]} for ${value}`;
    }
  });
  expect(worst, message).toBeLessThanOrEqual(tolerance);
};

/** Distinct numbers around zero, the same in every run. */
export const pattern = (shape: Shape): Tensor =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, index) => (((index * 37) % 101) - 50) / 32),
    { shape },
  );

/** Mean and standard deviation. */
export const moments = (values: ArrayLike<number>): { mean: number; deviation: number } => {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const variance = list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length;
  return { mean, deviation: Math.sqrt(variance) };
};

/** `ShapeError: ...`: the whole text of the error that a function throws. */
export const errorOf = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return String(error);
  }
  return "nothing was thrown";
};
