import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Dataset,
  dataset,
  getBackend,
  loadDigits,
  type Mnist,
  type MnistOptions,
  setBackend,
  tensor,
} from "../../src/index.ts";
import { encodeModel, smallNetwork } from "../graph/onnxWriter.ts";
import { smallMeta, smallValues } from "../graph/tensorflow/metaNetworks.ts";
import { encodeMetaFiles } from "../graph/tensorflow/metaWriter.ts";
import { kerasBytes } from "../keras/kerasFiles.ts";
import { docstringExamples, type Example, faultsOf, pageExamples, surfaces } from "./extract.ts";
import { blocksOf, pages } from "./pages.ts";
import { declaredIn, namesIn, runExample } from "./run.ts";

/** Exports without an example, and why. */
const withoutExample: Readonly<Record<string, string>> = {
  DataError: "is caught, not made by users",
  DTypeError: "is caught, not made by users",
  GradientError: "is caught, not made by users",
  GradusError: "is caught, not made by users",
  NonFiniteError: "is caught, not made by users",
  OutOfMemoryError: "is caught, not made by users",
  ShapeError: "is caught, not made by users",
  StaleTensorError: "is caught, not made by users",
  ValueError: "is caught, not made by users",
  mnistMirrors: "is a list of addresses, which tests cannot reach",
};

/** Examples that are type-checked and run, but whose numbers are not compared, and why. */
const notCompared: Readonly<Record<string, string>> = {
  loadMnist: "shows the size of MNIST, which the built-in digits replace here",
};

/** Code before the fragments of a page, or instead of a web page. */
const preludes: Readonly<Record<string, string>> = {
  progressElement: `
    const part = { append() {}, setAttribute() {}, removeAttribute() {}, remove() {} };
    const box = { ownerDocument: { createElement: (_: string): object => part }, append() {} };
    const document = { createElement: (_: string) => box, body: { append(_: object) {} } };
  `,
  "docs/architecture.md 1": `
    const x = tensor([[1, 2], [3, 4]]);
    const y = tensor([0, 1], { dtype: "int32" });
    const model = new Sequential({ inputShape: [2], layers: [new Dense({ units: 2 })] });
    const optimizer = new SGD({ learningRate: 0.1 });
  `,
};

const examples = [...docstringExamples, ...pageExamples];
const codeOf = ({ name, code }: Example): string => (preludes[name] ?? "") + code;

/** The module that a user would write: an example without imports gets the imports that it needs. */
const moduleOf = (example: Example): string => {
  const code = codeOf(example);
  if (/^\s*import /m.test(example.code)) return `${code}\nexport {};`;
  // A name that two entry points export is imported from the first.
  const taken = new Set(declaredIn(code));
  const imports = surfaces.map(({ entry, values, types }) => {
    const free = (list: readonly string[]): string[] => {
      const names = namesIn(code, list).filter((name) => !taken.has(name));
      for (const name of names) taken.add(name);
      return names;
    };
    const used = [...free(values), ...free(types).map((name) => `type ${name}`)];
    return used.length > 0 ? `import { ${used.join(", ")} } from "${entry}";\n` : "";
  });
  return `${imports.join("")}${code}\nexport {};`;
};

/** The built-in digits, enlarged to the size of MNIST's images, so that tests do not download. */
const loadMnist = async ({ flatten = true }: MnistOptions = {}): Promise<Mnist> => {
  const { train, validation, test: held } = await loadDigits();
  const enlarge = ({ x, y, size }: Dataset): Dataset => {
    const small = x.data;
    const large = new Uint8Array(size * 784);
    for (let image = 0; image < size; image++) {
      for (let at = 0; at < 24 * 24; at++) {
        const [row, column] = [Math.floor(at / 24), at % 24];
        const pixel = small[image * 64 + Math.floor(row / 3) * 8 + Math.floor(column / 3)];
        large[image * 784 + (row + 2) * 28 + column + 2] = pixel;
      }
    }
    return dataset({ x: tensor(large, { shape: flatten ? [size, 784] : [size, 28, 28], scale: 1 / 16 }), y });
  };
  return {
    train: enlarge(train),
    validation: enlarge(validation),
    test: enlarge(held),
    source: { kind: "cache", location: "" },
  };
};

const home = process.cwd();
const backend = getBackend();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-examples-"));
  // The files that examples of models from elsewhere load.
  writeFileSync(join(folder, "model.onnx"), encodeModel(smallNetwork));
  const { meta, index, data } = encodeMetaFiles(smallMeta, smallValues);
  writeFileSync(join(folder, "my_model_final.ckpt.meta"), meta);
  writeFileSync(join(folder, "my_model_final.ckpt.index"), index);
  writeFileSync(join(folder, "my_model_final.ckpt.data-00000-of-00001"), data[0]);
  for (const name of ["model.keras", "model.weights.h5"]) writeFileSync(join(folder, name), kerasBytes(name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every export has an example, or a reason why it has none", () => {
  const shown = new Set(docstringExamples.map(({ name }) => name.split(/[ .]/)[0]));
  const values = new Set(surfaces.flatMap((surface) => surface.values));
  expect([...values].filter((name) => !shown.has(name)).sort()).toEqual(Object.keys(withoutExample).sort());
});

test("every block of code on a page is run, or says why not", () => {
  // The markers that the blocks of each language may have.
  const rules: Readonly<Record<string, RegExp>> = {
    ts: /^(?:|no_run|ignore: \S.*)$/,
    text: /^(?:|printed|thrown)$/,
    sh: /^$/,
    html: /^$/,
    json: /^$/,
    python: /^$/,
  };
  const blocks = pages.flatMap((path) => blocksOf(path));
  expect(blocks.length).toBeGreaterThan(20);
  for (const { path, line, language, marker } of blocks) {
    expect(Object.keys(rules), `${path}:${line}`).toContain(language);
    expect(marker, `${path}:${line}`).toMatch(rules[language]);
  }
  const shown = blocks.filter(({ marker }) => marker === "printed" || marker === "thrown");
  const compared = pageExamples.filter(({ printed, thrown }) => printed !== undefined || thrown !== undefined);
  expect(compared).toHaveLength(shown.length);
  expect(() => blocksOf("a page", "  ```ts\n  ```")).toThrow("a page:1");
  expect(() => blocksOf("a page", "text\n```ts\nadd(1, 2);")).toThrow("a page:2");
});

test("the lists of exceptions name examples that exist", () => {
  const all = examples.map(({ name }) => name);
  expect(all).toEqual(expect.arrayContaining([...Object.keys(notCompared), ...Object.keys(preludes)]));
  expect(new Set(all).size).toBe(all.length);
});

test("a wrong number, a wrong type and an unreadable comment are detected", async () => {
  await expect(runExample("add(1, 2).item(); // 4", {})).rejects.toThrow("is 3, shown as 4");
  await expect(runExample("tensor([1]); // [1, 2]", {})).rejects.toThrow();
  await expect(runExample("log(tensor(2)); // 0.6932", {})).rejects.toThrow("shown as 0.6932");
  await expect(runExample("tensor([1]); // throws ShapeError", {})).rejects.toThrow();
  await expect(runExample("add(1, 2); // [3", {})).rejects.toThrow("what does the comment");
  await expect(runExample("tensor(2).item(); // above 2", {})).rejects.toThrow("to be greater than 2");
  await expect(runExample("tensor(2).item(); // below 2", {})).rejects.toThrow("to be less than 2");
  await expect(runExample("tensor([1, 2]).toArray(); // about [1, 2.5]", {})).rejects.toThrow("shown as 2.5");
  expect(await runExample("tensor([1, 2]).toArray(); // about [1.05, 2.1]", {})).toBe(1);
  await expect(runExample("for (const x of [1, 2]) {\n  square(x).item(); // 1\n}", {})).rejects.toThrow("is 4, shown");
  await expect(runExample("const f = () => {\n  return 3; // 4\n};", {})).rejects.toThrow("no one value to check");
  expect(await runExample("const y = log(tensor(2)); // 0.6931 = ln 2", {})).toBe(1);
  const faults = faultsOf(new Map([["bad", 'import { tensor } from "gradus";\nconst x: string = tensor([1]);']]));
  expect(faults.get("bad")?.join()).toContain("not assignable to type 'string'");
});

describe("the compiler accepts", () => {
  const faults = faultsOf(new Map(examples.map((example) => [example.name, moduleOf(example)])));
  test.each(examples.map(({ name }) => [name]))("%s", (name) => {
    expect(faults.get(name)).toEqual([]);
  });
});

test("the compiler accepts the smallest page with noUncheckedIndexedAccess", () => {
  const page = examples.filter(({ code }) => code.includes("valueAndGrad((...all"));
  expect(page.map(({ name }) => name)).toEqual(["docs/guides/runtimes.md 1"]);
  const faults = faultsOf(new Map([["page", moduleOf(page[0])]]), { noUncheckedIndexedAccess: true });
  expect(faults.get("page")).toEqual([]);
});

describe("examples return the values in their comments", () => {
  beforeEach(() => {
    process.chdir(folder);
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.chdir(home);
    setBackend(backend);
  });

  const run = examples.filter(({ compiledOnly }) => !compiledOnly);
  test.each(run.map((example) => [example.name, example] as const))("%s", async (name, example) => {
    const code = codeOf(example);
    const lines: string[] = [];
    vi.mocked(console.log).mockImplementation((...values) => {
      lines.push(...format(...values).split("\n"));
    });
    const running = runExample(name in notCompared ? code.replaceAll(/ \/\/ .*/g, "") : code, { loadMnist });
    if (example.thrown === undefined) {
      await running;
    } else {
      const error = await running.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      // A message is wrapped on the page, and … matches text that differs between machines.
      const parts = example.thrown
        .trim()
        .replaceAll(/\s*\n\s*/g, " ")
        .split("…");
      const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      expect(String(error)).toMatch(new RegExp(`^${escaped.join(".+")}$`));
    }
    if (example.printed !== undefined) {
      const trimmed = (text: string): string => text.replaceAll(/ +$/gm, "").trim();
      expect(trimmed(lines.join("\n"))).toBe(trimmed(example.printed));
    }
  });
});
