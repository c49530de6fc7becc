/** Waiting longer than this for the next step leaves a page or Ctrl-C without an answer for 50 ms. */
const PAUSE_AFTER_MS = 25;

let channel: MessageChannel | undefined;
let waiting: (() => void)[] = [];

/**
 * Lets the event loop run: timers, signals, input, painting. A promise alone does not, and a timer of zero waits 4 ms in
 * browsers, and a second in a hidden page.
 */
export const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    if (!channel) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => {
        const ready = waiting;
        waiting = [];
        for (const one of ready) one();
      };
    }
    waiting.push(resolve);
    channel.port2.postMessage(undefined);
  });

/** A function that is asked between two pieces of work, and says whether it is time to let the event loop run. */
export const pacer = (): { readonly isDue: () => boolean; readonly pause: () => Promise<void> } => {
  let last = performance.now();
  return {
    isDue: () => performance.now() - last >= PAUSE_AFTER_MS,
    pause: async () => {
      await nextTask();
      last = performance.now();
    },
  };
};
