import { readdirSync } from "node:fs";
import { basename } from "node:path";

/** What every module of a folder exports: the file (without its folders), the name and the value. */
export const exportsOf = async (folder: URL): Promise<[file: string, name: string, value: unknown][]> => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const exports = files.map(async (file) => {
    const module: Record<string, unknown> = await import(new URL(file, folder).href);
    return Object.entries(module).map(([name, value]): [string, string, unknown] => [basename(file), name, value]);
  });
  return (await Promise.all(exports)).flat();
};
