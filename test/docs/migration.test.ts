import { describe, expect, test } from "vitest";
import * as gradus from "../../src/index.ts";
import { surfaces } from "./extract.ts";
import { pages, proseOf } from "./pages.ts";

/** Names that need not be exports: options, methods of custom layers, and globals of JavaScript. */
const others = new Set(["AbortSignal", "classWeights", "build", "call"]);

const exported = new Set(surfaces.flatMap(({ values }) => values));

const guides = pages.filter((path) => path.startsWith("docs/coming-from/"));

/** The rows of a guide's table: the text on the left, and the pieces of code on the right. */
const rowsOf = (path: string): readonly { readonly left: string; readonly spans: readonly string[] }[] =>
  proseOf(path)
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((row) => {
      const cells = row.split(" | ");
      return { left: cells[0], spans: Array.from(cells.at(-1)!.matchAll(/`([^`]+)`/g), ([, code]) => code) };
    });

/** The value of a piece of code; undefined if it has placeholders. */
const evaluated = (code: string, names: Readonly<Record<string, unknown>> = {}): unknown => {
  const known = { ...gradus, ...names };
  try {
    return new Function(...Object.keys(known), `return (${code});`)(...Object.values(known));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ReferenceError) return undefined;
    throw error;
  }
};

test.each(guides)("%s names functions and classes that gradus exports", (path) => {
  const rows = rowsOf(path);
  expect(rows.length).toBeGreaterThan(20);
  const named = rows.flatMap(({ spans }) =>
    spans.flatMap((code) => [
      ...Array.from(code.matchAll(/(?<![.\w])([A-Za-z]\w*)(?=\()/g), ([, name]) => name),
      ...(/^[A-Za-z]\w*$/.test(code) ? [code] : []),
    ]),
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !exported.has(name) && !others.has(name))).toEqual([]);
});

test.each(guides.filter((path) => !path.endsWith("numpy.md")))(
  "%s makes layers and optimizers with options that they take",
  (path) => {
    const calls = rowsOf(path).flatMap(({ spans }) => spans.filter((code) => /^new \w+\(.*\)$/.test(code)));
    expect(calls.filter((code) => evaluated(code) !== undefined).length).toBeGreaterThan(5);
  },
);

describe("docs/coming-from/tensorflowjs.md has equivalents that compute the same", () => {
  const rows = rowsOf("docs/coming-from/tensorflowjs.md");
  const equivalent = <T>(left: string, index = 0): T => {
    const row = rows.find((candidate) => candidate.left.includes(`\`${left}`));
    return evaluated(row?.spans[index] ?? "undefined") as T;
  };

  // The rules of tfjs-core 4 for w of gradients g, with an epsilon of 1e-7. Small gradients show what epsilon does.
  const rate = 0.1;
  const epsilon = 1e-7;
  const gradients = [1e-7, -2e-7, 3e-7];
  const rules: Readonly<Record<string, () => (g: number, t: number) => number>> = {
    "tf.train.sgd": () => (g) => rate * g,
    "tf.train.momentum": () => {
      let sum = 0;
      return (g) => {
        sum = 0.9 * sum + g;
        return rate * sum;
      };
    },
    "tf.train.adagrad": () => {
      let squares = 0.1;
      return (g) => {
        squares += g * g;
        return (rate * g) / Math.sqrt(squares + epsilon);
      };
    },
    "tf.train.rmsprop": () => {
      let square = 0;
      return (g) => {
        square = 0.9 * square + 0.1 * g * g;
        return (rate * g) / Math.sqrt(square + epsilon);
      };
    },
    "tf.train.adam": () => {
      let [m, v] = [0, 0];
      return (g, t) => {
        [m, v] = [0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g];
        return (rate * m) / (1 - 0.9 ** t) / (Math.sqrt(v / (1 - 0.999 ** t)) + epsilon);
      };
    },
  };
  test.each(Object.keys(rules))("%s", (name) => {
    const optimizer = equivalent<gradus.Optimizer>(name);
    const step = rules[name]();
    // From 0, so that small steps are not rounded away.
    const w = new gradus.Variable(gradus.tensor([0]), { name: "w" });
    let expected = 0;
    for (const [index, g] of gradients.entries()) {
      optimizer.minimize(() => gradus.sum(gradus.mul(w.read(), g)), [w]);
      expected -= step(g, index + 1);
    }
    expect(w.read().item() / expected).toBeCloseTo(1, 4);
  });

  test("tf.layers.leakyReLU has a slope of 0.3", () => {
    const layer = equivalent<gradus.Layer>("tf.layers.leakyReLU");
    expect(layer.call(gradus.tensor([[-10, 2]])).toArray()).toEqual([[-3, 2]]);
  });

  test("tf.layers.dense draws its kernel from Glorot's normal distribution", () => {
    const layer = equivalent<gradus.Dense>("tf.layers.dense");
    layer.buildFor([200]);
    // A uniform distribution with this deviation would end at √3 deviations.
    const kernel = layer.kernel.read().data;
    const deviation = Math.sqrt(2 / (200 + layer.units));
    expect(kernel.filter((value) => Math.abs(value) > 1.8 * deviation).length).toBeGreaterThan(0);
  });
});

test("docs/coming-from/numpy.md has equivalents that run", () => {
  const x = gradus.tensor([
    [0.5, 1, 2],
    [3, 1, 4],
    [1, 5, 9],
  ]);
  const [p, q] = [gradus.greater(x, 1), gradus.less(x, 4)];
  const names = { x, y: gradus.add(x, 1), p, q, i: gradus.tensor([2, 0], { dtype: "int32" }) };
  const calls = rowsOf("docs/coming-from/numpy.md").flatMap(({ spans }) => spans);
  expect(calls.length).toBeGreaterThan(70);
  // Only `broadcastTo` needs another shape than the others.
  const shaped = (code: string): object => (code.startsWith("broadcastTo") ? { x: gradus.ones([2, 2]) } : {});
  for (const code of calls) expect(evaluated(code, { ...names, ...shaped(code) }), code).toBeDefined();
});
