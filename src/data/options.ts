import { ValueError } from "../tensor/errors.ts";

/**
 * Refuses option names that do not exist: a misspelled option would silently do nothing.
 * @throws ValueError that lists the options.
 */
export function checkOptionNames(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new ValueError(`${where}: options are one object, got ${String(options)}. Pass { ${known[0]}: ... }.`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new ValueError(
        `${where}: every option must be one that exists, got "${name}". The options are ${known.join(", ")}.`,
      );
    }
  }
}
