import { damaged } from "../base/codec.ts";
import { DataError } from "../tensor/errors.ts";

/** More than any metadata needs. */
const maxCharacters = 2 ** 26;
const maxDepth = 100;

/** Numbers that JSON has no way to write, as `{ "number": "Infinity" }`. */
const unusual: readonly number[] = [Number.NaN, Infinity, -Infinity, -0];
const nameOf = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

/** Plain data as text, with every number exactly as it was. */
export const writeJson = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === "number" && unusual.some((number) => Object.is(number, one)) ? { number: nameOf(one) } : one,
  );

/**
 * Plain data that stands as text in the metadata of a file.
 * @throws DataError for text that is missing, too long, no JSON, or nested too deeply.
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
  if (Array.isArray(value)) return value.map((one) => revive(where, what, one, depth + 1));
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] === "number") {
    const number = unusual.find((one) => nameOf(one) === entries[0][1]);
    if (number !== undefined) return number;
  }
  return Object.fromEntries(
    entries.map(([name, one]) => {
      // An own property of this name is harmless here, but not where somebody copies it into another object.
      if (name === "__proto__") throw damaged(where, `nothing in the ${what} may be named __proto__`, "one");
      return [name, revive(where, what, one, depth + 1)];
    }),
  );
};

/** Numbers that JSON has not, as it writes them in what people read: `"NaN"`, `"Infinity"`, `"-Infinity"`. */
const notFinite: ReadonlyMap<unknown, number> = new Map(
  [Number.NaN, Infinity, -Infinity].map((one) => [String(one), one]),
);

const mapped = (value: unknown, each: (one: unknown) => unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => mapped(one, each));
  if (typeof value !== "object" || value === null) return each(value);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapped(one, each)]));
};

/** A copy of plain data with text for numbers that are not finite, which `JSON.stringify` would lose. */
export const plainNumbers = (value: unknown): unknown =>
  mapped(value, (one) => (typeof one === "number" && !Number.isFinite(one) ? String(one) : one));

/** A copy of plain data with numbers again for the text that `plainNumbers` made of them. */
export const revivedNumbers = (value: unknown): unknown => mapped(value, (one) => notFinite.get(one) ?? one);
