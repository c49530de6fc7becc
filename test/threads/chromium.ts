import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** The program of Chromium or Chrome: $CHROMIUM, or the first of the usual names that is on the path. */
export const findChromium = (): string | undefined => {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
};

/** A page: its script, a module, and the headers with which it is served. */
export interface Page {
  readonly script: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Serves a page and its script; calls `reported` with what the page posts. */
const listenerFor =
  ({ script, headers }: Page, reported: (value: unknown) => void): RequestListener =>
  (request, response) => {
    if (request.method === "POST") {
      const pieces: Buffer[] = [];
      request.on("data", (piece) => pieces.push(piece));
      request.on("end", () => {
        response.end();
        reported(JSON.parse(Buffer.concat(pieces).toString()));
      });
      return;
    }
    const isScript = request.url === "/page.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html", ...headers });
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  };

/** Opens a page in a browser that several pages share, each with its own profile, and returns what its script posts. */
export const openIn = async (browser: Browser, page: Page): Promise<unknown> => {
  let server: Server | undefined;
  let ended: () => void = () => undefined;
  const context = await browser.newContext();
  try {
    return await new Promise<unknown>((resolve, reject) => {
      ended = () => reject(new Error("the browser ended, and the page has posted nothing"));
      browser.once("disconnected", ended);
      server = createServer(listenerFor(page, resolve));
      server.listen(0, "127.0.0.1", () => {
        const { port } = server!.address() as AddressInfo;
        context
          .newPage()
          .then((tab) => tab.goto(`http://127.0.0.1:${port}/`))
          .catch(reject);
      });
    });
  } finally {
    browser.off("disconnected", ended);
    await context.close();
    server?.closeAllConnections();
    server?.close();
  }
};

/**
 * Opens a page in a browser of its own, and gives what its script posts to its address. It posts, because that needs
 * nothing but the browser itself.
 */
export const openPage = async (program: string, page: Page): Promise<unknown> => {
  const profile = mkdtempSync(join(tmpdir(), "gradus-chromium-"));
  let server: Server | undefined;
  let browser: ChildProcess | undefined;
  try {
    return await new Promise<unknown>((resolve, reject) => {
      server = createServer(listenerFor(page, resolve));
      server.listen(0, "127.0.0.1", () => {
        const { port } = server!.address() as AddressInfo;
        const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"];
        browser = spawn(program, [...options, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], {
          stdio: ["ignore", "ignore", "pipe"],
        });
        let errors = "";
        browser.stderr?.on("data", (piece) => {
          errors = `${errors}${piece}`.slice(-2000);
        });
        browser.on("error", reject);
        browser.on("exit", (code) => reject(new Error(`${program} ended with ${code} and no report: ${errors}`)));
      });
    });
  } finally {
    server?.closeAllConnections();
    server?.close();
    if (browser !== undefined && browser.exitCode === null && browser.kill()) await once(browser, "exit");
    // Its helpers may still write there for a moment; what they leave in the system's folder for such files is not a failure.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }).catch(() => undefined);
  }
};
