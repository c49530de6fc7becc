import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, posix, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installInto, packInto, run as runIn } from "../../scripts/pack.ts";
import { targetsOf } from "../docs/pages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder = "";
let user = "";
let tarball = "";

/** Runs a command in the user's folder. */
const run = (command: string, args: readonly string[]): string => runIn(command, args, user);

/** Packs the package, and installs it into an empty project, without a network and without install scripts. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-pack-"));
  user = join(folder, "user");
  cpSync(join(root, "test/package/user"), user, { recursive: true });
  tarball = packInto(folder);
  installInto(user, tarball, folder);
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

describe("the tarball", () => {
  const installed = (): string => join(user, "node_modules/gradus");
  const files = (): string[] =>
    readdirSync(installed(), { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(installed(), join(entry.parentPath ?? entry.path, entry.name)).replaceAll("\\", "/"))
      .sort();

  test("the tarball has modules with their maps and types, guides, examples, their data, and licences, and nothing else", () => {
    const allowed = [
      /^(LICENSE|(README|CONTRIBUTING)\.md|package\.json)$/,
      /^dist\/.+\.(js|js\.map|d\.ts)$/,
      /^dist\/vendor\/[\w.-]+\.LICENSE\.txt$/,
      /^docs\/([\w-]+\/)?[\w-]+\.md$/,
      /^docs\/images\/[\w-]+\.(svg|webp)$/,
      /^examples\/.+\.(ts|mjs)$/,
      /^data\/tabular\/[\w-]+\.csv$/,
      /^data\/[\w]+\/README\.md$/,
    ];
    expect(files().filter((file) => !allowed.some((pattern) => pattern.test(file)))).toEqual([]);
    const code = files().filter((file) => !file.startsWith("docs/"));
    expect(code.filter((file) => /test|playground|bench|fixture|\.ts\.map/.test(file))).toEqual([]);
    const bytes = files().reduce((sum, file) => sum + statSync(join(installed(), file)).size, 0);
    const megabytes = (size: number): string => `${(size / 1e6).toFixed(2)} MB`;
    console.info(
      `the package: ${megabytes(statSync(tarball).size)} packed, ${megabytes(bytes)} in ${files().length} files`,
    );
    // 2.84 MB; the bundles for Node are 0.4 of it, gradus/graph 0.6, gradus/keras 0.1, the readers of pictures 0.05.
    expect(statSync(tarball).size).toBeLessThan(2.9e6);
  });

  test("the tarball has every file that its pages link to and show", () => {
    const all = files();
    const pages = all.filter((file) => file.endsWith(".md"));
    const missing = pages.flatMap((page) =>
      targetsOf(page, readFileSync(join(installed(), page), "utf8"))
        .map((target) => posix.join(posix.dirname(page), target.split("#")[0] || posix.basename(page)))
        .filter((target) => !all.includes(target))
        .map((target) => `${page}: ${target}`),
    );
    expect(missing).toEqual([]);
    expect(pages.length).toBeGreaterThan(25);
  });

  test("the tarball has a source map with the source for each module", () => {
    // Generated modules are data, which a map would contain again.
    const modules = files().filter(
      (file) => /^dist\/.+\.js$/.test(file) && !file.startsWith("dist/vendor/") && !file.endsWith(".generated.js"),
    );
    for (const module of modules) {
      const map = JSON.parse(readFileSync(join(installed(), `${module}.map`), "utf8"));
      // The maps of the bundles for Node name the sources; the maps of the modules contain them.
      if (module.startsWith("dist/node/")) expect(map.sources.join(), module).not.toMatch(/\/dist\//);
      else expect(map.sourcesContent, module).toHaveLength(1);
    }
  });

  test("the tarball has few files for Node: one for each entry point, and one that they share", () => {
    const names = files().filter((file) => /^dist\/node\/.+\.js$/.test(file));
    expect(names.map((name) => name.replace(/^dist\/node\/|-\w+\.js$|\.js$/g, ""))).toEqual([
      "graph",
      "images",
      "index",
      "keras",
      "report",
      "shared",
      "table",
    ]);
  });

  test("the tarball has the same exports with the same names in its files for Node and in its modules", () => {
    const program = `
      const namesOf = (exports) => JSON.stringify(Object.entries(exports).map(([key, value]) => [key, value?.name]));
      for (const [entry, module] of [["", "index"], ["/report", "report/index"], ["/table", "table/index"], ["/graph", "graph/index"], ["/images", "images/index"], ["/keras", "keras/index"]]) {
        const [forNode, modules] = [await import("gradus" + entry), await import(\`./node_modules/gradus/dist/\${module}.js\`)];
        console.log(forNode !== modules && namesOf(forNode) === namesOf(modules));
      }`;
    writeFileSync(join(user, "names.mjs"), program);
    expect(run(process.execPath, ["names.mjs"])).toBe("true\n".repeat(6));
  });

  test("all entry points of the package share one tensor class and one heap in Node", () => {
    const program = `
      import { Dense, Sequential, Tensor } from "gradus";
      import { tableDataset, tableEncoder, tableOf } from "gradus/table";
      import { inspector } from "gradus/report";
      const table = tableOf([{ size: 1, kind: "a" }, { size: 2, kind: "b" }]);
      const encoder = tableEncoder(table, { target: "kind" });
      const model = new Sequential({ inputShape: encoder.inputShape, layers: [encoder, new Dense({ units: 2 })] });
      console.log(typeof inspector, tableDataset(table, encoder).y instanceof Tensor, model.predict(tableDataset(table, encoder).x).shape);`;
    expect(run(process.execPath, ["--input-type=module", "--eval", program])).toBe("function true [ 2, 2 ]\n");
  });

  test("a program that esbuild bundles for Node has the size of one for pages", async () => {
    const bytes = await Promise.all(
      (["node", "browser"] as const).map(async (platform) => {
        const contents =
          'import { add, grad, sum, tensor } from "gradus"; console.log(grad(sum)(add(tensor([1]), 2)));';
        const stdin = { contents, resolveDir: user };
        const { outputFiles } = await build({
          stdin,
          bundle: true,
          minify: true,
          format: "esm",
          platform,
          write: false,
        });
        return outputFiles[0].contents.length;
      }),
    );
    expect(bytes[0] / bytes[1]).toBeLessThan(1.05);
  });

  test("the package starts workers from its files for Node", () => {
    const program = `
      import { getThreads, setThreads } from "gradus";
      console.log(await setThreads(2), getThreads().reason);
      await setThreads(1);`;
    expect(run(process.execPath, ["--input-type=module", "--eval", program])).toBe("2 undefined\n");
  });

  test("an error of the package leads to the line of the source that throws it", () => {
    const program =
      'import { tensor } from "gradus"; try { tensor([1], { shape: [2] }); } catch (error) { console.log(error.stack); }';
    const stack = run(process.execPath, ["--enable-source-maps", "--input-type=module", "--eval", program]);
    const [, file, line] = /gradus\/(src\/[\w/]+\.ts):(\d+):\d+/.exec(stack) ?? [];
    expect(readFileSync(join(root, file), "utf8").split("\n")[Number(line) - 1]).toMatch(/throw new/);
  });

  test("the tarball has the licence of every bundled library, beside it and in it", () => {
    const libraries = files().filter((file) => /^dist\/vendor\/.+\.js$/.test(file));
    for (const library of libraries) {
      const licence = readFileSync(join(installed(), library.replace(/\.js$/, ".LICENSE.txt")), "utf8");
      expect(licence).toMatch(/Copyright|public domain/i);
      const [, ...text] = licence.trim().split("\n\n");
      expect(readFileSync(join(installed(), library), "utf8")).toContain(text.join("\n\n"));
    }
  });

  test("the package imports only its own files, and Node's modules in one place", () => {
    const own = Object.keys(JSON.parse(readFileSync(join(installed(), "package.json"), "utf8")).imports);
    for (const file of files().filter((path) => /^dist\/.+\.(js|d\.ts)$/.test(path))) {
      const text = readFileSync(join(installed(), file), "utf8");
      const specifiers = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
      const foreign = specifiers.filter((name) => !name.startsWith(".") && !own.includes(name));
      if (/^dist\/(platform\/node|node\/shared)/.test(file))
        expect(foreign.every((name) => name.startsWith("node:"))).toBe(true);
      else expect(foreign, file).toEqual([]);
    }
  });

  test("publint reports no problem of the package", async () => {
    const data = readFileSync(tarball);
    const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  // Like the profile "esm-only" of its command, this leaves out how TypeScript resolved before `exports`, and from CommonJS.
  test("are-the-types-wrong reports no problem of an ESM package", async () => {
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
    if (!result.types) throw new Error("the package has no types");
    expect(Object.keys(result.entrypoints).sort()).toEqual([
      ".",
      "./graph",
      "./images",
      "./keras",
      "./package.json",
      "./report",
      "./table",
    ]);
    const left = ["node10", "node16-cjs"];
    const problems = result.problems.filter(
      (problem) => !("resolutionKind" in problem) || !left.includes(problem.resolutionKind),
    );
    expect(problems).toEqual([]);
  }, 120_000);
});

test("a CommonJS program requires the package, where Node has require(esm)", () => {
  const { require_module } = process.features as { require_module?: boolean };
  const program =
    'console.log(typeof require("gradus").Dense, typeof require("gradus/table"), typeof require("gradus/report").saveReport)';
  writeFileSync(join(user, "program.cjs"), program);
  const attempt = (): string => run(process.execPath, ["program.cjs"]).trim();
  if (require_module) expect(attempt()).toBe("function object function");
  else expect(attempt).toThrow("ERR_REQUIRE_ESM");
});

test("a plain ESM program imports the package, and trains", () => {
  const printed = run(process.execPath, ["program.js"]);
  expect(printed).toContain("trained");
  expect(printed).toContain("gradient of dense/kernel");
  const report = readFileSync(join(user, "report.html"), "utf8");
  expect(report).toContain("Confusion matrix");
  // The build bundles the page, which includes the program that draws, and its licence.
  expect(report).toContain("Leon Sorokin");
  expect(readFileSync(join(user, "live.html"), "utf8").length).toBeGreaterThan(50_000);
}, 60_000);

describe("a strict TypeScript project", () => {
  /** The types of the language and of browsers, which are parsed once, because they take most of the time. */
  const libraries = new Map<string, ts.SourceFile | undefined>();

  /** The output of `tsc` for files of the user. */
  const compile = (files: readonly string[], compilerOptions: object): string => {
    const json = { strict: true, noEmit: true, target: "es2022", skipLibCheck: false, ...compilerOptions };
    const { options, errors } = ts.convertCompilerOptionsFromJson(json, user);
    const host = ts.createCompilerHost(options);
    const read = host.getSourceFile;
    host.getCurrentDirectory = () => user;
    host.getSourceFile = (name, ...rest) => {
      if (!basename(name).startsWith("lib.")) return read(name, ...rest);
      if (!libraries.has(name)) libraries.set(name, read(name, ...rest));
      return libraries.get(name);
    };
    const program = ts.createProgram(
      files.map((file) => join(user, file)),
      options,
      host,
    );
    // The declarations of the package and the files of its user, not those of TypeScript and Node, which take most of the time.
    const own = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(user));
    expect(own.length).toBeGreaterThan(files.length + 10);
    const diagnostics = own.flatMap((file) => ts.getPreEmitDiagnostics(program, file));
    const all = [...errors, ...program.getGlobalDiagnostics(), ...diagnostics];
    return ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(all), host);
  };
  const nodenext = { module: "nodenext" };
  const bundler = { module: "esnext", moduleResolution: "bundler" };
  const dom = { lib: ["es2022", "dom"], types: [] };
  const node = { lib: ["es2022"], types: ["node"], typeRoots: [join(root, "node_modules/@types")] };

  test.each([
    ["nodenext, with the types of a browser", { ...nodenext, ...dom }],
    ["nodenext, with the types of Node and none of a browser", { ...nodenext, ...node }],
    ["bundler, with the types of a browser", { ...bundler, ...dom }],
  ])("a strict TypeScript project compiles: %s", (_, options) => {
    expect(compile(["program.ts"], options)).toBe("");
  });

  test("a strict TypeScript project reports a wrong type and a misspelt option", () => {
    const problems = compile(["wrongType.ts", "wrongOption.ts"], { ...nodenext, ...dom });
    expect(problems).toMatch(/'learningrate' does not exist in type[\s\S]*not assignable to type 'string'/);
  });
});

describe("gradus/report in a bundle for a page", () => {
  const bundled = async (names: string): Promise<string> => {
    const contents = `import { History } from "gradus"; import { ${names} } from "gradus/report"; export { History, ${names} };`;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: user },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      write: false,
    });
    return outputFiles[0].text;
  };

  test("gradus/report in a bundle for a page writes a report without a module of Node", async () => {
    const code = await bundled("renderReport");
    expect(code).not.toMatch(/["']node:/);
    writeFileSync(join(user, "bundle.mjs"), code);
    const { renderReport, History } = await import(pathToFileURL(join(user, "bundle.mjs")).href);
    const page = renderReport(new History([{ epoch: 0, loss: 1, steps: 1, seconds: 1 }]), { title: "Bundled" });
    expect(page).toContain("<h1>Bundled</h1>");
    expect(page).toContain("Leon Sorokin");
  });

  test("gradus/report in a bundle for a page leaves out the charts if it only draws a sparkline", async () => {
    const code = await bundled("sparkline");
    expect(code).not.toContain("Leon Sorokin");
    expect(code.length).toBeLessThan(20_000);
  });
});
