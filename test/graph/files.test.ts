import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Tensor, tensor } from "gradus";
import { encodeOnnx, type Graph, loadOnnx } from "gradus/graph";
import { describe, expect, test } from "vitest";

/** Files that other programs have written: the folder graphs in or beside the folder of data sets. They are not part of the project. */
const data = process.env.GRADUS_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const folder = [data, join(data, "..")].map((base) => join(base, "graphs/onnx")).find((path) => existsSync(path));
if (!folder) console.info("files.test.ts: there are no files of other programs, so they are not compared");

interface Known {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface KnownFile {
  readonly file?: string;
  readonly name?: string;
  /** The file in base64. */
  readonly model?: string | { readonly base64: string };
  readonly inputs: readonly (Omit<Known, "data"> & { readonly data?: readonly number[] })[];
  readonly outputs: readonly Known[];
  readonly inner: readonly Known[];
}

const read = (name: string): Readonly<Record<string, readonly KnownFile[]>> =>
  JSON.parse(readFileSync(join(folder!, name), "utf8"));
const files = folder ? [...read("expected.json").files, ...read("torch.json").cases] : [];

const load = ({ file, model }: KnownFile): Promise<Graph> => {
  if (file) return loadOnnx(join(folder!, file));
  return loadOnnx(Buffer.from(typeof model === "string" ? model : model!.base64, "base64"));
};

/** Element k is (7919k mod 1000)/1000 where the file has no values. */
const feedOf = ({ shape, data: values }: KnownFile["inputs"][number]): Tensor => {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(values ?? Array.from({ length: size }, (_, k) => ((7919 * k) % 1000) / 1000), {
    shape,
    dtype: "float32",
  });
};

const expectClose = (name: string, actual: Tensor, { shape, data: expected }: Known): void => {
  expect(actual.shape, name).toEqual(shape);
  const scale = Math.max(1, ...expected.map(Math.abs));
  for (const [index, value] of actual.data.entries()) {
    expect(Math.abs(value - expected[index]) / scale, `${name} at ${index}`).toBeLessThan(1e-5);
  }
};

describe.skipIf(!folder)("a file of another program", () => {
  test.each(files.map((known) => [known.file ?? known.name, known] as const))(
    "%s gives what its program computes, inside too",
    async (_, known) => {
      const net = await load(known);
      const wanted = [...known.outputs, ...known.inner].filter(({ name }) => net.tensors().includes(name));
      expect(wanted.length).toBeGreaterThan(known.outputs.length);
      const feeds = Object.fromEntries(known.inputs.map((input) => [input.name, feedOf(input)]));
      const values = net.run(feeds, { outputs: [...new Set(wanted.map(({ name }) => name))] });
      for (const tensorOf of wanted) expectClose(tensorOf.name, values[tensorOf.name], tensorOf);
    },
  );

  test.each(files.map((known) => [known.file ?? known.name, known] as const))(
    "%s gives the same bits when it is exported again",
    async (_, known) => {
      const net = await load(known);
      const again = await loadOnnx(encodeOnnx(net));
      const feeds = Object.fromEntries(known.inputs.map((input) => [input.name, feedOf(input)]));
      const values = again.run(feeds);
      for (const [name, value] of Object.entries(net.run(feeds))) expect(values[name].data, name).toEqual(value.data);
    },
  );
});
