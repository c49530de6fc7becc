import { ValueError } from "./errors.ts";

/** Far deeper than what programs pass, and far from the depth at which the engine runs out of stack. */
const deepest = 200;

/**
 * Refuses lists and objects that contain themselves, of which a copy has no end.
 * @param depth How many lists and objects the value is in.
 * @throws ValueError beyond 200.
 */
export const checkDepth = (where: string, what: string, depth: number): void => {
  if (depth <= deepest) return;
  throw new ValueError(
    `${where}: ${what} must not contain themselves, got lists or objects ${depth} levels deep. Leave the inner one out.`,
  );
};
