import fc from "fast-check";
import {
  BatchNorm,
  DataError,
  Dense,
  Dropout,
  decodeSafetensors,
  encodeModel,
  encodeSafetensors,
  loadModel,
  Sequential,
} from "gradus";
import { describe, expect, it } from "vitest";

const model = new Sequential({
  name: "dnn",
  inputShape: [4],
  layers: [
    new Dense({ name: "hidden", units: 3, activation: "elu", kernelInitializer: "heNormal" }),
    new BatchNorm({ name: "norm" }),
    new Dropout({ rate: 0.25 }),
    new Dense({ name: "outputs", units: 2 }),
  ],
});
const bytes = encodeModel(model);
const { tensors, metadata } = decodeSafetensors(bytes);

const withArchitecture = (architecture: string): Uint8Array =>
  encodeSafetensors(tensors, { metadata: { ...metadata, architecture } });

const errorOf = async (file: Uint8Array): Promise<unknown> => loadModel(file).catch((error: unknown) => error);

/** Of this process alone, since other programs may keep the machine busy. */
const millisecondsSince = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};

/** The error for a changed architecture. */
const refusal = async (from: string, to: string): Promise<string> => {
  const architecture = metadata.architecture.replace(from, to);
  expect(architecture, `${from} is in it`).not.toBe(metadata.architecture);
  const error = await errorOf(withArchitecture(architecture));
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message;
};

describe("an architecture with wrong values", () => {
  it("an architecture with wrong values throws an error that names the mistake", async () => {
    const cases: readonly (readonly [from: string, to: string, message: string])[] = [
      ['"class":"BatchNorm"', '"class":"Conv9"', 'each layer class must be known, got "Conv9". Call registerLayer'],
      ['"class":"BatchNorm"', '"class":"constructor"', 'each layer class must be known, got "constructor"'],
      [
        '"class":"BatchNorm"',
        '"class":["Dense"]',
        "architecture.root.layers[1].class must be text of at most 16777216 characters, got a list of length 1",
      ],
      ['"units":3', '"units":4', 'got [4, 3] for "dnn/hidden/kernel" of shape [4, 4]'],
      ['"units":3', '"units":9007199254740991', "loadModel: "],
      ['"units":3', '"units":-3', "units must be a whole number from 1, got -3"],
      ['"units":3', '"units":{"number":"NaN"}', "units must be a whole number from 1, got NaN"],
      ['"units":3', '"units":3,"unit":3', 'got "unit"'],
      ['"units":3', '"units":3,"__proto__":{"polluted":1}', "nothing in the architecture may be named __proto__"],
      ['"activation":"elu"', '"activation":"toString"', "activation must be a function or one of"],
      [
        '"activation":"elu"',
        '"activation":{"function":"eval","options":{}}',
        'each function must be known, got "eval"',
      ],
      ['"activation":"elu"', '"activation":{"function":"elu","options":{"x":1}}', 'got "x"'],
      ['"activation":"elu"', '"activation":{"function":"elu"}', "the options of elu must be an object"],
      ['"name":"hidden"', '"name":"a/b"', 'a name must be text without "/"'],
      ['"name":"hidden"', '"name":7', "a name must be text"],
      ['"name":"hidden"', '"name":"outputs"', 'each layer needs a name of its own, got "outputs" twice'],
      ['"name":"hidden"', '"name":"secret"', 'no values for "dnn/secret/kernel"'],
      ['"class":"Dense"', '"path":"dnn/outputs","class":"Dense"', "dnn/outputs"],
      ['"inputShape":[4],"frozen"', '"inputShape":[5],"frozen"', "of shape [5, 3]"],
      [
        '"inputShape":[4],"frozen"',
        '"inputShape":[-4],"frozen"',
        "architecture.inputShape[0] must be a whole number from 0, got -4",
      ],
      [
        '"inputShape":[4],"frozen"',
        '"inputShape":"4","frozen"',
        'architecture.inputShape must be a list of at most 8 entries, got "4"',
      ],
      ['"frozen":[]', '"frozen":[1]', "architecture.frozen[0] must be text of at most 16777216 characters, got 1"],
      ['"rate":0.25', '"rate":1', "rate must be a finite number from 0"],
      ['{"root":', '{"rood":', "architecture.root must be an object, got nothing"],
    ];
    for (const [from, to, message] of cases) expect(await refusal(from, to), `${from} → ${to}`).toContain(message);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("an architecture with wrong values throws before it costs time or memory", async () => {
    const layer = '{"class":"Dropout","config":{"name":"a"}}';
    const many = `{"root":{"class":"Sequential","config":{},"layers":[${Array(10_001).fill(layer).join()}]},"inputShape":[4],"frozen":[]}`;
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    const messages: string[] = [];
    for (const text of [many, nested(200_000), "nothing", "null", `"${"x".repeat(2 ** 26)}"`, ""]) {
      const before = process.memoryUsage().arrayBuffers;
      const start = process.cpuUsage();
      const error = await errorOf(withArchitecture(text));
      expect(error).toBeInstanceOf(DataError);
      messages.push((error as DataError).message);
      expect(millisecondsSince(start)).toBeLessThan(5000);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(3e8);
    }
    expect(messages[0]).toContain(
      "architecture.root.layers must be a list of at most 10000 entries, got a list of length 10001",
    );
    expect(messages[1]).toContain("the architecture may be nested 100 deep, got more");
    expect(messages[4]).toContain("must be text of at most 67108864 characters");
    // A layer of a terabyte allocates nothing.
    const start = process.cpuUsage();
    expect(await refusal('"units":3', '"units":100000000000')).toContain("loadModel: ");
    expect(millisecondsSince(start)).toBeLessThan(1000);
  });

  it("an architecture throws for values that do not belong to it", async () => {
    const more = new Map(tensors);
    more.set("dnn/other/kernel", tensors.get("dnn/hidden/kernel") as never);
    expect(String(await errorOf(encodeSafetensors(more, { metadata })))).toContain(
      'values for "dnn/other/kernel", which no layer has',
    );
    const fewer = new Map(tensors);
    fewer.delete("dnn/norm/moving_mean");
    expect(String(await errorOf(encodeSafetensors(fewer, { metadata })))).toContain(
      'no values for "dnn/norm/moving_mean"',
    );
  });

  it("an architecture with changed characters throws only DataError", async () => {
    const characters = '{}[]",:0123456789-eE.ntfabcS_/\\';
    await fc.assert(
      fc.asyncProperty(
        fc.nat(metadata.architecture.length - 1),
        fc.nat(characters.length - 1),
        fc.nat(3),
        async (position, character, removed) => {
          const text = metadata.architecture;
          const changed = text.slice(0, position) + characters[character] + text.slice(position + removed);
          const result = await errorOf(withArchitecture(changed));
          if (!(result instanceof Sequential)) expect(result, changed).toBeInstanceOf(DataError);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("an architecture in a damaged or truncated file throws only DataError", async () => {
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true)) + 8;
    await fc.assert(
      fc.asyncProperty(fc.nat(header * 8 - 1), fc.nat(bytes.length), async (bit, end) => {
        const flipped = bytes.slice();
        flipped[bit >> 3] ^= 1 << (bit & 7);
        for (const file of [flipped, bytes.subarray(0, end)]) {
          const result = await errorOf(file);
          if (!(result instanceof Sequential)) expect(result).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
