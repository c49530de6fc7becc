import { describeFunction, descriptionOf } from "./describe.ts";
import { ValueError } from "./errors.ts";
import { isPlainObject } from "./options.ts";
import { showValue } from "./showValue.ts";

/** Options as a file can hold them: text, numbers, flags, lists and objects of these, functions as `FunctionConfig`. */
export type PlainOptions = Readonly<Record<string, unknown>>;

/**
 * Options that JSON can hold: functions become descriptions, undefined options are left out.
 * @param where The layer or optimizer whose options they are.
 * @throws ValueError, naming the option, for a function without a description, or an object that is not plain data.
 * @internal
 */
export const plainOptions = (where: string, options: object): PlainOptions => {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) plain[name] = plainValue(where, name, value);
  }
  return plain;
};

const plainValue = (where: string, option: string, value: unknown): unknown => {
  if (typeof value === "function" || descriptionOf(value)) return describeFunction(where, option, value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((entry) => plainValue(where, option, entry));
  if (isPlainObject(value)) return plainOptions(where, value);
  const got = typeof value === "object" && value !== null ? value.constructor.name : showValue(value);
  throw new ValueError(
    `${where}: ${option} must be plain data or a function to be saved, got ${got}. Override config() and say it in plain data.`,
  );
};
