import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

/** The page may start its worker and nothing else; the worker may compile kernels and start the threads of the library. */
const pagePolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const workerPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:";

/** The headers of a file. The two policies of origin allow memory that threads share. */
export const headersFor = (path: string): Readonly<Record<string, string>> => ({
  "content-type": types[extname(path)] ?? "application/octet-stream",
  "content-security-policy": path.endsWith("worker.js") ? workerPolicy : pagePolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
});

/** The file of a request; undefined if it does not exist, or is not in the folder. */
const fileOf = async (folder: string, address: string): Promise<string | undefined> => {
  try {
    const path = decodeURIComponent(new URL(address, "http://localhost").pathname);
    if (path.includes("\0")) return undefined;
    const root = await realpath(folder);
    // A symbolic link must not lead out of the folder either.
    const file = await realpath(join(root, path.endsWith("/") ? `${path}index.html` : path));
    return file.startsWith(root + sep) && (await stat(file)).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
};

const answer = async (folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD", "content-type": "text/plain" }).end("Only GET and HEAD.\n");
    return;
  }
  const file = await fileOf(folder, request.url ?? "/");
  if (file === undefined) {
    response.writeHead(404, { "content-type": "text/plain" }).end("There is no such file.\n");
    return;
  }
  response.writeHead(200, headersFor(file));
  if (request.method === "HEAD") response.end();
  else createReadStream(file).pipe(response);
};

/** A server that is listening, and its address. */
export interface Served {
  readonly address: string;
  readonly server: Server;
}

/**
 * Serves the files of a folder to this machine alone.
 * @param port 0: any free port.
 * @throws The error of the system if the port is not available (EADDRINUSE).
 */
export const serveFolder = async (folder: string, port: number): Promise<Served> => {
  const server = createServer((request, response) => {
    answer(folder, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { address: `http://localhost:${(server.address() as AddressInfo).port}/`, server };
};
