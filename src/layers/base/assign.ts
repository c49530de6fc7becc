import type { Variable } from "../../autograd/variable.ts";
import { ValueError } from "../../base/errors.ts";
import { adviseNames } from "../../base/nearestNames.ts";
import { flag, functionLike, type OptionRules, regularExpression } from "../../base/options.ts";
import { showValue } from "../../base/showValue.ts";
import { formatShape, sameShape } from "../../tensor/shape.ts";
import { ownTensor, Tensor } from "../../tensor/tensor.ts";
import { type NamedTensors, namedEntries } from "./namedTensors.ts";

/** Options of `Sequential.assign`. */
export interface AssignOptions {
  /**
   * Matches the names of the values to assign, as the file has them, before `rename`; other values, and the variables that
   * they are for, are neither assigned nor reported. Variables that no value is for match by their own names. Default: all.
   */
  readonly match?: RegExp;
  /** From a value's name to the name of its variable. */
  readonly rename?: (name: string) => string;
  /** Whether anything missing, unexpected or of another shape is an error. Default: true. */
  readonly strict?: boolean;
}

/** The rules for these options. A function, so that bundles leave them out with `Sequential`. */
export const assignRules = (): OptionRules<AssignOptions> => ({
  match: regularExpression,
  rename: functionLike("(name) => name"),
  strict: flag,
});

/** The names of the variables that were assigned, and of those that were not, by reason. */
export interface AssignReport {
  /** The variables that got a value. */
  readonly restored: readonly string[];
  /** Variables without a value. */
  readonly missing: readonly string[];
  /** Values without a variable. */
  readonly unexpected: readonly string[];
  /** Variables whose value had another shape or dtype. */
  readonly shapeMismatch: readonly string[];
}

/**
 * Assigns values to the variables of the same names: all that fit, or, if strict, all of them or none. A float64 value is
 * rounded for a variable of float32, unless it is too large for that.
 * @param names The names of all values of a file, also of those that were not read. Default: those of the values.
 */
export const assignByName = (
  where: string,
  variables: readonly Variable[],
  values: NamedTensors,
  { match, rename = (name) => name, strict = true }: AssignOptions,
  names?: readonly string[],
): AssignReport => {
  if (variables.length === 0) {
    throw new ValueError(`${where}: the model must have variables, got none. Give it an inputShape, or call it once.`);
  }
  const isSelected = (name: string): boolean => !match || name.search(match) >= 0;
  const entries = namedEntries(where, values);
  const allNames = names ?? entries.map(([name]) => name);
  const valuesByName = new Map<string, Tensor>();
  for (const [name, value] of entries) {
    if (!isSelected(name)) continue;
    const renamed = rename(name);
    if (valuesByName.has(renamed)) {
      throw new ValueError(`${where}: each variable takes one value, got two for "${renamed}". Correct rename.`);
    }
    valuesByName.set(renamed, value);
  }
  // A variable for which there is a value that does not match is left out, whatever its own name.
  const targets = new Set(match ? allNames.map(rename) : []);
  const selected = variables.filter(({ name }) => valuesByName.has(name) || (!targets.has(name) && isSelected(name)));
  if (match && valuesByName.size === 0 && selected.length === 0) {
    throw new ValueError(
      `${where}: match must match the name of a value, got ${String(match)}. ${adviseNames("names", match, allNames)}`,
    );
  }
  const fitting = new Map<Variable, Tensor>();
  for (const variable of selected) {
    const value = fit(variable, valuesByName.get(variable.name));
    if (value) fitting.set(variable, value);
  }
  const variableNames = new Set(variables.map(({ name }) => name));
  const report: AssignReport = {
    restored: [...fitting.keys()].map(({ name }) => name),
    missing: selected.filter(({ name }) => !valuesByName.has(name)).map(({ name }) => name),
    unexpected: [...valuesByName.keys()].filter((name) => !variableNames.has(name)),
    shapeMismatch: selected
      .filter((variable) => valuesByName.has(variable.name) && !fitting.has(variable))
      .map(({ name }) => name),
  };
  if (strict) checkComplete(where, report, variables, valuesByName);
  for (const [variable, value] of fitting) variable.assign(value);
  return report;
};

/** The value for a variable, of its dtype; undefined when it does not fit. */
const fit = (variable: Variable, value: unknown): Tensor | undefined => {
  if (!(value instanceof Tensor) || !sameShape(value.axes, variable.shape)) return undefined;
  if (value.dtype === variable.dtype) return value;
  return value.dtype === "float64" && variable.dtype === "float32" ? rounded(value) : undefined;
};

const rounded = (value: Tensor): Tensor | undefined => {
  const from = value.storage.view();
  const to = Float32Array.from(from);
  const isTooLarge = to.some((value, index) => !Number.isFinite(value) && Number.isFinite(from[index]));
  return isTooLarge ? undefined : ownTensor(value.axes, "float32", to);
};

const checkComplete = (
  where: string,
  { missing, unexpected, shapeMismatch }: AssignReport,
  variables: readonly Variable[],
  valuesByName: ReadonlyMap<string, Tensor>,
): void => {
  const mismatches = shapeMismatch.map((name) => {
    const value: unknown = valuesByName.get(name);
    const variable = variables.find((candidate) => candidate.name === name);
    return `${name} (${showValue(value)} for ${variable?.dtype} ${formatShape(variable?.shape ?? [])})`;
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
