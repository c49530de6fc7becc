import { ValueError } from "../tensor/errors.ts";
import { showValue } from "../tensor/options.ts";

/** Whose formulas and defaults a layer has; single options override. */
export type LayerVariant = "tensorflow1" | "keras" | "pytorch";

/** The entry of a table that an option names. */
export const choose = <T>(layer: string, option: string, name: string, table: Readonly<Record<string, T>>): T => {
  if (!Object.hasOwn(table, name)) {
    throw new ValueError(
      `${layer}: ${option} must be a function or a known name, got ${showValue(name)}. ` +
        `The names are ${Object.keys(table).join(", ")}.`,
    );
  }
  return table[name];
};
