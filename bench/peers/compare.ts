import { median } from "../speed/measure.ts";
import { Child, type Info, type Round } from "./child.ts";
import type { Contender } from "./contenders.ts";
import type { Spec } from "./workloads.ts";

/** Losses (outputs) may differ by this much of the largest of them: sums are in another order, tanh is approximated. */
export const tolerance = 1e-4;

export interface CompareOptions {
  readonly rounds: number;
  /** Milliseconds of one contender in one round. */
  readonly milliseconds: number;
  /** A contender that has used this many seconds in a workload stops after three rounds. */
  readonly budget: number;
}

/** The result of one contender in one workload. */
export interface Result {
  readonly workload: string;
  readonly contender: string;
  readonly info?: Info;
  /** Median of the rounds, of one step. */
  readonly seconds?: number;
  readonly rounds?: readonly number[];
  /** Processor time over wall time. */
  readonly cpu?: number;
  /** Time over gradus' time, round by round: above 1, gradus is faster. */
  readonly ratio?: { readonly median: number; readonly low: number; readonly high: number };
  /** The largest difference of its losses (outputs) from gradus', as a part of gradus' largest. */
  readonly difference?: number;
  /** Last loss of the steps that are compared. */
  readonly lastLoss?: number;
  /** Why there is no time, or why it cannot be compared. */
  readonly note?: string;
}

interface Entry {
  readonly contender: Contender;
  readonly child: Child;
  readonly info: Info;
  readonly check: readonly number[];
  readonly rounds: Round[];
  note?: string;
}

/** Rounds that warm up and are thrown away: engines compile again what ran for a while. */
const warmUps = 2;

const differenceOf = (check: readonly number[], reference: readonly number[]): number => {
  if (check.length !== reference.length) return Number.POSITIVE_INFINITY;
  const largest = Math.max(...reference.map(Math.abs));
  const differences = check.map((value, index) => Math.abs(value - reference[index]) / largest);
  return differences.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...differences);
};

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n").slice(0, 3).join(" ").slice(0, 300);

const start = async (spec: Spec, path: string, contender: Contender): Promise<Entry | Result> => {
  const failed = (note: string): Result => ({ workload: spec.id, contender: contender.name, note });
  const refusal = contender.refuses?.(spec);
  if (refusal !== undefined) return failed(refusal);
  const child = new Child(contender);
  try {
    return {
      contender,
      child,
      ...(await child.setup(path, contender.differs ? 1 : spec.checkSteps)),
      rounds: [],
      note: contender.differs,
    };
  } catch (error) {
    child.end();
    return failed(messageOf(error));
  }
};

const isEntry = (started: Entry | Result): started is Entry => "child" in started;

/** Less processor time than this part of the wall time: something else took the core. */
const disturbed = 0.9;

/** A round; when it was disturbed it is repeated, twice at most. */
const roundOf = async (child: Child, milliseconds: number): Promise<Round> => {
  for (let tries = 1; ; tries++) {
    const round = await child.round(milliseconds);
    const isLong = round.seconds * round.steps * 1000 > 2 * milliseconds;
    if (round.cpu >= disturbed || tries === 3 || isLong) return round;
  }
};

const measureInTurns = async (
  entries: readonly Entry[],
  { rounds, milliseconds, budget }: CompareOptions,
): Promise<void> => {
  const spent = entries.map(() => 0);
  const failed = new Set<Entry>();
  for (let round = -warmUps; round < rounds; round++) {
    for (const [index, entry] of entries.entries()) {
      if (failed.has(entry) || (spent[index] > budget && entry.rounds.length >= 3)) continue;
      // A contender with long steps has warmed up in the steps that were checked.
      if (round < 0 && spent[index] > budget / 4) continue;
      try {
        const result = round < 0 ? await entry.child.round(milliseconds) : await roundOf(entry.child, milliseconds);
        spent[index] += result.seconds * result.steps;
        if (round >= 0) entry.rounds.push(result);
      } catch (error) {
        failed.add(entry);
        entry.note = messageOf(error);
      }
    }
  }
};

const resultOf = (spec: Spec, entry: Entry, reference: Entry | undefined): Result => {
  if (entry.rounds.length === 0) return { workload: spec.id, contender: entry.contender.name, note: entry.note };
  const seconds = entry.rounds.map((round) => round.seconds);
  // Other work has other losses; there is nothing to learn from them.
  const isSameWork = entry.contender.differs === undefined;
  const difference = reference && isSameWork ? differenceOf(entry.check, reference.check) : undefined;
  const ratios = reference ? seconds.map((value, round) => value / reference.rounds[round].seconds) : [];
  const differs = difference !== undefined && !(difference <= tolerance);
  return {
    workload: spec.id,
    contender: entry.contender.name,
    info: entry.info,
    seconds: median(seconds),
    rounds: seconds,
    cpu: median(entry.rounds.map(({ cpu }) => cpu)),
    ratio: reference && { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) },
    difference,
    lastLoss: spec.task === "train" && isSameWork ? entry.check[entry.check.length - 1] : undefined,
    note: differs ? "not comparable: other losses" : entry.note,
  };
};

/** Measures all contenders in one workload, in turns; the first of them that runs is what the others are compared with. */
export const compare = async (
  spec: Spec,
  path: string,
  contenders: readonly Contender[],
  options: CompareOptions,
): Promise<Result[]> => {
  const started: (Entry | Result)[] = [];
  try {
    for (const contender of contenders) started.push(await start(spec, path, contender));
    const entries = started.filter(isEntry);
    await measureInTurns(entries, options);
    return started.map((one) => (isEntry(one) ? resultOf(spec, one, entries[0]) : one));
  } finally {
    for (const one of started) if (isEntry(one)) one.child.end();
  }
};
