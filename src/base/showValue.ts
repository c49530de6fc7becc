/** The options of a call without options: one object, so that they cost nothing. */
export const noOptions: Readonly<Record<never, never>> = {};

const mostEntries = 8;
const mostCharacters = 80;

/**
 * A value of any kind as an error shows it: text in quotes, the first entries of an array, a tensor by dtype and shape, other
 * objects by their class.
 * @param level How many arrays it is inside of.
 */
export const showValue = (value: unknown, level: number = 0): string => {
  if (typeof value === "string") {
    return value.length > mostCharacters ? `"${value.slice(0, mostCharacters)}..."` : `"${value}"`;
  }
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null || value instanceof RegExp) return String(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, mostEntries).map((entry) => (level > 2 ? "..." : showValue(entry, level + 1)));
    if (value.length > mostEntries) shown.push("...");
    return `[${shown.join(", ")}]`;
  }
  const { dtype, shape, read } = value as Readonly<Record<string, unknown>>;
  if (shape && typeof dtype === "string") return `${read ? "variable " : ""}${dtype} ${showValue(shape)}`;
  // Objects without a prototype have no constructor.
  const name = value.constructor?.name ?? "Object";
  return name === "Object" ? "an object" : `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
};

/** A value as `showValue` shows it, and a function by its name: it may be a factory that was not called. */
export const showFunction = (value: unknown): string =>
  typeof value === "function" && value.name ? `the function ${value.name}` : showValue(value);

/** A value as `showValue` shows it, and plain objects by their first entries: shares, or rules by name. */
export const showEntries = (value: unknown, level: number = 0): string => {
  const shown = showValue(value);
  if (shown !== "an object" || level > 2) return shown;
  const entries = Object.entries(value as object);
  if (entries.length === 0) return "{}";
  const first = entries.slice(0, mostEntries).map(([name, entry]) => `${name}: ${showEntries(entry, level + 1)}`);
  return `{ ${first.join(", ")}${entries.length > mostEntries ? ", ..." : ""} }`;
};
