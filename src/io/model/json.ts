import { damaged } from "../../base/codec.ts";
import { DataError, ValueError } from "../../base/errors.ts";

/** More than any metadata needs. */
const maxCharacters = 2 ** 26;
const maxDepth = 100;

/** Numbers that JSON lacks. They are written as `{ "number": "Infinity" }`. */
const missingNumbers: readonly number[] = [Number.NaN, Infinity, -Infinity, -0];
const nameOf = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

/**
 * Plain data as text, with every number exactly as it was.
 * @throws ValueError for data that `readJson` would not read.
 */
export const writeJson = (operation: string, what: string, value: unknown): string => {
  if (isDeeper(value, maxDepth)) {
    throw new ValueError(
      `${operation}: the ${what} may be nested ${maxDepth} deep, got more. Put the layers of nested models into one list.`,
    );
  }
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === "number" && missingNumbers.some((number) => Object.is(number, entry))
      ? { number: nameOf(entry) }
      : entry,
  );
};

/** Whether lists and objects are nested deeper than a limit; a number that JSON lacks is an object. */
const isDeeper = (value: unknown, limit: number): boolean => {
  if (typeof value === "number") return limit === 0 && missingNumbers.some((number) => Object.is(number, value));
  if (typeof value !== "object" || value === null) return false;
  return limit === 0 || Object.values(value).some((entry) => isDeeper(entry, limit - 1));
};

/**
 * Reads plain data from a text in the metadata of a file.
 * @throws DataError for text that is missing, too long, not JSON, or nested too deeply.
 */
export const readJson = (where: string, what: string, text: string | undefined): unknown => {
  if (text === undefined || text.length > maxCharacters) {
    throw new DataError(
      `${where}: the ${what} must be text of at most ${maxCharacters} characters, got ` +
        `${text === undefined ? "none" : text.length}. Check that this is the right file.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(where, `the ${what} must be JSON`, error instanceof Error ? error.message : String(error));
  }
  return revive(where, what, value, 0);
};

const revive = (where: string, what: string, value: unknown, depth: number): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maxDepth) throw damaged(where, `the ${what} may be nested ${maxDepth} deep`, "more");
  if (Array.isArray(value)) return value.map((entry) => revive(where, what, entry, depth + 1));
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] === "number") {
    const number = missingNumbers.find((known) => nameOf(known) === entries[0][1]);
    if (number !== undefined) return number;
  }
  return Object.fromEntries(
    entries.map(([name, entry]) => {
      // A property of this name is harmless here, but not when it is copied into another object.
      if (name === "__proto__") throw damaged(where, `nothing in the ${what} may be named __proto__`, "such a name");
      return [name, revive(where, what, entry, depth + 1)];
    }),
  );
};

/** The texts of numbers that are not finite, in JSON that people read: `"NaN"`, `"Infinity"`, `"-Infinity"`. */
const notFinite: ReadonlyMap<unknown, number> = new Map(
  [Number.NaN, Infinity, -Infinity].map((number) => [String(number), number]),
);

/** A copy of plain data with each value that is not a list or object replaced. */
const mapped = (value: unknown, each: (leaf: unknown) => unknown): unknown => {
  if (Array.isArray(value)) return value.map((entry) => mapped(entry, each));
  if (typeof value !== "object" || value === null) return each(value);
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapped(entry, each)]));
};

/** A copy of plain data with text for numbers that are not finite, which `JSON.stringify` would lose. */
export const plainNumbers = (value: unknown): unknown =>
  mapped(value, (leaf) => (typeof leaf === "number" && !Number.isFinite(leaf) ? String(leaf) : leaf));

/** Undoes `plainNumbers`. */
export const revivedNumbers = (value: unknown): unknown => mapped(value, (leaf) => notFinite.get(leaf) ?? leaf);
