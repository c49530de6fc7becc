import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradus-threads-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program with all of the library in one file, as bundlers make it. */
const bundle = async (name: string, code: string, format: "esm" | "cjs" = "esm"): Promise<string> => {
  const outfile = join(folder, `${name}.${format === "esm" ? "mjs" : "cjs"}`);
  const index = new URL("../../src/index.ts", import.meta.url).pathname;
  const contents = `import * as gradus from ${JSON.stringify(index)};\n${code}`;
  await build({
    stdin: { contents, resolveDir: folder, loader: "ts" },
    outfile,
    format,
    bundle: true,
    minify: true,
    platform: "node",
    conditions: ["gradus-source"],
  });
  return outfile;
};

/** What a program prints; it must end by itself, without an error. */
const outputOf = (file: string, options: readonly string[] = []): unknown => {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...options, file], {
    encoding: "utf8",
    timeout: 60_000,
  });
  expect({ status, signal, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  return JSON.parse(stdout);
};

const work = `
const say = (value) => console.log(JSON.stringify(value));
const total = () => gradus.matmul(gradus.randomUniform([300, 300], { seed: 1 }), gradus.randomUniform([300, 300], { seed: 2 })).data;
const same = (a, b) => a.every((value, index) => value === b[index]);
`;

describe("a bundled program", () => {
  test.each(["esm", "cjs"] as const)(
    "a bundled program computes with threads and ends by itself: %s",
    async (format) => {
      const file = await bundle(
        "program",
        `${work}
      const main = async () => {
        const alone = total();
        const threads = await gradus.setThreads(2);
        say([threads, gradus.getThreads(), same(alone, total())]);
      };
      main();`,
        format,
      );
      expect(outputOf(file)).toEqual([2, { threads: 2 }, true]);
    },
  );

  test("a bundled program ends even in the middle of its work", async () => {
    const leave = await bundle("leave", `${work} await gradus.setThreads(3); total(); say(1); process.exit();`);
    expect(outputOf(leave)).toBe(1);
    const thrown = await bundle("thrown", `${work} await gradus.setThreads(3); total(); throw new Error("mine");`);
    const { status, stderr } = spawnSync(process.execPath, [thrown], { encoding: "utf8", timeout: 60_000 });
    expect([status, stderr.includes("mine")]).toEqual([1, true]);
  });

  test("a bundled program does not use the processor while its workers are idle", async () => {
    const file = await bundle(
      "idle",
      `${work}
      await gradus.setThreads(3);
      for (let turn = 0; turn < 50; turn++) total();
      const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      await wait(500);
      const before = process.cpuUsage();
      await wait(1000);
      const { user, system } = process.cpuUsage(before);
      say((user + system) / 1e6);`,
    );
    // Seconds in one second. A thread that spins takes all of it.
    expect(outputOf(file)).toBeLessThan(0.1);
  });

  test("a bundled program can start and end threads many times", async () => {
    const file = await bundle(
      "often",
      `${work}
      const alone = total();
      let right = 0;
      for (let turn = 0; turn < 20; turn++) {
        await gradus.setThreads(1 + (turn % 3));
        if (same(alone, total())) right++;
      }
      say(right);`,
    );
    expect(outputOf(file)).toBe(20);
  });

  test("a bundled program computes with threads in a worker thread, beside the main thread's", async () => {
    const file = await bundle(
      "nested",
      `${work}
      import { isMainThread, parentPort, Worker } from "node:worker_threads";
      const alone = total();
      const threads = await gradus.setThreads(2);
      const result = [threads, same(alone, total())];
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url));
        worker.on("message", (other) => say([result, other]));
      } else parentPort.postMessage(result);`,
    );
    expect(outputOf(file)).toEqual([
      [2, true],
      [2, true],
    ]);
  });

  test("a bundled program continues with one thread where the process may have no workers, and says why", async () => {
    const file = await bundle(
      "refused",
      `${work}
      const threads = await gradus.setThreads(2);
      say([threads, gradus.getThreads(), total().length]);`,
    );
    const [major] = process.versions.node.split(".").map(Number);
    const permission = major < 24 ? "--experimental-permission" : "--permission";
    const [threads, status, length] = outputOf(file, [permission, "--allow-fs-read=*"]) as [number, object, number];
    expect([threads, length]).toEqual([1, 90_000]);
    expect(status).toEqual({
      threads: 1,
      reason: expect.stringMatching(/^threads: workers must be allowed, got ".+" from new Worker\.$/),
    });
  });
});
