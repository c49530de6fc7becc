import { gelu, silu, type Tensor, tensor } from "gradus";
import { loadOnnx } from "gradus/graph";
import { describe, expect, it } from "vitest";
import { encodeModel, type FileModel, type FileNode } from "./onnxWriter.ts";

const x = tensor([-3, -0.7, -0.1, 0, 0.3, 1.9], { shape: [6] });

const number = (value: number): { dims: readonly number[]; values: readonly number[] } => ({
  dims: [],
  values: [value],
});

const initializers = {
  half: number(0.5),
  one: number(1),
  three: number(3),
  root: number(Math.SQRT2),
  inverse: number(Math.SQRT1_2),
  cube: number(0.044715),
  gate: number(Math.sqrt(2 / Math.PI)),
};

const node = (op: string, inputs: string, output: string): FileNode => ({
  op,
  inputs: inputs.split(" "),
  outputs: [output],
});

const run = async (
  nodes: readonly FileNode[],
  outputs: readonly string[] = ["y"],
): Promise<Readonly<Record<string, Tensor>>> => {
  const model: FileModel = { nodes, initializers, inputs: { x: { dims: ["n"] } }, outputs };
  return (await loadOnnx(encodeModel(model))).run({ x });
};

const sum = node("Add", "erf one", "sum");
const erf = [node("Div", "x root", "scaled"), node("Erf", "scaled", "erf"), sum];
const tanh = [
  node("Pow", "x three", "cubed"),
  node("Mul", "cubed cube", "bent"),
  node("Add", "x bent", "bends"),
  node("Mul", "bends gate", "argument"),
  node("Tanh", "argument", "tanh"),
  node("Add", "one tanh", "sum"),
];

describe("activations that files write in parts", () => {
  it.each([
    ["x·(1 + erf)·½", [...erf, node("Mul", "x sum", "product"), node("Mul", "product half", "y")]],
    ["½·x·(1 + erf)", [...erf, node("Mul", "x half", "product"), node("Mul", "product sum", "y")]],
    ["x·(½·(1 + erf))", [...erf, node("Mul", "half sum", "product"), node("Mul", "product x", "y")]],
    [
      "a product in place of the quotient",
      [
        node("Mul", "x inverse", "scaled"),
        node("Erf", "scaled", "erf"),
        sum,
        node("Mul", "x sum", "product"),
        node("Mul", "product half", "y"),
      ],
    ],
  ])("gelu has the bits of one operation, in the form %s", async (_, nodes) => {
    expect((await run(nodes)).y.data).toEqual(gelu(x).data);
  });

  it("gelu by tanh has the bits of one operation", async () => {
    const { y } = await run([...tanh, node("Mul", "x sum", "product"), node("Mul", "product half", "y")]);
    expect(y.data).toEqual(gelu(x, { approximate: "tanh" }).data);
  });

  it("silu has the bits of one operation", async () => {
    const { y } = await run([node("Sigmoid", "x", "s"), node("Mul", "x s", "y")]);
    expect(y.data).toEqual(silu(x).data);
  });

  it("an inner tensor that is asked for is computed by its own node", async () => {
    const nodes = [...erf, node("Mul", "x sum", "product"), node("Mul", "product half", "y")];
    const { y, erf: inner } = await run(nodes, ["y", "erf"]);
    expect(inner.data[1]).toBeCloseTo(-0.5161, 4);
    for (const [index, value] of gelu(x).data.entries()) expect(y.data[index]).toBeCloseTo(value, 6);
  });

  it.each([
    [
      "another factor",
      [...erf, node("Mul", "x sum", "product"), node("Mul", "product three", "y")],
      (v: number, e: number) => 3 * v * (1 + e),
    ],
    [
      "no 1",
      [...erf.slice(0, 2), node("Mul", "x erf", "product"), node("Mul", "product half", "y")],
      (v: number, e: number) => 0.5 * v * e,
    ],
    [
      "a divisor below",
      [
        node("Div", "root x", "scaled"),
        ...erf.slice(1),
        node("Mul", "x sum", "product"),
        node("Mul", "product half", "y"),
      ],
      undefined,
    ],
  ] as const)("nodes that are not gelu are computed as they are: %s", async (_, nodes, expected) => {
    const { y } = await run(nodes);
    const different = gelu(x).data;
    expect(Array.from(y.data)).not.toEqual(Array.from(different));
    if (!expected) return;
    const errors = (await run([...erf.slice(0, 2), node("Identity", "erf", "y")])).y.data;
    for (const [index, value] of x.data.entries()) expect(y.data[index]).toBeCloseTo(expected(value, errors[index]), 5);
  });
});
