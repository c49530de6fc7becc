import * as gradus from "gradus";
import * as graph from "gradus/graph";
import * as keras from "gradus/keras";
import * as report from "gradus/report";
import * as table from "gradus/table";
import { expect, test } from "vitest";
import { call } from "../wrongValues/faults.ts";
import { optionNames } from "../wrongValues/optionNames.ts";
import { argumentNames, argumentsOf } from "./arguments.ts";
import { changeArguments } from "./change.ts";
import { observe } from "./observe.ts";
import { uses } from "./uses.ts";

type Callable = (...args: unknown[]) => unknown;

/** The exports that are not called, and why. */
const skipped: Readonly<Record<string, string>> = {
  Layer: "for classes to extend; test/layers/copies has one",
  Optimizer: "for classes to extend",
  Tensor: "its constructor is internal",
  Table: "its constructor is internal",
  loadMnist: "reads large files; test/data/mnist changes its options",
  setThreads: "starts workers, and takes a number",
};

const all: Readonly<Record<string, unknown>> = { ...gradus, ...table, ...report, ...graph, ...keras };
const names = Object.keys(all).filter(
  (name) => typeof all[name] === "function" && !name.endsWith("Error") && skipped[name] === undefined,
);

/** What a program sees of the result of an export, when the caller changes its arguments as soon as it has the result. */
const outcome = async (name: string, change: (args: readonly unknown[]) => void): Promise<unknown> => {
  const args = argumentsOf(name)();
  const result = call(all[name] as Callable, args);
  change(args);
  const value = await result;
  return uses[name] ? await uses[name](value as never) : observe(value);
};

test("the exports in the lists exist", () => {
  expect([...argumentNames, ...Object.keys(uses), ...Object.keys(skipped)].filter((name) => !(name in all))).toEqual(
    [],
  );
  expect(names.length).toBeGreaterThan(150);
});

test.each(names)("%s keeps nothing that its caller can change afterwards", async (name) => {
  const options = await optionNames(all[name] as Callable, argumentsOf(name));
  const expected = await outcome(name, () => undefined);
  expect(await outcome(name, (args) => changeArguments(args, options))).toEqual(expected);
});

const resultOf = async (name: string, args: readonly unknown[]): Promise<unknown> => call(all[name] as Callable, args);

test("functions that exports return are used", async () => {
  const results = await Promise.all(
    names.map(async (name) => [name, await resultOf(name, argumentsOf(name)())] as const),
  );
  const unused = results.filter(([name, result]) => typeof result === "function" && uses[name] === undefined);
  expect(unused.map(([name]) => name)).toEqual([]);
});

/** Options that the first call checks. */
const checkedLater: ReadonlySet<string> = new Set(["Activation slope"]);

const lists: readonly (() => unknown)[] = [() => [], () => [1], () => [1, 2], () => ["a"], () => ({}), () => new Map()];

test("options that take arrays or objects have one in the arguments", async () => {
  const missing: string[] = [];
  for (const name of names) {
    for (const [place, option] of await optionNames(all[name] as Callable, argumentsOf(name))) {
      const args = argumentsOf(name)();
      const options = args[place] as Readonly<Record<string, unknown>>;
      if (typeof options?.[option] === "object" || checkedLater.has(`${name} ${option}`)) continue;
      for (const list of lists) {
        const changed = argumentsOf(name)().with(place, { ...options, [option]: list() });
        if (
          await resultOf(name, changed).then(
            () => true,
            () => false,
          )
        ) {
          missing.push(`${name} ${option}`);
          break;
        }
      }
    }
  }
  expect(missing).toEqual([]);
});

/** The tensors in arguments, those in lists included, each once as what a function makes of it. */
const withTensors = (args: readonly unknown[], of: (tensor: gradus.Tensor) => gradus.Tensor): unknown[] =>
  args.map((argument) => {
    if (argument instanceof gradus.Tensor) return of(argument);
    return Array.isArray(argument) && argument[0] instanceof gradus.Tensor ? withTensors(argument, of) : argument;
  });

const gradientsOf = (name: string, change: (args: readonly unknown[]) => void): unknown => {
  const tensors: gradus.Tensor[] = [];
  const args = argumentsOf(name)();
  withTensors(args, (tensor) => {
    if (tensor.dtype === "float32") tensors.push(tensor);
    return tensor;
  });
  if (tensors.length === 0) return [];
  const loss = (...watched: gradus.Tensor[]): gradus.Tensor => {
    let next = 0;
    const own = withTensors(args, (tensor) => (tensor.dtype === "float32" ? watched[next++] : tensor));
    const result = call(all[name] as Callable, own);
    change(own);
    const outputs = result instanceof gradus.Tensor ? [result] : Object.values(result as object);
    const squares = outputs
      .filter((output): output is gradus.Tensor => output instanceof gradus.Tensor && output.dtype === "float32")
      .map((output) => gradus.sum(gradus.square(output)));
    return squares.reduce((total, square) => gradus.add(total, square), gradus.tensor(0));
  };
  return observe((gradus.grad(loss) as Callable)(...tensors));
};

test("operations keep nothing for their gradients that the caller can change afterwards", async () => {
  const operations: string[] = [];
  for (const name of names) {
    const result = await resultOf(name, argumentsOf(name)());
    if (name === "keep" || !(result instanceof gradus.Tensor || name === "batchNormTraining")) continue;
    operations.push(name);
    const options = await optionNames(all[name] as Callable, argumentsOf(name));
    const expected = gradientsOf(name, () => undefined);
    expect([name, gradientsOf(name, (args) => changeArguments(args, options))]).toEqual([name, expected]);
  }
  expect(operations.length).toBeGreaterThan(60);
});
