import { median } from "../speed/measure.ts";
import { Child, type Info, type Round } from "./child.ts";
import type { Contender } from "./contenders.ts";
import type { Spec } from "./workloads.ts";

/** The largest allowed difference of losses (outputs), relative to the largest of them: sums have another order, tanh is approximated. */
export const tolerance = 1e-4;

export interface CompareOptions {
  readonly rounds: number;
  /** The time for one contender in one round, in milliseconds. */
  readonly milliseconds: number;
  /** A contender that has used this many seconds in a workload stops after three rounds. */
  readonly budget: number;
}

/** The result of one contender in one workload. */
export interface Result {
  readonly workload: string;
  readonly contender: string;
  readonly info?: Info;
  /** The time of one step: the median of the rounds. */
  readonly seconds?: number;
  readonly rounds?: readonly number[];
  /** Processor time over wall time. */
  readonly cpu?: number;
  /** Time over gradus' time, round by round: above 1, gradus is faster. */
  readonly ratio?: { readonly median: number; readonly low: number; readonly high: number };
  /** The largest difference of its losses (outputs) from those of gradus, relative to the largest of gradus. */
  readonly difference?: number;
  /** The last loss of the compared steps. */
  readonly lastLoss?: number;
  /** Why it was not measured, or cannot be compared. */
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

/** Rounds that warm up and are not counted: engines recompile code that ran for a while. */
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

/** The smallest fraction of processor time in wall time; below it, another program used the core. */
const disturbed = 0.9;

/** Measures a round, and repeats it at most twice if another program disturbed it. */
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
      // A contender with long steps has warmed up in the checked steps.
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
  // Losses of other work cannot be compared.
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

/** Measures all contenders in one workload, in turns, and compares them with the first one that runs. */
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
    return started.map((entry) => (isEntry(entry) ? resultOf(spec, entry, entries[0]) : entry));
  } finally {
    for (const entry of started) if (isEntry(entry)) entry.child.end();
  }
};
