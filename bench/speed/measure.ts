import { Bench } from "tinybench";

/** One of the compared ways to do the same work. */
export interface Contender {
  readonly name: string;
  readonly run: () => void;
  /** Runs before its turn, and is not measured. */
  readonly prepare?: () => Promise<void>;
}

/** The times of one contender. */
export interface Measurement {
  readonly name: string;
  /** Median seconds of each round. */
  readonly rounds: readonly number[];
  /** Median of the rounds, in seconds. */
  readonly seconds: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** The smallest and the largest of the ratios a/b, round by round, and their median. */
export const ratios = (a: Measurement, b: Measurement): { median: number; low: number; high: number } => {
  const all = a.rounds.map((seconds, round) => seconds / b.rounds[round]);
  return { median: median(all), low: Math.min(...all), high: Math.max(...all) };
};

export interface MeasureOptions {
  /** The number of times that all contenders are measured, one after the other. */
  readonly rounds: number;
  /** The time for one contender in one round, in milliseconds. */
  readonly time: number;
  /** The time that each contender runs first, so that its code is compiled, in milliseconds. Default 0. */
  readonly warmup?: number;
  /** The fewest calls in a round. */
  readonly iterations?: number;
}

/**
 * Measures contenders in turns: machines slow down and speed up from minute to minute, so only times that were measured side
 * by side can be compared. The first round warms up and is not counted.
 */
export const measure = async (
  contenders: readonly Contender[],
  { rounds, time, warmup = 0, iterations = 3 }: MeasureOptions,
): Promise<Measurement[]> => {
  const times = contenders.map((): number[] => []);
  for (const { run, prepare } of contenders) {
    await prepare?.();
    const end = performance.now() + warmup;
    while (performance.now() < end) run();
  }
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { name, run, prepare }] of contenders.entries()) {
      await prepare?.();
      const bench = new Bench({ time, iterations, warmup: false, throws: true });
      bench.add(name, run);
      const [task] = await bench.run();
      const result = task.result;
      if (result.state !== "completed") throw new Error(`${name}: the benchmark ended as "${result.state}"`);
      if (round > 0) times[index].push(result.latency.p50 / 1000);
    }
  }
  return contenders.map(({ name }, index) => ({ name, rounds: times[index], seconds: median(times[index]) }));
};
