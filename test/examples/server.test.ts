import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as send } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { loadDigits, type NestedArray } from "gradus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleProgram } from "../train/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-server-"));
let server: ChildProcess;
let url = "";
beforeAll(async () => {
  mkdirSync(join(folder, "server"));
  for (const [from, to] of [
    ["server.ts", "server.mjs"],
    ["server/trainer.ts", "server/trainer.mjs"],
  ]) {
    const text = readFileSync(resolve("examples", from), "utf8").replace(
      `URL("./server/trainer.ts"`,
      `URL("./server/trainer.mjs"`,
    );
    await bundleProgram(join(resolve("examples"), from, ".."), join(folder, to), text);
  }
  server = spawn(process.execPath, [join(folder, "server.mjs"), "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  [url] = (await once(createInterface(server.stdout!), "line")) as string[];
});
afterAll(() => {
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer may be any JSON.
  readonly body: any;
}

const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url + path, { method, body: text });
  return { status: response.status, body: await response.json() };
};

const zeros = new Array(64).fill(0);

/** Asks for the state of the training run until it is one of these. */
const training = async (...kinds: string[]): Promise<Answer> => {
  for (;;) {
    const answer = await ask("GET", "/train");
    if (kinds.includes(answer.body.kind)) return answer;
    await new Promise((done) => setTimeout(done, 50));
  }
};

describe("examples/server.ts", () => {
  it("examples/server.ts reports its health", async () => {
    expect(await ask("GET", "/health")).toMatchObject({
      status: 200,
      body: { model: "digits", version: 1, inputs: 64 },
    });
  });

  it("examples/server.ts recognizes digits, also in many requests at once", async () => {
    const { test } = await loadDigits();
    const rows = test.x.toArray() as NestedArray[];
    const labels = test.y.toArray() as number[];
    const { status, body } = await ask("POST", "/predict", { rows });
    expect(status).toBe(200);
    expect(body).toHaveLength(rows.length);
    const right = labels.filter((label, index) => body[index].label === label);
    expect(right.length / rows.length).toBeGreaterThan(0.9);
    const single = await Promise.all(rows.slice(0, 20).map((row) => ask("POST", "/predict", { rows: [row] })));
    expect(single.map((answer) => answer.body[0].label)).toEqual(
      body.slice(0, 20).map(({ label }: { label: number }) => label),
    );
  });

  it.each([
    ["no JSON", "{rows", "JSON"],
    ["no rows", {}, '"rows" must be'],
    ["nothing", "null", '"rows" must be'],
    ["an empty list", { rows: [] }, '"rows" must be'],
    ["too few numbers", { rows: [[1, 2]] }, "64 numbers"],
    ["text", { rows: [zeros.map(String)] }, "64 numbers"],
    ["null for a number", { rows: [[...zeros.slice(1), null]] }, "64 numbers"],
  ])("examples/server.ts answers %s with 400, and says why", async (_, body, message) => {
    const answer = await ask("POST", "/predict", body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(message);
  });

  it("examples/server.ts answers too many rows or bytes with 413, other paths with 404 and other methods with 405", async () => {
    expect((await ask("POST", "/predict", { rows: new Array(1001).fill(zeros) })).status).toBe(413);
    // A body without an end: the server must answer before it has read it.
    const endless = send(`${url}/predict`, { method: "POST" });
    endless.on("error", () => undefined);
    const block = " ".repeat(100_000);
    const timer = setInterval(() => endless.write(block), 1);
    const [response] = await once(endless, "response");
    clearInterval(timer);
    expect(response.statusCode).toBe(413);
    endless.destroy();
    expect((await ask("GET", "/nothing")).status).toBe(404);
    expect((await ask("PUT", "/predict", { rows: [zeros] })).status).toBe(405);
  });

  it("examples/server.ts trains in a worker while it answers, one run at a time, and stops on request", async () => {
    expect((await ask("DELETE", "/train")).status).toBe(409);
    expect((await ask("POST", "/train", { epochs: "many" })).status).toBe(400);
    expect(await ask("POST", "/train", { epochs: 100_000 })).toMatchObject({ status: 200, body: { kind: "progress" } });
    expect((await ask("POST", "/train", { epochs: 1 })).status).toBe(409);
    expect((await ask("POST", "/predict", { rows: [zeros] })).status).toBe(200);
    expect((await ask("DELETE", "/train")).status).toBe(200);
    expect((await training("aborted", "failed")).body).toEqual({ kind: "aborted" });
    expect((await ask("GET", "/health")).body.version).toBe(1);
  });

  it("examples/server.ts answers with the new model once it is trained", async () => {
    let answer = await ask("POST", "/train", { epochs: 2 });
    // The worker of the previous run may still be ending.
    while (answer.status === 409) answer = await ask("POST", "/train", { epochs: 2 });
    expect(answer.status).toBe(200);
    expect((await training("trained", "failed")).body).toEqual({ kind: "trained", version: 2 });
    expect((await ask("GET", "/health")).body.version).toBe(2);
    expect((await ask("POST", "/predict", { rows: [zeros] })).status).toBe(200);
  });

  it.skipIf(process.platform === "win32")("examples/server.ts ends on SIGTERM", async () => {
    server.kill("SIGTERM");
    expect(await once(server, "exit")).toEqual([0, null]);
  });
});
