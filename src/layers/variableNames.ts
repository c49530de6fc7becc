import { ValueError } from "../tensor/errors.ts";
import type { Layer } from "./layer.ts";

/** Refuses a model two of whose variables have one name: whoever finds them by name would take one for the other. */
export const checkVariableNames = (operation: string, model: Layer): void => {
  const names = new Set<string>();
  for (const { name } of model.variables) {
    if (names.has(name)) {
      throw new ValueError(
        `${operation}: each variable needs a name of its own, got "${name}" twice. Name the layers apart.`,
      );
    }
    names.add(name);
  }
};
