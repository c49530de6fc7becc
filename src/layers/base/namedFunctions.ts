import { described, descriptionOf } from "../../base/describe.ts";
import type { OptionRule } from "../../base/options.ts";

/** The name of a function in a table; undefined for a custom function. */
export const nameIn = <Name extends string>(table: Readonly<Record<Name, unknown>>, f: unknown): Name | undefined =>
  (Object.keys(table) as Name[]).find((name) => table[name] === f);

/**
 * The rule for an option that takes a function, or the name of one in a table. A function of the table gets its name as
 * its description, by which a saved model holds it.
 */
export const functionOrName = (table: Readonly<Record<string, unknown>>): OptionRule => ({
  words: `a function or one of ${Object.keys(table).join(", ")}`,
  holds: (value) => {
    if (typeof value !== "function") return typeof value === "string" && Object.hasOwn(table, value);
    const name = nameIn(table, value);
    if (name !== undefined && !descriptionOf(value)) described(value, name);
    return true;
  },
});
