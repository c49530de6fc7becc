import { appendFile, checkFolder, writeFile } from "#platform";
import { ValueError } from "../tensor/errors.ts";

/** What a log says beside its text. */
export interface LogOptions {
  /** Whether the text comes behind what was given before; false: it takes the place of all of it. */
  readonly append: boolean;
}

/** Where a log goes: a file, or a function that keeps the text where there are no files. */
export type LogTarget = string | ((text: string, options: LogOptions) => void | Promise<void>);

/** @throws ValueError for anything else. */
export const checkTarget = (where: string, target: LogTarget): void => {
  if ((typeof target === "string" && target !== "") || typeof target === "function") return;
  throw new ValueError(`${where}: the first argument must be a path or a function, got ${typeof target}. Pass one.`);
};

/** Refuses a file that cannot be written, before anything is trained for it. @throws DataError. */
export const checkWritable = async (target: LogTarget): Promise<void> => {
  if (typeof target === "string") await checkFolder(target);
};

/** Writes text: a whole file so that a reader sees the old one or the new one, or a piece at its end. */
export const writeLog = async (target: LogTarget, text: string, options: LogOptions): Promise<void> => {
  if (typeof target === "function") {
    await target(text, options);
    return;
  }
  const bytes = new TextEncoder().encode(text);
  if (options.append) await appendFile(target, bytes);
  else await writeFile(target, bytes);
};
