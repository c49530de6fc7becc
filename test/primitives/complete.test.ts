import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import type { Samples } from "../../src/ops/sample.ts";
import type { Primitive } from "../../src/tensor/primitive.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { isDifferentiable } from "../gradcheck/derivatives.ts";
import { apply, drawInputs } from "../gradcheck/draw.ts";
import { allSamples } from "../samples.ts";

const folder = new URL("../../src/ops/", import.meta.url);

/** What every module of src/ops exports, by name. */
const exportsOfOps = async (): Promise<[name: string, value: unknown][]> => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  return modules.flatMap((module) => Object.entries(module as Record<string, unknown>));
};

const isPrimitive = (value: unknown): value is Primitive<unknown> =>
  typeof value === "object" && value !== null && "infer" in value && "name" in value;

test("every primitive has samples, which are listed once", async () => {
  const found = new Set((await exportsOfOps()).map(([, value]) => value).filter(isPrimitive));
  const listed = allSamples.map(({ primitive }) => primitive);
  const missing = [...found].filter((primitive) => !listed.includes(primitive)).map(({ name }) => name);
  expect(missing, "primitives without samples in test/samples.ts").toEqual([]);
  expect(new Set(listed).size, "a primitive is listed twice").toBe(listed.length);
  expect(found.size).toBe(listed.length);
});

test("every export of samples is listed", async () => {
  const exported = (await exportsOfOps()).filter(([name]) => name.endsWith("Samples"));
  const missing = exported.filter(([, value]) => !allSamples.includes(value as Samples)).map(([name]) => name);
  expect(missing).toEqual([]);
  expect(exported.length).toBe(allSamples.length);
});

test("names of primitives are unique", () => {
  const names = allSamples.map(({ primitive }) => primitive.name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test("every primitive computes: a kernel, an alias or a composite", () => {
  for (const { primitive } of allSamples) {
    const ways = [primitive.reference, primitive.alias, primitive.composite].filter(Boolean);
    expect(ways.length, primitive.name).toBe(1);
  }
});

test.each(allSamples.map((of) => [of.primitive.name, of] as const))(
  "%s has cases, and a derivative if said",
  (_, of) => {
    expect(of.cases.length).toBeGreaterThan(0);
    expect(isDifferentiable(of)).toBe(of.primitive.vjp !== undefined);
  },
);

/** Whether every case is elementwise: the first output has the shape that the inputs broadcast to, or have. */
const sizesOfElementwise = (of: Samples): Set<number> | undefined => {
  const sizes = new Set<number>();
  for (const one of of.cases) {
    const largest = Math.max(...one.inputs.map(({ shape }) => shape.length));
    const [output] = apply(of, one, drawInputs(one));
    const aligned = one.inputs.every(({ shape }) =>
      shape.every((length, axis) => {
        const target = output.shape[axis - shape.length + output.rank];
        return length === target || length === 1;
      }),
    );
    if (!aligned || output.rank !== largest) return undefined;
    if (output.rank === 1) sizes.add(sizeOf(output.shape));
  }
  return sizes.size > 0 ? sizes : undefined;
};

test("elementwise primitives are tried at the sizes where loops go wrong", () => {
  const seen: string[] = [];
  for (const of of allSamples) {
    if (of.primitive.alias) continue;
    const sizes = sizesOfElementwise(of);
    if (!sizes) continue;
    seen.push(of.primitive.name);
    for (const size of [0, 1, 3, 4, 5, 15, 16, 17]) expect([...sizes], of.primitive.name).toContain(size);
  }
  expect(seen).toEqual(expect.arrayContaining(["add", "exp", "relu"]));
});
