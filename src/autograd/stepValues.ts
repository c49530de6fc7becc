import { checkDepth } from "../base/checkDepth.ts";
import { ValueError } from "../base/errors.ts";
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
 * @internal
 */
export const mainOf = (returned: unknown, name: string): unknown =>
  (returned as Readonly<Record<string, unknown>> | undefined)?.[name] ?? returned;

/**
 * What a function returned, in new lists and objects.
 * @param visit Returns what takes the place of each tensor.
 * @throws ValueError, naming the place, for what is not a tensor, a number, or a list or plain object of these.
 * @internal
 */
export const mapValues = (
  where: string,
  value: unknown,
  visit: (tensor: Tensor) => Tensor,
  path = "values",
  depth = 0,
): unknown => {
  if (value instanceof Tensor) return visit(value);
  if (typeof value === "number") return value;
  checkDepth(where, "values", depth);
  if (Array.isArray(value))
    return value.map((entry, index) => mapValues(where, entry, visit, `${path}[${index}]`, depth + 1));
  if (Object.getPrototypeOf(value ?? 0) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(value as object).map(([name, entry]) => [
        name,
        mapValues(where, entry, visit, `${path}.${name}`, depth + 1),
      ]),
    );
  }
  throw new ValueError(
    `${where}: values must be tensors, numbers, lists and plain objects, got ${typeof value} at ${path}. Leave it out.`,
  );
};
