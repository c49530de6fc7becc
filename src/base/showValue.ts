/** The options of a call without options: one object, so that they cost nothing. */
export const noOptions: Readonly<Record<never, never>> = {};

/** A value of any kind as an error shows it. */
export const showValue = (value: unknown): string => {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `[${value.join(", ")}]`;
  // String() fails for objects without a prototype.
  return typeof value === "object" && value !== null && !("toString" in value) ? "an object" : String(value);
};

/** The kind of a value, where the value itself would be too much to show: `a list`, `an AbortController`. */
export const showKind = (value: unknown): string => {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return value.name ? `the function ${value.name}` : "a function";
  if (typeof value !== "object" || value === null) return showValue(value);
  const name = value.constructor?.name ?? "Object";
  return name === "Object" ? "an object" : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
};
