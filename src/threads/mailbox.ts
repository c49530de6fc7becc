/**
 * What the calling thread and its workers share beside the memory: one SharedArrayBuffer of 32-bit words. Positions are
 * word indices. Words that different threads write are a cache line apart.
 */

/**
 * The job that there is, in one word, so that a piece is claimed by one compare-and-exchange and a thread that was held
 * up can never claim with what it knew of an earlier job: `number << 16 | next << 8 | end`, pieces next to end - 1 being
 * free. The calling thread takes from the front and workers from the back, so that in job after job each finds in its
 * cache what it worked on before. Workers sleep on this word; `stop` in it ends them.
 */
export const claimAt = 0;
export const stop = -1;
/** The most pieces of a job, and the largest number of a job. */
export const mostPieces = 255;
export const mostJobs = 0x7fff;
/** How many workers sleep, or are about to. */
export const sleepersAt = 16;
/** Pieces that workers have finished. The calling thread sleeps on it, where it may, and says so in the next word. */
export const doneAt = 32;
export const waitingAt = 33;
/** How many workers have given up. */
export const failuresAt = 34;

/** What a worker says when it gives up: [kind, piece, length of the text, its characters]. */
export const reportsAt = 64;
export const reportWords = 64;
export const longestText: number = reportWords - 3;
/** It did not begin the piece: another thread may do it. */
export const notBegun = 1;
/** It failed in the middle of the piece. */
export const broken = 2;

export const mostWorkers = 63;
/** Where each piece's calls begin; the next piece's begin is its end. */
export const startsAt: number = reportsAt + mostWorkers * reportWords;
/** The calls: [kernel, function, count of arguments, arguments] each. */
export const callsAt: number = startsAt + mostPieces + 1;
export const callsEnd: number = callsAt + 0x40000;
/** The kernels: [length in bytes, the module] each. All kernels of the library for two backends take less than a tenth. */
export const kernelsAt: number = callsEnd;
export const mailboxWords: number = kernelsAt + 0x100000;
