// A digit classifier behind HTTP, on Node's own server. docs/guides/server.md explains it.
//
//   npm run server -- --port 8080 --model my_model.safetensors
//   curl localhost:8080/predict -d '{"rows": [[0, 0, 0.3, 0.8, ...]]}'
//
// Without --model it trains a network on the built-in digits first, which takes a second.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { getBackend, loadModel, type Sequential, softmax, tensor } from "gradus";
import { trainDigits } from "./server/digits.ts";
import type { TrainerMessage, TrainerOptions } from "./server/trainer.ts";

const maxBytes = 1_000_000;
const maxRows = 1000;

/** An error in a request, with its HTTP status. */
class RequestError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const { values } = parseArgs({
  options: { port: { type: "string", default: "8080" }, model: { type: "string" } },
});

// Loads the model once, before the first request. A damaged file, or one of another kind, ends the program with a DataError.
let model: Sequential = values.model ? await loadModel(values.model) : await trainDigits({ epochs: 10 });
let version = 1;
const inputs = model.inputShape!.reduce((product, length) => product * length, 1);
model.predict(tensor(new Float32Array(inputs), { shape: [1, ...model.inputShape!] })); // Compiles the kernels before the first request.

/** The body of a request, which is read only up to the allowed length. */
const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new RequestError(413, `the body may have ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new RequestError(400, "the body must be JSON");
  }
};

/** Checks `{ "rows": [[...], ...] }`: a client may send anything. */
const readRows = (body: unknown): number[][] => {
  const rows: unknown = (body as { rows?: unknown } | null)?.rows;
  const isRow = (row: unknown): row is number[] =>
    Array.isArray(row) && row.length === inputs && row.every((value) => Number.isFinite(value));
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every(isRow)) {
    throw new RequestError(400, `"rows" must be a list of at least one list of ${inputs} numbers`);
  }
  if (rows.length > maxRows) throw new RequestError(413, `a request may have ${maxRows} rows, got ${rows.length}`);
  return rows;
};

/** Synchronous: no other code runs at the same time, so it does not need a lock, and must be short. */
const predict = (rows: number[][]): { label: number; probability: number }[] => {
  const probabilities = softmax(model.predict(tensor(rows.flat(), { shape: [rows.length, ...model.inputShape!] })));
  return (probabilities.toArray() as number[][]).map((row) => {
    const probability = Math.max(...row);
    return { label: row.indexOf(probability), probability };
  });
};

let trainer: Worker | undefined;
let progress: TrainerMessage | { readonly kind: "none" } = { kind: "none" };

/** Trains another model in a worker. The old one answers until the new one is ready. */
const startTraining = (options: TrainerOptions): void => {
  if (trainer) throw new RequestError(409, "a training run is in progress");
  progress = { kind: "progress", epoch: 0, validationAccuracy: 0 };
  const worker = new Worker(new URL("./server/trainer.ts", import.meta.url), { workerData: options });
  trainer = worker;
  worker.on("message", async (message: TrainerMessage) => {
    if (message.kind === "trained") {
      model = await loadModel(message.bytes);
      version++;
      progress = { ...message, bytes: new Uint8Array(0) };
    } else {
      progress = message;
    }
  });
  worker.on("error", (error) => {
    progress = { kind: "failed", error: String(error) };
  });
  worker.on("exit", () => {
    trainer = undefined;
  });
};

const trainingOptions = (body: unknown): TrainerOptions => {
  const { epochs } = (body ?? {}) as { epochs?: unknown };
  if (typeof epochs !== "number" || !Number.isInteger(epochs) || epochs < 1 || epochs > 100_000) {
    throw new RequestError(400, `"epochs" must be a whole number from 1 to 100000`);
  }
  return { epochs };
};

type Handler = (request: IncomingMessage) => unknown;

const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  "/health": {
    GET: () => ({ model: model.name, version, inputs, backend: getBackend(), seconds: process.uptime() }),
  },
  "/predict": { POST: async (request) => predict(readRows(await readJson(request))) },
  "/train": {
    GET: () => (progress.kind === "trained" ? { kind: "trained", version } : progress),
    POST: async (request) => {
      startTraining(trainingOptions(await readJson(request)));
      return progress;
    },
    DELETE: () => {
      if (!trainer) throw new RequestError(409, "no training run is in progress");
      trainer.postMessage("abort");
      return { kind: "aborting" };
    },
  },
};

const answer: Handler = (request) => {
  const route = routes[new URL(request.url ?? "/", "http://host").pathname];
  if (!route) throw new RequestError(404, `the paths are ${Object.keys(routes).join(", ")}`);
  const handler = route[request.method ?? "GET"];
  if (!handler) throw new RequestError(405, `the methods are ${Object.keys(route).join(", ")}`);
  return handler(request);
};

/** The status of a RequestError, or 500 without details for any other error. */
const failure = (error: unknown): [status: number, message: string] => {
  if (error instanceof RequestError) return [error.status, error.message];
  console.error(error);
  return [500, "an error of the server"];
};

const server: Server = createServer(async (request, response) => {
  let [status, body]: [number, unknown] = [200, undefined];
  try {
    body = await answer(request);
  } catch (error) {
    const [code, message] = failure(error);
    [status, body] = [code, { error: message }];
    if (code === 413) response.setHeader("connection", "close");
  }
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
});

// When the program is stopped, running requests finish.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void trainer?.terminate();
    server.close();
    server.closeIdleConnections();
  });
}

server.listen(Number(values.port), () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
});
