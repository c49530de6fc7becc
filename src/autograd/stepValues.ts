import { ValueError } from "../base/errors.ts";
import { isPlainObject } from "../base/options.ts";
import { showKind } from "../base/showValue.ts";
import { readableAfter } from "../ops/support/keep.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * What a function may return beside its loss or value: tensors, numbers, and lists and plain objects of these. Other types
 * become `never`, so that they do not compile.
 */
export type StepValues<Values> = {
  readonly [Name in keyof Values]: Values[Name] extends Tensor | number
    ? Values[Name]
    : Values[Name] extends (...args: never) => unknown
      ? never
      : Values[Name] extends object
        ? StepValues<Values[Name]>
        : never;
};

/** What a function of `grad` may return: the value that is differentiated, and other values beside it. */
export type GradValues<Values> = {
  /** One number, of a float tensor. */
  readonly value: Tensor;
} & StepValues<Values>;

/**
 * What is to be differentiated of what a function returned: `name` of an object of values, else what it returned.
 * @throws ValueError for an object without that name.
 * @internal
 */
export const mainOf = (where: string, returned: unknown, name: string): unknown => {
  if (returned instanceof Tensor || !isPlainObject(returned)) return returned;
  if (Object.hasOwn(returned, name)) return returned[name as keyof typeof returned];
  throw new ValueError(
    `${where}: the function must return ${name} among its values, got ${Object.keys(returned).join(", ") || "nothing"}. Return { ${name}, ... }.`,
  );
};

/**
 * Values of a step, valid after it, in new lists and objects.
 * @throws ValueError, naming the place, for what is not a tensor, a number, or a list or plain object of these;
 * StaleTensorError for a temporary of an earlier step.
 * @internal
 */
export const keepValues = (where: string, values: object, path = ""): Record<string, unknown> => {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    kept[name] = keepValue(where, value, path ? `${path}.${name}` : name);
  }
  return kept;
};

const keepValue = (where: string, value: unknown, path: string): unknown => {
  if (typeof value === "number") return value;
  if (value instanceof Tensor) return readableAfter(value);
  if (Array.isArray(value)) return value.map((entry, index) => keepValue(where, entry, `${path}[${index}]`));
  if (isPlainObject(value)) return keepValues(where, value, path);
  // Refused here; ignore a later rejection.
  if (value instanceof Promise) value.catch(() => {});
  throw new ValueError(
    `${where}: values must be tensors, numbers, and lists and plain objects of these, got ${showKind(value)} as ${path}. ` +
      "Leave it out.",
  );
};
