import { DataError } from "./errors.ts";
import { showValue } from "./showValue.ts";

/**
 * Reads one value of parsed JSON, which may be hostile. Readers check the length of a list or text before they copy it, and
 * leave out fields that they do not know. Run them with `decode`, which turns a mismatch into an error.
 */
export type Reader<T> = (value: unknown) => T;

/** A field of a record that may be missing. */
export interface OptionalField<T> {
  readonly optional: Reader<T>;
}

/** A reader for every field of an interface: a missing entry does not compile, nor does a required one for an optional field. */
export type Fields<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name]
    ? OptionalField<Exclude<T[Name], undefined>>
    : Reader<T[Name]>;
};

/** What a reader throws. The path grows while the error passes through the lists and records around the value. */
class Mismatch extends Error {
  path = "";
  readonly words: string;
  readonly got: string;

  constructor(words: string, got: string) {
    super(words);
    this.words = words;
    this.got = got;
  }
}

const maxShown = 80;
const maxCharacters = 2 ** 24;
const maxEntries = 2 ** 20;

/**
 * Reads a value.
 * @param name What errors call the value; they name the place in it: `history.epochs[3].loss must be a number`.
 * @throws DataError when the value, or a part of it, is not what its reader expects.
 */
export const decode = <T>(where: string, name: string, reader: Reader<T>, value: unknown): T => {
  try {
    return reader(value);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw damaged(where, `${name}${error.path} must be ${error.words}`, error.got);
  }
};

/** Makes the error about a damaged file. */
export type Damaged = (where: string, rule: string, got: string) => DataError;

/** The errors about damaged files of a format; its name completes "a sound": `zip file`. */
export const damagedFile =
  (format: string): Damaged =>
  (where, rule, got) =>
    new DataError(`${where}: ${rule}, got ${got}. Check that this is a sound ${format}.`);

export const damaged: Damaged = /* @__PURE__ */ damagedFile("file of gradus");

/** A value in an error, without making text of all that is in it. */
const shown = (value: unknown): string => {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of length ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string" || value.length <= maxShown) return showValue(value);
  return `"${value.slice(0, maxShown)}..." (${value.length} characters)`;
};

/** A reader of values that are used as they are. */
const checked =
  <T>(words: string, holds: (value: unknown) => boolean): Reader<T> =>
  (value) => {
    if (holds(value)) return value as T;
    throw new Mismatch(words, shown(value));
  };

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

export const number: Reader<number> = /* @__PURE__ */ checked("a number", (value) => typeof value === "number");

export const whole: Reader<number> = /* @__PURE__ */ checked(
  "a whole number from 0",
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);

export const flag: Reader<boolean> = /* @__PURE__ */ checked("true or false", (value) => typeof value === "boolean");

export const text: Reader<string> = /* @__PURE__ */ checked(
  `text of at most ${maxCharacters} characters`,
  (value) => typeof value === "string" && value.length <= maxCharacters,
);

/** Anything: the code that uses the value checks it. */
export const anything: Reader<unknown> = (value) => value;

/** An object whose fields are not known here, such as the options of a layer. */
export const object: Reader<Readonly<Record<string, unknown>>> = /* @__PURE__ */ checked("an object", isObject);

export const oneOf = <Name extends string>(...names: readonly Name[]): Reader<Name> =>
  checked(`one of ${names.join(", ")}`, (value) => names.includes(value as Name));

/** A list of at most a number of entries. */
export const list = <T>(entry: Reader<T>, longest: number = maxEntries): Reader<readonly T[]> => {
  const check = checked<readonly unknown[]>(
    `a list of at most ${longest} entries`,
    (value) => Array.isArray(value) && value.length <= longest,
  );
  return (value) => check(value).map((each, index) => readPart(index, entry, each));
};

/** A list of a fixed length with a reader for each place. */
export const tuple = <T extends readonly unknown[]>(
  ...entries: { readonly [Index in keyof T]: Reader<T[Index]> }
): Reader<T> => {
  const check = checked<readonly unknown[]>(
    `a list of length ${entries.length}`,
    (value) => Array.isArray(value) && value.length === entries.length,
  );
  return (value) => check(value).map((each, index) => readPart(index, entries[index], each)) as unknown as T;
};

/** An object with at most a number of fields of any name, all of one kind. */
export const map = <T>(field: Reader<T>, most: number = maxEntries): Reader<Readonly<Record<string, T>>> => {
  const check = checked<Readonly<Record<string, unknown>>>(
    `an object of at most ${most} fields`,
    (value) => isObject(value) && Object.keys(value as object).length <= most,
  );
  return (value) =>
    Object.fromEntries(Object.entries(check(value)).map(([name, each]) => [name, readPart(name, field, each)]));
};

/**
 * An object with the fields of an interface: `record<Point>(() => ({ x: number, label: optional(text) }))`. The function is
 * called when the first value is read, so that records may contain themselves.
 */
export const record = <T extends object>(fields: () => Fields<T>): Reader<T> => {
  let entries: readonly (readonly [string, Reader<unknown> | OptionalField<unknown>])[] | undefined;
  return (value) => {
    entries ??= Object.entries(fields());
    const parts = object(value);
    const result: Record<string, unknown> = {};
    for (const [name, field] of entries) {
      if (typeof field === "function") result[name] = readPart(name, field, parts[name]);
      else if (parts[name] !== undefined) result[name] = readPart(name, field.optional, parts[name]);
    }
    return result as T;
  };
};

export const optional = <T>(reader: Reader<T>): OptionalField<T> => ({ optional: reader });

const readPart = <T>(key: string | number, reader: Reader<T>, value: unknown): T => {
  try {
    return reader(value);
  } catch (error) {
    if (error instanceof Mismatch) {
      error.path = (typeof key === "number" ? `[${key}]` : `.${key.slice(0, maxShown)}`) + error.path;
    }
    throw error;
  }
};
