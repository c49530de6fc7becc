import type { Platform } from "./platform.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

const finishers = new Set<() => Promise<void>>();
let isListening = false;

const listen = (): void => {
  if (isListening) return;
  isListening = true;
  for (const signal of signals) process.on(signal, interrupt);
};

const unlisten = (): void => {
  isListening = false;
  for (const signal of signals) process.off(signal, interrupt);
};

const interrupt = (signal: NodeJS.Signals): void => {
  // A program that listens itself decides what happens: it aborts training, for example.
  if (process.listenerCount(signal) > 1) return;
  // From now on, a second Ctrl-C ends the process at once.
  unlisten();
  Promise.all([...finishers].map((finish) => finish())).then(
    () => process.kill(process.pid, signal),
    // What failed is thrown where the program waits for it: its message says more than the status of a signal.
    () => undefined,
  );
};

export const onInterrupt: Platform["onInterrupt"] = (finish) => {
  finishers.add(finish);
  listen();
  return () => {
    finishers.delete(finish);
    if (finishers.size === 0) unlisten();
  };
};
