import {
  broken,
  claimAt,
  doneAt,
  failuresAt,
  longestText,
  notBegun,
  sleepersAt,
  startsAt,
  stop,
  waitingAt,
} from "./mailbox.ts";

/**
 * For how many milliseconds a worker looks for the next job before it sleeps. Between two kernels of a step there are
 * 1 to 100 µs; longer, and a worker that shares its core with another program wastes what that needs
 * (docs/internals/kernels-threads.md).
 */
const spinFor = 0.1;

/**
 * The program of a worker, in plain JavaScript. It is a text because it must arrive whole: it is started from a Blob or
 * from a string, where nothing can be imported, and the text of a function (`toString`) is what a minifier or a compiler
 * made of it, with names that exist only in its bundle. Around it, the platform defines `post` and `listen`.
 *
 * Two messages come: `{ mailbox, report }`, which is answered (so the starter knows that shared memory arrives), and
 * `{ memory }`, with which the work begins. From then on the worker takes no messages: everything goes through the
 * mailbox, so that it can spin and sleep.
 */
export const workerProgram: string = `"use strict";
let words, bytes, memory, report;
const pause = Atomics.pause ? () => Atomics.pause() : () => {};

const kernels = new Map();
const functionsOf = (kernel) => {
  let found = kernels.get(kernel);
  if (found === undefined) {
    // Modules are not compiled from shared memory: slice copies.
    const begin = 4 * kernel + 4;
    const module = new WebAssembly.Module(bytes.slice(begin, begin + words[kernel]));
    found = Object.values(new WebAssembly.Instance(module, { gradus: { memory } }).exports);
    kernels.set(kernel, found);
  }
  return found;
};

const giveUp = (kind, piece, error) => {
  const text = String(error).slice(0, ${longestText});
  words[report + 1] = piece;
  words[report + 2] = text.length;
  for (let i = 0; i < text.length; i++) words[report + 3 + i] = text.charCodeAt(i);
  Atomics.store(words, report, kind);
  Atomics.add(words, ${failuresAt}, 1);
  return false;
};

const run = (piece) => {
  const begin = words[${startsAt} + piece];
  const end = words[${startsAt} + piece + 1];
  try {
    for (let at = begin; at < end; at += 3 + words[at + 2]) functionsOf(words[at]);
  } catch (error) {
    return giveUp(${notBegun}, piece, error);
  }
  try {
    for (let at = begin; at < end; ) {
      const call = functionsOf(words[at])[words[at + 1]];
      const last = at + 3 + words[at + 2];
      const args = [];
      for (at += 3; at < last; at++) args.push(words[at]);
      call(...args);
    }
  } catch (error) {
    return giveUp(${broken}, piece, error);
  }
  return true;
};

const work = () => {
  let last = ${stop};
  let turns = 0;
  let since = 0;
  for (;;) {
    const seen = Atomics.load(words, ${claimAt});
    if (seen === ${stop}) return;
    const end = seen & 255;
    if (((seen >> 8) & 255) < end) {
      if (Atomics.compareExchange(words, ${claimAt}, seen, seen - 1) !== seen) continue;
      const isDone = run(end - 1);
      Atomics.add(words, ${doneAt}, 1);
      if (Atomics.load(words, ${waitingAt}) !== 0) Atomics.notify(words, ${doneAt});
      if (!isDone) return;
      turns = 0;
    } else if (seen !== last) {
      last = seen;
      turns = 0;
    } else {
      if (turns === 0) since = performance.now();
      pause();
      if ((++turns & 63) !== 0 || performance.now() - since < ${spinFor}) continue;
      Atomics.add(words, ${sleepersAt}, 1);
      Atomics.wait(words, ${claimAt}, seen);
      Atomics.sub(words, ${sleepersAt}, 1);
      turns = 0;
    }
  }
};

listen((message) => {
  if (message.mailbox) {
    words = new Int32Array(message.mailbox);
    bytes = new Uint8Array(message.mailbox);
    report = message.report;
    post("ready");
  } else {
    memory = message.memory;
    work();
  }
});
`;
