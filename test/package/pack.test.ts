import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
let folder = "";

const run = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** The package as a user gets it: packed, and installed into an empty project without a network or install scripts. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-pack-"));
  execFileSync(npm, ["pack", "--silent", "--pack-destination", folder], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  run(npm, ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", `./${tarball}`]);
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = `
import { Dense, Sequential, SGD, meanSquaredError, tensor, type Tensor } from "gradus";
const model: Sequential = new Sequential({ inputShape: [2], layers: [new Dense({ units: 1 })], seed: 1 });
const x: Tensor = tensor([[1, 2], [3, 4]]);
const y: Tensor = tensor([[1], [2]]);
const optimizer = new SGD({ learningRate: 0.01 });
const first: number = optimizer.minimize(() => meanSquaredError(model.call(x), y), model.trainableVariables).item();
let last = first;
for (let step = 0; step < 20; step++) last = optimizer.minimize(() => meanSquaredError(model.call(x), y)).item();
if (!(last < first)) throw new Error("the loss did not fall");
console.log("trained");
`;

test("the package has no dependency and no install script", () => {
  const manifest = JSON.parse(readFileSync(join(folder, "node_modules/gradus/package.json"), "utf8"));
  expect(manifest.dependencies ?? {}).toEqual({});
  for (const script of ["preinstall", "install", "postinstall", "prepare"])
    expect(manifest.scripts?.[script]).toBeUndefined();
  expect(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["gradus"]);
});

test("a plain ESM program imports it and trains", () => {
  const types = /: (Sequential|Tensor|number)(?= =)|, type Tensor/g;
  writeFileSync(join(folder, "program.js"), program.replace(types, ""));
  expect(run(process.execPath, ["program.js"])).toContain("trained");
});

test("a TypeScript project finds its types", () => {
  writeFileSync(join(folder, "program.ts"), program);
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    const options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2023,dom", "--types", ""];
    run(process.execPath, [tsc, ...options, "--module", module, "--moduleResolution", resolution, "program.ts"]);
  }
  writeFileSync(join(folder, "wrong.ts"), 'import { tensor } from "gradus";\nconst x: string = tensor([1]);\n');
  expect(() =>
    run(process.execPath, [
      tsc,
      "--strict",
      "--noEmit",
      "--target",
      "es2022",
      "--lib",
      "es2023,dom",
      "--types",
      "",
      "--module",
      "nodenext",
      "wrong.ts",
    ]),
  ).toThrow();
}, 120_000);
