import type { Report, Request } from "./messages.ts";

type ReportOf<Type extends Report["type"]> = Extract<Report, { readonly type: Type }>;

/** The functions of the page that handle each kind of report. */
export type Handlers = { readonly [Type in Report["type"]]: (report: ReportOf<Type>) => void };

/** The page's end of the conversation with the worker. */
export class Client {
  readonly #worker: Worker;

  constructor(handlers: Handlers) {
    // The worker is beside this program, wherever that is served from.
    this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "playground" });
    this.#worker.onmessage = ({ data }: MessageEvent<Report>) => {
      (handlers[data.type] as (report: Report) => void)(data);
    };
    this.#worker.onerror = (event) => {
      const message = `The worker, which does all the work, has failed: ${event.message || "it could not be loaded"}. Reload the page, and serve it over http (npm run playground).`;
      handlers.problem({ type: "problem", message });
    };
  }

  send(request: Request, transfer: Transferable[] = []): void {
    this.#worker.postMessage(request, transfer);
  }
}
