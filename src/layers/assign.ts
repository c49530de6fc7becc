import type { Variable } from "../autograd/variable.ts";
import { ValueError } from "../tensor/errors.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { ownTensor, Tensor } from "../tensor/tensor.ts";

/** Values by name: a map, or an object. */
export type NamedTensors = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** Options of `Sequential.assign`. */
export interface AssignOptions {
  /**
   * Which variables are meant, by their names; the others are left as they are, and neither they nor values for them are
   * reported. Default: all.
   */
  readonly match?: RegExp;
  /** From a value's name to the name of its variable. */
  readonly rename?: (name: string) => string;
  /** Whether anything missing, unexpected or of another shape is an error. Default: true. */
  readonly strict?: boolean;
}

/** The names of AssignOptions. */
export const assignOptions: readonly string[] = ["match", "rename", "strict"];

/** What was assigned, and what was not, and why; all by the variables' names. */
export interface AssignReport {
  /** The variables that were given a value. */
  readonly restored: readonly string[];
  /** Variables for which there was no value. */
  readonly missing: readonly string[];
  /** Values for which there was no variable. */
  readonly unexpected: readonly string[];
  /** Variables whose value had another shape or dtype. */
  readonly shapeMismatch: readonly string[];
}

/**
 * Assigns values to the variables of the same names: all that fit, or, if strict, all of them or none. A float64 value is
 * rounded to a variable of float32, unless that is too small for it.
 */
export const assignByName = (
  where: string,
  variables: readonly Variable[],
  values: NamedTensors,
  { match, rename = (name) => name, strict = true }: AssignOptions,
): AssignReport => {
  if (variables.length === 0) {
    throw new ValueError(`${where}: the model must have variables, got none. Give it an inputShape, or call it once.`);
  }
  const isMeant = (name: string): boolean => !match || name.search(match) >= 0;
  const given = new Map<string, Tensor>();
  for (const [name, value] of values instanceof Map ? values : Object.entries(values as Record<string, Tensor>)) {
    const renamed = rename(name);
    if (!isMeant(renamed)) continue;
    if (given.has(renamed)) {
      throw new ValueError(`${where}: each variable takes one value, got two for "${renamed}". Correct rename.`);
    }
    given.set(renamed, value);
  }
  const meant = variables.filter(({ name }) => isMeant(name));
  const fitting = new Map<Variable, Tensor>();
  for (const variable of meant) {
    const value = fit(variable, given.get(variable.name));
    if (value) fitting.set(variable, value);
  }
  const names = new Set(variables.map(({ name }) => name));
  const report: AssignReport = {
    restored: [...fitting.keys()].map(({ name }) => name),
    missing: meant.filter(({ name }) => !given.has(name)).map(({ name }) => name),
    unexpected: [...given.keys()].filter((name) => !names.has(name)),
    shapeMismatch: meant.filter((one) => given.has(one.name) && !fitting.has(one)).map(({ name }) => name),
  };
  if (strict) refuseRest(where, report, variables, given);
  for (const [variable, value] of fitting) variable.assign(value);
  return report;
};

/** A value as a variable takes it; undefined when it does not fit. */
const fit = (variable: Variable, value: unknown): Tensor | undefined => {
  if (!(value instanceof Tensor) || !sameShape(value.shape, variable.shape)) return undefined;
  if (value.dtype === variable.dtype) return value;
  return value.dtype === "float64" && variable.dtype === "float32" ? rounded(value) : undefined;
};

const rounded = (value: Tensor): Tensor | undefined => {
  const from = value.storage.view();
  const to = Float32Array.from(from);
  const isTooLarge = to.some((one, index) => !Number.isFinite(one) && Number.isFinite(from[index]));
  return isTooLarge ? undefined : ownTensor(value.shape, "float32", to);
};

const refuseRest = (
  where: string,
  { missing, unexpected, shapeMismatch }: AssignReport,
  variables: readonly Variable[],
  given: ReadonlyMap<string, Tensor>,
): void => {
  const mismatches = shapeMismatch.map((name) => {
    const value: unknown = given.get(name);
    const variable = variables.find((one) => one.name === name);
    const got = value instanceof Tensor ? `${value.dtype} ${formatShape(value.shape)}` : typeof value;
    return `${name} (${got} for ${variable?.dtype} ${formatShape(variable?.shape ?? [])})`;
  });
  const parts = [
    missing.length > 0 ? `no value for ${missing.join(", ")}` : "",
    unexpected.length > 0 ? `no variable for ${unexpected.join(", ")}` : "",
    mismatches.length > 0 ? `another shape or dtype for ${mismatches.join(", ")}` : "",
  ].filter((part) => part !== "");
  if (parts.length === 0) return;
  throw new ValueError(
    `${where}: every variable needs a value of its name, shape and dtype, got ${parts.join("; ")}. ` +
      "Pass { strict: false } to assign what fits, and rename or match to choose.",
  );
};
