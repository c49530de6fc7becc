import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** The files from which the package is built. */
const parts = [
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "README.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "src",
  "scripts",
  "data",
  "docs",
  "examples",
];

/** Runs a command. An error shows its output, because compilers print errors to standard output. */
export const run = (command: string, args: readonly string[], cwd: string): string => {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")}\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
};

/**
 * Packs the package as `npm publish` would, from a copy, so that it does not build into a dist/ that another program uses.
 * @param folder The folder for the tarball.
 * @returns The path of the tarball.
 */
export const packInto = (folder: string): string => {
  const copy = mkdtempSync(join(folder, "copy-"));
  for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  run(npm, ["pack", "--cache", join(folder, "cache"), "--pack-destination", folder], copy);
  rmSync(copy, { recursive: true, force: true });
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz"))!);
};

/** Installs a tarball into a project, without a network and without install scripts. */
export const installInto = (project: string, tarball: string, folder: string): void => {
  const options = ["--cache", join(folder, "cache"), "--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  run(npm, ["install", ...options, tarball], project);
};

/** Installs a package of the registry, such as a runtime, into an empty folder. */
export const installFromRegistry = (project: string, name: string): void => {
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true }));
  run(npm, ["install", "--no-audit", "--no-fund", name], project);
};
