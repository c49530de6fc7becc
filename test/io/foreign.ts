import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** The path of a file that another program wrote; see test/references/README.md. */
export const fixturePath = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname;

export const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(fixturePath(name)));

interface Numbers {
  readonly shape: readonly number[];
  /** What JSON has no number for is text: "NaN", "Infinity". */
  readonly data: readonly (number | string)[];
}

const groups = JSON.parse(readFileSync(fixturePath("weights.json"), "utf8")) as Record<string, Record<string, Numbers>>;

/** Compares tensors with the numbers that the program which wrote the file says are in it: all of them, exactly. */
export const expectNumbers = (
  tensors: ReadonlyMap<string, Tensor>,
  group: string,
  others: readonly string[] = [],
): void => {
  const numbers = groups[group];
  expect([...tensors.keys()].sort()).toEqual([...Object.keys(numbers), ...others].sort());
  for (const [name, { shape, data }] of Object.entries(numbers)) {
    expect(tensors.get(name)?.shape, name).toEqual(shape);
    expect(Array.from(tensors.get(name)?.data ?? [], Number), name).toEqual(data.map(Number));
  }
};
