import { DTypeError } from "./errors.ts";
import { showValue } from "./showValue.ts";

/**
 * Checks the path that a function writes to, which is its second argument.
 * @param content Its first argument: an error names the order where the two are swapped.
 * @throws DTypeError for anything but text.
 */
export const checkPath = (where: string, path: unknown, content?: unknown): void => {
  if (typeof path === "string" && path !== "" && typeof content !== "string") return;
  const got = typeof content === "string" ? "the path first" : path === undefined ? "none" : showValue(path);
  throw new DTypeError(
    `${where}: the path is text, and the second argument, got ${got}. Call ${where}(content, path).`,
  );
};
