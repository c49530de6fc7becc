import type { Report, Request } from "../messages.ts";
import { Session } from "./session.ts";

/** The global scope of a worker; the types of pages have another `postMessage`. */
interface WorkerScope {
  postMessage(report: Report, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const session = new Session((report, transfer = []) => scope.postMessage(report, transfer));
scope.onmessage = ({ data }) => {
  void session.take(data);
};
