import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Served, serveFolder } from "../../playground/build/serve.ts";
import { Bench, numberIn, program, trainFor } from "./browser.ts";

describe("the server of npm run playground", () => {
  let folder = "";
  let served: Served;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gradus-serve-"));
    await mkdir(join(folder, "site"));
    await writeFile(join(folder, "secret.txt"), "secret");
    await writeFile(join(folder, "site", "index.html"), "<p>page");
    await writeFile(join(folder, "site", "worker.js"), "0");
    await symlink(join(folder, "secret.txt"), join(folder, "site", "link.txt"));
    served = await serveFolder(join(folder, "site"), 0);
  });
  afterAll(async () => {
    served.server.close();
    await rm(folder, { recursive: true });
  });

  /** Requests a path without changing it; `fetch` would normalize it. */
  const ask = async (path: string, method = "GET"): Promise<{ status?: number; text: string; headers: object }> => {
    const { port } = new URL(served.address);
    const sent = request({ host: "127.0.0.1", port, path, method }).end();
    const [response] = await once(sent, "response");
    let text = "";
    for await (const piece of response) text += piece;
    return { status: response.statusCode, text, headers: response.headers };
  };

  test("the server of npm run playground sends the headers that threads and a strict policy need", async () => {
    const page = await ask("/?seed=1");
    expect(page).toMatchObject({ status: 200, text: "<p>page" });
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'/,
      ),
    });
    const worker = await ask("/worker.js");
    expect(worker.headers).toMatchObject({ "content-security-policy": expect.stringContaining("worker-src blob:") });
    expect(await ask("/index.html", "HEAD")).toMatchObject({ status: 200, text: "" });
  });

  test("the server of npm run playground sends only files of its folder, and does not accept uploads", async () => {
    for (const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/link.txt",
      "/%00",
      "/%",
      "/none.html",
      "//etc/passwd",
      "/../../../../etc/passwd",
    ]) {
      const { status, text } = await ask(path);
      expect(status, path).toBe(404);
      expect(text, path).not.toContain("secret");
    }
    expect(await ask("/", "POST")).toMatchObject({ status: 405 });
  });

  test("the server of npm run playground reports a port that is in use", async () => {
    const port = Number(new URL(served.address).port);
    await expect(serveFolder(folder, port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

test("npm run playground prints its address, and errors in its options", async () => {
  const script = fileURLToPath(new URL("../../playground/build/main.ts", import.meta.url));
  const run = async (...options: readonly string[]): Promise<{ code: number | null; text: string }> => {
    const args = ["--import", "tsx", "--conditions=gradus-source", script, ...options];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (piece) => {
        text += piece;
      });
    }
    const [code] = await once(child, "close");
    return { code, text };
  };
  const [help, wrong, unknown] = await Promise.all([run("--help"), run("--port", "banana"), run("--prot", "1")]);
  expect(help).toMatchObject({ code: 0, text: expect.stringContaining("--port <number>") });
  expect(wrong).toMatchObject({
    code: 1,
    text: expect.stringContaining("--port must be a whole number from 0 to 65535, got banana"),
  });
  expect(unknown).toMatchObject({ code: 1, text: expect.stringContaining("--prot") });
});

test("the built files of the playground have uPlot's licence, and make no code out of strings", async () => {
  const read = (name: string): Promise<string> => readFile(join(inject("site"), name), "utf8");
  const licence = "Copyright (c) 2022 Leon Sorokin";
  // The worker includes it in the program of reports.
  for (const name of ["main.js", "worker.js", "style.css", "uplot.LICENSE.txt"])
    expect(await read(name), name).toContain(licence);
  for (const name of ["main.js", "worker.js"])
    expect(await read(name), name).not.toMatch(/\beval\s*\(|new Function\b|["']node:/);
  // All addresses are relative to the page, so that it can be in any folder of any host.
  expect(await read("index.html")).not.toMatch(/(?:src|href)="(?:\/|https?:)/);
});

describe.runIf(program !== undefined)("on any host, in a subfolder too, Chromium", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.start();
  });
  afterAll(() => bench?.end());

  /** Serves the same files from another host, only with these headers; `use` receives the address. */
  const hosted = async (
    headers: (name: string) => Readonly<Record<string, string>> | undefined,
    use: (address: string) => Promise<void>,
  ): Promise<void> => {
    const host = createServer(async (incoming, response) => {
      const name = (incoming.url ?? "").replace("/some/folder/", "") || "index.html";
      const file = await fetch(new URL(name, bench.address));
      const own = headers(name);
      const isServed = file.ok && own !== undefined && incoming.url?.startsWith("/some/folder/");
      const type = file.headers.get("content-type") ?? "";
      response.writeHead(isServed ? 200 : 404, { "content-type": type, ...own });
      response.end(isServed ? Buffer.from(await file.arrayBuffer()) : "");
    }).listen(0, "127.0.0.1");
    await once(host, "listening");
    try {
      await use(`http://localhost:${(host.address() as AddressInfo).port}/some/folder/`);
    } finally {
      host.close();
      host.closeAllConnections();
    }
  };

  test("the playground trains with one thread without the headers, and says why", async () => {
    await hosted(
      () => ({}),
      async (address) => {
        const { page, complaints, requests } = await bench.open({}, address);
        await page.getByLabel("Threads").evaluate((list) => (list as HTMLSelectElement).add(new Option("2", "2")));
        await page.getByLabel("Threads").selectOption("2");
        const reason = page.locator("#threads-reason");
        await expect.poll(() => reason.textContent()).toMatch(/Cross-Origin-Opener-Policy: same-origin/);
        await trainFor(page, 5);
        expect(await numberIn(page, "#accuracy")).toBeGreaterThan(75);
        expect(await page.locator("#engine").textContent()).toMatch(/simd, 1 thread$/);
        expect(complaints).toEqual([]);
        expect(requests.every((url) => url.startsWith(address))).toBe(true);
        await bench.leave(page);
      },
    );
  });

  test("the playground trains on the reference kernels if a policy forbids WebAssembly", async () => {
    const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; worker-src 'self'";
    await hosted(
      () => ({ "content-security-policy": policy }),
      async (address) => {
        const { page } = await bench.open({}, address);
        expect(await page.locator("#engine").textContent()).toBe("reference, 1 thread");
        await trainFor(page, 5);
        expect(await numberIn(page, "#accuracy")).toBeGreaterThan(75);
        await bench.leave(page);
      },
    );
  });

  test("the playground says that it must be served if it is opened as a file, and only then", async () => {
    const opened = await bench.open({}, pathToFileURL(join(inject("site"), "index.html")).href, "#unserved");
    await expect.poll(() => opened.page.locator("#unserved").textContent()).toMatch(/serve it with npm run playground/);
    await bench.leave(opened.page);
    const { page } = await bench.open({}, bench.address);
    expect(await page.locator("#unserved").count()).toBe(0);
    await bench.leave(page);
  });

  test("the playground reports a missing worker", async () => {
    await hosted(
      (name) => (name === "worker.js" ? undefined : {}),
      async (address) => {
        const { page } = await bench.open({}, address, "#problem");
        expect(await page.getByRole("alert").textContent()).toMatch(/The worker, which does all the work, has failed/);
        await bench.leave(page);
      },
    );
  });
});
