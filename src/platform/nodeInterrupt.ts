import type { Platform } from "./platform.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

const finishers = new Set<(survival: Promise<void>) => Promise<void>>();
/** A process that sent itself a signal and still runs after this number of milliseconds has another listener. */
const deathTakes = 1000;
let isListening = false;

const listen = (): void => {
  if (isListening) return;
  isListening = true;
  // Before all others: one that listens once is off the list by the time it runs.
  for (const signal of signals) process.prependListener(signal, interrupt);
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
  let survive = (): void => undefined;
  const survival = new Promise<void>((resolve) => {
    survive = resolve;
  });
  Promise.all([...finishers].map((finish) => finish(survival))).then(
    () => {
      process.kill(process.pid, signal);
      setTimeout(survive, deathTakes);
    },
    // What failed is thrown where the program waits for it: its message says more than the status of a signal.
    survive,
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
