import { GradusError } from "../base/errors.ts";
import type { Platform } from "./platform.ts";

/** What the text of a worker's program calls to speak and to listen. */
const prelude = `const post = (message) => postMessage(message);
const listen = (receive) => {
  onmessage = (event) => receive(event.data);
};
`;

/** In a page, in a worker of one, and wherever else web workers are. */
export const startWorker: Platform["startWorker"] = (program, { received, ended }) => {
  const forbidden = (reason: string): GradusError =>
    new GradusError(`threads: workers must be allowed, got ${reason}.`);
  if (typeof Worker === "undefined") throw forbidden("a platform without workers");
  // A Blob, because bundlers would have to be told of another file.
  const address = URL.createObjectURL(new Blob([prelude, program], { type: "text/javascript" }));
  let worker: Worker;
  try {
    worker = new Worker(address, { name: "gradus" });
  } catch (error) {
    URL.revokeObjectURL(address);
    throw forbidden(`"${error instanceof Error ? error.message : String(error)}" from new Worker`);
  }
  let isLoaded = false;
  const loaded = (): void => {
    if (!isLoaded) URL.revokeObjectURL(address);
    isLoaded = true;
  };
  worker.onmessage = ({ data }: MessageEvent<unknown>) => {
    loaded();
    received(data);
  };
  worker.onmessageerror = () => ended("a message that could not be read");
  worker.onerror = (event) => {
    // A page's policy forbids a worker without a reason.
    const reason = event.message || "no worker: the page's policy must allow worker-src blob:";
    event.preventDefault();
    loaded();
    ended(reason);
  };
  return { send: (message) => worker.postMessage(message), end: () => worker.terminate() };
};
