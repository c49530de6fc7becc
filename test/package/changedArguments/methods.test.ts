import * as gradus from "gradus";
import * as table from "gradus/table";
import { expect, test } from "vitest";
import { call } from "../wrongValues/faults.ts";
import { membersOf, rightArguments } from "../wrongValues/members.ts";
import { optionNames } from "../wrongValues/optionNames.ts";
import { inputFor, matrix, rows, vector } from "../wrongValues/values.ts";
import { argumentsOf } from "./arguments.ts";
import { changeArguments } from "./change.ts";
import { observe } from "./observe.ts";

type Callable = (...args: unknown[]) => unknown;

const all: Readonly<Record<string, unknown>> = { ...gradus, ...table };

/** The classes whose constructors are internal, or which are for classes to extend. */
const others: Readonly<Record<string, () => object>> = { Tensor: matrix, Table: rows };
const bases = ["Layer", "Optimizer"];

const isClass = (value: unknown): boolean =>
  typeof value === "function" && /^class[ {]/.test(Function.prototype.toString.call(value));

const classes = Object.keys(all).filter(
  (name) => isClass(all[name]) && !name.endsWith("Error") && !bases.includes(name),
);

const receiverOf = (name: string): object => {
  const receiver = (others[name] ?? ((): object => call(all[name] as Callable, argumentsOf(name)()) as object))();
  if (receiver instanceof gradus.Standardize) receiver.adapt(matrix());
  if (receiver instanceof gradus.Layer && !receiver.built) receiver.call(inputFor(name));
  return receiver;
};

/** Arguments that fit every receiver, where those of the tests of wrong values fit one class. */
const argumentsFor = (name: string, method: string): (() => unknown[]) => {
  if (method === "freeze" || method === "unfreeze") return () => [/./];
  if (name === "Model" && method === "assign") return () => [{ "model/dense/bias": vector() }, { strict: false }];
  if (name === "Sequential" && method === "assign")
    return () => [{ "sequential/dense/bias": vector() }, { strict: false }];
  if (method === "run") return () => [matrix(), { outputs: ["dense"], training: true }];
  // Layers of images and sequences, and those that join tensors.
  if (method === "call") return () => [inputFor(name), {}];
  return rightArguments[method];
};

const outcome = (name: string, method: string, change: (args: readonly unknown[]) => void): unknown => {
  const receiver = receiverOf(name) as Record<string, Callable>;
  const args = argumentsFor(name, method)();
  const result = receiver[method](...args);
  change(args);
  return [observe(result), observe(receiver)];
};

test.each(classes)("methods of %s keep nothing that the caller can change afterwards", async (name) => {
  const tried: string[] = [];
  for (const [method, isSetter] of membersOf(receiverOf(name))) {
    if (isSetter || !Object.hasOwn(rightArguments, method)) continue;
    const bound: Callable = (...args) => (receiverOf(name) as Record<string, Callable>)[method](...args);
    const options = await optionNames(bound, argumentsFor(name, method));
    const expected = outcome(name, method, () => undefined);
    expect([method, outcome(name, method, (args) => changeArguments(args, options))]).toEqual([method, expected]);
    tried.push(method);
  }
  expect(tried.length).toBeGreaterThan(["Tensor", "Random"].includes(name) ? -1 : 0);
});
