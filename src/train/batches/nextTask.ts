/**
 * A page or Ctrl-C waits so long for an answer, and the rest of a step: 30 ms for steps that take less than 15. The pause
 * takes a microsecond in Node and some 0.1 ms in a page.
 */
const PAUSE_AFTER_MS = 15;

let channel: MessageChannel | undefined;
let waiting: (() => void)[] = [];

/**
 * Lets the event loop run: timers, signals, input, painting. A promise alone does not, and a timer of zero waits 4 ms in
 * browsers, and a second in a hidden page.
 */
export const nextTask = async (): Promise<void> => {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  if (setImmediate) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    return;
  }
  // Chromium serves timers after every second message only.
  await nextMessage();
  await nextMessage();
};

/** What a page has in place of `setImmediate`: a message to itself. */
const nextMessage = (): Promise<void> =>
  new Promise((resolve) => {
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
