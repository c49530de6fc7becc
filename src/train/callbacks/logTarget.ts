import { appendFile, checkFolder, writeFile } from "#platform";
import { checkOption } from "../../base/options.ts";

/** What a log says beside its text. */
export interface LogOptions {
  /** Whether the text comes behind what was given before; false: it takes the place of all of it. */
  readonly append: boolean;
}

/** Where a log goes: a file, or a function that keeps the text where there are no files. */
export type LogTarget = string | ((text: string, options: LogOptions) => void | Promise<void>);

/** @throws ValueError unless it is a path or a function. */
export const checkTarget = (where: string, target: LogTarget): void => {
  checkOption(where, "the target", target, {
    words: "a path or a function",
    holds: (value) => (typeof value === "string" && value !== "") || typeof value === "function",
    required: true,
  });
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
