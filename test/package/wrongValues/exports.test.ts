import * as gradus from "gradus";
import * as graph from "gradus/graph";
import * as keras from "gradus/keras";
import * as report from "gradus/report";
import * as table from "gradus/table";
import { expect, test } from "vitest";
import { type Call, call, faultsOf } from "./faults.ts";
import { optionNames } from "./optionNames.ts";
import { inputFor, kinds, matrix, optimizers, right } from "./values.ts";

/** The exports that are not called, and why. */
const skipped: Readonly<Record<string, string>> = {
  loadMnist: "downloads",
  setThreads: "starts workers; test/threads tries its argument",
  Tensor: "its constructor is internal",
  ...Object.fromEntries(
    Object.keys(gradus)
      .filter((name) => name.endsWith("Error"))
      .map((name) => [name, "takes text for its message"]),
  ),
};

type Callable = (...args: unknown[]) => unknown;

const all = { ...gradus, ...table, ...report, ...graph, ...keras };
const functions = Object.entries(all).filter(
  ([name, value]) => typeof value === "function" && skipped[name] === undefined,
) as [string, Callable][];

const rightOf = (name: string): (() => unknown[]) =>
  right[name] ?? ((): unknown[] => [undefined, undefined, undefined]);

/** The arguments with each kind of value in each place. */
const callsOf = (name: string, value: Callable): readonly Call[] => {
  const baseline = rightOf(name);
  return baseline().flatMap((_, place) =>
    Object.entries(kinds).map(
      ([kind, wrong]): Call => ({
        label: `${kind} in place ${place}`,
        run: () => call(value, baseline().with(place, wrong())),
      }),
    ),
  );
};

const optionsOf = (name: string, value: Callable): Promise<readonly (readonly [number, string])[]> =>
  optionNames(value, rightOf(name));

/** Uses what a class made, as a program does: a wrong option must not come up as an error of the engine there. */
const used = (name: string, result: unknown): unknown => {
  if (optimizers.includes(name)) {
    const w = new gradus.Variable(gradus.tensor([1, 2]), { name: "w" });
    return (result as gradus.Optimizer).minimize(() => gradus.sum(gradus.square(w.read())));
  }
  if (
    !(result instanceof gradus.Layer) ||
    result instanceof gradus.Sequential ||
    result.takesSeveral ||
    name === "tableEncoder"
  )
    return result;
  if (result instanceof gradus.Standardize) result.adapt(matrix());
  const x = inputFor(name);
  const isFirst = result instanceof gradus.TableEncoder || result instanceof gradus.Embedding || x.rank > 2;
  const layers = [...(isFirst ? [] : [new gradus.Dense({ units: 2 })]), result];
  const outer = new gradus.Sequential({ layers: [...layers, new gradus.Dense({ units: 2 })] });
  new gradus.SGD({ learningRate: 0.1 }).minimize(() => gradus.sum(outer.call(x, { training: true })));
  return gradus.encodeModel(outer);
};

test("the exports that are not tried exist", () => {
  const names = Object.keys(all);
  expect([...Object.keys(right), ...Object.keys(skipped)].filter((name) => !names.includes(name))).toEqual([]);
  expect(functions.length).toBeGreaterThan(100);
});

test.each(functions)(
  "%s gives a result or a GradusError for every kind of value in every place",
  async (name, value) => {
    expect(await faultsOf(callsOf(name, value))).toEqual([]);
  },
);

test.each(functions)(
  "%s gives a result or a GradusError for every kind of value as each option",
  async (name, value) => {
    const baseline = rightOf(name);
    const calls = (await optionsOf(name, value)).flatMap(([place, option]) =>
      Object.entries(kinds).map(([kind, wrong]): Call => {
        const args = (): unknown[] => baseline().with(place, { ...(baseline()[place] as object), [option]: wrong() });
        return { label: `${kind} as ${option}`, run: () => used(name, call(value, args())) };
      }),
    );
    expect(await faultsOf(calls)).toEqual([]);
  },
);

test("options are tried of most functions that take some", async () => {
  const counts = await Promise.all(functions.map(async ([name, value]) => (await optionsOf(name, value)).length));
  expect(counts.filter((count) => count > 0).length).toBeGreaterThan(80);
});

/** Right arguments that end in an error by intent: the folder of the path does not exist. */
const unwritable = [
  "saveModel",
  "saveVariables",
  "saveCheckpoint",
  "writeIdx",
  "saveReport",
  "saveOnnx",
  "savePyTorch",
];

test.each(functions.filter(([name]) => right[name]))(
  "%s gives a result for its right arguments",
  async (name, value) => {
    const result = Promise.resolve().then(() => used(name, call(value, rightOf(name)())));
    if (unwritable.includes(name)) await expect(result).rejects.toThrow(/the folder of a file must exist/);
    else await result;
  },
);
