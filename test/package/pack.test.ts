import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
let folder = "";
let user = "";

/** Runs a command in a folder; an error shows what it printed, since compilers explain themselves on standard output. */
const run = (command: string, args: readonly string[], cwd = user): string => {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(" ")}\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
};

/**
 * The package as a user gets it: packed, and installed into an empty project. No network, no install scripts, no cache of
 * the machine; and packed from a copy, so that it does not build into a dist/ that someone else is using.
 */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-pack-"));
  const copy = join(folder, "copy");
  const parts = [
    "package.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "README.md",
    "LICENSE",
    "src",
    "scripts",
    "data",
  ];
  for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  user = join(folder, "user");
  cpSync(join(root, "test/package/user"), user, { recursive: true });
  const cache = ["--cache", join(folder, "cache")];
  run(npm, ["pack", ...cache, "--pack-destination", folder], copy);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  run(npm, ["install", ...cache, "--offline", "--ignore-scripts", "--no-audit", "--no-fund", join("..", tarball)]);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the package has no dependency and no install script", () => {
  const manifest = JSON.parse(readFileSync(join(user, "node_modules/gradus/package.json"), "utf8"));
  expect(manifest.dependencies ?? {}).toEqual({});
  for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
    expect(manifest.scripts?.[script]).toBeUndefined();
  }
  expect(readdirSync(join(user, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["gradus"]);
});

test("it holds what is needed, and no map that points to a file which is not there", () => {
  const installed = join(user, "node_modules/gradus");
  expect(readdirSync(installed).sort()).toEqual(["LICENSE", "README.md", "data", "dist", "package.json"]);
  const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
  expect(
    files.filter((file) => !/\.(js|js\.map|d\.ts)$|^vendor.*\.LICENSE\.txt$/.test(file) && file.includes(".")),
  ).toEqual([]);
  const map = JSON.parse(readFileSync(join(installed, "dist/index.js.map"), "utf8"));
  expect(map.sourcesContent).toHaveLength(1);
});

test("a plain ESM program imports it and trains", () => {
  expect(run(process.execPath, ["program.js"])).toContain("trained");
}, 60_000);

describe("a strict TypeScript project", () => {
  const compile = (files: readonly string[], options: object): string => {
    const compilerOptions = { strict: true, noEmit: true, target: "es2022", skipLibCheck: false, ...options };
    writeFileSync(join(user, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    return run(process.execPath, [tsc, "-p", "."]);
  };
  const nodenext = { module: "nodenext" };
  const bundler = { module: "esnext", moduleResolution: "bundler" };
  const dom = { lib: ["es2022", "dom"], types: [] };
  const node = { lib: ["es2022"], types: ["node"], typeRoots: [join(root, "node_modules/@types")] };

  test.each([
    ["nodenext, with the types of a browser", { ...nodenext, ...dom }],
    ["nodenext, with the types of Node and none of a browser", { ...nodenext, ...node }],
    ["bundler, with the types of a browser", { ...bundler, ...dom }],
  ])("compiles: %s", (_, options) => {
    expect(compile(["program.ts"], options)).toBe("");
  });

  test("is told of a wrong type and a misspelt option", () => {
    const build = (): string => compile(["wrongType.ts", "wrongOption.ts"], { ...nodenext, ...dom });
    expect(build).toThrow(/'learningrate' does not exist in type[\s\S]*not assignable to type 'string'/);
  });
});
