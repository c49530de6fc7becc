import { parentPort, workerData } from "node:worker_threads";
import { encodeModel } from "gradus";
import { trainDigits } from "./digits.ts";

/** A request of the server. */
export interface TrainerOptions {
  readonly epochs: number;
}

/** A message of the worker. */
export type TrainerMessage =
  | { readonly kind: "progress"; readonly epoch: number; readonly validationAccuracy: number }
  | { readonly kind: "trained"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "aborted" }
  | { readonly kind: "failed"; readonly error: string };

const tell = (message: TrainerMessage, transfer: ArrayBuffer[] = []): void =>
  parentPort!.postMessage(message, transfer);

// fit lets the event loop run every 50 ms, so that this message arrives while it trains.
const abort = new AbortController();
parentPort!.once("message", () => abort.abort());

try {
  const model = await trainDigits({
    ...(workerData as TrainerOptions),
    signal: abort.signal,
    callbacks: [
      {
        onEpochEnd: (_, { epoch, validationAccuracy = 0 }) =>
          tell({ kind: "progress", epoch: epoch + 1, validationAccuracy }),
      },
    ],
  });
  const bytes = encodeModel(model);
  tell({ kind: "trained", bytes }, [bytes.buffer]);
} catch (error) {
  tell(abort.signal.aborted ? { kind: "aborted" } : { kind: "failed", error: String(error) });
}
parentPort!.close();
