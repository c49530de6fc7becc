// npm run runtimes: installs the packed tarball and several runtimes into a temporary folder, lets each of them train, save,
// load, read pictures and compute with threads, and prints the results. Chromium runs the same in a page and in a module worker.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { installFromRegistry, installInto, packInto, run } from "../../scripts/pack.ts";
import { findChromium, openPage } from "../../test/threads/chromium.ts";

/** The result of `tryOut`. */
interface Result {
  readonly backend: string;
  readonly step: number;
  readonly accuracy: number;
  readonly file: string;
  readonly seen: string;
  readonly hasReport: boolean;
  readonly pictures: string;
  readonly isEqual: boolean;
  readonly threads: number;
  readonly reason?: string;
  readonly sameWithThreads: boolean;
}

interface Row {
  readonly runtime: string;
  readonly version: string;
  /** Undefined if the runtime failed. */
  readonly result: Result | undefined;
  readonly error?: string;
}

/** A runtime of the registry: its package, its program, and the arguments before the name of the file. */
const runtimes = [
  ...[20, 22, 24, 26].map((version) => ({ runtime: "Node", name: `node@${version}`, program: "node", args: [] })),
  // The program gets permission for the folder's files only.
  { runtime: "Deno", name: "deno", program: "deno", args: ["run", "--no-prompt", "--allow-read=.", "--allow-write=."] },
  { runtime: "Bun", name: "bun", program: "bun", args: [] },
];

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const onRuntime = (user: string, folder: string, { runtime, name, program, args }: (typeof runtimes)[number]): Row => {
  let version = name;
  try {
    const home = mkdtempSync(join(folder, "runtime-"));
    installFromRegistry(home, name);
    const binary = join(home, "node_modules", ".bin", program);
    version = run(binary, ["--version"], user).match(/\d+\.\d+\.\d+/)?.[0] ?? name;
    const line = run(binary, [...args, "program.mjs"], user)
      .split("\n")
      .find((each) => each.startsWith("RESULT "));
    return { runtime, version, result: JSON.parse(line!.slice("RESULT ".length)) };
  } catch (error) {
    return { runtime, version, result: undefined, error: messageOf(error) };
  }
};

const isolated = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** The same script for a page and for the worker that the page starts; it posts its result to the page's server. */
const pageProgram = (inWorker: boolean): string => `
import * as gradus from "gradus";
import * as images from "gradus/images";
import * as report from "gradus/report";
import { files } from "./pictures.mjs";
import { tryOut } from "./tryOut.mjs";

if (${inWorker} && typeof document === "object") {
  new Worker("/page.js", { type: "module" }).onerror = (event) => fetch("/", { method: "POST", body: JSON.stringify({ error: event.message }) });
} else {
  const result = await tryOut(gradus, report, { images, files }).catch((error) => ({ error: String(error) }));
  await fetch("/", { method: "POST", body: JSON.stringify({ ...result, version: navigator.userAgent }) });
}
`;

const inChromium = async (user: string, chromium: string, where: "page" | "worker"): Promise<Row> => {
  const runtime = `Chromium, ${where}`;
  try {
    const { outputFiles } = await build({
      stdin: { contents: pageProgram(where === "worker"), resolveDir: user, loader: "js" },
      bundle: true,
      format: "esm",
      platform: "browser",
      write: false,
    });
    const result = (await openPage(chromium, { script: outputFiles[0].text, headers: isolated })) as Result & {
      readonly version: string;
      readonly error?: string;
    };
    if (result.error) throw new Error(result.error);
    return { runtime, version: /Chrom\w*\/(\d+)/.exec(result.version)?.[1] ?? result.version, result };
  } catch (error) {
    return { runtime, version: "", result: undefined, error: messageOf(error) };
  }
};

const print = (rows: readonly Row[]): void => {
  const first = rows.find(({ result }) => result)?.result;
  console.log(
    "| runtime | version | backend | one step | threads | saved and loaded | file as in the first row | report of the same run | pictures read and learned alike |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const { runtime, version, result, error } of rows) {
    if (!result) {
      console.log(
        `| ${runtime} | ${version} | FAILED: ${(error ?? "").split("\n").slice(0, 3).join(" ")} | | | | | | |`,
      );
      continue;
    }
    const threads =
      result.threads === 2 ? `2${result.sameWithThreads ? ", same bits" : ", OTHER BITS"}` : result.reason;
    const cells = [
      runtime,
      version,
      result.backend,
      `${result.step.toFixed(2)} ms`,
      threads,
      result.isEqual ? "yes" : "NO",
      result.file === first?.file ? "yes" : "NO",
      result.hasReport && result.seen === first?.seen ? "yes" : "NO",
      result.pictures === first?.pictures ? "yes" : "NO",
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
};

const folder = mkdtempSync(join(tmpdir(), "gradus-runtimes-"));
try {
  const user = join(folder, "user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), JSON.stringify({ private: true, type: "module" }));
  installInto(user, packInto(folder), folder);
  for (const file of ["tryOut.mjs", "program.mjs"]) cpSync(new URL(file, import.meta.url), join(user, file));
  const references = new URL("../../test/references/pictures.json", import.meta.url);
  const { baseline, palette } = JSON.parse(readFileSync(references, "utf8")) as Record<
    string,
    { readonly file: string }
  >;
  writeFileSync(join(user, "pictures.mjs"), `export const files = ${JSON.stringify([baseline.file, palette.file])};\n`);
  const rows = runtimes.map((runtime) => onRuntime(user, folder, runtime));
  const chromium = findChromium();
  if (chromium === undefined) console.warn("No Chromium or Chrome on the path: not tried in a browser.\n");
  else for (const where of ["page", "worker"] as const) rows.push(await inChromium(user, chromium, where));
  print(rows);
  const [first] = rows;
  const isAlike = rows.every(({ result }) => result?.pictures === first.result?.pictures);
  if (!isAlike || rows.some(({ result }) => !result?.isEqual || !result.sameWithThreads || !result.hasReport))
    process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
